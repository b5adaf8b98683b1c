package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

const three = `  - a: { call: test.do, with: { what: a } }
  - b: { call: test.once, with: { what: b } }
  - f: { fork: { branches: [ { x: { call: test.do, with: { what: x } } }, { y: { call: test.do, with: { what: y } } } ] } }
  - w: { wait: PT0.02S }
  - c: { call: test.do, with: { what: '${ $steps.b.did + "c" }' } }
`

func TestRunsToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	n := w.start(w.store)
	row := w.run(n, w.flow(three))
	if row.Status != store.Completed || string(row.Result) != `{"did":"bc"}` {
		t.Fatal(row.Status, string(row.Result))
	}
}

// dying is a journal that stops answering at the n-th commit: what the process
// wrote before is durable, and it never learns the fate of the last group.
type dying struct {
	store.Journal
	left    atomic.Int64
	written bool // the last group reaches the disk
}

func (d *dying) Commit(ctx context.Context, s store.Session, txs []store.Tx) ([]error, error) {
	switch n := d.left.Add(-1); {
	case n > 0:
		return d.Journal.Commit(ctx, s, txs)
	case n == 0 && d.written:
		if _, err := d.Journal.Commit(ctx, s, txs); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("power cut")
}

func TestCrashAtEveryCommit(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{false, true} {
		for n := 2; n < 14; n++ {
			t.Run(fmt.Sprintf("%d_written_%v", n, written), func(t *testing.T) {
				t.Parallel()
				crashAt(t, int64(n), written)
			})
		}
	}
}

func crashAt(t *testing.T, n int64, written bool) {
	s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := newWorld(t, s)
	f := w.flow(three)
	d := &dying{Journal: s, written: written}
	d.left.Store(n)
	first := w.start(d)
	r, err := w.accept(first, f)
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.Failed():
	case <-awaited(t, first, r):
	}
	first.stop()
	second := w.start(s)
	row := w.await(second, r)

	// b is at most once: if its outcome was lost, a person decides.
	if row.Status == store.Faulted {
		if w.ledger.count("b") > 1 || w.ledger.count("bc") != 0 {
			t.Fatalf("an at-most-once call was repeated: %v", w.ledger.calls)
		}
		if err := second.Retry(t.Context(), "default", r); err != nil {
			t.Fatal(err)
		}
		if row = w.await(second, r); w.ledger.count("b") > 2 {
			t.Fatal("retried twice", w.ledger.calls)
		}
	} else if w.ledger.count("b") != 1 {
		t.Fatal("an at-most-once call was made", w.ledger.count("b"), "times")
	}
	if row.Status != store.Completed || string(row.Result) != `{"did":"bc"}` {
		t.Fatal(row.Status, string(row.Result))
	}
	once(t, w, r)
}

// once checks that no call has two outcomes in the journal, and that every call
// was made with one key.
func once(t *testing.T, w *world, r id.Run) {
	t.Helper()
	records, err := w.store.Load(t.Context(), r, 0)
	if err != nil {
		t.Fatal(err)
	}
	events, err := engine.Decode(records)
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for _, e := range events {
		if e.Kind == "done" {
			done[e.Path]++
		}
	}
	for path, times := range done {
		if times != 1 {
			t.Errorf("%s finished %d times", path, times)
		}
	}
	of := map[string]int{}
	for _, what := range w.ledger.keys {
		of[what]++
	}
	for what, keys := range of {
		if keys != 1 && what != "b" { // a person's retry of b is a new call
			t.Errorf("%s was called with %d keys", what, keys)
		}
	}
}

func awaited(t *testing.T, n *node, r id.Run) <-chan struct{} {
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		if _, err := n.Await(ctx, "default", r); err == nil {
			return
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return done
}

func TestAnOlderProcessIsFenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	f := w.flow(three)
	old := w.start(w.store)
	w.start(w.store)
	if _, err := w.accept(old, f); errs.CodeOf(err) != errs.Unavailable {
		t.Fatal(err)
	}
	<-old.Failed()
	if !errors.Is(old.Err(), store.ErrFenced) {
		t.Fatal(old.Err())
	}
}

func TestWaitsSleepInTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory.New())
		n := w.start(w.store)
		f := w.flow("  - w: { wait: PT3H }\n  - a: { call: test.do, with: { what: a } }\n")
		r, err := w.accept(n, f)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if row, _ := w.store.Run(t.Context(), "default", r); row.Status != store.Waiting {
			t.Fatal(row.Status)
		}
		n.stop()
		began := time.Now()
		n = w.start(w.store)
		time.Sleep(2*time.Hour - time.Second)
		if w.ledger.count("a") != 0 {
			t.Fatal("woke early")
		}
		time.Sleep(time.Second + time.Millisecond)
		synctest.Wait()
		if w.ledger.count("a") != 1 {
			t.Fatal("not awake", time.Since(began))
		}
		w.await(n, r)
		n.stop()
	})
}

func TestRetriesAreTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory.New())
		w.ledger.plan["a"] = func(_ context.Context, attempt int) error {
			if attempt < 3 {
				return connector.RetryAfter(&connector.Error{Type: "communication", Status: 429, Title: "Slow down"}, 70*time.Second)
			}
			return nil
		}
		n := w.start(w.store)
		began := time.Now()
		row := w.run(n, w.flow("  - a: { call: test.do, with: { what: a }, metadata: { retry: standard } }\n"))
		if row.Status != store.Completed || w.ledger.count("a") != 3 {
			t.Fatal(row.Status, string(row.Result), w.ledger.calls)
		}
		if took := time.Since(began); took < 140*time.Second || took > 150*time.Second {
			t.Fatal("Retry-After was not honoured:", took)
		}
		n.stop()
	})
}

func TestCancelCutsACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	entered, left := make(chan struct{}), make(chan struct{})
	w.ledger.plan["a"] = func(ctx context.Context, _ int) error {
		close(entered)
		<-ctx.Done()
		close(left)
		return ctx.Err()
	}
	n := w.start(w.store)
	r, err := w.accept(n, w.flow(three))
	if err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := n.Cancel(t.Context(), "default", r, "changed my mind"); err != nil {
		t.Fatal(err)
	}
	<-left
	if row := w.await(n, r); row.Status != store.Cancelled || w.ledger.count("b") != 0 {
		t.Fatal(row.Status, w.ledger.calls)
	}
	if err := n.Cancel(t.Context(), "default", r, ""); errs.CodeOf(err) != errs.Conflict {
		t.Fatal(err)
	}
}

func TestRetryGoesOnFromTheFailedTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	broken := true
	w.ledger.plan["b"] = func(context.Context, int) error {
		if broken {
			return &connector.Error{Type: "runtime", Status: 500, Title: "Broken"}
		}
		return nil
	}
	n := w.start(w.store)
	row := w.run(n, w.flow(three))
	var failure struct{ Instance, Title string }
	if err := json.Unmarshal(row.Result, &failure); err != nil || row.Status != store.Faulted || failure.Instance != "/do/1/b" {
		t.Fatal(row.Status, string(row.Result), err)
	}
	broken = false
	if err := n.Retry(t.Context(), "default", row.ID); err != nil {
		t.Fatal(err)
	}
	if row = w.await(n, row.ID); row.Status != store.Completed || w.ledger.count("a") != 1 {
		t.Fatal(row.Status, w.ledger.calls)
	}
	if err := n.Retry(t.Context(), "default", row.ID); errs.CodeOf(err) != errs.Conflict {
		t.Fatal(err)
	}
	if err := n.Retry(t.Context(), "other", row.ID); errs.CodeOf(err) != errs.NotFound {
		t.Fatal("another namespace reached the run:", err)
	}
}

func TestAPanicFailsTheTaskOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	w.ledger.plan["a"] = func(context.Context, int) error { panic("oh") }
	n := w.start(w.store)
	if row := w.run(n, w.flow(three)); row.Status != store.Faulted {
		t.Fatal(row.Status)
	}
}

func TestAGarbledResultFailsTheTaskOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	n := w.start(w.store)
	row := w.run(n, w.flow("- a: { call: test.garble, with: { what: x } }"))
	if row.Status != store.Faulted || !strings.Contains(string(row.Result), "The result cannot be read") {
		t.Fatalf("%s %s", row.Status, row.Result)
	}
	if row := w.run(n, w.flow(three)); row.Status != store.Completed {
		t.Fatal(row.Status)
	}
}

// full is a journal whose disk is full while it is set.
type full struct {
	store.Journal
	now atomic.Bool
}

func (f *full) Commit(ctx context.Context, s store.Session, txs []store.Tx) ([]error, error) {
	if f.now.Load() {
		return nil, store.ErrFull
	}
	return f.Journal.Commit(ctx, s, txs)
}

func TestAFullDiskIsWaitedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	j := &full{Journal: w.store}
	w.ledger.plan["a"] = func(context.Context, int) error { j.now.Store(true); return nil }
	n := w.start(j)
	f := w.flow(three)
	r, err := w.accept(n, f)
	if err != nil {
		t.Fatal(err)
	}
	for !j.now.Load() { // the call flips it
		time.Sleep(time.Millisecond)
	}
	_, err = w.accept(n, f)
	if msg, hint := errs.Message(err); errs.CodeOf(err) != errs.Unavailable || msg != "the disk is full" || hint == "" {
		t.Fatal(err)
	}
	w.ledger.mu.Lock()
	delete(w.ledger.plan, "a")
	w.ledger.mu.Unlock()
	j.now.Store(false)
	if row := w.await(n, r); row.Status != store.Completed || w.ledger.count("a") != 1 {
		t.Fatal(row.Status, w.ledger.calls)
	}
}

func TestADuplicateStartsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	n := w.start(w.store)
	f := w.flow("  - a: { call: test.do, with: { what: a } }\n")
	event := func(ev id.Event) *store.Event {
		now := time.Now()
		return &store.Event{ID: ev, Namespace: "default", Source: "/h", Flow: "t", Received: now, Dedupe: "d", DedupeUntil: now.Add(time.Hour)}
	}
	r, err := n.Accept(t.Context(), engine.Start{Namespace: "default", Flow: f, Revision: 1, Envelope: json.RawMessage(`{}`), Event: event(1)})
	if err != nil {
		t.Fatal(err)
	}
	w.await(n, r)
	_, err = n.Accept(t.Context(), engine.Start{Namespace: "default", Flow: f, Revision: 1, Envelope: json.RawMessage(`{}`), Event: event(2)})
	var dup *store.DuplicateError
	if !errors.As(err, &dup) || dup.Run != r || w.ledger.count("a") != 1 {
		t.Fatal(err, w.ledger.calls)
	}
}

func TestABrokenJournalStopsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	n := w.start(w.store)
	f := w.flow("  - w: { wait: PT0.05S }\n")
	bad, err := w.accept(n, f)
	if err != nil {
		t.Fatal(err)
	}
	n.stop()
	delete(w.defs.flows, f.Name) // its revision cannot be read any more
	n = w.start(w.store)
	if row := w.await(n, bad); row.Status != store.Faulted {
		t.Fatal(row.Status)
	}
	good := w.flow("  - w: { wait: PT0.05S }\n")
	if row := w.run(n, good); row.Status != store.Completed {
		t.Fatal(row.Status)
	}
	if err := n.Retry(t.Context(), "default", bad); err != nil {
		t.Fatal(err)
	}
	if row := w.await(n, bad); row.Status != store.Completed {
		t.Fatal(row.Status, string(row.Result))
	}
}

func TestManySleepers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, memory.New())
	n := w.start(w.store)
	f := w.flow("  - w: { wait: PT0.3S }\n  - a: { call: test.do, with: { what: a } }\n")
	var last id.Run
	for range 2000 {
		r, err := w.accept(n, f)
		if err != nil {
			t.Fatal(err)
		}
		last = r
	}
	w.await(n, last)
	for w.ledger.count("a") < 2000 {
		time.Sleep(time.Millisecond)
	}
}
