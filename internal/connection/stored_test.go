package connection

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

func TestSetSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		v      Value
		fields []string // paths
		says   string
	}{
		{name: "no such kind", v: Value{Name: "a", Kind: "nope"}, says: `there is no kind "nope"`},
		{name: "a name of another world", v: Value{Name: "../a", Kind: "api"}, says: "is no name of a connection"},
		{name: "everything is missing", v: Value{Name: "a", Kind: "api"}, fields: []string{"/base_url", "/key"}},
		{name: "a secret given in the clear", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://x", "key": "k"}}, fields: []string{"/key"}},
		{name: "a setting given as a secret", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://x"}, Secrets: secrets("key", "k", "region", "eu")}, fields: []string{"/region"}},
		{name: "unknown fields", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://x", "colour": "red"}, Secrets: secrets("key", "k", "kee", "k")}, fields: []string{"/colour", "/kee"}},
		{name: "not one of the choices", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://x", "region": "moon"}, Secrets: secrets("key", "k")}, fields: []string{"/region"}},
		{name: "an empty secret", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://x"}, Secrets: secrets("key", "")}, fields: []string{"/key"}},
		{name: "no address", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "x"}, Secrets: secrets("key", "k")}, fields: []string{"/base_url"}},
		{name: "a password in the address", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://u:hunter22@x"}, Secrets: secrets("key", "k")}, fields: []string{"/base_url"}},
		{name: "another protocol", v: Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "file:///etc/passwd"}, Secrets: secrets("key", "k")}, fields: []string{"/base_url"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			err := b.stored.Set(t.Context(), "n", c.v)
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Code != errs.Invalid || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter22") {
				t.Fatal(err)
			}
			var paths []string
			for _, f := range e.Fields {
				paths = append(paths, f.Path)
			}
			if d := cmp.Diff(c.fields, paths); d != "" {
				t.Error(d)
			}
			if _, err := b.stored.Connection(t.Context(), "n", c.v.Name); errs.CodeOf(err) != errs.NotFound {
				t.Error("it was stored all the same", err)
			}
		})
	}
}

func api(address string, pairs ...string) Value {
	return Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": address}, Secrets: secrets(pairs...)}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	first := api("https://one.example.com/v1", "key", "first-key", "old", "older-key")
	for _, c := range []struct {
		name   string
		change Value
		want   map[string]string // secrets after it; nil for an error
	}{
		{"a setting", Value{Name: "a", Kind: "api", Settings: map[string]string{"base_url": "https://one.example.com/v1", "region": "us"}}, map[string]string{"key": "first-key", "old": "older-key"}},
		{"another path at the host", api("https://one.example.com/v2"), map[string]string{"key": "first-key", "old": "older-key"}},
		{"one secret", api("https://one.example.com/v1", "key", "second-key"), map[string]string{"key": "second-key", "old": "older-key"}},
		{"another host without a secret", api("https://two.example.com/v1"), nil},
		{"another host", api("https://two.example.com/v1", "key", "second-key"), map[string]string{"key": "second-key"}},
		{"another scheme", api("http://one.example.com/v1"), nil},
		{"another port", api("https://one.example.com:8443/v1"), nil},
		{"another kind", Value{Name: "a", Kind: "basic", Settings: map[string]string{"user": "u"}}, map[string]string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if err := b.stored.Set(t.Context(), "n", first); err != nil {
				t.Fatal(err)
			}
			err := b.stored.Set(t.Context(), "n", c.change)
			if (err == nil) != (c.want != nil) {
				t.Fatal(err)
			}
			got, gerr := b.stored.Connection(t.Context(), "n", "a")
			if gerr != nil {
				t.Fatal(gerr)
			}
			want := c.want
			if want == nil { // nothing changed
				want = map[string]string{"key": "first-key", "old": "older-key"}
			}
			have := map[string]string{}
			for name, s := range got.Secrets {
				have[name] = s.Reveal()
			}
			if d := cmp.Diff(want, have); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWhatIsStoredIsSealed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.stored.Set(t.Context(), "n", api("https://one.example.com", "key", "canary-in-a-coal-mine")); err != nil {
		t.Fatal(err)
	}
	row, err := b.stored.Store.Connection(t.Context(), "n", "a")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(row)
	if err != nil || strings.Contains(string(raw), "canary") || row.Settings["region"] != "eu" {
		t.Errorf("%s %v", raw, err)
	}
	// Moved to another place it opens nothing.
	row.Name = "b"
	if err := b.stored.Store.PutConnection(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if _, err := b.stored.Connection(t.Context(), "n", "b"); err == nil {
		t.Error("a sealed value works in another place")
	}
}
