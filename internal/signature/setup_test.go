package signature

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

var now = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// setup gives every scheme to test by name: the built-in ones and what
// configuration can make of the generic ones.
func setup(t testing.TB) map[string]*Scheme {
	t.Helper()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*Scheme{}
	add := func(label, name string, config map[string]any) {
		if out[label], err = set.Scheme(name, config); err != nil {
			t.Fatalf("%s: %v", label, err)
		}
	}
	for _, name := range set.Names() {
		if name != tokenName {
			add(name, name, nil)
		}
	}
	add("token bearer", "token", map[string]any{"header": "Authorization", "prefix": "Bearer "})
	for _, alg := range []string{"sha1", "sha256", "sha384", "sha512"} {
		for _, enc := range []string{"hex", "base64"} {
			add("hmac "+alg+" "+enc, "hmac", map[string]any{"header": "X-Sig", "algorithm": alg, "encoding": enc})
		}
	}
	for _, format := range []string{"unix", "unix_ms", "rfc3339"} {
		add("hmac "+format, "hmac", map[string]any{
			"header": "X-Sig", "prefix": "v1={", "content": "{{{method} {url}|{query:tenant}|{header:X-Kind}|{id}|{ts}|{body}",
			"timestamp": map[string]any{"header": "X-Time", "format": format, "tolerance": "90s"}, "id": []any{"header:X-Id", "body:id"}, "eventType": "body:type",
		})
	}
	return out
}

// testKey gives a secret that the scheme accepts, another one for every n.
func (s *Scheme) testKey(n int) secret.String {
	text := fmt.Sprintf("0123456789abcdef0123456789abcde%d", n)
	if s.key.decode == "base64" {
		return secret.New(s.key.strip + base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return secret.New(text)
}

func request(body string) Request {
	return Request{
		Method: http.MethodPost, URL: "https://hooks.example.com/in/abc", Query: url.Values{"tenant": {"a"}},
		Header: http.Header{"X-Kind": {"order"}}, Body: []byte(body),
	}
}

func bodyAt(at time.Time) string {
	return fmt.Sprintf(`{"id":"evt_1","event_id":"Ev1","update_id":77,"type":"order.paid","webhookTimestamp":%d}`, at.UnixMilli())
}

// signed gives a request with the headers of Sign.
func signed(t testing.TB, s *Scheme, sec secret.String, body, id string, at time.Time) Request {
	t.Helper()
	r := request(body)
	h, err := s.Sign(r, sec, id, at)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, h)
	return r
}

func reason(err error) string {
	var r *Rejected
	if err == nil {
		return ""
	}
	if !errors.As(err, &r) {
		return "not a rejection: " + err.Error()
	}
	if errs.CodeOf(err) != errs.Unauthorized {
		return "code " + string(errs.CodeOf(err))
	}
	return r.Reason
}
