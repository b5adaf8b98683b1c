package ingress_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/signature"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ns      = "default"
	maxBody = 100 << 10
	signing = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	former  = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
	token   = "a-shared-token-0123456789"
)

// bench is an edge behind a real server, over a real store and committer.
type bench struct {
	t       *testing.T
	store   store.Store
	file    string // of the database; "" in memory
	commit  *store.Committer
	journal *moody
	secrets map[string][]secret.String
	schemes map[string]*signature.Scheme // by hook path
	server  *httptest.Server
	ended   chan struct{} // one for every request that the edge is done with
	runs    id.Source
	offset  atomic.Int64 // of the clock

	mu  sync.Mutex
	log bytes.Buffer
}

// moody is a journal that fails on demand and writes nothing then.
type moody struct {
	store.Journal
	fail atomic.Pointer[error]
}

func (m *moody) Commit(ctx context.Context, s store.Session, txs []store.Tx) ([]error, error) {
	if err := m.fail.Load(); err != nil {
		return nil, *err
	}
	return m.Journal.Commit(ctx, s, txs)
}

// onEveryStore runs a test over each backend.
func onEveryStore(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, setup(t, memory.New(), ""))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onDisk(t))
	})
}

func onDisk(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return setup(t, s, filepath.Join(dir, "patchbay.db"))
}

func setup(t *testing.T, s store.Store, file string) *bench {
	t.Helper()
	session, err := s.Open(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		t: t, store: s, file: file, journal: &moody{Journal: s}, schemes: map[string]*signature.Scheme{}, ended: make(chan struct{}, 1000),
		secrets: map[string][]secret.String{"standard": {secret.New(signing), secret.New(former)}, "token": {secret.New(token)}, "broken": {secret.New("whsec_%%%")}},
	}
	b.commit = store.NewCommitter(b.journal, session)
	t.Cleanup(b.commit.Stop)
	table := &ingress.Table{}
	table.Set(b.hooks())
	edge := ingress.New(ingress.Options{
		Hooks: table, Secrets: b.secretsOf, Accept: b.accept, Now: b.now, Log: slog.New(slog.NewTextHandler(b, nil)),
		PublicURL: "https://hooks.example.com", MaxBody: maxBody,
	})
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { b.ended <- struct{}{} }()
		edge.ServeHTTP(w, r)
	}))
	t.Cleanup(b.server.Close)
	return b
}

// hooks are those of one flow, one for each way of being verified.
func (b *bench) hooks() []ingress.Hook {
	b.t.Helper()
	set, err := signature.Builtin()
	if err != nil {
		b.t.Fatal(err)
	}
	f := &flow.Flow{Name: "orders"}
	var out []ingress.Hook
	for _, h := range []struct{ path, method, scheme, secret string }{
		{"/signed", "POST", "standard-webhooks", "standard"},
		{"/put", "PUT", "standard-webhooks", "standard"},
		{"/token", "POST", "telegram", "token"},
		{"/open/4wPnTaqXzJzXv9Qm", "POST", "", ""},
		{"/nowhere", "POST", "standard-webhooks", "missing"},
		{"/broken", "POST", "standard-webhooks", "broken"},
	} {
		hook := ingress.Hook{Namespace: ns, Path: h.path, Method: h.method, Flow: f, Revision: 3, Trigger: "t", Secret: h.secret}
		if h.scheme != "" {
			if hook.Scheme, err = set.Scheme(h.scheme, nil); err != nil {
				b.t.Fatal(err)
			}
			b.schemes[h.path] = hook.Scheme
		}
		out = append(out, hook)
	}
	return out
}

func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.offset.Load())) }

func (b *bench) secretsOf(_ context.Context, _, name string) ([]secret.String, error) {
	if s, ok := b.secrets[name]; ok {
		return s, nil
	}
	return nil, errs.Newf(errs.NotFound, "there is no connection %q", name)
}

// accept stores what the engine stores: the event with the start of its run.
func (b *bench) accept(ctx context.Context, a ingress.Arrival) (id.Run, error) {
	r := b.runs.Run(1, b.now())
	a.Event.Run = r
	err := b.commit.Commit(ctx, store.Tx{
		Run: r, Event: a.Event, Records: []store.Record{{Kind: "accepted", Data: a.Envelope}},
		Create: &store.Run{
			ID: r, Namespace: a.Hook.Namespace, Flow: a.Hook.Flow.Name, Revision: a.Hook.Revision, Trigger: a.Hook.Trigger, Event: a.Event.ID,
			Started: b.now(), RunUpdate: store.RunUpdate{Status: store.Running},
		},
	})
	var dup *store.DuplicateError
	if err != nil && !errors.As(err, &dup) {
		err = errs.Wrap(errs.Unavailable, err, "storage is not available")
	}
	return r, err
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

// answer is what the sender was told.
type answer struct {
	Status int
	Header http.Header
	Text   string
	Event  id.Event
	Run    id.Run
	Error  string
}

func (b *bench) do(r *http.Request) answer {
	b.t.Helper()
	resp, err := b.server.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		b.t.Fatal(err)
	}
	out := answer{Status: resp.StatusCode, Header: resp.Header, Text: text.String()}
	if err := json.Unmarshal(text.Bytes(), &out); err != nil {
		b.t.Errorf("the answer is no JSON: %q", text.String())
	}
	return out
}
