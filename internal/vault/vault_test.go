package vault

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
)

func setup(t *testing.T) *Vault {
	t.Helper()
	k, made, err := KeyFile(filepath.Join(t.TempDir(), "data.key"))
	if err != nil || !made {
		t.Fatal(err, made)
	}
	v, err := New(k, "install-1")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestASealedValueFitsOnePlaceOnly(t *testing.T) {
	t.Parallel()
	v := setup(t)
	home := Place{"default", "acme", 3}
	sealed, err := v.Seal(home, map[string]secret.String{"key": secret.New("s3cret-value"), "other": secret.New("x")})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed["key"], []byte("s3cret")) {
		t.Error("not encrypted")
	}
	got, err := v.Unseal(home, sealed)
	if err != nil || got["key"].Reveal() != "s3cret-value" || got["other"].Reveal() != "x" {
		t.Fatal(err)
	}
	moved := *v
	moved.install = "install-2"
	for name, try := range map[string]func() error{
		"namespace": func() error { _, err := v.Unseal(Place{"b", "acme", 3}, sealed); return err },
		"name":      func() error { _, err := v.Unseal(Place{"default", "acme2", 3}, sealed); return err },
		"version":   func() error { _, err := v.Unseal(Place{"default", "acme", 4}, sealed); return err },
		"field":     func() error { _, err := v.Unseal(home, map[string][]byte{"key": sealed["other"]}); return err },
		"install":   func() error { _, err := moved.Unseal(home, sealed); return err },
		"key":       func() error { _, err := setup(t).Unseal(home, sealed); return err },
	} {
		if try() == nil {
			t.Errorf("a value of another %s was unsealed", name)
		}
	}
	for i := range sealed["key"] {
		bad := bytes.Clone(sealed["key"])
		bad[i] ^= 1
		if _, err := v.Unseal(home, map[string][]byte{"key": bad}); err == nil {
			t.Fatalf("byte %d was changed unseen", i)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.key")
	first, made, err := KeyFile(path)
	if err != nil || !made {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	again, made, err := KeyFile(path)
	if err != nil || made || again != first {
		t.Fatal(err, made)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, _, err = KeyFile(path); errs.CodeOf(err) != errs.Invalid {
		t.Error("a key that others may read was taken")
	}
	for _, bad := range []string{"", "x", base64.StdEncoding.EncodeToString(make([]byte, 31)), strings.Repeat("=", 44)} {
		if _, err := ParseKey(secret.New(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestAWrongKeyIsFoundAtTheStart(t *testing.T) {
	t.Parallel()
	s := memory.New()
	v := setup(t)
	for range 2 {
		if err := v.Check(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	err := setup(t).Check(t.Context(), s)
	if _, hint := errs.Message(err); errs.CodeOf(err) != errs.Invalid || hint == "" {
		t.Error(err)
	}
}
