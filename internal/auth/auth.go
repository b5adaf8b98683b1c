// Package auth says who may use the API: bearer tokens, browser sessions made
// from a one-time link, and the local token that lets the command line of the
// same machine in. Only hashes are stored.
//
// Users and roles come later; whoever is let in is the operator.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store"
)

const (
	prefix = "pb_"
	// Cookie is the name of the session cookie.
	Cookie      = "patchbay_session"
	sessionName = "browser session"
	linkName    = "sign-in link"
	// Session is how long a browser stays signed in.
	Session = 12 * time.Hour
	link    = time.Hour
)

// Keeper makes and checks tokens.
type Keeper struct {
	store store.Tokens
	now   func() time.Time
	local secret.String // lives as long as the process
}

// New makes a keeper with a fresh local token.
func New(s store.Tokens, now func() time.Time) *Keeper {
	_, value := mint()
	return &Keeper{s, now, value}
}

// Local is the token of this process, for the machine's own command line.
func (k *Keeper) Local() secret.String { return k.local }

func mint() (id string, value secret.String) {
	var b [6 + 32]byte
	_, _ = rand.Read(b[:]) // never fails
	id = hex.EncodeToString(b[:6])
	return id, secret.New(prefix + id + "_" + base64.RawURLEncoding.EncodeToString(b[6:]))
}

// Create makes a token; life 0 is for ever. The value is shown only here.
func (k *Keeper) Create(ctx context.Context, name string, life time.Duration) (store.Token, secret.String, error) {
	return k.create(ctx, name, life, false)
}

// Link makes a one-time sign-in token.
func (k *Keeper) Link(ctx context.Context) (secret.String, error) {
	_, value, err := k.create(ctx, linkName, link, true)
	return value, err
}

func (k *Keeper) create(ctx context.Context, name string, life time.Duration, once bool) (store.Token, secret.String, error) {
	id, value := mint()
	t := store.Token{ID: id, Hash: sha256.Sum256([]byte(value.Reveal())), Name: name, Created: k.now(), Once: once}
	if life > 0 {
		t.Expires = t.Created.Add(life)
	}
	if err := k.prune(ctx); err != nil {
		return store.Token{}, secret.String{}, err
	}
	return t, value, k.store.PutToken(ctx, t)
}

// prune removes what no longer lets anyone in: links and sessions would pile up.
func (k *Keeper) prune(ctx context.Context) error {
	all, err := k.store.Tokens(ctx)
	if err != nil {
		return err
	}
	for _, t := range all {
		if k.live(t) {
			continue
		}
		if err := k.store.DeleteToken(ctx, t.ID); err != nil && errs.CodeOf(err) != errs.NotFound {
			return err
		}
	}
	return nil
}

func (k *Keeper) live(t store.Token) bool { return t.Expires.IsZero() || t.Expires.After(k.now()) }

// Exchange turns a one-time token into a session; it works once. Errors:
// errs.Unauthorized, and those of storage, which leave the link unused.
func (k *Keeper) Exchange(ctx context.Context, value string) (secret.String, error) {
	used := errs.New(errs.Unauthorized, "this sign-in link was used or is too old").WithHint("make a new one with: patchbay token link")
	t, err := k.find(ctx, value)
	if errs.CodeOf(err) == errs.Unauthorized || err == nil && !t.Once {
		return secret.String{}, used
	}
	if err != nil {
		return secret.String{}, err
	}
	made, session, err := k.create(ctx, sessionName, Session, false)
	if err != nil {
		return secret.String{}, err
	}
	if err := k.store.DeleteToken(ctx, t.ID); err != nil { // of several at once one succeeds
		_ = k.store.DeleteToken(ctx, made.ID) // nobody has seen its value
		if errs.CodeOf(err) == errs.NotFound {
			err = used
		}
		return secret.String{}, err
	}
	return session, nil
}

// find gives the live token of a value.
func (k *Keeper) find(ctx context.Context, value string) (store.Token, error) {
	wrong := errs.New(errs.Unauthorized, "the token is not valid").WithHint("make one with: patchbay token create NAME")
	id, _, ok := strings.Cut(strings.TrimPrefix(value, prefix), "_")
	if !ok || !strings.HasPrefix(value, prefix) {
		return store.Token{}, wrong
	}
	t, err := k.store.Token(ctx, id)
	if err != nil {
		if errs.CodeOf(err) == errs.NotFound {
			return store.Token{}, wrong
		}
		return store.Token{}, err
	}
	hash := sha256.Sum256([]byte(value))
	if subtle.ConstantTimeCompare(hash[:], t.Hash[:]) != 1 || !k.live(t) {
		return store.Token{}, wrong
	}
	return t, nil
}

// Check lets a request in by its bearer token or its session cookie. Error:
// errs.Unauthorized. A cookie counts only for requests of our own pages, which
// the caller must have made sure of.
func (k *Keeper) Check(r *http.Request) error {
	scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		c, err := r.Cookie(Cookie)
		if err != nil {
			return errs.New(errs.Unauthorized, "this needs a token").WithHint("send Authorization: Bearer TOKEN; make one with: patchbay token create NAME")
		}
		value = c.Value
	}
	if subtle.ConstantTimeCompare([]byte(value), []byte(k.local.Reveal())) == 1 {
		return nil
	}
	t, err := k.find(r.Context(), value)
	if err == nil && t.Once {
		return errs.New(errs.Unauthorized, "a sign-in link is no token")
	}
	return err
}
