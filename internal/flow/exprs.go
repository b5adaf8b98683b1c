package flow

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/expr"
)

// placed is an expression with where it stands.
type placed struct {
	expr *expr.Expr
	node *yaml.Node
	path string
	task *Task // nil outside tasks
	late bool  // evaluated after the task: its own output is known
}

// stage says which variables an expression sees.
type stage int

const (
	before stage = iota // if, input.from, the task itself
	after               // output.as and export.as
)

func (p *parser) vars(s stage) []string {
	vs := []string{"context", "input", "task", "workflow", "runtime", "trigger", "steps", "vars"}
	if s == after {
		vs = append(vs, "output")
	}
	if p.flowErr {
		vs = append(vs, "error")
	}
	return append(vs, p.loopVars...)
}

func (p *parser) compiled(e *expr.Expr, n *yaml.Node, path string, s stage) {
	p.exprs = append(p.exprs, placed{e, n, path, p.task, s == after})
}

func (p *parser) exprError(n *yaml.Node, path string, err error) {
	msg, hint := errs.Message(err)
	p.at(n, path, codeExpression, msg, hint)
}

// bare reads an expression that may be written with or without ${ }.
func (p *parser) bare(m *mapping, key string, s stage) *expr.Expr {
	n := m.vals[key]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.at(n, m.sub(key), codeType, key+" must be an expression, not "+describe(n), quoteHint(n))
		return nil
	}
	src := n.Value
	if inner, ok := expr.WholeExpression(src); ok {
		src = inner
	}
	e, err := expr.Compile(src, p.vars(s))
	if err != nil {
		p.exprError(n, m.sub(key), err)
		return nil
	}
	p.compiled(e, n, m.sub(key), s)
	return e
}

// filter reads input.from, output.as and the like: a bare expression or a value
// with expressions inside.
func (p *parser) filter(m *mapping, key string, s stage) *Value {
	n := m.vals[key]
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		if e := p.bare(m, key, s); e != nil {
			return &Value{expr: e}
		}
		return nil
	}
	return p.value(n, m.sub(key), s)
}

// value reads a JSON value whose strings may hold expressions.
func (p *parser) value(n *yaml.Node, path string, s stage) *Value {
	switch n.Kind {
	case yaml.MappingNode:
		return p.objectValue(n, path, s)
	case yaml.SequenceNode:
		v := &Value{list: make([]*Value, len(n.Content))}
		for i, c := range n.Content {
			v.list[i] = p.value(c, path+"/"+strconv.Itoa(i), s)
		}
		if len(v.list) == 0 {
			return &Value{literal: []any{}}
		}
		return v.folded()
	default:
	}
	x := p.scalar(n, path)
	text, ok := x.(string)
	if !ok || !expr.HasExpression(text) {
		return &Value{literal: x}
	}
	if inner, whole := expr.WholeExpression(text); whole {
		text = "${" + inner + "}"
	}
	t, err := expr.ParseTemplate(text, p.vars(s))
	if err != nil {
		p.exprError(n, path, err)
		return &Value{}
	}
	for _, e := range t.Exprs() {
		p.compiled(e, n, path, s)
	}
	return &Value{text: t}
}

func (p *parser) objectValue(n *yaml.Node, path string, s stage) *Value {
	m := p.mapping(n, path, "the value")
	if m == nil || len(m.keys) == 0 {
		return &Value{literal: map[string]any{}}
	}
	v := &Value{}
	for _, k := range m.keys {
		v.object = append(v.object, member{k, p.value(m.vals[k], m.sub(k), s)})
	}
	return v.folded()
}
