// Package storetest is the conformance suite of package store: every sentence of
// the contract, run against every backend.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Factory opens an empty store; Reopen closes and opens the same data again, nil
// where nothing outlives the process.
type Factory struct {
	Store  store.Store
	Reopen func() store.Store
}

// Run runs the suite.
func Run(t *testing.T, open func(*testing.T) Factory) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *bench){
		"commit is atomic in a group":       commitGroup,
		"a taken sequence writes nothing":   conflict,
		"an older epoch is fenced":          fenced,
		"duplicates":                        duplicates,
		"identical deliveries at once":      stampede,
		"journal order and traces":          journal,
		"run lists":                         runs,
		"timers":                            timers,
		"events":                            events,
		"flows":                             flows,
		"connections":                       connections,
		"vars, tokens and meta":             small,
		"everything survives a reopening":   reopen,
		"nothing is read across namespaces": namespaces,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t)
			b := &bench{t: t, f: f, s: f.Store, ctx: t.Context(), now: time.UnixMilli(1_790_000_000_000).UTC()}
			b.open()
			test(t, b)
		})
	}
}

type bench struct {
	t       *testing.T
	f       Factory
	s       store.Store
	ctx     context.Context //nolint:containedctx // a test's own
	session store.Session
	ids     id.Source
	now     time.Time
}

func (b *bench) open() {
	b.t.Helper()
	s, err := b.s.Open(b.ctx, "test")
	if err != nil {
		b.t.Fatal(err)
	}
	b.session = s
}

func (b *bench) commit(txs ...store.Tx) []error {
	b.t.Helper()
	res, err := b.s.Commit(b.ctx, b.session, txs)
	if err != nil {
		b.t.Fatal(err)
	}
	if res == nil {
		res = make([]error, len(txs))
	}
	return res
}

func (b *bench) must(txs ...store.Tx) {
	b.t.Helper()
	for i, err := range b.commit(txs...) {
		if err != nil {
			b.t.Fatalf("tx %d: %v", i, err)
		}
	}
}

// start is a Tx that begins a run; shard 3000 makes the id's highest bit count.
func (b *bench) start(shard uint16, ev *store.Event) store.Tx {
	b.now = b.now.Add(time.Millisecond)
	run := b.ids.Run(shard, b.now)
	tx := store.Tx{
		Run: run, Records: []store.Record{{Seq: 0, Kind: "accepted", Data: []byte("{}")}},
		Create: &store.Run{ID: run, Namespace: "a", Flow: "f", Revision: 1, Trigger: "t", Started: b.now, RunUpdate: store.RunUpdate{Status: store.Running}},
	}
	if ev != nil {
		ev.Run, tx.Event, tx.Create.Event = run, ev, ev.ID
	}
	return tx
}

func (b *bench) event(dedupe string) *store.Event {
	body := []byte(`{"x":1}`)
	return &store.Event{
		ID: b.ids.Event(b.now), Namespace: "a", Source: "/hook", Flow: "f", Received: b.now, Method: "POST", URL: "/hooks/hook?q=1",
		Headers: []store.Header{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}, Body: body, BodyHash: sha256.Sum256(body),
		Dedupe: dedupe, DedupeUntil: b.now.Add(time.Hour),
	}
}

func (b *bench) seqs(run id.Run) string {
	b.t.Helper()
	rs, err := b.s.Load(b.ctx, run, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	var out strings.Builder
	for _, r := range rs {
		fmt.Fprintf(&out, "%d:%s ", r.Seq, r.Data)
	}
	return out.String()
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got)\n%s", what, d)
	}
}

func code(t *testing.T, err error, want errs.Code) {
	t.Helper()
	if errs.CodeOf(err) != want {
		t.Errorf("error %v has code %q, want %q", err, errs.CodeOf(err), want)
	}
}

func more(run id.Run, seq uint32, data string) store.Tx {
	return store.Tx{Run: run, Records: []store.Record{{Seq: seq, Kind: "done", Data: []byte(data)}}}
}

func commitGroup(t *testing.T, b *bench) {
	x, y := b.start(1, nil), b.start(3000, b.event("e1"))
	b.must(x, y)
	b.must(more(x.Run, 1, "x1"), more(y.Run, 1, "y1"), more(x.Run, 2, "x2"))
	same(t, "x", "0:{} 1:x1 2:x2 ", b.seqs(x.Run))
	same(t, "y", "0:{} 1:y1 ", b.seqs(y.Run))
}

func conflict(t *testing.T, b *bench) {
	x, y := b.start(1, nil), b.start(1, nil)
	b.must(x, y)
	b.must(more(x.Run, 1, "first"))
	update := more(x.Run, 1, "second")
	update.Update = &store.RunUpdate{Status: store.Completed}
	two := store.Tx{Run: y.Run, Records: []store.Record{{Seq: 1, Kind: "k", Data: []byte("y1")}, {Seq: 2, Kind: "k", Data: []byte("y2")}}}
	res := b.commit(update, two)
	if !errors.Is(res[0], store.ErrConflict) || res[1] != nil {
		t.Fatal(res)
	}
	same(t, "x", "0:{} 1:first ", b.seqs(x.Run))
	same(t, "y", "0:{} 1:y1 2:y2 ", b.seqs(y.Run))
	if r, err := b.s.Run(b.ctx, "a", x.Run); err != nil || r.Status != store.Running {
		t.Fatal(r.Status, err)
	}
	again := b.start(1, b.event("lost"))
	again.Run, again.Create.ID = x.Run, x.Run
	if res := b.commit(again); !errors.Is(res[0], store.ErrConflict) {
		t.Fatal(res)
	}
	fresh := b.start(1, b.event("lost"))
	b.must(fresh) // the loser left no event behind
}

