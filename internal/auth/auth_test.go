package auth_test

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	const no = errs.Unauthorized
	onEveryStore(t, func(t *testing.T, b *bench) {
		token, value := b.create(0)
		_, other := b.create(0)
		last := value[:len(value)-1]
		for what, c := range map[string]struct {
			r    *http.Request
			want errs.Code
		}{
			"a token":                    {bearer(value), ""},
			"another token":              {bearer(other), ""},
			"any case of the scheme":     {header("bearer " + value), ""},
			"a token as cookie":          {cookie(value), ""},
			"the local one":              {bearer(b.Local().Reveal()), ""},
			"nothing":                    {header(""), no},
			"another scheme":             {header("Basic " + value), no},
			"the scheme alone":           {header("Bearer"), no},
			"an empty token":             {bearer(""), no},
			"an empty cookie":            {cookie(""), no},
			"without its prefix":         {bearer(strings.TrimPrefix(value, "pb_")), no},
			"the id alone":               {bearer("pb_" + token.ID), no},
			"the id without a secret":    {bearer("pb_" + token.ID + "_"), no},
			"the hash":                   {bearer("pb_" + token.ID + "_" + hex.EncodeToString(token.Hash[:])), no},
			"one character short":        {bearer(last), no},
			"one character more":         {bearer(value + "A"), no},
			"one character another":      {bearer(last + string(value[len(value)-1]^1)), no},
			"another's secret":           {bearer("pb_" + token.ID + other[15:]), no},
			"an unknown id":              {bearer("pb_000000000000" + value[15:]), no},
			"two in one header":          {bearer(value + ", " + value), no},
			"a space more":               {bearer(" " + value), no},
			"a wrong one beside a right": {func() *http.Request { r := cookie(value); r.Header.Set("Authorization", "Bearer x"); return r }(), no},
			"another process's local":    {bearer(setup(t, b.store, "").Local().Reveal()), no},
		} {
			b.check(what, c.r, c.want)
		}
		if err := b.store.DeleteToken(t.Context(), token.ID); err != nil {
			t.Fatal(err)
		}
		b.check("a revoked token", bearer(value), no)
		b.check("its neighbour", bearer(other), "")
	})
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(_ *testing.T, b *bench) {
		_, value := b.create(time.Hour)
		_, forever := b.create(0)
		for _, step := range []struct {
			on   time.Duration
			want errs.Code
		}{{0, ""}, {time.Hour - time.Second, ""}, {time.Second, errs.Unauthorized}, {100 * 365 * 24 * time.Hour, errs.Unauthorized}} {
			b.now = b.now.Add(step.on)
			b.check("a token for an hour", bearer(value), step.want)
			b.check("a token for ever", bearer(forever), "")
		}
	})
}

func TestASignInLinkWorksOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		value := b.link()
		b.check("a link is no token", bearer(value), errs.Unauthorized)
		b.check("a link is no cookie", cookie(value), errs.Unauthorized)
		var wg sync.WaitGroup
		sessions, failures := make([]secret.String, 20), make([]error, 20)
		for i := range sessions {
			wg.Go(func() { sessions[i], failures[i] = b.Exchange(t.Context(), value) })
		}
		wg.Wait()
		session, signedIn := "", 0
		for i, err := range failures {
			if err == nil {
				session, signedIn = sessions[i].Reveal(), signedIn+1
			} else if msg, hint := errs.Message(err); errs.CodeOf(err) != errs.Unauthorized || !strings.Contains(msg, "used") || hint == "" || !sessions[i].IsZero() {
				t.Error(err)
			}
		}
		all, err := b.store.Tokens(t.Context())
		if err != nil || signedIn != 1 || len(all) != 1 {
			t.Fatalf("%d signed in, %d tokens are left, %v", signedIn, len(all), err)
		}
		b.check("the session", cookie(session), "")
		if _, err := b.Exchange(t.Context(), session); errs.CodeOf(err) != errs.Unauthorized {
			t.Error("a session was exchanged:", err)
		}
		b.now = b.now.Add(auth.Session - time.Second)
		b.check("the session at its end", cookie(session), "")
		b.now = b.now.Add(time.Second)
		b.check("the session after it", cookie(session), errs.Unauthorized)
	})
}

func TestALinkGetsOld(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		_, token := b.create(0)
		young, old := b.link(), b.link()
		b.now = b.now.Add(time.Hour - time.Second)
		if _, err := b.Exchange(t.Context(), young); err != nil {
			t.Error(err)
		}
		b.now = b.now.Add(time.Second)
		for what, value := range map[string]string{"too old": old, "a token": token, "nothing": "", "local": b.Local().Reveal()} {
			if _, err := b.Exchange(t.Context(), value); errs.CodeOf(err) != errs.Unauthorized {
				t.Errorf("%s: %v", what, err)
			}
		}
		b.check("the token is still there", bearer(token), "")
	})
}

// While storage is down nobody is told that a token or link is wrong, and no
// link is used up.
func TestStorageIsDown(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		_, token := b.create(0)
		link := b.link()
		for _, b.store.fails = range []string{"get", "put", "delete"} {
			if _, err := b.Exchange(t.Context(), link); !errors.Is(err, errDown) {
				t.Errorf("%s fails: %v", b.store.fails, err)
			}
		}
		b.store.fails = "get"
		b.check("a token", bearer(token), errs.Unavailable)
		b.check("the local one", bearer(b.Local().Reveal()), "")
		b.store.fails = "put"
		if _, _, err := b.Create(t.Context(), "x", 0); !errors.Is(err, errDown) {
			t.Error(err)
		}
		b.store.fails = ""
		if _, err := b.Exchange(t.Context(), link); err != nil {
			t.Error("the link was used up:", err)
		}
	})
}
