package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/registry"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ledger is the outside world of these tests: it counts what was done to it.
type ledger struct {
	mu    sync.Mutex
	calls map[string]int    // by operation and argument
	keys  map[string]string // idempotency key → argument
	plan  map[string]func(ctx context.Context, attempt int) error
}

type doIn struct {
	What string `json:"what"`
}

type doOut struct {
	Did string `json:"did"`
}

func newLedger() *ledger {
	return &ledger{calls: map[string]int{}, keys: map[string]string{}, plan: map[string]func(context.Context, int) error{}}
}

func (l *ledger) do(ctx context.Context, c *connector.Call, in doIn) (doOut, error) {
	l.mu.Lock()
	l.calls[in.What]++
	l.keys[c.IdempotencyKey] = in.What
	plan := l.plan[in.What]
	l.mu.Unlock()
	if plan != nil {
		if err := plan(ctx, c.Attempt); err != nil {
			return doOut{}, err
		}
	}
	return doOut{in.What}, nil
}

func (l *ledger) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[what]
}

func (l *ledger) connector() connector.Connector {
	op := func(name string, e connector.Effect) connector.Operation {
		return connector.NewOperation(connector.Spec{Name: name, Effect: e, Risk: connector.Write}, l.do)
	}
	ops := []connector.Operation{op("test.do", connector.Idempotent), op("test.once", connector.AtMostOnce)}
	return connector.Connector{Name: "test", Operations: append(ops, garbler{op("test.garble", connector.Idempotent)})}
}

// garbler answers with what is no JSON.
type garbler struct{ connector.Operation }

func (garbler) Invoke(context.Context, *connector.Call, json.RawMessage) (json.RawMessage, error) {
	return json.RawMessage(`{"did":`), nil
}

// outside lends nothing.
type outside struct{ ctx context.Context }

func (o outside) Begin(ctx context.Context, _ string) engine.Attempt { return outside{ctx} }
func (o outside) Context() context.Context                           { return o.ctx }
func (outside) HTTP() *http.Client                                   { return http.DefaultClient }
func (outside) Redact(b []byte) []byte                               { return b }
func (outside) RedactJSON(b []byte) []byte                           { return b }
func (outside) Trace() []byte                                        { return nil }
func (outside) Use(context.Context, string, string) (*connector.Connection, error) {
	return nil, errs.New(errs.NotFound, "no connection")
}

// definitions keeps flows by name.
type definitions struct {
	reg   *registry.Registry
	flows map[string]*flow.Flow
}

func (d *definitions) Flow(_ context.Context, _, name string, _ int) (*flow.Flow, error) {
	f := d.flows[name]
	if f == nil {
		return nil, errs.Newf(errs.NotFound, "no flow %s", name)
	}
	return f, nil
}

func (d *definitions) Parse(text string) (*flow.Flow, error) {
	f, problems := flow.Parse([]byte(text), "test.yaml", d.reg)
	if f == nil || len(problems) > 0 {
		return nil, errors.New(problems.Error())
	}
	return f, nil
}

func (d *definitions) Vars(context.Context, string) (json.RawMessage, error) {
	return json.RawMessage(`{}`), nil
}

// world is a store with an outside, on which engines come and go.
type world struct {
	t      *testing.T
	store  store.Store
	ledger *ledger
	defs   *definitions
}

func newWorld(t *testing.T, s store.Store) *world {
	t.Helper()
	l := newLedger()
	reg, err := registry.New([]connector.Connector{l.connector()}, func(flow.Auth) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, s, l, &definitions{reg, map[string]*flow.Flow{}}}
}

func (w *world) flow(do string) *flow.Flow {
	w.t.Helper()
	f, err := w.defs.Parse("document: { dsl: '1.0.3', namespace: default, name: t, version: '1.0.0' }\ndo:\n" + do)
	if err != nil {
		w.t.Fatal(err)
	}
	w.defs.flows[f.Name] = f
	return f
}

// node is one process.
type node struct {
	*engine.Engine
	commit *store.Committer
}

func (w *world) start(j store.Journal) *node {
	w.t.Helper()
	session, err := w.store.Open(w.t.Context(), "n")
	if err != nil {
		w.t.Fatal(err)
	}
	c := store.NewCommitter(j, session)
	e := engine.New(engine.Options{
		Store: w.store, Commit: c, Operations: w.defs.reg, Flows: w.defs, Outside: outside{},
		Now: time.Now, Log: slog.New(slog.DiscardHandler), FullRetry: time.Millisecond,
	})
	if err := e.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	n := &node{e, c}
	w.t.Cleanup(n.stop)
	return n
}

func (n *node) stop() {
	n.Stop()
	n.commit.Stop()
}

func (w *world) accept(n *node, f *flow.Flow) (id.Run, error) {
	return n.Accept(w.t.Context(), engine.Start{Namespace: "default", Flow: f, Revision: 1, Trigger: "test", Envelope: json.RawMessage(`{"body":{}}`)})
}

func (w *world) run(n *node, f *flow.Flow) store.Run {
	w.t.Helper()
	r, err := w.accept(n, f)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.await(n, r)
}

func (w *world) await(n *node, r id.Run) store.Run {
	w.t.Helper()
	row, err := n.Await(w.t.Context(), "default", r)
	if err != nil {
		w.t.Fatal(err)
	}
	return row
}
