package connection

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/vault"
)

// kinds are by name.
type kinds map[string]connector.Kind

func (k kinds) Kind(name string) (connector.Kind, bool) { v, ok := k[name]; return v, ok }

func testKinds() kinds {
	return kinds{
		"secret": SecretKind(),
		"api": {
			Name: "api", Fields: []connector.Field{
				{Name: "base_url", Doc: "address", Required: true},
				{Name: "region", Doc: "where", Enum: []string{"eu", "us"}, Default: "eu"},
				{Name: "key", Doc: "API key", Secret: true, Required: true},
				{Name: "old", Doc: "former key", Secret: true},
			},
			Auth: connector.Auth{Bearer: "key"},
		},
		"basic": {
			Name: "basic", BaseURL: "https://example.com",
			Fields: []connector.Field{{Name: "user", Doc: "name"}, {Name: "password", Doc: "password", Secret: true}},
			Auth:   connector.Auth{Basic: &connector.AuthBasic{User: "user", Password: "password"}},
		},
	}
}

type bench struct {
	stored *Stored
	pool   *Pool
}

func setup(t *testing.T, allow ...egress.Allowance) *bench {
	t.Helper()
	key, _, err := vault.KeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(key, "test")
	if err != nil {
		t.Fatal(err)
	}
	out := egress.New(egress.Options{Allow: allow})
	t.Cleanup(out.Close)
	s := &Stored{Store: memory.New(), Vault: v, Kinds: testKinds(), Now: time.Now}
	return &bench{s, NewPool(s, s.Kinds, out)}
}

func secrets(pairs ...string) map[string]secret.String {
	out := map[string]secret.String{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = secret.New(pairs[i+1])
	}
	return out
}
