package ingress_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/store"
)

// What is not stored is never acknowledged, and the sender is asked to come back.
func TestStorageFails(t *testing.T) {
	t.Parallel()
	const ok = http.StatusAccepted
	later := map[string]string{"Retry-After": "5"}
	failing := func(err error) delivery {
		return delivery{body: "x", fail: err, want: 503, says: "unavailable", header: later}
	}
	table(t, map[string][]delivery{
		"full, then there is room":      {failing(store.ErrFull), {body: "x", want: ok}, {body: "x", want: ok, like: 2}},
		"locked, then free":             {failing(store.ErrBusy), failing(store.ErrBusy), {body: "x", want: ok}},
		"not known, so never again":     {failing(errors.New("sync failed")), {body: "x", want: 503, says: "unavailable", header: later}},
		"fenced, so never again":        {failing(store.ErrFenced), {body: "x", want: 503, says: "unavailable", header: later}},
		"a duplicate when it is full":   {{body: "x", want: ok}, failing(store.ErrFull), {body: "x", want: ok, like: 1}},
		"a refusal when it is full":     {{body: "x", age: 1 << 40, fail: store.ErrFull, want: 401, says: "unauthorized"}},
		"there is no secret":            {{path: "/nowhere", body: "x", want: 503, says: "unavailable", header: later}},
		"the secret cannot be used":     {{path: "/broken", body: "x", sec: signing, want: 503, says: "unavailable", header: later}},
		"chunked, and then the retry":   {{body: "x", chunked: true, fail: store.ErrFull, want: 503, says: "unavailable", header: later}, {body: "x", chunked: true, want: ok}},
		"nothing of a failed one lasts": {failing(store.ErrFull), {body: "y", want: ok}, {body: "x", want: http.StatusConflict, says: "id_used_for_another_body"}},
	})
}

// Another program holds the lock of the database.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	b := onDisk(t)
	other, err := sqlite3.Open(b.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	a := b.do(b.request(delivery{body: "x"}))
	if a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || !strings.Contains(b.logged(), "locked by another program") {
		t.Error(a.Text, b.logged())
	}
	b.holds(map[string]string{})
	if err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	b.deliver([]delivery{{body: "x", want: http.StatusAccepted}})
}

// The operator reads why a hook is closed, and never a secret.
func TestAClosedHookIsExplained(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		b.do(b.request(delivery{path: "/nowhere", body: "x"}))
		b.do(b.request(delivery{path: "/broken", body: "x"}))
		for _, part := range []string{`level=ERROR msg="a webhook cannot be verified" path=/nowhere`, "there is no connection", `level=ERROR msg="a webhook cannot be verified" path=/broken`, "not valid base64"} {
			if !strings.Contains(b.logged(), part) {
				t.Errorf("the log has no %q:\n%s", part, b.logged())
			}
		}
		if strings.Contains(b.logged(), "%%%") {
			t.Error("the log holds the secret")
		}
	})
}
