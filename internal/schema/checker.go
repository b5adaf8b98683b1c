package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// location names the document for the compiler; relative references resolve
// against it and find nothing.
const location = "patchbay:///schema"

// checker is a compiled schema.
type checker struct {
	root     *jsonschema.Schema
	shape    *shape              // nil for a schema that has none
	fitters  sync.Pool           // of *fitter
	defaults bool                // some property has a default
	names    map[string][]string // schema location → names of its properties
	guard    *guard              // for schemas of unknown origin
}

// newChecker compiles a document. What somebody wrote is bounded in size, depth
// and in the work one validation may cost.
func newChecker(raw json.RawMessage, foreign bool) (*checker, error) {
	if foreign && len(raw) > maxSize {
		return nil, errs.Newf(errs.Invalid, "a schema is at most %d KiB long", maxSize>>10)
	}
	doc, err := parse(raw, true)
	if err != nil {
		return nil, err
	}
	if foreign {
		if doc, err = tame(doc); err != nil {
			return nil, err
		}
	}
	j := jsonschema.NewCompiler()
	j.DefaultDraft(jsonschema.Draft2020)
	j.AssertFormat()
	j.UseLoader(jsonschema.SchemeURLLoader{})
	j.UseRegexpEngine(pattern)
	if err := j.AddResource(location, doc); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	root, err := j.Compile(location)
	if err != nil {
		return nil, compileError(err, doc)
	}
	c := &checker{root: root, shape: shapeOf(root, nil), names: map[string][]string{}}
	if foreign {
		c.guard = &guard{}
	}
	return c, c.inspect()
}

func compileError(err error, doc any) error {
	e := errs.Wrap(errs.Invalid, err, "not a valid JSON Schema")
	var load *jsonschema.LoadURLError
	var meta *jsonschema.SchemaValidationError
	var violation *jsonschema.ValidationError
	switch {
	case errors.As(err, &load):
		e.Msg = fmt.Sprintf("the schema refers to %s", load.URL)
		e.Hint = "references may only point into the schema itself, e.g. #/$defs/name"
	case errors.As(err, &meta) && errors.As(meta.Err, &violation):
		ps := (&checker{}).found(violation, doc, false)
		listed := invalid(ps)
		e.Msg, e.Fields, e.Err = "not a valid JSON Schema: "+listed.Msg, listed.Fields, nil
	}
	return e
}

// inspect walks the compiled graph once.
func (c *checker) inspect() error {
	seen := map[*jsonschema.Schema]bool{}
	for open := []*jsonschema.Schema{c.root}; len(open) > 0; {
		s := open[len(open)-1]
		open = open[:len(open)-1]
		if s == nil || seen[s] {
			continue
		}
		seen[s] = true
		if c.guard != nil {
			// Their targets depend on the way to them, which this walk does not know.
			if s.DynamicRef != nil || s.RecursiveRef != nil {
				return errs.New(errs.Invalid, "$dynamicRef and $recursiveRef are not supported in a schema")
			}
			s.Format = c.guard.wrap(s.Format)
		}
		if len(s.Properties) > 0 {
			c.names[s.Location] = slices.Sorted(maps.Keys(s.Properties))
		}
		for _, p := range s.Properties {
			c.defaults = c.defaults || p.Default != nil
		}
		open = append(open, inner(s)...)
	}
	return nil
}

// inner lists the schemas that s applies; some may be nil.
func inner(s *jsonschema.Schema) []*jsonschema.Schema {
	all := []*jsonschema.Schema{
		s.Ref, s.Not, s.If, s.Then, s.Else, s.PropertyNames, s.UnevaluatedProperties,
		s.Contains, s.Items2020, s.UnevaluatedItems, s.ContentSchema,
	}
	all = slices.Concat(all, s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems)
	for _, m := range []map[string]*jsonschema.Schema{s.Properties, s.DependentSchemas} {
		all = slices.AppendSeq(all, maps.Values(m))
	}
	all = slices.AppendSeq(all, maps.Values(s.PatternProperties))
	for _, v := range s.Dependencies {
		all = append(all, oneOrMany(v)...)
	}
	for _, v := range []any{s.AdditionalProperties, s.Items, s.AdditionalItems} {
		all = append(all, oneOrMany(v)...)
	}
	return all
}

func oneOrMany(v any) []*jsonschema.Schema {
	switch v := v.(type) {
	case *jsonschema.Schema:
		return []*jsonschema.Schema{v}
	case []*jsonschema.Schema:
		return v
	}
	return nil
}

// problems validates v.
func (c *checker) problems(v any, template bool) []Problem {
	v, err := plain(v)
	if err != nil {
		return []Problem{{Message: err.Error()}}
	}
	if c.guard != nil {
		c.guard.Lock()
		defer c.guard.Unlock()
	}
	violation, exhausted := c.run(v)
	if exhausted {
		return []Problem{{Message: "checking this value against the schema takes too many steps"}}
	}
	if violation == nil {
		return nil
	}
	ps := c.found(violation, v, template)
	slices.SortFunc(ps, func(a, b Problem) int {
		return strings.Compare(a.Path+"\x00"+a.Message, b.Path+"\x00"+b.Message)
	})
	return slices.Compact(ps)
}

func (c *checker) run(v any) (violation *jsonschema.ValidationError, exhausted bool) {
	if c.guard != nil {
		c.guard.left = maxSteps
		defer func() {
			r := recover()
			if e, ok := r.(error); ok && errors.Is(e, errExhausted) {
				exhausted = true
			} else if r != nil {
				panic(r)
			}
		}()
	}
	err := c.root.Validate(v)
	errors.As(err, &violation)
	return violation, false
}

// guard counts the steps of a validation. Schemas can be written whose cost grows
// exponentially with the depth of the value, and the library has no limit.
type guard struct {
	sync.Mutex // one validation at a time, since the counter belongs to the schema
	left       int
}

const maxSteps = 1_000_000

var errExhausted = errors.New("too many steps")

// wrap counts before the format check, which every schema that is applied makes
// before it applies others.
func (g *guard) wrap(f *jsonschema.Format) *jsonschema.Format {
	if f == nil {
		f = &jsonschema.Format{Name: "any", Validate: func(any) error { return nil }}
	}
	return &jsonschema.Format{Name: f.Name, Validate: func(v any) error {
		if g.left--; g.left < 0 {
			panic(errExhausted)
		}
		return f.Validate(v)
	}}
}
