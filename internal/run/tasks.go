package run

import (
	"fmt"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// begin starts a task whose input is known.
func (m *machine) begin(f *frame) {
	switch f.task.Kind {
	case flow.Call:
		m.call(f)
	case flow.Set:
		m.eval(f, f.task.Set, func(v any) { m.push(transition{frame: f, value: v}) })
	case flow.Raise:
		m.eval(f, f.task.Raise, func(v any) { m.push(transition{frame: f, failure: fromValue(v)}) })
	case flow.Wait:
		m.wait(f)
	case flow.Switch:
		m.choose(f)
	case flow.Do, flow.Try:
		m.list(f, 0, f.input)
	case flow.For:
		m.loop(f)
	case flow.Fork:
		m.fork(f)
	}
}

func (m *machine) eval(f *frame, v *flow.Value, then func(any)) {
	out, err := v.Eval(f.input, m.scope(f, f.input))
	if err != nil {
		m.expression(f, err)
		return
	}
	then(out)
}

func (m *machine) call(f *frame) {
	m.eval(f, f.task.Call.With, func(args any) {
		f.args, f.phase = args, calling
		m.cmds = append(m.cmds, f.command(m.s))
	})
}

func (m *machine) wait(f *frame) {
	m.eval(f, f.task.Wait, func(v any) {
		d, err := flow.Duration(v)
		if err != nil {
			msg, _ := errs.Message(err)
			m.push(transition{frame: f, failure: failure("validation", 400, "Not a duration", msg)})
			return
		}
		f.phase, f.timer = waiting, m.s.Now+d.Milliseconds()
	})
}

func (m *machine) choose(f *frame) {
	for _, c := range f.task.Switch {
		if c.When != nil {
			ok, err := m.truth(f, c.When, f.input)
			if err != nil {
				m.expression(f, err)
				return
			}
			if !ok {
				continue
			}
		}
		f.then = c.Then
		break
	}
	m.push(transition{frame: f, value: f.input})
}

// tasksOf is the list that a frame runs through.
func (f *frame) tasksOf() []*flow.Task {
	if f.catching {
		return f.task.Catch.Do
	}
	return f.task.Do
}

// list begins the i-th task of the frame's list, or ends the list.
func (m *machine) list(f *frame, i int, raw any) {
	ts := f.tasksOf()
	if i >= len(ts) {
		m.listDone(f, raw)
		return
	}
	if f.visits == nil {
		f.visits = make([]int, len(ts))
	}
	f.child = i
	c := m.newFrame(f, ts[i], raw)
	c.visit = f.visits[i]
	if f.task.Kind == flow.For {
		c.item = f.pending
	}
	f.visits[i]++
	m.push(transition{frame: c, enter: true})
}

// childDone goes on after a child, as its directive says.
func (m *machine) childDone(f, c *frame, out any, then string) {
	if then == flow.End {
		m.end(f, out)
		return
	}
	if f.task.Kind == flow.Fork {
		m.branchDone(f, c, out)
		return
	}
	switch then {
	case "", flow.Continue:
		m.list(f, f.child+1, out)
	case flow.Exit:
		m.push(transition{frame: f, value: out})
	default:
		for i, t := range f.tasksOf() {
			if t.Name == then {
				m.list(f, i, out)
				return
			}
		}
		m.push(transition{frame: f, failure: failure("configuration", 500, "No such task", "then: "+then)})
	}
}

// end ends the whole flow with an output.
func (m *machine) end(f *frame, out any) {
	for f.parent != nil {
		f = f.parent
	}
	m.drop(f)
	m.push(transition{frame: f, value: out})
}

func (m *machine) listDone(f *frame, out any) {
	if f.task.Kind == flow.For {
		f.pending++
		m.iterate(f, out)
		return
	}
	if f.catching && f.task.Catch.Then != "" {
		f.then = f.task.Catch.Then
	}
	m.push(transition{frame: f, value: out})
}

func (m *machine) loop(f *frame) {
	v, err := f.task.For.In.Eval(f.input, m.scope(f, f.input))
	if err != nil {
		m.expression(f, err)
		return
	}
	switch x := v.(type) {
	case []any:
		f.items = x
	case nil:
	default:
		m.push(transition{frame: f, failure: failure("validation", 400, "Nothing to loop over", fmt.Sprintf("for.in gave %s, not an array", kindOf(v)))})
		return
	}
	m.iterate(f, f.input)
}

// iterate begins the next iteration: each one's input is the last one's output.
func (m *machine) iterate(f *frame, acc any) {
	t := f.task.For
	if f.pending >= len(f.items) {
		m.push(transition{frame: f, value: acc})
		return
	}
	f.vars = map[string]any{t.Each: f.items[f.pending], t.At: f.pending}
	if t.While != nil {
		ok, err := m.truth(f, t.While, acc)
		if err != nil {
			m.expression(f, err)
			return
		}
		if !ok {
			m.push(transition{frame: f, value: acc})
			return
		}
	}
	f.visits = nil
	if len(f.task.Do) == 0 {
		m.push(transition{frame: f, value: acc})
		return
	}
	m.list(f, 0, acc)
}

func (m *machine) fork(f *frame) {
	bs := f.task.Fork.Branches
	f.results, f.pending = make([]any, len(bs)), len(bs)
	for i, b := range bs {
		c := m.newFrame(f, b, f.input)
		c.item, c.ownContext, c.context = i, true, m.contextOf(f)
		m.push(transition{frame: c, enter: true})
	}
}

func (m *machine) branchDone(f, c *frame, out any) {
	if f.task.Fork.Compete {
		m.drop(f)
		m.setContext(f, c.context)
		m.push(transition{frame: f, value: out})
		return
	}
	f.results[c.item] = out
	if f.pending--; f.pending == 0 {
		m.push(transition{frame: f, value: f.results})
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
