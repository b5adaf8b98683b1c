package expr

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type vars map[string]any

func (v vars) Var(name string) any { return v[name] }

func decode(t testing.TB, s string) any {
	t.Helper()
	v, err := FromJSON([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEval(t *testing.T) {
	t.Parallel()
	scope := vars{"steps": decode(t, `{"a":{"b":[1,{"c":"x"}],"big":12345678901234567890}}`), "vars": decode(t, `{"n":2}`), VarNow: 1.5, VarRand: NewRand("s")}
	for _, c := range []struct{ src, input, want, err string }{
		{src: `.`, input: `{"x":1}`, want: `{"x":1}`},
		{src: `.x.y`, input: `{"x":{"y":[1]}}`, want: `[1]`},
		{src: `.x.y.z`, input: `{}`, want: `null`},
		{src: `.x["y z"]`, input: `{"x":{"y z":1}}`, want: `1`},
		{src: `.[1]`, input: `[1,2]`, want: `2`},
		{src: `.[7]`, input: `[1,2]`, want: `null`},
		{src: `.[-1]`, input: `[1,2]`, want: `2`},
		{src: `$steps.a.b[1].c`, want: `"x"`},
		{src: `$steps.a.big`, want: `12345678901234567890`},
		{src: `$steps.a.b | length * $vars.n`, want: `4`},
		{src: `[.[] | select(. > 1)]`, input: `[1,2,3]`, want: `[2,3]`},
		{src: `empty`, want: `null`},
		{src: `1, 2`, want: `1`},
		{src: `now`, want: `1.5`},
		{src: `uuid | length`, want: `36`},
		{src: `"abc" | sha256`, want: `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{src: `. as $x | $x`, input: `3`, want: `3`},
		{src: `.x.y`, input: `{"x":3}`, err: `expected an object with the key "y" but got: 3`},
		{src: `.x[0]`, input: `{"x":"s"}`, err: `expected an array for the index 0 but got: "s"`},
		{src: `"x" * 4000000000`, err: `too large`},
		{src: `1/0`, err: `cannot divide`},
		{src: `infinite`, err: `not a finite number`},
	} {
		e, err := Compile(c.src, []string{"steps", "vars"})
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if c.input == "" {
			c.input = "null"
		}
		got, err := e.Eval(decode(t, c.input), scope)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want %q", c.src, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		b, _ := ToJSON(got)
		if string(b) != c.want {
			t.Errorf("%s = %s, want %s", c.src, b, c.want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`.x | `:                          "ends too early",
		`.x | | .y`:                      `unexpected "|" at character 6`,
		`$nope`:                          "unknown variable $nope",
		`.a + $nope.b`:                   "unknown variable $nope",
		`nope(.)`:                        "nope/1",
		`env`:                            "env is not available",
		`$ENV.PATH`:                      "not available",
		`input`:                          "input is not available",
		`halt`:                           "halt is not available",
		`import "a" as a; .`:             "a",
		strings.Repeat("a", MaxSource+1): "longer than",
	} {
		_, err := Compile(src, []string{"steps"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: error %v, want %q", src, err, want)
		}
	}
}

// The limit must not depend on time: a replay decides the same.
func TestStepLimitIsCounted(t *testing.T) {
	t.Parallel()
	for _, src := range []string{`def f: f; f`, `[range(1e12)] | length`, `last(repeat(1))`} {
		e, err := Compile(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Eval(nil, vars{}); err == nil || !strings.Contains(err.Error(), "stopped after") {
			t.Errorf("%s: error %v", src, err)
		}
	}
	f := &fuel{left: 3}
	for range 2 {
		f.Done()
	}
	if f.Err() != nil {
		t.Fatal("ended early")
	}
	f.Done()
	if f.Err() == nil {
		t.Fatal("did not end")
	}
}

func TestRecordedFunctionsRepeat(t *testing.T) {
	t.Parallel()
	e, err := Compile(`[uuid, uuid, random, now]`, nil)
	if err != nil {
		t.Fatal(err)
	}
	eval := func(seed string) any {
		v, err := e.Eval(nil, vars{VarNow: 7, VarRand: NewRand(seed)})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, again, b := eval("a"), eval("a"), eval("b")
	if !cmp.Equal(a, again) || cmp.Equal(a, b) {
		t.Fatalf("%v %v %v", a, again, b)
	}
	if l := a.([]any); l[0] == l[1] {
		t.Fatal("uuid repeats within an expression")
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	e, err := Compile(`if $steps.a.x then $steps["b"] else ($vars | .c) end | . as $q | map($q)`, []string{"steps", "vars"})
	if err != nil {
		t.Fatal(err)
	}
	want := Refs{Vars: []string{"q", "steps", "vars"}, Bound: []string{"q"}, Steps: []string{"a", "b"}, Funcs: []string{"map"}}
	if d := cmp.Diff(want, e.Refs()); d != "" {
		t.Fatal(d)
	}
	if e, _ := Compile(`$steps | keys`, []string{"steps"}); !e.Refs().AllSteps {
		t.Fatal("a use of $steps as a whole was missed")
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	scope := vars{"vars": decode(t, `{"n":[1],"s":"hi"}`)}
	for _, c := range []struct{ text, want, err string }{
		{text: `plain`, want: `"plain"`},
		{text: `${ $vars.n }`, want: `[1]`},
		{text: `  ${ $vars.n }`, want: `"  [1]"`},
		{text: `a ${ $vars.s } b ${ $vars.n } c`, want: `"a hi b [1] c"`},
		{text: `${ {a: {b: "}"}} }`, want: `{"a":{"b":"}"}}`},
		{text: `${ "x\($vars.s + "}")y" }!`, want: `"xhi}y!"`},
		{text: `$${ .x } ${ $vars.s }`, want: `"${ .x } hi"`},
		{text: `${ $vars.nothing }.`, want: `"."`},
		{text: `${ .x `, err: "no closing }"},
		{text: `a ${ $zzz } b`, err: "unknown variable $zzz"},
	} {
		tpl, err := ParseTemplate(c.text, []string{"vars"})
		if err != nil {
			if c.err == "" || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		v, err := tpl.Eval(nil, scope)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if b, _ := ToJSON(v); string(b) != c.want {
			t.Errorf("%s = %s, want %s", c.text, b, c.want)
		}
	}
}

// Data never becomes an expression.
func TestDataIsNotEvaluated(t *testing.T) {
	t.Parallel()
	tpl, err := ParseTemplate("${ .x } and ${ .x }", nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := tpl.Eval(decode(t, `{"x":"${ .secret }"}`), vars{})
	if err != nil || v != "${ .secret } and ${ .secret }" {
		t.Fatalf("%v, %v", v, err)
	}
}

func TestFromJSONKeeps(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		` { "a" : [ 1 , -0.5 , 1e3 ] } `: `{"a":[1,-0.5,1000]}`,
		`[-0, -0.0, -0e5, -1e-999]`:      `[0,0,0,0]`, // what is written is read back as the same
		`{"a":1,"a":2}`:                  `{"a":2}`,   // the last counts, as in most parsers
		"\"\xff\"":                       `"\ufffd"`,
		`"\ud800"`:                       `"\ufffd"`,
		`[[],{},null,false]`:             `[[],{},null,false]`,
	} {
		v, err := FromJSON([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, err := ToJSON(v)
		if err != nil || string(got) != want && string(got) != strings.ReplaceAll(want, `\ufffd`, "\ufffd") {
			t.Errorf("%s became %s, want %s (%v)", in, got, want, err)
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "{", `{"a":1}x`, "1e400", strings.Repeat("9", MaxDigits+1), strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2)} {
		if _, err := FromJSON([]byte(s)); err == nil {
			t.Errorf("%.20q was accepted", s)
		}
	}
}

func TestWholeExpression(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"${ .a }": ".a", " ${.a}\n": ".a", `${ "}" }`: `"}"`, "${}": "", "${ {} }": "{}"} {
		if got, whole := WholeExpression(text); !whole || got != want {
			t.Errorf("%q is %q, %v", text, got, whole)
		}
	}
	for _, text := range []string{"", "$", "{", "${", "$ {}", "$}", "${ .a", "x${ .a }", "${ .a }x", "${ .a }${ .b }", "${ } }"} {
		if got, whole := WholeExpression(text); whole {
			t.Errorf("%q was taken for %q", text, got)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{`${ .a }`, `a ${ "\(.x)" } $${`, `${ {} }`, `${ [.[]|.a?] | map(.) }`, `${ $steps.a | @base64d }`, "${ reduce .[] as [$a] (0; . + $a) }"} {
		f.Add(s, `{"a":[1,"x",null]}`)
	}
	f.Fuzz(func(t *testing.T, text, input string) {
		tpl, err := ParseTemplate(text, []string{"steps"})
		if err != nil {
			return
		}
		in, err := FromJSON([]byte(input))
		if err != nil {
			return
		}
		before, _ := ToJSON(in)
		v, err := tpl.Eval(in, vars{"steps": map[string]any{"a": "x"}, VarNow: 1, VarRand: NewRand("x")})
		if err == nil {
			if _, err := ToJSON(v); err != nil {
				t.Fatalf("result of %q cannot be encoded: %v", text, err)
			}
		}
		if after, _ := ToJSON(in); string(after) != string(before) {
			t.Fatalf("%q changed its input", text)
		}
	})
}

func FuzzFromJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,true]}`, `12345678901234567890123`, `-0`, `1e5`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := FromJSON(b)
		if valid := json.Valid(b); valid != (err == nil) && (!valid || !strings.Contains(err.Error(), "deeper") && !strings.Contains(err.Error(), "out of range")) {
			t.Fatalf("%q: %v", b, err)
		}
		if err != nil {
			return
		}
		out, err := ToJSON(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := FromJSON(out)
		if err != nil {
			t.Fatalf("%s became %s: %v", b, out, err)
		}
		if twice, err := ToJSON(again); err != nil || string(twice) != string(out) {
			t.Fatalf("%s became %s: %v", out, twice, err)
		}
	})
}

func BenchmarkPath(b *testing.B) {
	e, err := Compile(`$steps.a.b[0].c`, []string{"steps"})
	if err != nil {
		b.Fatal(err)
	}
	var scope Vars = vars{"steps": decode(b, `{"a":{"b":[{"c":"x"}]}}`)}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := e.Eval(nil, scope); err != nil || v != "x" {
			b.Fatal(v, err)
		}
	}
}

func BenchmarkCondition(b *testing.B) {
	e, err := Compile(`$steps.a.s == "negative"`, []string{"steps"})
	if err != nil {
		b.Fatal(err)
	}
	var scope Vars = vars{"steps": decode(b, `{"a":{"s":"negative"}}`)}
	b.ReportAllocs()
	for b.Loop() {
		if v, err := e.Eval(nil, scope); err != nil || v != true {
			b.Fatal(v, err)
		}
	}
}
