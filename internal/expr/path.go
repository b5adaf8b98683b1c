package expr

import (
	"fmt"
	"strconv"

	"github.com/itchyny/gojq"
)

// path is an expression such as $steps.customer.plan or .items[0].id, walked
// without the interpreter and without allocation.
type path struct {
	root  string // variable without the dollar sign; "" for the input
	steps []pathStep
}

type pathStep struct {
	key   string
	index int // used when key is ""
}

// pathOf gives nil for an expression that is more than a plain path.
func pathOf(q *gojq.Query) *path {
	if q.Term == nil || q.Left != nil || q.Right != nil || len(q.FuncDefs)+len(q.Imports) > 0 || q.Meta != nil {
		return nil
	}
	t, p := q.Term, &path{}
	switch t.Type {
	case gojq.TermTypeIdentity:
	case gojq.TermTypeIndex:
		s, ok := stepOf(t.Index)
		if !ok {
			return nil
		}
		p.steps = append(p.steps, s)
	case gojq.TermTypeFunc:
		if len(t.Func.Args) > 0 || t.Func.Name[0] != '$' || t.Func.Name == "$ENV" || t.Func.Name == "$__loc__" {
			return nil
		}
		p.root = t.Func.Name[1:]
	default:
		return nil
	}
	for _, x := range t.SuffixList {
		if x.Index == nil || x.Iter || x.Optional {
			return nil
		}
		s, ok := stepOf(x.Index)
		if !ok {
			return nil
		}
		p.steps = append(p.steps, s)
	}
	return p
}

func stepOf(x *gojq.Index) (pathStep, bool) {
	switch {
	case x.Name != "":
		return pathStep{key: x.Name}, true
	case x.Str != nil && x.Str.Queries == nil && x.Str.Str != "":
		return pathStep{key: x.Str.Str}, true
	case x.IsSlice || x.Start == nil || x.Start.Term == nil || x.Start.Left != nil:
		return pathStep{}, false
	}
	t := x.Start.Term
	if t.Type == gojq.TermTypeString && t.Str.Queries == nil && t.Str.Str != "" && len(t.SuffixList) == 0 {
		return pathStep{key: t.Str.Str}, true
	}
	if t.Type != gojq.TermTypeNumber || len(t.SuffixList) > 0 {
		return pathStep{}, false
	}
	n, err := strconv.Atoi(t.Number)
	return pathStep{index: n}, err == nil
}

func (p *path) start(input any, vars Vars) any {
	if p.root == "" {
		return input
	}
	return vars.Var(p.root)
}

// eval reports false where jq would fail.
func (p *path) eval(input any, vars Vars) (any, bool) {
	v := p.start(input, vars)
	for i := range p.steps {
		var ok bool
		if v, ok = p.steps[i].of(v); !ok {
			return nil, false
		}
	}
	return v, true
}

func (s *pathStep) of(v any) (any, bool) {
	switch x := v.(type) {
	case nil:
		return nil, true
	case map[string]any:
		return x[s.key], s.key != ""
	case []any:
		if s.key != "" {
			return nil, false
		}
		if s.index < len(x) {
			return x[s.index], true
		}
		return nil, true
	}
	return nil, false
}

// fault says where the path left the data.
func (p *path) fault(input any, vars Vars) error {
	v := p.start(input, vars)
	for _, s := range p.steps {
		next, ok := s.of(v)
		if !ok && s.key != "" {
			return fmt.Errorf("expected an object with the key %q but got: %s", s.key, gojq.Preview(v))
		} else if !ok {
			return fmt.Errorf("expected an array for the index %d but got: %s", s.index, gojq.Preview(v))
		}
		v = next
	}
	return nil
}
