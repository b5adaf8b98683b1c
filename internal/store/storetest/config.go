package storetest

import (
	"sync"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func flows(t *testing.T, b *bench) {
	f := store.Flow{Namespace: "a", Name: "f", Draft: "one", DraftHash: "h1", Updated: b.now}
	if err := b.s.SaveDraft(b.ctx, f, ""); err != nil {
		t.Fatal(err)
	}
	got, err := b.s.Flow(b.ctx, "a", "f")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "draft", f, got)
	f.Draft, f.DraftHash = "two", "h2"
	code(t, b.s.SaveDraft(b.ctx, f, "wrong"), errs.Conflict)
	if err := b.s.SaveDraft(b.ctx, f, "h1"); err != nil {
		t.Fatal(err)
	}
	r1, err := b.s.Publish(b.ctx, store.Revision{Namespace: "a", Flow: "f", Text: "two", Hash: "h2", Note: "n", Created: b.now})
	if err != nil || r1.Number != 1 {
		t.Fatal(r1, err)
	}
	if again, _ := b.s.Publish(b.ctx, store.Revision{Namespace: "a", Flow: "f", Text: "two", Hash: "h2", Note: "other", Created: b.now}); again != r1 {
		t.Fatal("publishing the same text made a revision", again)
	}
	r2, _ := b.s.Publish(b.ctx, store.Revision{Namespace: "a", Flow: "f", Text: "three", Hash: "h3", Created: b.now})
	got, _ = b.s.Flow(b.ctx, "a", "f")
	if r2.Number != 2 || got.Published != 2 || got.Draft != "three" {
		t.Fatal(r2, got)
	}
	if err := b.s.SaveDraft(b.ctx, f, ""); err != nil {
		t.Fatal(err)
	}
	old, _ := b.s.Revision(b.ctx, "a", "f", 1)
	same(t, "revision 1", r1, old)
	list, _ := b.s.Revisions(b.ctx, "a", "f")
	if len(list) != 2 || list[0].Number != 2 || list[0].Text != "" {
		t.Error(list)
	}
	pub, _ := b.s.Published(b.ctx)
	same(t, "published", []store.Revision{r2}, pub)
	all, _ := b.s.Flows(b.ctx, "a")
	if len(all) != 1 || all[0].Draft != "" || all[0].Published != 2 {
		t.Error(all)
	}
	_, err = b.s.Flow(b.ctx, "b", "f")
	code(t, err, errs.NotFound)
	_, err = b.s.Revision(b.ctx, "a", "f", 3)
	code(t, err, errs.NotFound)
}

func connections(t *testing.T, b *bench) {
	c := store.Connection{Namespace: "a", Name: "c", Kind: "k", Settings: map[string]string{"u": "x"}, Sealed: map[string][]byte{"key": {1, 2}}, Version: 1, Updated: b.now}
	if err := b.s.PutConnection(b.ctx, c); err != nil {
		t.Fatal(err)
	}
	code(t, b.s.PutConnection(b.ctx, c), errs.Conflict)
	c.Version, c.Sealed = 2, map[string][]byte{"key": {3}}
	if err := b.s.PutConnection(b.ctx, c); err != nil {
		t.Fatal(err)
	}
	got, err := b.s.Connection(b.ctx, "a", "c")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "connection", c, got)
	list, _ := b.s.Connections(b.ctx, "a")
	if _, key := list[0].Sealed["key"]; len(list) != 1 || !key || list[0].Sealed["key"] != nil {
		t.Error("the list shows sealed values, or hides the fields", list)
	}
	_, err = b.s.Connection(b.ctx, "b", "c")
	code(t, err, errs.NotFound)
	code(t, b.s.DeleteConnection(b.ctx, "b", "c"), errs.NotFound)
	if err := b.s.DeleteConnection(b.ctx, "a", "c"); err != nil {
		t.Fatal(err)
	}
	code(t, b.s.DeleteConnection(b.ctx, "a", "c"), errs.NotFound)
}

func small(t *testing.T, b *bench) {
	for _, v := range []string{"1", "2"} {
		if err := b.s.PutVar(b.ctx, store.Var{Namespace: "a", Name: "v", Value: []byte(v), Updated: b.now}); err != nil {
			t.Fatal(err)
		}
	}
	vars, _ := b.s.Vars(b.ctx, "a")
	same(t, "vars", []store.Var{{Namespace: "a", Name: "v", Value: []byte("2"), Updated: b.now}}, vars)

	tok := store.Token{ID: "t1", Hash: [32]byte{9}, Name: "n", Created: b.now, Once: true}
	if err := b.s.PutToken(b.ctx, tok); err != nil {
		t.Fatal(err)
	}
	got, _ := b.s.Token(b.ctx, "t1")
	same(t, "token", tok, got)
	var wg sync.WaitGroup
	var mu sync.Mutex
	gone := 0
	for range 20 {
		wg.Go(func() {
			if b.s.DeleteToken(b.ctx, "t1") == nil {
				mu.Lock()
				gone++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	_, err := b.s.Token(b.ctx, "t1")
	code(t, err, errs.NotFound)
	if gone != 1 {
		t.Errorf("a token was used up %d times", gone)
	}

	if v, err := b.s.Meta(b.ctx, "m"); v != nil || err != nil {
		t.Error(v, err)
	}
	for _, v := range []string{"first", "second"} {
		if held, err := b.s.PutMetaOnce(b.ctx, "m", []byte(v)); string(held) != "first" || err != nil {
			t.Error(held, err)
		}
	}
}
