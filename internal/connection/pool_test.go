package connection

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/errs"
)

// echo answers with the Authorization it was sent.
func echo(t *testing.T) (address string, allow egress.Allowance) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Path+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	allow, err = egress.ParseAllowance(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	return s.URL, allow
}

func get(t *testing.T, b *bench, name, kind string) (said, trace string, err error) {
	t.Helper()
	a := b.pool.Begin(t.Context(), "n")
	c, err := a.Use(t.Context(), name, kind)
	if err != nil {
		return "", "", err
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(a.Redact(body)), string(a.Trace()), nil
}

func TestACredentialIsLentAndHidden(t *testing.T) {
	t.Parallel()
	address, allow := echo(t)
	b := setup(t, allow)
	if err := b.stored.Set(t.Context(), "n", api(address+"/v1", "key", "first-key-of-all")); err != nil {
		t.Fatal(err)
	}
	said, trace, err := get(t, b, "a", "api")
	if err != nil || said != "/v1/me Bearer [redacted:a.key]" || strings.Contains(trace, "first-key") || !strings.Contains(trace, `"connection":"a"`) {
		t.Fatal(said, trace, err)
	}
	// A change counts once it is told.
	if err := b.stored.Set(t.Context(), "n", api(address+"/v2", "key", "second-key-of-all")); err != nil {
		t.Fatal(err)
	}
	b.pool.Forget("n", "a")
	if said, _, err := get(t, b, "a", ""); err != nil || said != "/v2/me Bearer [redacted:a.key]" {
		t.Fatal(said, err)
	}
}

func TestUseRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.stored.Set(t.Context(), "n", api("https://one.example.com", "key", "some-key")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, kind string
		code       errs.Code
		says       string
	}{
		{"b", "api", errs.NotFound, `there is no connection "b"`},
		{"a", "basic", errs.Invalid, "connection a is of kind api, not basic"},
	} {
		_, _, err := get(t, b, c.name, c.kind)
		if errs.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s as %s: %v", c.name, c.kind, err)
		}
	}
	// An address inside is refused although the connection names it.
	if err := b.stored.Set(t.Context(), "n", api("http://127.0.0.1:1", "key", "some-key")); err != nil {
		t.Fatal(err)
	}
	b.pool.Forget("n", "a")
	if _, _, err := get(t, b, "a", ""); err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
}

func TestSecretsOfAWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	v := Value{Name: "hook", Kind: "secret", Secrets: secrets("secret", "new-secret", "previous", "old-secret")}
	if err := b.stored.Set(t.Context(), "n", v); err != nil {
		t.Fatal(err)
	}
	got, err := b.pool.Secrets(t.Context(), "n", "hook")
	if err != nil || len(got) != 2 || got[0].Reveal() != "new-secret" || got[1].Reveal() != "old-secret" {
		t.Fatal(len(got), err)
	}
	if err := b.stored.Set(t.Context(), "n", api("https://one.example.com", "key", "some-key")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.pool.Secrets(t.Context(), "n", "a"); errs.CodeOf(err) != errs.Invalid {
		t.Error(err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	env := func(name string) (string, bool) { v, ok := map[string]string{"KEY": "from-env"}[name]; return v, ok }
	f, err := ParseFile([]byte("a: { kind: api, base_url: https://x.example.com, key: { env: KEY } }\n"), env, testKinds())
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Connection(t.Context(), "", "a")
	if err != nil || v.Secrets["key"].Reveal() != "from-env" || v.Settings["region"] != "eu" {
		t.Fatal(v, err)
	}
	if _, err := f.Connection(t.Context(), "", "b"); errs.CodeOf(err) != errs.NotFound {
		t.Error(err)
	}
	for text, says := range map[string]string{
		"a: { kind: api, base_url: https://x.example.com, key: { env: KEE } }": "the environment has no KEE",
		"a: { kind: api, base_url: https://x.example.com, key: plain }":        "is secret",
		"a: { kind: nope }":               `there is no kind "nope"`,
		"a: { kind: api, key: [ KEY ] }":  "must be a text or { env: NAME }",
		"- a":                             "not a map of connections",
		"a: { kind: api, key: { env: } }": "must be a text or { env: NAME }",
	} {
		if _, err := ParseFile([]byte(text), env, testKinds()); err == nil || !strings.Contains(err.Error(), says) && !strings.Contains(fields(err), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func fields(err error) string {
	var b strings.Builder
	if e, ok := errors.AsType[*errs.Error](err); ok {
		for _, f := range e.Fields {
			b.WriteString(f.Path + " " + f.Msg + "; ")
		}
	}
	return b.String()
}
