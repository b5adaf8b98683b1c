package flow

import (
	"github.com/patchbay-dev/patchbay/internal/expr"
)

// Value is a JSON value of a flow file that may hold expressions anywhere.
type Value struct {
	literal any // used when the rest is nil
	expr    *expr.Expr
	text    *expr.Template
	list    []*Value
	object  []member
}

type member struct {
	key   string
	value *Value
}

// Eval gives the value with its expressions evaluated.
func (v *Value) Eval(input any, vars expr.Vars) (any, error) {
	switch {
	case v.expr != nil:
		return v.expr.Eval(input, vars)
	case v.text != nil:
		return v.text.Eval(input, vars)
	case v.list != nil:
		out := make([]any, len(v.list))
		for i, e := range v.list {
			x, err := e.Eval(input, vars)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case v.object != nil:
		out := make(map[string]any, len(v.object))
		for _, m := range v.object {
			x, err := m.value.Eval(input, vars)
			if err != nil {
				return nil, err
			}
			out[m.key] = x
		}
		return out, nil
	}
	return v.literal, nil
}

// isLiteral reports whether the value is the same each time.
func (v *Value) isLiteral() bool {
	return v.expr == nil && v.text == nil && v.list == nil && v.object == nil
}

// folded makes a list or object of literals a literal, which all evaluations
// share. Nobody writes into values: the fuzz test of templates sees to that.
func (v *Value) folded() *Value {
	for _, e := range v.list {
		if !e.isLiteral() {
			return v
		}
	}
	for _, m := range v.object {
		if !m.value.isLiteral() {
			return v
		}
	}
	x, err := v.Eval(nil, nil)
	if err != nil {
		return v
	}
	return &Value{literal: x}
}

// Exprs calls f with every expression inside.
func (v *Value) Exprs(f func(*expr.Expr)) {
	if v == nil {
		return
	}
	if v.expr != nil {
		f(v.expr)
	}
	if v.text != nil {
		for _, e := range v.text.Exprs() {
			f(e)
		}
	}
	for _, e := range v.list {
		e.Exprs(f)
	}
	for _, m := range v.object {
		m.value.Exprs(f)
	}
}

// constant reports whether the value holds no expression.
func (v *Value) constant() bool {
	found := false
	v.Exprs(func(*expr.Expr) { found = true })
	return !found
}

// Text gives the literal text of a member; "" where there is none, or where it
// is only known when the flow runs.
func (v *Value) Text(key string) string {
	if v == nil {
		return ""
	}
	for _, m := range v.object {
		if m.key == key {
			s, _ := m.value.literal.(string)
			return s
		}
	}
	whole, _ := v.literal.(map[string]any)
	s, _ := whole[key].(string)
	return s
}
