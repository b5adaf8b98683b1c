package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

// bench is a keeper with a clock, over a real store that fails on demand.
type bench struct {
	*auth.Keeper
	t     *testing.T
	store *moody
	now   time.Time
	dir   string // of the database; "" in memory
}

type tokens = store.Tokens // a field of this name hides no method

// moody fails the named operation.
type moody struct {
	tokens
	fails string
}

var errDown = errs.New(errs.Unavailable, "storage is down")

func (m *moody) PutToken(ctx context.Context, t store.Token) error {
	if m.fails == "put" {
		return errDown
	}
	return m.tokens.PutToken(ctx, t)
}

func (m *moody) Token(ctx context.Context, id string) (store.Token, error) {
	if m.fails == "get" {
		return store.Token{}, errDown
	}
	return m.tokens.Token(ctx, id)
}

func (m *moody) DeleteToken(ctx context.Context, id string) error {
	if m.fails == "delete" {
		return errDown
	}
	return m.tokens.DeleteToken(ctx, id)
}

func setup(t *testing.T, s store.Tokens, dir string) *bench {
	t.Helper()
	b := &bench{t: t, store: &moody{tokens: s}, now: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), dir: dir}
	b.Keeper = auth.New(b.store, func() time.Time { return b.now })
	return b
}

func onEveryStore(t *testing.T, test func(*testing.T, *bench)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, setup(t, memory.New(), ""))
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		s, err := sqlite.Open(t.Context(), sqlite.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		test(t, setup(t, s, dir))
	})
}

func (b *bench) create(life time.Duration) (store.Token, string) {
	b.t.Helper()
	t, value, err := b.Create(b.t.Context(), "ci", life)
	if err != nil {
		b.t.Fatal(err)
	}
	return t, value.Reveal()
}

func (b *bench) link() string {
	b.t.Helper()
	value, err := b.Link(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return value.Reveal()
}

// header makes a request with an Authorization header; "" is none.
func header(value string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/api/v1/flows", nil)
	if value != "" {
		r.Header.Set("Authorization", value)
	}
	return r
}

func bearer(value string) *http.Request { return header("Bearer " + value) }

func cookie(value string) *http.Request {
	r := header("")
	r.AddCookie(&http.Cookie{Name: auth.Cookie, Value: value})
	return r
}

func (b *bench) check(what string, r *http.Request, want errs.Code) {
	b.t.Helper()
	err := b.Check(r)
	if errs.CodeOf(err) != want {
		b.t.Errorf("%s: %v, want %q", what, err, want)
	}
	if msg, hint := errs.Message(err); err != nil && want == errs.Unauthorized && (msg == "" || hint == "" && !strings.Contains(msg, "sign-in link")) {
		b.t.Errorf("%s: %q without a hint", what, msg)
	}
}