func fenced(t *testing.T, b *bench) {
	x := b.start(1, nil)
	b.must(x)
	old := b.session
	b.open()
	if b.session.Epoch <= old.Epoch {
		t.Fatal("the epoch did not rise")
	}
	tx := b.start(1, b.event("z"))
	if _, err := b.s.Commit(b.ctx, old, []store.Tx{more(x.Run, 1, "zombie"), tx}); !errors.Is(err, store.ErrFenced) {
		t.Fatal(err)
	}
	same(t, "x", "0:{} ", b.seqs(x.Run))
	if evs, _ := b.s.Events(b.ctx, store.EventQuery{Namespace: "a", Limit: 9}); len(evs) != 0 {
		t.Fatal("a fenced commit stored an event")
	}
	b.must(more(x.Run, 1, "owner"))
}

func duplicates(t *testing.T, b *bench) {
	first := b.start(1, b.event("e1"))
	b.must(first)
	res := b.commit(b.start(1, b.event("e1")), b.start(1, b.event("e2")), b.start(1, b.event("")), b.start(1, b.event("")))
	var dup *store.DuplicateError
	if !errors.As(res[0], &dup) || dup.Run != first.Run || dup.Event != first.Event.ID || dup.BodyHash != first.Event.BodyHash {
		t.Fatal(res[0])
	}
	for _, err := range res[1:] {
		if err != nil {
			t.Fatal(err)
		}
	}
	other, elsewhere := b.event("e1"), b.event("e1")
	other.Source, elsewhere.Namespace = "/other", "b"
	b.must(b.start(1, other), b.start(1, elsewhere))
	late := b.event("e1")
	late.Received = first.Event.DedupeUntil.Add(time.Second)
	late.DedupeUntil = late.Received.Add(time.Hour)
	lateTx := b.start(1, late)
	b.must(lateTx)
	again := b.event("e1")
	again.Received = late.Received
	if res := b.commit(b.start(1, again)); !errors.As(res[0], &dup) || dup.Run != lateTx.Run {
		t.Fatal(res[0])
	}
	if runs, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Limit: 100}); len(runs) != 7 {
		t.Fatalf("%d runs", len(runs))
	}
}

func stampede(t *testing.T, b *bench) {
	c := store.NewCommitter(b.s, b.session)
	defer c.Stop()
	txs := make([]store.Tx, 1000)
	for i := range txs {
		txs[i] = b.start(1, b.event("same"))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, tx := range txs {
		wg.Go(func() {
			var dup *store.DuplicateError
			switch err := c.Commit(b.ctx, tx); {
			case err == nil:
				mu.Lock()
				won++
				mu.Unlock()
			case !errors.As(err, &dup):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runs, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Limit: 100})
	if won != 1 || len(runs) != 1 {
		t.Fatalf("%d won, %d runs", won, len(runs))
	}
}

func journal(t *testing.T, b *bench) {
	x := b.start(1, nil)
	b.must(x)
	b.must(store.Tx{Run: x.Run, Records: []store.Record{{Seq: 1, Kind: "a", Data: []byte("d"), Trace: []byte("t")}, {Seq: 2, Kind: "b", Data: []byte{}}}})
	rs, err := b.s.Load(b.ctx, x.Run, 1)
	same(t, "load", []store.Record{{Seq: 1, Kind: "a", Data: []byte("d")}, {Seq: 2, Kind: "b", Data: []byte{}}}, rs)
	ts, err2 := b.s.Traces(b.ctx, x.Run)
	same(t, "traces", []store.Record{{Seq: 1, Kind: "a", Trace: []byte("t")}}, ts)
	if none, err3 := b.s.Load(b.ctx, x.Run+1, 0); len(none) != 0 || errors.Join(err, err2, err3) != nil {
		t.Fatal(none, err, err2, err3)
	}
}

func ids(rs []store.Run) []id.Run {
	out := []id.Run{}
	for _, r := range rs {
		out = append(out, r.ID)
	}
	return out
}

func runs(t *testing.T, b *bench) {
	var txs []store.Tx
	for i := range 5 {
		txs = append(txs, b.start(uint16(i*1000), nil))
	}
	b.must(txs...)
	all, err := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "newest first", []id.Run{txs[4].Run, txs[3].Run, txs[2].Run}, ids(all))
	next, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Limit: 3, Before: all[2].ID})
	same(t, "next page", []id.Run{txs[1].Run, txs[0].Run}, ids(next))
	end := more(txs[0].Run, 1, "x")
	end.Update = &store.RunUpdate{Status: store.Faulted, Finished: b.now, Result: []byte(`{"e":1}`)}
	b.must(end)
	faulted, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Status: store.Faulted, Limit: 9})
	want := *txs[0].Create
	want.RunUpdate = *end.Update
	same(t, "by status", []store.Run{want}, faulted)
	if none, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "a", Flow: "g", Limit: 9}); len(none) != 0 {
		t.Error("a filter by flow was ignored")
	}
	counts, _ := b.s.CountRuns(b.ctx, "a")
	same(t, "counts", map[store.RunStatus]int{store.Running: 4, store.Faulted: 1}, counts)
	left, _ := b.s.Unfinished(b.ctx, 0, 100)
	if len(left) != 4 {
		t.Errorf("%d unfinished", len(left))
	}
	_, err = b.s.Run(b.ctx, "a", 1)
	code(t, err, errs.NotFound)
}

