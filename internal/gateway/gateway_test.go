package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/aidialect/anthropic"
	"github.com/patchbay-dev/patchbay/internal/aidialect/openai"
)

// provider answers chat completions with what is scripted, in order; the last
// answer is repeated.
type provider struct {
	mu      sync.Mutex
	script  []says
	asked   []string // request bodies
	keys    []string
	address string
}

// says is one answer: a status other than 200 has the body as it is.
type says struct {
	status int
	text   string
	finish string
	retry  string
}

func newProvider(t *testing.T, script ...says) *provider {
	t.Helper()
	p := &provider{script: script}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.address = s.URL
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var body json.RawMessage
	_ = json.NewDecoder(r.Body).Decode(&body)
	p.asked = append(p.asked, string(body))
	p.keys = append(p.keys, r.Header.Get("Idempotency-Key"))
	a := p.script[0]
	if len(p.script) > 1 {
		p.script = p.script[1:]
	}
	if a.status != 0 {
		w.Header().Set("Retry-After", a.retry)
		w.WriteHeader(a.status)
		_, _ = w.Write([]byte(a.text))
		return
	}
	if a.finish == "" {
		a.finish = "stop"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"model": "x", "choices": []any{map[string]any{"finish_reason": a.finish, "message": map[string]any{"content": a.text}}},
		"usage": map[string]any{"prompt_tokens": 10, "completion_tokens": 5},
	})
}

// ask invokes ai.generate with connections by name.
func ask(t *testing.T, providers map[string]*provider, with string) (string, *connector.Usage, error) {
	t.Helper()
	g, err := New(map[string]Provider{"openai": {Dialect: openai.Dialect{}}, "anthropic": {Dialect: anthropic.Dialect{}, Header: "X-Api-Key"}})
	if err != nil {
		t.Fatal(err)
	}
	usage := &connector.Usage{}
	call := &connector.Call{IdempotencyKey: "k", Usage: usage, Use: func(_ context.Context, name, kind string) (*connector.Connection, error) {
		p := providers[name]
		if p == nil || kind != "ai" {
			return nil, errors.New("no connection " + name)
		}
		return &connector.Connection{Name: name, Kind: kind, Settings: map[string]string{"dialect": "openai"}, HTTP: &http.Client{Transport: at(p.address)}}, nil
	}}
	out, err := g.Connector().Operations[0].Invoke(t.Context(), call, json.RawMessage(with))
	return string(out), usage, err
}

// at sends relative requests to an address, as a connection's client does.
type at string

// RoundTrip implements http.RoundTripper.
func (base at) RoundTrip(r *http.Request) (*http.Response, error) {
	target, err := r.URL.Parse(string(base) + r.URL.String())
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.URL = target
	return http.DefaultTransport.RoundTrip(out)
}

const mood = `"schema":{"type":"object","required":["mood"],"properties":{"mood":{"enum":["good","bad"]}}}`

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, with string
		script     []says
		want, err  string
		turns      int
	}{
		{name: "text", with: `{}`, script: []says{{text: "Hi"}}, want: `"Hi"`, turns: 1},
		{name: "a null schema is none", with: `{"schema":null}`, script: []says{{text: "Hi"}}, want: `"Hi"`, turns: 1},
		{name: "JSON", with: `{` + mood + `}`, script: []says{{text: `{"mood":"good"}`}}, want: `{"mood":"good"}`, turns: 1},
		{name: "fenced JSON", with: `{` + mood + `}`, script: []says{{text: "```json\n{\"mood\":\"bad\"}\n```"}}, want: `{"mood":"bad"}`, turns: 1},
		{name: "mended after one repair", with: `{` + mood + `}`, script: []says{{text: `{"mood":"so-so"}`}, {text: `{"mood":"good"}`}}, want: `{"mood":"good"}`, turns: 2},
		{name: "mended from no JSON", with: `{` + mood + `}`, script: []says{{text: `good, I think`}, {text: `{"mood":"good"}`}}, want: `{"mood":"good"}`, turns: 2},
		{name: "not mended", with: `{` + mood + `}`, script: []says{{text: `{}`}}, err: `The model's answer does not fit the schema: /mood: "mood" is missing`, turns: 2},
		{name: "half a JSON", with: `{` + mood + `}`, script: []says{{text: `{"mood":"go`}}, err: `it is not JSON`, turns: 2},
		{name: "two values", with: `{` + mood + `}`, script: []says{{text: `{"mood":"good"} {"mood":"bad"}`}}, err: `more than one JSON value`, turns: 2},
		{name: "a schema that is no object is wrapped", with: `{"schema":{"type":"array","items":{"type":"integer"}}}`, script: []says{{text: `{"answer":[1,2]}`}}, want: `[1,2]`, turns: 1},
		{name: "a wrapped answer is checked", with: `{"schema":{"enum":["a","b"]}}`, script: []says{{text: `{"answer":"c"}`}, {text: `"b"`}}, err: `the one member "answer"`, turns: 2},
		{name: "cut off", with: `{}`, script: []says{{text: "Hi th", finish: "length"}}, err: `cut off`, turns: 1},
		{name: "refused", with: `{}`, script: []says{{text: "No.", finish: "content_filter"}}, err: `refused`, turns: 1},
		{name: "no such thing as half a model", with: `{"model":"openai"}`, script: []says{{}}, err: `write provider/name`, turns: 0},
		{name: "a schema that is none", with: `{"schema":{"type":"objekt"}}`, script: []says{{}}, err: `schema: `, turns: 0},
		{name: "a schema that leads outside", with: `{"schema":{"$ref":"https://example.com/s"}}`, script: []says{{}}, err: `references may only point`, turns: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, c.script...)
			got, usage, err := ask(t, map[string]*provider{"openai": p}, merged(t, c.with))
			if c.err != "" {
				if e := connector.AsError(err); err == nil || !strings.Contains(e.Error()+" "+e.Detail, c.err) {
					t.Errorf("got %s and %v, want an error with %q", got, err, c.err)
				}
			} else if err != nil || got != c.want {
				t.Errorf("got %s and %v, want %s", got, err, c.want)
			}
			if len(p.asked) != c.turns || usage.InputTokens != int64(10*c.turns) || usage.OutputTokens != int64(5*c.turns) {
				t.Errorf("%d requests, %+v", len(p.asked), usage)
			}
			if c.turns == 2 && (p.keys[0] == p.keys[1] || !strings.Contains(p.asked[1], "problems mended")) {
				t.Errorf("the repair was asked for with key %s after %s: %s", p.keys[1], p.keys[0], p.asked[1])
			}
		})
	}
}

