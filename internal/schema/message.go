package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// problems words one violation for people. names are the properties that the
// schema knows.
func problems(e *jsonschema.ValidationError, names []string) []Problem {
	at := pointer(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return missing(at, k.Missing, "")
	case *kind.Dependency:
		return missing(at, k.Missing, k.Prop)
	case *kind.DependentRequired:
		return missing(at, k.Missing, k.Prop)
	case *kind.AdditionalProperties:
		var ps []Problem
		for _, p := range k.Properties {
			ps = append(ps, Problem{at + pointer([]string{p}), fmt.Sprintf("unknown field %q%s", p, known(names))})
		}
		return ps
	}
	return []Problem{{at, message(e.ErrorKind)}}
}

func missing(at string, names []string, because string) []Problem {
	var ps []Problem
	for _, m := range names {
		msg := fmt.Sprintf("%q is missing", m)
		if because != "" {
			msg += fmt.Sprintf(", which %q needs", because)
		}
		ps = append(ps, Problem{at + pointer([]string{m}), msg})
	}
	return ps
}

func known(names []string) string {
	switch {
	case len(names) == 0:
		return ""
	case len(names) > 12:
		return "; there are " + strings.Join(names[:12], ", ") + " and more"
	}
	return "; there are " + strings.Join(names, ", ")
}

func message(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + either(k.Want) + ", not " + article(k.Got)
	case *kind.Enum:
		return "must be one of " + list(k.Want)
	case *kind.Const:
		return "must be " + text(k.Want)
	case *kind.Format:
		if k.Want == "regex" {
			return fmt.Sprintf("is no usable pattern: %v", k.Err)
		}
		return "is not a valid " + k.Want
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Not:
		return "has a form that is not allowed"
	case *kind.OneOf:
		return "fits more than one of the allowed forms"
	case *kind.PropertyNames:
		return fmt.Sprintf("%q is not allowed as a name", k.Property)
	case *kind.InvalidJsonValue:
		return fmt.Sprintf("is no JSON value (%T)", k.Value)
	case *kind.RefCycle:
		return "cannot be checked: the schema refers to itself"
	}
	if s := sizeMessage(k); s != "" {
		return s
	}
	if s := boundMessage(k); s != "" {
		return s
	}
	return "does not fit the schema (" + strings.Join(k.KeywordPath(), "/") + ")"
}

func sizeMessage(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		if k.Want == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must be at least %d characters long", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must be at most %d characters long, not %d", k.Want, k.Got)
	case *kind.Pattern:
		return "does not match the pattern " + k.Want
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items, not %d", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items, not %d", k.Want, k.Got)
	case *kind.AdditionalItems:
		return "has too many items"
	case *kind.UniqueItems:
		return fmt.Sprintf("has the same item at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains, *kind.MinContains:
		return "lacks an item of the required form"
	case *kind.MaxContains:
		return "has too many items of one form"
	case *kind.MinProperties:
		return fmt.Sprintf("must have at least %d members, not %d", k.Want, k.Got)
	case *kind.MaxProperties:
		return fmt.Sprintf("must have at most %d members, not %d", k.Want, k.Got)
	}
	return ""
}

func boundMessage(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return "must be at least " + decimal(k.Want)
	case *kind.Maximum:
		return "must be at most " + decimal(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimal(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimal(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + decimal(k.Want)
	}
	return ""
}

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return fmt.Sprint(f)
}

// either gives "a string or null".
func either(types []string) string {
	var out []string
	for _, t := range types {
		if a := article(t); !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return strings.Join(out, " or ")
}

func rank(article string) int {
	if article == "null" {
		return 1
	}
	return 0
}

func article(t string) string {
	switch t {
	case "null":
		return t
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	}
	return "a " + t
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return article("boolean")
	case []any:
		return article("array")
	case map[string]any:
		return article("object")
	}
	return "a number"
}

func list(values []any) string {
	const most = 20
	var out []string
	for i, v := range values {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, text(v))
	}
	return strings.Join(out, ", ")
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(b) > 200 {
		return "the given value"
	}
	return string(b)
}
