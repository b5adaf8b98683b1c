package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

type post struct {
	Channel string   `json:"channel"`
	Text    string   `json:"text" min:"1"`
	Mode    string   `json:"mode" enum:"a,b" default:"a"`
	Limit   int      `json:"limit" default:"5" max:"10"`
	Tags    []string `json:"tags,omitempty"`
	Inner   *struct {
		On bool `json:"on" default:"true"`
	} `json:"inner"`
	Many []struct {
		N int `json:"n" default:"7"`
	} `json:"many,omitempty"`
}

func problemsOf(s *Schema, raw string, template bool) []string {
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return []string{err.Error()}
	}
	ps := s.Validate(v)
	if template {
		ps = s.ValidateTemplate(v)
	}
	var out []string
	for _, p := range ps {
		out = append(out, p.String())
	}
	return out
}

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	got := problemsOf(For[post](), `{"chanel":"x","text":"","mode":"c","limit":11,"tags":["a",3],"inner":[]}`, false)
	want := []string{
		`/chanel: unknown field "chanel"; there are channel, inner, limit, many, mode, tags, text`,
		`/channel: "channel" is missing`,
		`/inner: must be an object or null, not a list`,
		`/limit: must be at most 10`,
		`/mode: must be one of "a", "b"`,
		`/tags/1: must be a string, not a number`,
		`/text: must not be empty`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, value, want string }{
		{`{"type":["integer","null"]}`, `1.5`, "must be a whole number or null, not a number"},
		{`{"format":"email"}`, `"x"`, "is not a valid email"},
		{`{"const":3}`, `4`, "must be 3"},
		{`{"pattern":"^a"}`, `"b"`, "does not match the pattern ^a"},
		{`{"minLength":2,"maxLength":3}`, `"abcd"`, "must be at most 3 characters long, not 4"},
		{`{"minItems":2}`, `[1]`, "must have at least 2 items, not 1"},
		{`{"uniqueItems":true}`, `[1,2,1]`, "has the same item at 0 and 2"},
		{`{"exclusiveMinimum":0.5}`, `0.5`, "must be more than 0.5"},
		{`{"multipleOf":3}`, `4`, "must be a multiple of 3"},
		{`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `/b: "b" is missing, which "a" needs`},
		{`{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, `"ab" is not allowed as a name`},
		{`false`, `1`, "is not allowed here"},
		{`{"not":{}}`, `1`, "has a form that is not allowed"},
		{`{"oneOf":[{"type":"number"},{"minimum":1}]}`, `4`, "fits more than one of the allowed forms"},
		{`{"anyOf":[{"type":"string"},{"type":"object","required":["uri"]}]}`, `4`, "must be a string or an object, not a number"},
		{`{"anyOf":[{"type":"string"},{"type":"object","required":["uri"]}]}`, `{}`, `/uri: "uri" is missing`},
		{`{"anyOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`, `fits none of the allowed forms (/a: "a" is missing; or /b: "b" is missing)`},
		{`{"properties":{"a/b~c":{"type":"null"}}}`, `{"a/b~c":1}`, "/a~1b~0c: must be null, not a number"},
	} {
		s, err := Compile(json.RawMessage(c.schema))
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		if got := strings.Join(problemsOf(s, c.value, false), " | "); got != c.want {
			t.Errorf("%s on %s:\n got %s\nwant %s", c.schema, c.value, got, c.want)
		}
	}
}

func TestValidateTemplate(t *testing.T) {
	t.Parallel()
	const object = `{"type":"object","required":["n"],"additionalProperties":false,"properties":{"n":{"type":"integer"},"e":{"enum":["x",[1]]},"o":{"type":"object"},"f":{"format":"uri"}}}`
	for _, c := range []struct{ schema, value, want string }{
		{object, `"${ . }"`, ""},
		{object, `{"n":"${ .n }","e":"${ .e }","o":"a ${ .o } b","f":"${ .f }/x"}`, ""},
		{object, `{"n":"plain"}`, "/n: must be a whole number, not a string"},
		{object, `{"e":["${ .x }"]}`, `/n: "n" is missing`},
		{object, `{"n":1,"wrong":"${ . }"}`, `/wrong: unknown field "wrong"; there are e, f, n, o`},
		{object, `{"n":1,"o":["${ . }"]}`, "/o: must be an object, not a list"},
		{`{"anyOf":[{"type":"integer"},{"type":"object","properties":{"u":{"type":"boolean"}}}]}`, `{"u":"${ . }"}`, ""},
		{`{"anyOf":[{"type":"integer"},{"type":"object","properties":{"u":{"type":"boolean"}}}]}`, `{"u":"no"}`, "/u: must be true or false, not a string"},
		{`{"oneOf":[{"type":"object"},{"required":["a"]}]}`, `{"a":"${ . }"}`, ""},
		{`{"uniqueItems":true}`, `["${ . }","${ . }"]`, ""},
		{`{"contains":{"type":"integer"}}`, `["a","${ . }"]`, ""},
		{`{"contains":{"type":"integer"}}`, `["a"]`, "lacks an item of the required form"},
		{`{"if":{"properties":{"k":{"const":"x"}}},"else":{"required":["z"]}}`, `{"k":"${ . }"}`, ""},
		{`{"if":{"properties":{"k":{"const":"x"}}},"else":{"required":["z"]}}`, `{"k":"y"}`, `/z: "z" is missing`},
	} {
		s, err := Compile(json.RawMessage(c.schema))
		if err != nil {
			t.Fatalf("%s: %v", c.schema, err)
		}
		if got := strings.Join(problemsOf(s, c.value, true), " | "); got != c.want {
			t.Errorf("%s on %s:\n got %s\nwant %s", c.schema, c.value, got, c.want)
		}
	}
}

