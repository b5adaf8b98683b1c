package signature

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

func TestNames(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"github", "hmac", "linear", "shopify", "slack", "standard-webhooks", "stripe", "telegram", "token", "zendesk"}
	if diff := cmp.Diff(want, set.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestConfigurationNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	type m = map[string]any
	for _, c := range []struct {
		name   string
		config m
		want   string
		paths  []string
	}{
		{"hmac", m{"prefix": "v1="}, "header is missing", []string{"/header"}},
		{"hmac", m{"header": 5}, "header must be a text", []string{"/header"}},
		{"hmac", m{"header": "X", "heador": "X"}, "did you mean header", []string{"/heador"}},
		{"hmac", m{"header": "X", "zzz": 1}, "unknown key zzz: known are", []string{"/zzz"}},
		{"hmac", m{"header": "X", "encoding": "base32", "algorithm": "md5"}, "must be one of", []string{"/encoding", "/algorithm"}},
		{"hmac", m{"header": "X", "timestamp": "now"}, "timestamp must be a map", []string{"/timestamp"}},
		{"hmac", m{"header": "X", "timestamp": m{"format": "iso", "tolerence": "5m"}}, "header is missing", []string{"/timestamp/header", "/timestamp/format", "/timestamp/tolerence"}},
		{"hmac", m{"header": "X", "content": "{ts}{body}", "timestamp": m{"header": "T", "tolerance": "5 minutes"}}, "not a tolerance", []string{"/timestamp/tolerance"}},
		{"hmac", m{"header": "X", "timestamp": m{"header": "T"}}, "timestamp is not signed", nil},
		{"hmac", m{"header": "X", "content": "{bdy}"}, "unknown token {bdy}", nil},
		{"hmac", m{"header": "X", "id": "X-Id"}, `unknown source "X-Id"`, []string{"/id"}},
		{"hmac", m{"header": "X", "id": 7}, "list of texts", []string{"/id"}},
		{"hmac", m{"header": "X", "id": []any{7}}, "list of texts", []string{"/id"}},
		{"hmac", m{"header": "X Y"}, "is no name", nil},
		{"token", nil, "header is missing", []string{"/header"}},
		{"token", m{"header": "X", "encoding": "hex"}, "unknown key encoding", []string{"/encoding"}},
		{"stripe", m{"header": "X"}, "unknown key header", []string{"/header"}},
		{"stripe", m{"tolerance": 5}, "not a tolerance", []string{"/tolerance"}},
		{"stripe", m{"tolerance": "48h"}, "not a tolerance", []string{"/tolerance"}},
		{"github", m{"tolerance": "5m"}, "signs no time", []string{"/tolerance"}},
		{"strip", nil, `no signature scheme "strip"`, nil},
	} {
		s, err := set.Scheme(c.name, c.config)
		if err == nil || s != nil || !strings.Contains(err.Error(), c.want) || errs.CodeOf(err) != errs.Invalid {
			t.Errorf("%s %v: %v, want %q", c.name, c.config, err, c.want)
			continue
		}
		var paths []string
		if e, ok := errors.AsType[*errs.Error](err); ok {
			for _, f := range e.Fields {
				paths = append(paths, f.Path)
			}
		}
		if diff := cmp.Diff(c.paths, paths); diff != "" {
			t.Errorf("%s %v: %s", c.name, c.config, diff)
		}
	}
}

func TestUnknownNameGetsAHint(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"strip": `did you mean "stripe"`, "GitHub": `did you mean "github"`, "paypal-and-more": "known are github, hmac"} {
		_, err := set.Scheme(name, nil)
		if _, hint := errs.Message(err); !strings.Contains(hint, want) || !strings.Contains(hint, "zendesk") {
			t.Errorf("%s: %q", name, hint)
		}
	}
}

func TestToleranceReplacesTheProviders(t *testing.T) {
	t.Parallel()
	set, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	short, err := set.Scheme("stripe", map[string]any{"tolerance": "10s"})
	if err != nil {
		t.Fatal(err)
	}
	usual, err := set.Scheme("stripe", nil)
	if err != nil {
		t.Fatal(err)
	}
	key := []secret.String{usual.testKey(1)}
	r := signed(t, usual, key[0], `{}`, "", now)
	if _, err := short.Verify(r, key, now.Add(11*time.Second)); reason(err) != TimestampTooOld {
		t.Error(err)
	}
	if _, err := usual.Verify(r, key, now.Add(11*time.Second)); err != nil {
		t.Errorf("the shared scheme was changed: %v", err)
	}
}

func TestTheDefaultIsOurOwn(t *testing.T) {
	t.Parallel()
	s := setup(t)["hmac"]
	r := signed(t, s, secret.New("k"), "b", "evt_1", now)
	for name, want := range map[string]string{
		"X-Patchbay-Signature": "sha256=2fb39898cf6b5cadbde2377d14dbc7331caaf0825d59106d090deeb785aaa389",
		"X-Patchbay-Event-Id":  "evt_1",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got, err := s.Verify(r, []secret.String{secret.New("k")}, now); err != nil || got.ID != "evt_1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSignRefusesWhatDoesNotTravel(t *testing.T) {
	t.Parallel()
	all := setup(t)
	for _, c := range []struct{ scheme, id, want string }{
		{"github", "a\r\nX-Evil: 1", "cannot travel"},
		{"github", strings.Repeat("a", maxID+1), "cannot travel"},
		{"standard-webhooks", "msg.1", "separator"},
		{"standard-webhooks", "", "there is none"},
	} {
		s := all[c.scheme]
		h, err := s.Sign(request("{}"), s.testKey(1), c.id, now)
		if err == nil || h != nil || !strings.Contains(err.Error(), c.want) || errs.CodeOf(err) != errs.Invalid {
			t.Errorf("%s, %q: %v", c.scheme, c.id, err)
		}
	}
	r := request("{}")
	before := r.Header.Clone()
	if _, err := all["github"].Sign(r, all["github"].testKey(1), "a", now); err != nil || !cmp.Equal(before, r.Header) {
		t.Errorf("Sign changed the request: %v, %v", r.Header, err)
	}
}
