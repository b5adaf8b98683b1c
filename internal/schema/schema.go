// Package schema is the bridge between Go types and JSON Schema 2020-12, and the
// one place where JSON values are checked against a schema. It knows neither
// connectors nor flows, reads nothing from outside, and never resolves a
// reference that leaves the document.
//
// A Go type is described by its struct tags:
//
//	json      the name, as encoding/json reads it
//	doc       the description
//	default   the value of an absent field, as text or JSON
//	enum      the allowed values, separated by commas
//	format    the format, e.g. uri, email, date-time
//	min, max  bounds of a number, of the length of a text or list
//	required  "true" or "false", where the rule below does not fit
//
// A field is required unless it is a pointer, has omitempty or omitzero, or has a
// default. Tags enum, format, min and max of a list of texts or numbers describe
// its items, except that min and max then bound the list. Structs allow no other
// members; a type that allows more implements Shaper.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	fast "github.com/go-json-experiment/json"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Problem is one violation.
type Problem struct {
	Path    string // JSON pointer into the value
	Message string // for people; it names the field where the path cannot
}

// Schema is a JSON Schema, compiled when it is first used.
type Schema struct {
	raw     json.RawMessage
	compile func() *checker
}

// For describes a Go type. It panics on a type or tag that cannot be described,
// which is a mistake in the program.
func For[T any]() *Schema {
	raw, err := describe(reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("schema: %v", err))
	}
	return &Schema{raw: raw, compile: sync.OnceValue(func() *checker {
		c, err := newChecker(raw, false)
		if err != nil {
			panic(fmt.Sprintf("schema of %v: %v", reflect.TypeFor[T](), err))
		}
		return c
	})}
}

// Compile reads a schema that somebody wrote. References may only point into the
// document. Errors are errs.Invalid.
func Compile(raw json.RawMessage) (*Schema, error) {
	c, err := newChecker(raw, true)
	if err != nil {
		return nil, err
	}
	return &Schema{raw: bytes.Clone(raw), compile: func() *checker { return c }}, nil
}

// JSON gives the schema document.
func (s *Schema) JSON() json.RawMessage { return s.raw }

// Validate gives everything wrong with a value of the types encoding/json
// produces, also with json.Number and *big.Int. The order is by path.
func (s *Schema) Validate(v any) []Problem { return s.compile().problems(v, false) }

// ValidateTemplate is Validate for a value whose texts may hold expressions: a
// text that contains "${" fits any schema at its place, and what such a text may
// still put right is no problem.
func (s *Schema) ValidateTemplate(v any) []Problem { return s.compile().problems(v, true) }

// Fits reports in one pass whether raw certainly is valid. False means no more
// than that Validate must tell.
func (s *Schema) Fits(raw []byte) bool {
	c := s.compile()
	if c.shape == nil {
		return false
	}
	_, ok := c.fit(raw)
	return ok
}

// Decode validates raw, puts defaults in the place of absent members and decodes
// the result. Empty raw counts as an empty object. Errors are errs.Invalid, with
// a field for each problem.
func (s *Schema) Decode(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	c := s.compile()
	if c.shape != nil {
		if full, ok := c.fit(raw); ok && fast.Unmarshal(full, into) == nil {
			return nil
		}
	}
	v, err := parse(raw, c.defaults)
	if err != nil {
		return err
	}
	filled := c.defaults && c.fill(v)
	if ps := c.problems(v, false); len(ps) > 0 {
		return invalid(ps)
	}
	if filled {
		if raw, err = json.Marshal(v); err != nil {
			return fmt.Errorf("encode with defaults: %w", err)
		}
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return errs.Wrap(errs.Invalid, err, "the value does not fit")
	}
	return nil
}

// parse keeps numbers exact only where the value is encoded again.
func parse(raw json.RawMessage, exact bool) (any, error) {
	var v any
	var err error
	if exact {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		if err = d.Decode(&v); err == nil && d.More() {
			err = fmt.Errorf("more than one value")
		}
	} else {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, err, "not valid JSON")
	}
	return v, nil
}

// shown bounds how many problems an error text lists; Fields has them all.
const shown = 10

func invalid(ps []Problem) *errs.Error {
	e := &errs.Error{Code: errs.Invalid}
	for i, p := range ps {
		e.Fields = append(e.Fields, errs.Field{Path: p.Path, Msg: p.Message})
		switch {
		case i == shown:
			e.Msg += fmt.Sprintf("; and %d more", len(ps)-shown)
		case i < shown:
			if i > 0 {
				e.Msg += "; "
			}
			e.Msg += p.String()
		}
	}
	return e
}

// String is the path, if there is one, and the message.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}
