package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type ticket struct {
	ID      string            `json:"id" min:"1" max:"5"`
	Limit   int               `json:"limit" default:"10" min:"1" max:"100"`
	Mood    string            `json:"mood,omitempty" enum:"good,bad"`
	Tags    []string          `json:"tags,omitempty" max:"2"`
	Score   *float64          `json:"score,omitempty"`
	Fields  map[string]any    `json:"fields,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Answer  json.RawMessage   `json:"answer,omitempty"`
	Author  *author           `json:"author,omitempty"`
	Enabled bool              `json:"enabled,omitempty"`
}

type author struct {
	Name string `json:"name"`
	Age  int    `json:"age" default:"3"`
}

// long decodes as if there were no shape.
func long(t *testing.T, s *Schema, raw string, into any) error {
	t.Helper()
	c := *s.compile()
	c.shape = nil
	return (&Schema{raw: s.raw, compile: func() *checker { return &c }}).Decode(json.RawMessage(raw), into)
}

// TestTheShortWayIsTheLongWay decodes values both ways; short tells which of them
// must not need the long one.
func TestTheShortWayIsTheLongWay(t *testing.T) {
	t.Parallel()
	s := For[ticket]()
	for raw, short := range map[string]bool{
		`{"id":"a","limit":5}`:                      true,
		`{"id":"a"}`:                                true, // limit is filled in
		` { "id" : "a" } `:                          true,
		`{"id":"żółćó"}`:                            true,
		`{"id":"żółćóó"}`:                           false, // too long
		`{"id":""}`:                                 false,
		`{}`:                                        false,
		`{"id":"a","limit":0}`:                      false,
		`{"id":"a","limit":101}`:                    false,
		`{"id":"a","limit":1.5}`:                    false,
		`{"id":"a","limit":1.0}`:                    false, // valid, the long way
		`{"id":"a","limit":null}`:                   false,
		`{"id":"a","mood":"good"}`:                  true,
		`{"id":"a","mood":"ugly"}`:                  false,
		`{"id":"a","tags":["x","y"]}`:               true,
		`{"id":"a","tags":["x","y","z"]}`:           false,
		`{"id":"a","tags":[1]}`:                     false,
		`{"id":"a","score":null}`:                   true,
		`{"id":"a","score":-1.5e3}`:                 true,
		`{"id":"a","score":12345678901234567890.5}`: false, // valid, the long way
		`{"id":"a","fields":{"x":[1,{"y":null}]}}`:  true,
		`{"id":"a","labels":{"x":"y"}}`:             true,
		`{"id":"a","labels":{"x":1}}`:               false,
		`{"id":"a","answer":{"any":[true]}}`:        true,
		`{"id":"a","author":{"name":"n","age":4}}`:  true,
		`{"id":"a","author":{"name":"n"}}`:          false, // its default is filled in the long way
		`{"id":"a","author":null}`:                  true,
		`{"id":"a","author":{"age":4}}`:             false,
		`{"id":"a","other":1}`:                      false,
		`{"ID":"a"}`:                                false,
		`{"id":"\u0061\\"}`:                         true,
		`{"id":"a\nb\"\t\\"}`:                       false, // too long
		`{"\u0069d":"a"}`:                           false, // valid, the long way
		`{"id":"a","id":"b"}`:                       false,
		`{"id":"a"} {}`:                             false,
		`{"id":"a"`:                                 false,
		`[]`:                                        false,
		"{\"id\":\"\xff\"}":                         false,
	} {
		if _, got := s.compile().fit([]byte(raw)); got != short {
			t.Errorf("%s: short way %v", raw, got)
		}
		var a, b ticket
		errA, errB := s.Decode(json.RawMessage(raw), &a), long(t, s, raw, &b)
		if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			t.Errorf("%s: %v, the long way %v", raw, errA, errB)
		}
		if errA == nil && cmp.Diff(a, b) != "" {
			t.Errorf("%s: %s", raw, cmp.Diff(a, b))
		}
	}
}

func TestSchemasWithoutAShape(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		`{"type":"object","required":["a"],"properties":{"a":{"enum":["x","y"]}}}`:                                 true,
		`{"type":"object","title":"T","description":"D","$schema":"https://json-schema.org/draft/2020-12/schema"}`: true,
		`{"type":["string","null"],"maxLength":3}`:                                                                 true,
		`{"items":{"type":"integer"}}`:                                                                             true,
		`true`:                                                                                                     true,
		`{"const":1}`:                                                                                              false,
		`{"enum":[1]}`:                                                                                             false,
		`{"anyOf":[{"type":"string"}]}`:                                                                            false,
		`{"pattern":"^a"}`:                                                                                         false,
		`{"format":"uri"}`:                                                                                         false,
		`{"uniqueItems":true}`:                                                                                     false,
		`{"required":["a"]}`:                                                                                       false,
		`{"items":{"not":{}}}`:                                                                                     false,
		`{"properties":{"a":{"multipleOf":2}}}`:                                                                    false,
		`{"additionalProperties":{"minProperties":1}}`:                                                             false,
		`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"b":{"$ref":"#/$defs/a"}}}}}`: false,
		`{"exclusiveMinimum":1}`: false,
	} {
		s, err := Compile(json.RawMessage(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := s.compile().shape != nil; got != want {
			t.Errorf("%s: shape %v", raw, got)
		}
	}
}

// FuzzFit holds that what fits a shape is valid, and is decoded the same.
func FuzzFit(f *testing.F) {
	for _, x := range [][2]string{
		{`{"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":2},"n":{"default":3,"maximum":9}},"additionalProperties":false}`, `{"a":"xy"}`},
		{`{"items":{"type":["integer","null"],"minimum":0},"maxItems":3}`, `[1,null]`},
		{`{"additionalProperties":{"enum":["a","b"]}}`, `{"x":"a"}`},
		{`{"type":"number"}`, `1e400`},
		{`{"maxLength":1}`, `"é"`},
	} {
		f.Add(x[0], x[1])
	}
	f.Fuzz(func(t *testing.T, schema, value string) {
		s, err := Compile(json.RawMessage(schema))
		if err != nil || s.compile().shape == nil || strings.TrimSpace(value) == "" {
			return
		}
		if _, ok := s.compile().fit([]byte(value)); !ok {
			return
		}
		var a, b any
		if err := s.Decode(json.RawMessage(value), &a); err != nil {
			t.Fatalf("%s fits %s, but %v", value, schema, err)
		}
		if err := long(t, s, value, &b); err != nil {
			t.Fatalf("%s fits %s, but the long way %v", value, schema, err)
		}
		if d := cmp.Diff(a, b); d != "" {
			t.Fatalf("%s of %s: %s", value, schema, d)
		}
	})
}
