package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/registry"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/signature"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

const ns = "default"

var began = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// bench is a deployer over a real store.
type bench struct {
	*deploy.Deployer
	t       *testing.T
	store   store.Store
	hooks   *ingress.Table
	secrets map[string][]secret.String
	lookup  error // instead of a secret

	mu  sync.Mutex
	log bytes.Buffer
}

func onEveryStore(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, setup(t, memory.New()))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, setup(t, s))
	})
}

// setup starts a process on a store; a second one on the same store is a restart.
func setup(t *testing.T, s store.Store) *bench {
	t.Helper()
	schemes, err := signature.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.New(nil, func(a flow.Auth) error {
		if a.Scheme == "retired" {
			return nil // this catalog still knew a scheme that is gone
		}
		_, err := schemes.Scheme(a.Scheme, a.Config)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, hooks: &ingress.Table{}, secrets: map[string][]secret.String{}}
	b.Deployer = deploy.New(deploy.Options{
		Flows: s, Values: s, Meta: s, Registry: r, Schemes: schemes, Hooks: b.hooks, Secrets: b.secretsOf,
		Log: slog.New(slog.NewTextHandler(b, nil)), Now: func() time.Time { return began },
	})
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) secretsOf(_ context.Context, _, name string) ([]secret.String, error) {
	if b.lookup != nil {
		return nil, b.lookup
	}
	if s, ok := b.secrets[name]; ok {
		return s, nil
	}
	return nil, errs.Newf(errs.NotFound, "there is no connection %q", name)
}

// Write keeps what is logged.
func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

// text is a flow file with triggers, each a webhook in YAML's short form.
func text(name, greeting string, webhooks ...string) string {
	out := fmt.Sprintf("document: { dsl: '1.0.3', namespace: test, name: %s, version: '1.0.0' }\n", name)
	if len(webhooks) > 0 {
		out += "x-triggers:\n"
	}
	for i, w := range webhooks {
		out += fmt.Sprintf("  - t%d: { webhook: { %s } }\n", i, w)
	}
	return out + fmt.Sprintf("do:\n  - greet: { set: { greeting: %q } }\n", greeting)
}

func github(path string) string {
	return "path: " + path + ", auth: { github: { secret: gh } }"
}

func (b *bench) deploy(text string) (store.Revision, bool) {
	b.t.Helper()
	rev, fresh, err := b.Deploy(b.t.Context(), ns, "flow.yaml", text, "a note")
	if err != nil {
		b.t.Fatal(err)
	}
	return rev, fresh
}

// refused deploys what must not be, and checks that nothing has changed.
func (b *bench) refused(text string) error {
	b.t.Helper()
	before := b.state()
	_, _, err := b.Deploy(b.t.Context(), ns, "flow.yaml", text, "")
	if err == nil {
		b.t.Fatal("it was deployed:", text)
	}
	if after := b.state(); after != before {
		b.t.Errorf("a refused deployment changed\n%s\nto\n%s", before, after)
	}
	return err
}

// state is all that is published and live.
func (b *bench) state() string {
	b.t.Helper()
	flows, err := b.store.Flows(b.t.Context(), ns)
	if err != nil {
		b.t.Fatal(err)
	}
	published, err := b.store.Published(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprintln(flows, published) + b.live()
}

// live lists the hooks, as method, path, flow@revision.
func (b *bench) live() string {
	var out []string
	for _, h := range b.hooks.All() {
		out = append(out, fmt.Sprintf("%s %s %s@%d", h.Method, h.Path, h.Flow.Name, h.Revision))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// problems gives those of an *InvalidError, a line each.
func problems(t *testing.T, err error) []string {
	t.Helper()
	var invalid *deploy.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("%v is no *InvalidError", err)
	}
	var out []string
	for _, p := range invalid.Problems {
		out = append(out, p.String())
	}
	return out
}
