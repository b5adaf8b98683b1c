package run

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// newFrame begins a task below parent. It is entered by a transition.
func (m *machine) newFrame(parent *frame, t *flow.Task, raw any) *frame {
	m.s.lastFrame++
	f := &frame{id: m.s.lastFrame, parent: parent, task: t, raw: raw, gen: m.s.generation, handler: m.s.handling, first: m.s.Now}
	if parent != nil {
		f.gen = parent.gen
	}
	m.s.frames[f.id] = f
	return f
}

// enter runs the stages before the task and begins it.
func (m *machine) enter(f *frame) {
	t := f.task
	f.attempt++
	f.began = m.s.Now
	f.phase, f.timer, f.started, f.catching, f.ending, f.then = inside, 0, false, false, false, ""
	f.child, f.visits, f.items, f.results, f.pending, f.vars = 0, nil, nil, nil, 0, nil
	f.input = f.raw
	if t.If != nil {
		ok, err := m.truth(f, t.If, f.raw)
		if err != nil {
			m.expression(f, err)
			return
		}
		if !ok {
			m.push(transition{frame: f, value: f.raw, skip: true})
			return
		}
	}
	if t.From != nil {
		v, err := t.From.Eval(f.raw, m.scope(f, f.raw))
		if err != nil {
			m.expression(f, err)
			return
		}
		f.input = v
	}
	m.begin(f)
}

// expression turns an error of an expression into a failure of the frame.
func (m *machine) expression(f *frame, err error) {
	msg, _ := errs.Message(err)
	m.push(transition{frame: f, failure: failure("expression", 400, "An expression failed", msg)})
}

// complete runs the stages after the task and tells the parent.
func (m *machine) complete(f *frame, raw any) {
	t, out := f.task, raw
	f.phase, f.ending, f.args = inside, true, raw
	if t.As != nil {
		v, err := t.As.Eval(raw, m.scopeAfter(f, raw))
		if err != nil {
			m.expression(f, err)
			return
		}
		out = v
	}
	if t.Export != nil {
		v, err := t.Export.Eval(out, m.scopeAfter(f, out))
		if err != nil {
			m.expression(f, err)
			return
		}
		m.setContext(f, v)
	}
	if t.Name != "" {
		m.s.Steps[t.Name] = out
	}
	then := f.then
	if then == "" {
		then = t.Then
	}
	m.ended(f, out, then)
}

// leave ends a skipped frame: its raw input goes on, then is not followed.
func (m *machine) leave(f *frame, raw any) {
	if f.task.Name != "" {
		m.s.Steps[f.task.Name] = nil
	}
	m.ended(f, raw, "")
}

// ended removes a frame and tells its parent.
func (m *machine) ended(f *frame, out any, then string) {
	delete(m.s.frames, f.id)
	if f.parent == nil {
		m.rootDone(f, out)
		return
	}
	m.childDone(f.parent, f, out, then)
}

func (m *machine) rootDone(f *frame, out any) {
	if f.handler {
		m.s.Status = Faulted
		return
	}
	m.s.Output, m.s.Status = out, Completed
}

// drop removes everything below a frame and stops its calls.
func (m *machine) drop(f *frame) {
	var below []uint32
	for ref, c := range m.s.frames {
		if c.below(f) {
			below = append(below, ref)
		}
	}
	slices.Sort(below)
	for _, ref := range below {
		if m.s.frames[ref].phase == calling {
			m.cmds = append(m.cmds, Command{Kind: StopTask, Ref: ref})
		}
		delete(m.s.frames, ref)
	}
}

func (f *frame) below(top *frame) bool {
	for p := f.parent; p != nil; p = p.parent {
		if p == top {
			return true
		}
	}
	return false
}

// setContext replaces $context as the frame sees it: a fork's branch has its own.
func (m *machine) setContext(f *frame, v any) {
	for p := f; p != nil; p = p.parent {
		if p.ownContext {
			p.context = v
			return
		}
	}
	m.s.Context = v
}

func (m *machine) contextOf(f *frame) any {
	for p := f; p != nil; p = p.parent {
		if p.ownContext {
			return p.context
		}
	}
	return m.s.Context
}

// command is the call of a frame.
func (f *frame) command(s *State) Command {
	return Command{Kind: RunTask, Ref: f.id, Task: f.task, Args: f.args, Key: f.key(s), Attempt: f.attempt}
}

// key names the logical call: run, path, iterations and visits on the way down,
// and how often a person resumed. Attempts are left out on purpose.
func (f *frame) key(s *State) string {
	b := make([]byte, 0, 128)
	b = append(b, s.Run.String()...)
	for p := f; p != nil; p = p.parent {
		b = append(b, '|')
		b = append(b, p.task.Path...)
		b = append(b, '#')
		b = strconv.AppendInt(b, int64(p.item), 10)
		b = append(b, '.')
		b = strconv.AppendInt(b, int64(p.visit), 10)
	}
	b = append(b, '|')
	b = strconv.AppendInt(b, int64(f.gen), 10)
	sum := sha256.Sum256(b)
	return "pb_" + hex.EncodeToString(sum[:16])
}
