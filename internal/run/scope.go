package run

import (
	"maps"
	"strconv"
	"time"

	"github.com/patchbay-dev/patchbay/internal/expr"
)

// scope answers for the variables of one evaluation.
type scope struct {
	m      *machine
	f      *frame
	input  any
	output any
}

func (m *machine) scope(f *frame, input any) *scope {
	f.evals++
	return &scope{m: m, f: f, input: input}
}

func (m *machine) scopeAfter(f *frame, output any) *scope {
	f.evals++
	return &scope{m: m, f: f, input: f.input, output: output}
}

func (m *machine) truth(f *frame, e *expr.Expr, input any) (bool, error) {
	v, err := e.Eval(input, m.scope(f, input))
	return expr.Truth(v), err
}

// Var implements expr.Vars.
func (c *scope) Var(name string) any {
	s := c.m.s
	for p := c.f; p != nil; p = p.parent {
		if v, ok := p.vars[name]; ok {
			return v
		}
	}
	switch name {
	case "steps":
		return s.Steps
	case expr.VarAllSteps:
		return maps.Clone(s.Steps)
	case "trigger":
		return s.Trigger
	case "input":
		return c.input
	case "output":
		return c.output
	case "context":
		return c.m.contextOf(c.f)
	case "vars":
		return s.Vars
	case "error":
		if s.Error != nil {
			return s.Error.Value()
		}
	case "task":
		return map[string]any{"name": c.f.task.Name, "reference": c.f.task.Path, "input": c.f.input, "startedAt": moment(c.f.began)}
	case "workflow":
		return c.workflow()
	case "runtime":
		return map[string]any{"name": "patchbay", "version": strconv.Itoa(Version), "metadata": map[string]any{}}
	case expr.VarNow:
		return float64(s.Now) / 1000
	case expr.VarRand:
		return expr.NewRand(c.f.key(s) + "|" + strconv.Itoa(c.f.attempt) + "|" + strconv.Itoa(c.f.evals))
	}
	return nil
}

func (c *scope) workflow() any {
	s, f := c.m.s, c.m.flow
	return map[string]any{
		"id": s.Run.String(), "input": s.Input, "startedAt": moment(s.Begun),
		"definition": map[string]any{"document": map[string]any{"namespace": f.Namespace, "name": f.Name, "version": f.Version}},
	}
}

// moment is a time as $task and $workflow show it.
func moment(ms int64) map[string]any {
	return map[string]any{
		"iso8601": time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		"epoch":   map[string]any{"seconds": int(ms / 1000), "milliseconds": int(ms)},
	}
}

var _ expr.Vars = (*scope)(nil)