func TestDecodeAppliesDefaults(t *testing.T) {
	t.Parallel()
	var got post
	err := For[post]().Decode(json.RawMessage(`{"channel":"c","text":"t","inner":{},"many":[{},{"n":1}],"tags":[]}`), &got)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(got)
	if want := `{"channel":"c","text":"t","mode":"a","limit":5,"inner":{"on":true},"many":[{"n":7},{"n":1}]}`; string(b) != want {
		t.Fatalf("got %s\nwant %s", b, want)
	}
}

func TestDecodeDoesNotShareDefaults(t *testing.T) {
	t.Parallel()
	s, err := Compile(json.RawMessage(`{"properties":{"a":{"default":{"n":[9007199254740993]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var one, two map[string]any
	if err := errors.Join(s.Decode(nil, &one), s.Decode(nil, &two)); err != nil {
		t.Fatal(err)
	}
	one["a"].(map[string]any)["n"] = "changed"
	var exact struct{ A struct{ N []int64 } }
	if err := s.Decode(nil, &exact); err != nil || exact.A.N[0] != 9007199254740993 {
		t.Fatalf("%v, %v", exact, err)
	}
	if _, ok := two["a"].(map[string]any)["n"].([]any); !ok {
		t.Fatal("two results share one default")
	}
}

func TestDecodeListsProblemsAsFields(t *testing.T) {
	t.Parallel()
	var in post
	err := For[post]().Decode(json.RawMessage(`{"text":3}`), &in)
	var e *errs.Error
	if !errors.As(err, &e) || e.Code != errs.Invalid {
		t.Fatalf("got %v", err)
	}
	want := []errs.Field{{Path: "/channel", Msg: `"channel" is missing`}, {Path: "/text", Msg: "must be a string, not a number"}}
	if d := cmp.Diff(want, e.Fields); d != "" {
		t.Fatal(d)
	}
	if want := `/channel: "channel" is missing; /text: must be a string, not a number`; err.Error() != want {
		t.Fatalf("got %s", err)
	}
	for _, raw := range []string{`{`, `{} {}`, `1e999`} {
		if err := For[post]().Decode(json.RawMessage(raw), &in); errs.CodeOf(err) != errs.Invalid {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestNamesAreCaseSensitive(t *testing.T) {
	t.Parallel()
	var in post
	if err := For[post]().Decode(json.RawMessage(`{"channel":"a","text":"t","CHANNEL":"b"}`), &in); err == nil {
		t.Fatalf("CHANNEL was taken for channel: %+v", in)
	}
}

func TestValidateTakesExpressionValues(t *testing.T) {
	t.Parallel()
	s, err := Compile(json.RawMessage(`{"items":{"type":"integer","maximum":9e18}}`))
	if err != nil {
		t.Fatal(err)
	}
	huge, _ := new(big.Int).SetString("1"+strings.Repeat("0", 30), 10)
	v := []any{1, 2.0, json.Number("3"), json.Number("1e3"), huge, json.Number("1e400")}
	ps := s.Validate(v[:5])
	if len(ps) != 1 || ps[0].Path != "/4" {
		t.Fatalf("got %v", ps)
	}
	if v[3] != json.Number("1e3") {
		t.Fatal("the caller's value changed")
	}
	if ps := s.Validate(v); len(ps) != 1 || !strings.Contains(ps[0].Message, "out of range") {
		t.Fatalf("got %v", ps)
	}
	if ps := s.Validate(map[string]any{"x": make(chan int)}); ps != nil {
		t.Fatalf("a place without a schema was checked: %v", ps)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"not":`, 70) + `{}` + strings.Repeat(`}`, 70)
	for name, c := range map[string]struct{ schema, want string }{
		"syntax":      {`{`, "not valid JSON"},
		"no schema":   {`3`, "not a valid JSON Schema"},
		"wrong type":  {`{"type":"strin"}`, "not a valid JSON Schema: /type"},
		"web":         {`{"$ref":"https://example.com/s.json"}`, "the schema refers to https://example.com/s.json"},
		"file":        {`{"$ref":"file:///etc/passwd"}`, "the schema refers to file:///etc/passwd"},
		"relative":    {`{"$ref":"other.json"}`, "the schema refers to patchbay:///other.json"},
		"dialect":     {`{"$schema":"https://example.com/dialect"}`, "the schema refers to https://example.com/dialect"},
		"pointer":     {`{"$ref":"#/nothing"}`, "not a valid JSON Schema"},
		"depth":       {deep, "levels deep"},
		"size":        {`{"description":"` + strings.Repeat("x", maxSize) + `"}`, "KiB"},
		"members":     {`{"enum":[` + strings.Repeat("1,", maxNodes) + `1]}`, "members"},
		"number":      {`{"multipleOf":1e-999999999}`, ""},
		"digits":      {`{"minimum":1` + strings.Repeat("0", 500) + `}`, "too long"},
		"look-ahead":  {`{"pattern":"(?=a)"}`, "/pattern: is no usable pattern"},
		"repetitions": {`{"pattern":"` + strings.Repeat("a{1000}", 20) + `"}`, "repeats too much"},
		"dynamic":     {`{"$dynamicAnchor":"a","properties":{"x":{"$dynamicRef":"#a"}}}`, "$dynamicRef"},
	} {
		_, err := Compile(json.RawMessage(c.schema))
		msg, _ := errs.Message(err)
		if errs.CodeOf(err) != errs.Invalid || !strings.Contains(msg, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A schema may ask for exponential work; that must end.
func TestValidateEnds(t *testing.T) {
	t.Parallel()
	s, err := Compile(json.RawMessage(`{"properties":{"a":{"allOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var v any = 1
	for range 60 {
		v = map[string]any{"a": v}
	}
	if ps := s.Validate(v); len(ps) != 1 || !strings.Contains(ps[0].Message, "too many steps") {
		t.Fatalf("got %v", ps)
	}
	if ps := s.Validate(map[string]any{"a": map[string]any{}}); ps != nil {
		t.Fatalf("the limit outlived its validation: %v", ps)
	}
	flat := make([]any, 100_000)
	if ps := s.Validate(flat); ps != nil {
		t.Fatalf("a large value hit the limit: %v", ps)
	}
}

func TestEarlierDraftsWork(t *testing.T) {
	t.Parallel()
	s, err := Compile(json.RawMessage(`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false,"definitions":{"a":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(problemsOf(s, `[1,2]`, false)); !strings.Contains(got, "/0: must be a string") || !strings.Contains(got, "too many items") {
		t.Fatal(got)
	}
}

func FuzzCompileValidate(f *testing.F) {
	f.Add(everythingJSON, `{"id":"x"}`)
	f.Add(`{"anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"type":"null"}}}}`, `["${a}"]`)
	f.Add(`{"if":{"pattern":"a+"},"then":{"multipleOf":0.1},"unevaluatedProperties":false,"default":{}}`, `{"a":[1e5,{"b":null}]}`)
	f.Add(`{"$ref":"#","properties":{"a":{"default":1,"$ref":"#"}}}`, `{"a":{"a":{}}}`)
	f.Fuzz(func(t *testing.T, schema, value string) {
		if len(schema) > 2000 || len(value) > 2000 {
			return
		}
		s, err := Compile(json.RawMessage(schema))
		if err != nil {
			if errs.CodeOf(err) != errs.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			return
		}
		strict, loose := s.Validate(v), s.ValidateTemplate(v)
		if len(loose) > len(strict) {
			t.Fatalf("templates added problems: %v, %v", strict, loose)
		}
		var out any
		err = s.Decode(json.RawMessage(value), &out)
		if !s.compile().defaults && (err == nil) != (len(strict) == 0) {
			t.Fatalf("Decode %v, Validate %v", err, strict)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	type small struct {
		Channel string `json:"channel"`
		Text    string `json:"text"`
		Thread  string `json:"thread_ts,omitempty"`
	}
	b.Run("small", func(b *testing.B) {
		s, raw := For[small](), json.RawMessage(`{"channel":"#support","text":"a ticket came in"}`)
		b.ReportAllocs()
		for b.Loop() {
			var in small
			if err := s.Decode(raw, &in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("defaults", func(b *testing.B) {
		s, raw := For[post](), json.RawMessage(`{"channel":"#support","text":"a ticket came in"}`)
		b.ReportAllocs()
		for b.Loop() {
			var in post
			if err := s.Decode(raw, &in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
