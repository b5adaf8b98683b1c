package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// found turns a tree of violations into problems. With template, violations that
// an expression may still put right are left out; an empty result then means that
// the whole tree is forgiven.
func (c *checker) found(e *jsonschema.ValidationError, root any, template bool) []Problem {
	f := finder{names: c.names, root: root, template: template}
	return f.all(e)
}

type finder struct {
	names    map[string][]string
	root     any
	template bool
}

func (f *finder) all(e *jsonschema.ValidationError) []Problem {
	switch k := e.ErrorKind.(type) {
	case nil:
		return nil
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		var ps []Problem
		for _, cause := range e.Causes {
			ps = append(ps, f.all(cause)...)
		}
		return ps
	case *kind.AnyOf:
		return f.alternatives(e)
	case *kind.OneOf:
		if k.Subschemas == nil {
			return f.alternatives(e)
		}
	}
	if f.template && f.forgiven(e) {
		return nil
	}
	return problems(e, f.names[e.SchemaURL])
}

// alternatives picks what to say when none of several schemas fits.
func (f *finder) alternatives(e *jsonschema.ValidationError) []Problem {
	here := pointer(e.InstanceLocation)
	var near [][]Problem // alternatives that fit as far as the type goes
	var all []string
	var types []string
	for _, cause := range e.Causes {
		ps := f.all(cause)
		if len(ps) == 0 {
			return nil
		}
		all = append(all, ps[0].String())
		if want := typesWanted(cause, here); want != nil {
			types = append(types, want...)
			continue
		}
		near = append(near, ps)
	}
	switch {
	case len(near) == 1:
		return near[0]
	case len(near) == 0 && len(types) > 0:
		v, _ := lookup(f.root, e.InstanceLocation)
		return []Problem{{here, "must be " + either(types) + ", not " + typeName(v)}}
	}
	return []Problem{{here, "fits none of the allowed forms (" + strings.Join(all, "; or ") + ")"}}
}

// typesWanted gives the types that a violation asks for, if that is all it says.
func typesWanted(e *jsonschema.ValidationError, here string) []string {
	for isWrapper(e) && len(e.Causes) == 1 {
		e = e.Causes[0]
	}
	k, ok := e.ErrorKind.(*kind.Type)
	if !ok || pointer(e.InstanceLocation) != here {
		return nil
	}
	return k.Want
}

func isWrapper(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.Group, *kind.Reference, *kind.AllOf:
		return true
	}
	return false
}

// forgiven reports whether an expression may put a violation right.
func (f *finder) forgiven(e *jsonschema.ValidationError) bool {
	v, ok := lookup(f.root, e.InstanceLocation)
	if !ok {
		return false
	}
	if s, ok := v.(string); ok {
		return isTemplate(s)
	}
	switch e.ErrorKind.(type) {
	case *kind.Enum, *kind.Const, *kind.Not, *kind.OneOf, *kind.UniqueItems, *kind.Contains, *kind.MinContains, *kind.MaxContains:
		return hasTemplate(v)
	}
	// Whether then or else applies depends on values that are not there yet.
	if strings.Contains(e.SchemaURL, "/then") || strings.Contains(e.SchemaURL, "/else") {
		return hasTemplate(f.root)
	}
	return false
}

func isTemplate(s string) bool { return strings.Contains(s, "${") }

func hasTemplate(v any) bool {
	switch x := v.(type) {
	case string:
		return isTemplate(x)
	case []any:
		if slices.ContainsFunc(x, hasTemplate) {
			return true
		}
	case map[string]any:
		for _, e := range x {
			if hasTemplate(e) {
				return true
			}
		}
	}
	return false
}

func lookup(v any, at []string) (any, bool) {
	for _, token := range at {
		switch x := v.(type) {
		case map[string]any:
			e, ok := x[token]
			if !ok {
				return nil, false
			}
			v = e
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func pointer(tokens []string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, t := range tokens {
		b.WriteByte('/')
		_, _ = escape.WriteString(&b, t)
	}
	return b.String()
}