func timers(t *testing.T, b *bench) {
	if at, err := b.s.NextWake(b.ctx); err != nil || !at.IsZero() {
		t.Fatal(at, err)
	}
	x, y, z := b.start(1, nil), b.start(2, nil), b.start(3, nil)
	b.must(x, y, z)
	for i, tx := range []store.Tx{x, y} {
		s := more(tx.Run, 1, "x")
		s.Update = &store.RunUpdate{Status: store.Waiting, Wake: b.now.Add(time.Duration(2-i) * time.Hour)}
		b.must(s)
	}
	at, _ := b.s.NextWake(b.ctx)
	same(t, "next wake", b.now.Add(time.Hour), at)
	due, _ := b.s.Due(b.ctx, b.now.Add(time.Hour), 10)
	same(t, "due", []id.Run{y.Run}, ids(due))
	due, _ = b.s.Due(b.ctx, b.now.Add(3*time.Hour), 10)
	same(t, "both due, earliest first", []id.Run{y.Run, x.Run}, ids(due))
	if due, _ := b.s.Due(b.ctx, b.now.Add(3*time.Hour), 1); len(due) != 1 {
		t.Error("the limit was ignored")
	}
	left, _ := b.s.Unfinished(b.ctx, 0, 100)
	same(t, "a waiting run is not unfinished work", []id.Run{z.Run}, ids(left))
}

func events(t *testing.T, b *bench) {
	x, y := b.start(1, b.event("e1")), b.start(1, b.event("e2"))
	y.Event.Source, y.Event.ReplayedFrom, y.Event.Body = "/other", x.Event.ID, []byte{}
	b.must(x, y)
	got, err := b.s.Event(b.ctx, "a", x.Event.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "event", *x.Event, got)
	list, _ := b.s.Events(b.ctx, store.EventQuery{Namespace: "a", Limit: 9})
	if len(list) != 2 || list[0].ID != y.Event.ID || list[0].Headers != nil || list[0].Body != nil {
		t.Errorf("list: %+v", list)
	}
	if l, _ := b.s.Events(b.ctx, store.EventQuery{Namespace: "a", Source: "/hook", Limit: 9}); len(l) != 1 || l[0].ID != x.Event.ID {
		t.Errorf("by source: %+v", l)
	}
	if l, _ := b.s.Events(b.ctx, store.EventQuery{Namespace: "a", Before: y.Event.ID, Limit: 9}); len(l) != 1 || l[0].ID != x.Event.ID {
		t.Errorf("page: %+v", l)
	}
	_, err = b.s.Event(b.ctx, "a", 1)
	code(t, err, errs.NotFound)
}

func reopen(t *testing.T, b *bench) {
	if b.f.Reopen == nil {
		return
	}
	x := b.start(3000, b.event("e1"))
	b.must(x)
	_, err := b.s.PutMetaOnce(b.ctx, "k", []byte("v"))
	if err != nil {
		t.Fatal(err)
	}
	old := b.session
	b.s = b.f.Reopen()
	b.open()
	if b.session.Epoch <= old.Epoch {
		t.Fatal("the epoch did not rise")
	}
	same(t, "journal", "0:{} ", b.seqs(x.Run))
	var dup *store.DuplicateError
	if res := b.commit(b.start(1, b.event("e1"))); !errors.As(res[0], &dup) {
		t.Fatal(res)
	}
	if v, _ := b.s.Meta(b.ctx, "k"); string(v) != "v" {
		t.Fatal("meta was lost")
	}
}

func namespaces(t *testing.T, b *bench) {
	x := b.start(1, b.event("e1"))
	b.must(x)
	_, err := b.s.Run(b.ctx, "b", x.Run)
	code(t, err, errs.NotFound)
	_, err = b.s.Event(b.ctx, "b", x.Event.ID)
	code(t, err, errs.NotFound)
	rs, _ := b.s.Runs(b.ctx, store.RunQuery{Namespace: "b", Limit: 9})
	es, _ := b.s.Events(b.ctx, store.EventQuery{Namespace: "b", Limit: 9})
	cs, _ := b.s.CountRuns(b.ctx, "b")
	if len(rs)+len(es)+len(cs) != 0 {
		t.Fatal(rs, es, cs)
	}
}
