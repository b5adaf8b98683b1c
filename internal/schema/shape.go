package schema

import (
	"encoding/json"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shape is a schema that can be checked in one pass over the text, many times
// faster than the library can: kinds, members, bounds, and texts to choose from.
// A schema that says more has no shape. What fits a shape is valid; of what does
// not, the library has the word.
type shape struct {
	kinds    [128]bool // by jsontext.Kind
	integer  bool      // numbers must be integers
	min, max float64
	texts    map[string]bool // nil: any
	minLen   int
	maxLen   int

	members  map[string]*member
	required int    // how many members are
	fills    int    // how many members have a default
	other    *shape // of members that are not listed; nil: none are allowed

	items    *shape
	minItems int
	maxItems int
}

type member struct {
	*shape
	required bool
	absent   []byte // the default's JSON; nil for none
}

// anything fits every value.
func anything() *shape {
	s := &shape{min: math.Inf(-1), max: math.Inf(1), maxLen: math.MaxInt, maxItems: math.MaxInt}
	for _, k := range "ntf\"0{[" {
		s.kinds[k] = true
	}
	s.items, s.other = s, s
	return s
}

// shapeOf gives nil where a schema says more than a shape can.
func shapeOf(s *jsonschema.Schema, open []*jsonschema.Schema) *shape {
	free := anything()
	if s.Bool != nil && *s.Bool {
		return free
	}
	narrowed := *free // its members and items are still free
	out := &narrowed
	if slices.Contains(open, s) || !simple(*s) {
		return nil
	}
	open = append(open, s)
	if s.Types != nil {
		out.of(s.Types.ToStrings())
	}
	out.minLen, out.maxLen = bound(s.MinLength, 0), bound(s.MaxLength, math.MaxInt)
	out.minItems, out.maxItems = bound(s.MinItems, 0), bound(s.MaxItems, math.MaxInt)
	out.min, out.max = limit(s.Minimum, math.Inf(-1)), limit(s.Maximum, math.Inf(1))
	if s.Enum != nil && !out.choose(s.Enum.Values) {
		return nil
	}
	if s.Items2020 != nil {
		out.items = shapeOf(s.Items2020, open)
	}
	if out.items == nil || !out.object(s, open) {
		return nil
	}
	return out
}

func (out *shape) object(s *jsonschema.Schema, open []*jsonschema.Schema) bool {
	out.members, out.required = map[string]*member{}, len(s.Required)
	for name, p := range s.Properties {
		m := &member{shape: shapeOf(p, open), required: slices.Contains(s.Required, name)}
		if m.shape == nil || strings.ContainsAny(name, "\"\\") {
			return false
		}
		if p.Default != nil {
			var err error
			if m.absent, err = json.Marshal(*p.Default); err != nil || m.kinds['{'] {
				return false
			}
			if _, ok := new(fitter).fit(m.shape, m.absent); !ok {
				return false
			}
			out.fills++
		}
		out.members[name] = m
	}
	for _, name := range s.Required {
		if out.members[name] == nil {
			return false
		}
	}
	switch more := s.AdditionalProperties.(type) {
	case bool:
		if !more {
			out.other = nil
		}
	case *jsonschema.Schema:
		out.other = shapeOf(more, open)
		return out.other != nil
	}
	return true
}

// choose takes an enumeration of texts.
func (out *shape) choose(values []any) bool {
	out.texts = map[string]bool{}
	for _, v := range values {
		text, ok := v.(string)
		if !ok {
			return false
		}
		out.texts[text] = true
	}
	text := out.kinds['"']
	out.kinds = [128]bool{'"': text}
	return true
}

// simple reports whether a schema says nothing but what a shape knows: with that
// taken away, and what is no condition, nothing is left.
func simple(s jsonschema.Schema) bool {
	rest := reflect.ValueOf(&s).Elem()
	for _, known := range []string{
		"Types", "Enum", "Required", "Properties", "AdditionalProperties", "MinItems", "MaxItems", "Items2020",
		"MinLength", "MaxLength", "Maximum", "Minimum",
		"DraftVersion", "Location", "ID", "Title", "Description", "Default", "Comment", "ReadOnly", "WriteOnly", "Examples", "Deprecated",
	} {
		rest.FieldByName(known).SetZero()
	}
	for i := range rest.NumField() {
		if f := rest.Type().Field(i); f.IsExported() && !rest.Field(i).IsZero() {
			return false
		}
	}
	return true
}

// of allows the kinds of some JSON Schema types.
func (out *shape) of(types []string) {
	out.kinds = [128]bool{}
	for _, t := range types {
		for _, k := range map[string]string{"null": "n", "boolean": "tf", "string": `"`, "number": "0", "integer": "0", "object": "{", "array": "["}[t] {
			out.kinds[k] = true
		}
	}
	out.integer = slices.Contains(types, "integer") && !slices.Contains(types, "number")
}

func bound(n *int, none int) int {
	if n == nil {
		return none
	}
	return *n
}

func limit(r *big.Rat, none float64) float64 {
	if r == nil {
		return none
	}
	f, _ := r.Float64()
	return f
}