// merged adds what every question needs.
func merged(t *testing.T, with string) string {
	t.Helper()
	m := map[string]json.RawMessage{"model": []byte(`"openai/gpt-4o-mini"`), "prompt": []byte(`"?"`)}
	if err := json.Unmarshal([]byte(with), &m); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFallback(t *testing.T) {
	t.Parallel()
	down := says{status: 503, text: `{"error":{"message":"down"}}`}
	for _, c := range []struct {
		name   string
		first  []says
		second []says
		want   string
		asked  [2]int
	}{
		{name: "the first answers", first: []says{{text: "one"}}, second: []says{{text: "two"}}, want: `"one"`, asked: [2]int{1, 0}},
		{name: "down", first: []says{down}, second: []says{{text: "two"}}, want: `"two"`, asked: [2]int{1, 1}},
		{name: "too many requests", first: []says{{status: 429, retry: "30"}}, second: []says{{text: "two"}}, want: `"two"`, asked: [2]int{1, 1}},
		{name: "a wrong key", first: []says{{status: 401}}, second: []says{{text: "two"}}, want: `"two"`, asked: [2]int{1, 1}},
		{name: "cut off", first: []says{{text: "on", finish: "length"}}, second: []says{{text: "two"}}, want: `"two"`, asked: [2]int{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := newProvider(t, c.first...), newProvider(t, c.second...)
			got, usage, err := ask(t, map[string]*provider{"openai": a, "other": b}, merged(t, `{"fallback":["other/gpt-4o"]}`))
			if err != nil || got != c.want {
				t.Fatal(got, err)
			}
			if d := cmp.Diff(c.asked, [2]int{len(a.asked), len(b.asked)}); d != "" {
				t.Error(d)
			}
			if want := map[string]string{`"one"`: "openai/gpt-4o-mini", `"two"`: "other/gpt-4o"}[c.want]; usage.Model != want {
				t.Errorf("the answer is %s's, not %s's", want, usage.Model)
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	a := newProvider(t, says{status: 429, retry: "30", text: `{"error":{"message":"slow down"}}`})
	b := newProvider(t, says{status: 400, text: `{"error":{"message":"no such model"}}`})
	_, _, err := ask(t, map[string]*provider{"openai": a, "other": b}, merged(t, `{"fallback":["other/gpt-9"]}`))
	e := connector.AsError(err)
	if e == nil || !e.Temporary || e.RetryAfter.Seconds() != 30 || e.Title != "No model could answer" {
		t.Fatalf("%+v", e)
	}
	for _, part := range []string{"openai/gpt-4o-mini: ", "slow down", "other/gpt-9: ", "no such model"} {
		if !strings.Contains(e.Detail, part) {
			t.Errorf("%q lacks %q", e.Detail, part)
		}
	}
}

func TestACancelledQuestionIsNotPassedOn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a, b := newProvider(t, says{text: "one"}), newProvider(t, says{text: "two"})
	g, err := New(map[string]Provider{"openai": {Dialect: openai.Dialect{}}})
	if err != nil {
		t.Fatal(err)
	}
	call := &connector.Call{Usage: &connector.Usage{}, Use: func(_ context.Context, name, _ string) (*connector.Connection, error) {
		cancel() // while the first is asked
		p := map[string]*provider{"openai": a, "other": b}[name]
		return &connector.Connection{Settings: map[string]string{"dialect": "openai"}, HTTP: &http.Client{Transport: at(p.address)}}, nil
	}}
	if _, err := g.Connector().Operations[0].Invoke(ctx, call, json.RawMessage(merged(t, `{"fallback":["other/x"]}`))); err == nil || len(b.asked) > 0 {
		t.Error(err, b.asked)
	}
}
