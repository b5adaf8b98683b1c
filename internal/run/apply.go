package run

import (
	"slices"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// Command is what the engine must do.
type Command struct {
	Kind CommandKind
	Ref  uint32 // frame; the outcome is reported with it

	// Of RunTask.
	Task    *flow.Task
	Args    any    // resolved argument, without the connection
	Key     string // idempotency key, the same on every attempt
	Attempt int    // from 1
}

// CommandKind is the kind of a command.
type CommandKind uint8

// The commands. Timers and the end of a run are read from the state.
const (
	RunTask CommandKind = iota + 1
	StopTask
)

// Apply folds one event into the state and gives the commands that follow. It
// depends on its arguments only. An event about a frame that is gone changes
// nothing. Errors are errs.Internal: the journal does not belong to the flow.
func Apply(f *flow.Flow, s *State, e Event) ([]Command, error) {
	m := &machine{flow: f, s: s, left: maxTransitions}
	s.Seq++
	s.Now = e.At
	if e.Kind != Accepted && s.Begun == 0 {
		return nil, errs.Newf(errs.Internal, "journal of %s does not begin with %q", s.Run, Accepted)
	}
	switch e.Kind {
	case Accepted:
		if err := m.accept(e); err != nil {
			return nil, err
		}
	case Started:
		if fr := m.live(e.Ref); fr != nil && fr.phase == calling {
			fr.started = true
		}
	case Done:
		m.done(e)
	case Failed:
		if fr := m.live(e.Ref); fr != nil && fr.phase == calling && e.Failure != nil {
			fail := *e.Failure
			m.push(transition{frame: fr, failure: &fail})
		}
	case Fired:
		m.fired(e)
	case Cancel:
		m.cancel()
	case Resumed:
		m.resume()
	}
	m.drain()
	return m.cmds, nil
}

// Fold applies events in order and drops their commands; Pending gives what is
// left to do.
func Fold(f *flow.Flow, s *State, events []Event) error {
	for _, e := range events {
		if _, err := Apply(f, s, e); err != nil {
			return err
		}
	}
	return nil
}

// Pending gives, after a fold, the calls that a new owner must make, and the
// frames whose at-most-once call had begun: their outcome is unknown.
func Pending(s *State) (calls []Command, unknown []uint32) {
	if s.Finished() {
		return nil, nil
	}
	for _, f := range s.frames {
		if f.phase != calling || f.handler != s.handling {
			continue
		}
		if f.started {
			unknown = append(unknown, f.id)
		} else {
			calls = append(calls, f.command(s))
		}
	}
	slices.Sort(unknown)
	slices.SortFunc(calls, func(a, b Command) int { return int(a.Ref) - int(b.Ref) })
	return calls, unknown
}

// machine carries one Apply.
type machine struct {
	flow  *flow.Flow
	s     *State
	cmds  []Command
	queue []transition
	left  int // transitions before the run counts as a runaway
}

// maxTransitions bounds the tasks that one event may run through without any
// outside work, so that an endless loop of pure tasks ends as a failure.
const maxTransitions = 200_000

// transition is one step of the machine: a frame to enter, or one that ended.
type transition struct {
	frame   *frame
	enter   bool
	value   any      // output of an ended frame
	skip    bool     // it was skipped: no output stages
	failure *Failure // it failed
}

func (m *machine) push(t transition) { m.queue = append(m.queue, t) }

// drain works off transitions; a queue instead of recursion keeps long loops of
// pure tasks off the stack.
func (m *machine) drain() {
	for len(m.queue) > 0 && !m.s.Finished() {
		t := m.queue[0]
		m.queue = m.queue[1:]
		if m.s.frames[t.frame.id] != t.frame {
			continue
		}
		if m.left--; m.left == 0 {
			m.queue = nil
			m.fault(t.frame, failure("runtime", 500, "Runaway flow", "too many tasks ran without any outside work; is there an endless loop?"))
			continue
		}
		switch {
		case t.failure != nil:
			m.fail(t.frame, t.failure)
		case t.enter:
			m.enter(t.frame)
		case t.skip:
			m.leave(t.frame, t.value)
		default:
			m.complete(t.frame, t.value)
		}
	}
	m.queue = nil
}

// live gives a frame that may still get events.
func (m *machine) live(ref uint32) *frame {
	f := m.s.frames[ref]
	if f == nil || f.handler != m.s.handling || m.s.Finished() {
		return nil
	}
	return f
}

func (m *machine) accept(e Event) error {
	a := e.Accept
	if a == nil || m.s.Begun != 0 {
		return errs.Newf(errs.Internal, "journal of %s has a misplaced first event", m.s.Run)
	}
	if a.Kernel > Version {
		return errs.Newf(errs.Internal, "run %s was started by a newer version", m.s.Run).WithHint("upgrade Patchbay")
	}
	m.s.Begun, m.s.Status = e.At, Running
	var err error
	for _, x := range []struct {
		raw  []byte
		into *any
	}{{a.Trigger, &m.s.Trigger}, {a.Input, &m.s.Input}, {a.Vars, &m.s.Vars}} {
		if len(x.raw) == 0 {
			continue
		}
		if *x.into, err = expr.FromJSON(x.raw); err != nil {
			return err
		}
	}
	if env, ok := m.s.Trigger.(map[string]any); ok && len(a.Input) == 0 {
		m.s.Input = env["body"]
	}
	root := m.newFrame(nil, &flow.Task{Kind: flow.Do, Do: m.flow.Do, From: m.flow.Input, As: m.flow.Output}, m.s.Input)
	m.s.root = root.id
	m.push(transition{frame: root, enter: true})
	return nil
}

func (m *machine) done(e Event) {
	fr := m.live(e.Ref)
	if fr == nil || fr.phase != calling {
		return
	}
	v, err := e.result()
	if err != nil {
		msg, _ := errs.Message(err)
		m.push(transition{frame: fr, failure: failure("runtime", 500, "The result cannot be read", msg)})
		return
	}
	m.push(transition{frame: fr, value: v})
}

func (m *machine) fired(e Event) {
	fr := m.live(e.Ref)
	if fr == nil || fr.timer == 0 || e.At < fr.timer {
		return
	}
	fr.timer = 0
	switch fr.phase {
	case waiting:
		m.push(transition{frame: fr, value: fr.input})
	case retrying:
		fr.phase = inside
		m.push(transition{frame: fr, enter: true})
	case inside, calling:
	}
}

func (m *machine) cancel() {
	if m.s.Finished() {
		return
	}
	m.stopCalls()
	m.s.Status = Cancelled
}

// stopCalls asks to stop every call that is under way.
func (m *machine) stopCalls() {
	var refs []uint32
	for id, f := range m.s.frames {
		if f.phase == calling {
			refs = append(refs, id)
		}
	}
	slices.Sort(refs)
	for _, ref := range refs {
		m.cmds = append(m.cmds, Command{Kind: StopTask, Ref: ref})
	}
}

// resume goes on from the failed task, and makes again the calls that were
// stopped beside it. A person asked for it, so the failed task gets a new key.
func (m *machine) resume() {
	s := m.s
	failed := s.frames[s.failed]
	if s.Status != Faulted || failed == nil {
		return
	}
	for id, f := range s.frames {
		if f.handler {
			delete(s.frames, id)
		}
	}
	s.Status, s.Error, s.HandlerError, s.handling, s.failed = Running, nil, nil, false, 0
	s.generation++
	if failed.ending {
		m.push(transition{frame: failed, value: failed.args})
	} else {
		failed.gen, failed.attempt, failed.started, failed.phase = s.generation, 0, false, inside
		m.push(transition{frame: failed, enter: true})
	}
	calls, unknown := Pending(s)
	m.cmds = append(m.cmds, calls...)
	for _, ref := range unknown {
		m.push(transition{frame: s.frames[ref], failure: UnknownOutcome()})
	}
}
