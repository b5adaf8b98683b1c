package ingress_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/store"
)

var received = time.Date(2026, 11, 24, 11, 0, 0, 123456789, time.FixedZone("CET", 3600))

func event(contentType, url, body string) *store.Event {
	e := &store.Event{ID: id.Event(7), Source: "/orders", Method: http.MethodPost, URL: url, Received: received, Body: []byte(body)}
	if contentType != "" {
		e.Headers = []store.Header{{Name: "Content-Type", Value: contentType}}
	}
	return e
}

func TestEnvelope(t *testing.T) {
	t.Parallel()
	e := event("application/json", "/hooks/orders?a=1&b=2&b=3&c&%zz", `{"n": 12345678901234567890, "<": 1.50}`)
	e.Headers = append(e.Headers, store.Header{Name: "X-Seen", Value: "one"}, store.Header{Name: "x-seen", Value: "two"})
	got, err := ingress.Envelope("newOrder", e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"newOrder","type":"webhook","time":"2026-11-24T10:00:00.123456789Z","method":"POST","path":"/orders",` +
		`"headers":{"content-type":"application/json","x-seen":"one, two"},"query":{"a":"1","b":["2","3"],"c":""},"params":{},` +
		`"body":{"n":12345678901234567890,"<":1.50},"event":"evt_0000000000007"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error("(-want +got):\n" + diff)
	}
}

func TestEnvelopeBody(t *testing.T) {
	t.Parallel()
	const form, plain = "application/x-www-form-urlencoded; charset=utf-8", "text/plain"
	nested := func(n int) string { return strings.Repeat("[", n) + "1" + strings.Repeat("]", n) }
	for name, c := range map[string]struct{ kind, body, want string }{
		"empty":              {"application/json", "", `null`},
		"json":               {"application/json", ` {"a": [1, "x"]} `, `{"a":[1,"x"]}`},
		"json, not declared": {plain, `{"a":1}`, `{"a":1}`},
		"form":               {form, `a=1&b=2&b=%20+x`, `{"a":"1","b":["2","  x"]}`},
		"a broken form":      {form, `a=%zz`, `"a=%zz"`},
		"text":               {plain, "a\r\n\"b\"", `"a\r\n\"b\""`},
		"trailing garbage":   {"application/json", `{"a":1}}`, `"{\"a\":1}}"`},
		"a NUL":              {plain, "a\x00b", `"a\u0000b"`},
		"bytes":              {plain, "\xff\x00", `"/wA="`},
		"a mark of order":    {"application/json", "\ufeff{}", `"` + "\ufeff" + `{}"`},
		"nested":             {"application/json", nested(100), nested(100)},
		"nested too deep":    {"application/json", nested(101), `"` + nested(101) + `"`},
		"brackets in texts":  {"application/json", `["` + strings.Repeat(`[\"{\\`, 90) + `"]`, `["` + strings.Repeat(`[\"{\\`, 90) + `"]`},
		"a quote in a text":  {"application/json", `["\"` + strings.Repeat("[", 120) + `"]`, `["\"` + strings.Repeat("[", 120) + `"]`},
		"out of range":       {"application/json", `[1e400]`, `"[1e400]"`},
		"digits in a text":   {"application/json", `["1e400"]`, `["1e400"]`},
		"a tiny number":      {"application/json", `[1e-400, -1E+2]`, `[1e-400,-1E+2]`},
		"a number's length":  {"application/json", strings.Repeat("9", 1000), strings.Repeat("9", 1000)},
		"a number too long":  {"application/json", strings.Repeat("9", 1001), `"` + strings.Repeat("9", 1001) + `"`},
	} {
		got := bodyOf(t, event(c.kind, "/", c.body))
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func bodyOf(t *testing.T, e *store.Event) json.RawMessage {
	t.Helper()
	b, err := ingress.Envelope("t", e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := expr.FromJSON(b); err != nil {
		t.Fatalf("the kernel cannot read it: %v", err)
	}
	var out struct{ Body json.RawMessage }
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out.Body
}

// FuzzEnvelope: whatever a sender sends, the kernel can read the envelope, and
// the body in it is the sender's: the same JSON, the same text, the same bytes.
// What fails here would be refused with 503 and repeated for ever.
func FuzzEnvelope(f *testing.F) {
	f.Add("application/json", "/hooks/x?a=1", "one", []byte(`{"a":[1,"\u0000",null]}`))
	f.Add("application/x-www-form-urlencoded", "/hooks/x?%zz", "\xff", []byte("a=1&a=2&b=%ff"))
	f.Add("multipart/form-data; boundary=x", "?", "", []byte("--x\r\n\r\n\x00\x80"))
	f.Fuzz(func(t *testing.T, kind, url, header string, body []byte) {
		e := event(kind, url, string(body))
		e.Headers = append(e.Headers, store.Header{Name: header, Value: header})
		got := bodyOf(t, e)
		var text string
		isText := json.Unmarshal(got, &text) == nil
		switch {
		case len(body) == 0 && string(got) == "null":
		case isText && text == string(body):
		case isText && !utf8.Valid(body) && text == base64.StdEncoding.EncodeToString(body):
		case sameJSON(t, got, body):
		case strings.Contains(strings.ToLower(kind), "urlencoded"):
			isForm(t, got)
		default:
			t.Fatalf("%q became %q", body, got)
		}
	})
}

func sameJSON(t *testing.T, got, sent []byte) bool {
	t.Helper()
	want, err := expr.FromJSON(sent)
	if err != nil {
		return false
	}
	have, err := expr.FromJSON(got)
	return err == nil && encoded(t, have) == encoded(t, want)
}

// isForm checks that a form has only texts and lists of texts.
func isForm(t *testing.T, b json.RawMessage) {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatalf("%s is no form", b)
	}
	for v := range maps.Values(fields) {
		if list, ok := v.([]any); ok && !slices.ContainsFunc(list, func(e any) bool { _, ok := e.(string); return !ok }) {
			continue
		}
		if _, ok := v.(string); !ok {
			t.Fatalf("%v in a form", v)
		}
	}
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	b, err := expr.ToJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
