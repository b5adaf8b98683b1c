package run

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// fail looks upwards for whoever handles the failure. Nothing is torn down
// before one is found, so that a run can be resumed from the failed task.
func (m *machine) fail(f *frame, why *Failure) {
	if why.Instance == "" {
		why.Instance = f.task.Path
	}
	for p := f; p != nil; p = p.parent {
		if m.handle(p, f, why) {
			return
		}
	}
	m.fault(f, why)
}

// handle lets one frame deal with a failure below it or of its own.
func (m *machine) handle(p, origin *frame, why *Failure) bool {
	t := p.task
	if t.Kind == flow.Try && p != origin && !p.catching {
		if m.catch(p, why) {
			return true
		}
	}
	if t.Retry != nil && m.retry(p, t.Retry, why) {
		return true
	}
	if t.Continue {
		m.drop(p)
		p.phase, p.timer = inside, 0
		m.push(transition{frame: p, value: p.raw, skip: true})
		return true
	}
	return p.parent != nil && m.outlived(p, why)
}

// outlived: a branch of a competing fork may fail while another can still win.
func (m *machine) outlived(p *frame, _ *Failure) bool {
	fork := p.parent
	if fork.task.Kind != flow.Fork || !fork.task.Fork.Compete || fork.pending <= 1 {
		return false
	}
	fork.pending--
	m.drop(p)
	delete(m.s.frames, p.id)
	return true
}

// catch decides whether a try handles the failure, and how.
func (m *machine) catch(p *frame, why *Failure) bool {
	c := p.task.Catch
	if !why.matches(c.Filter) {
		return false
	}
	saved := p.vars
	p.vars = map[string]any{c.As: why.Value()}
	if !m.holds(p, c.When, c.Except) {
		p.vars = saved
		return false
	}
	if c.Retry != nil && m.retry(p, c.Retry, why) {
		return true
	}
	m.drop(p)
	p.catching, p.child, p.visits = true, 0, nil
	if len(c.Do) == 0 {
		p.then = c.Then
		m.push(transition{frame: p, value: p.input})
		return true
	}
	m.list(p, 0, p.input)
	return true
}

// holds evaluates when and exceptWhen; an expression that fails does not hold.
func (m *machine) holds(p *frame, when, except *expr.Expr) bool {
	if when != nil {
		if ok, err := m.truth(p, when, p.input); err != nil || !ok {
			return false
		}
	}
	if except != nil {
		if ok, err := m.truth(p, except, p.input); err != nil || ok {
			return false
		}
	}
	return true
}

// retry sets the timer of the next attempt, if the policy grants one.
func (m *machine) retry(p *frame, r *flow.Retry, why *Failure) bool {
	if why.Unknown || r.TemporaryOnly && !why.Temporary {
		return false
	}
	if r.When != nil || r.Except != nil {
		saved := p.vars
		p.vars = map[string]any{"error": why.Value()}
		ok := m.holds(p, r.When, r.Except)
		p.vars = saved
		if !ok {
			return false
		}
	}
	d, ok := r.Next(p.attempt, m.chance(p), why.wait())
	if !ok || r.Total > 0 && m.s.Now-p.first+d.Milliseconds() > r.Total.Milliseconds() {
		return false
	}
	m.drop(p)
	p.phase, p.timer, p.started = retrying, m.s.Now+d.Milliseconds(), false
	return true
}

// chance is a number in [0,1) that depends on the frame and attempt only, so
// that a replay draws the same jitter.
func (m *machine) chance(p *frame) float64 {
	sum := sha256.Sum256([]byte(p.key(m.s) + "|" + strconv.Itoa(p.attempt)))
	return float64(binary.BigEndian.Uint64(sum[:8])>>11) / (1 << 53)
}

// fault ends the run, or x-on-error, with a failure that nobody handled.
func (m *machine) fault(f *frame, why *Failure) {
	s := m.s
	m.queue = nil
	m.stopCalls()
	if why.Instance == "" {
		why.Instance = f.task.Path
	}
	if s.handling {
		s.HandlerError, s.Status = why, Faulted
		return
	}
	s.Error, s.failed = why, f.id
	if len(m.flow.OnError) == 0 {
		s.Status = Faulted
		return
	}
	s.handling = true
	h := m.newFrame(nil, &flow.Task{Kind: flow.Do, Do: m.flow.OnError, Path: "/x-on-error"}, s.Input)
	m.push(transition{frame: h, enter: true})
}
