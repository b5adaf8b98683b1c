package connection

import (
	"context"
	"net/http"
	"sync"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// Source finds connections. Error: errs.NotFound.
type Source interface {
	Connection(ctx context.Context, ns, name string) (Value, error)
}

// Kinds describes kinds of connections.
type Kinds interface {
	Kind(name string) (connector.Kind, bool)
}

// Pool lends connections to attempts.
type Pool struct {
	source Source
	kinds  Kinds
	out    *egress.Client

	mu   sync.RWMutex
	open map[[2]string]*opened // by namespace and name
}

// opened is a connection ready to be lent; it is immutable.
type opened struct {
	kind     connector.Kind
	name     string
	settings map[string]string
	secrets  map[string]secret.String
	binding  *egress.Binding // nil for a kind without an address
	mask     *secret.Mask
}

// NewPool makes a pool.
func NewPool(s Source, k Kinds, out *egress.Client) *Pool {
	return &Pool{source: s, kinds: k, out: out, open: map[[2]string]*opened{}}
}

// Forget drops what is remembered of a connection that was changed.
func (p *Pool) Forget(ns, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, [2]string{ns, name})
}

func (p *Pool) get(ctx context.Context, ns, name string) (*opened, error) {
	key := [2]string{ns, name}
	p.mu.RLock()
	o := p.open[key]
	p.mu.RUnlock()
	if o != nil {
		return o, nil
	}
	// Held throughout, so that a change meanwhile is forgotten after it.
	p.mu.Lock()
	defer p.mu.Unlock()
	v, err := p.source.Connection(ctx, ns, name)
	if err != nil {
		return nil, err
	}
	o, err = p.prepare(v)
	if err == nil {
		p.open[key] = o
	}
	return o, err
}

func (p *Pool) prepare(v Value) (*opened, error) {
	k, ok := p.kinds.Kind(v.Kind)
	if !ok {
		return nil, errs.Newf(errs.Invalid, "connection %s is of kind %s, which this Patchbay does not know", v.Name, v.Kind)
	}
	if err := check(k, &v); err != nil {
		return nil, err
	}
	base, err := baseOf(k, v.Settings)
	if err != nil {
		return nil, err
	}
	named := map[string]secret.String{}
	for field, s := range v.Secrets {
		named[v.Name+"."+field] = s
	}
	o := &opened{kind: k, name: v.Name, settings: v.Settings, secrets: v.Secrets, mask: secret.NewMask(named)}
	if base != nil {
		o.binding = &egress.Binding{
			Name: v.Name, Base: base, Mask: o.mask, Silent: v.Settings[captureSetting] == "off",
			Authenticate: authenticator(k.Auth, v),
		}
	}
	return o, nil
}

// authenticator puts the credential on a request as the kind says.
func authenticator(a connector.Auth, v Value) func(*http.Request) {
	if a.Custom != nil {
		a = a.Custom(v.Settings)
	}
	switch {
	case a.Bearer != "":
		value := "Bearer " + v.Secrets[a.Bearer].Reveal()
		return func(r *http.Request) { r.Header.Set("Authorization", value) }
	case a.Header != nil:
		name, value := a.Header.Name, v.Secrets[a.Header.Field].Reveal()
		return func(r *http.Request) { r.Header.Set(name, value) }
	case a.Basic != nil:
		user := v.Settings[a.Basic.User]
		if s, ok := v.Secrets[a.Basic.User]; ok {
			user = s.Reveal()
		}
		password := v.Secrets[a.Basic.Password].Reveal()
		return func(r *http.Request) { r.SetBasicAuth(user, password) }
	}
	return nil
}

// Secrets gives the live secrets of a connection of kind secret, the current one
// first. Errors: errs.NotFound, errs.Invalid.
func (p *Pool) Secrets(ctx context.Context, ns, name string) ([]secret.String, error) {
	o, err := p.get(ctx, ns, name)
	if err != nil {
		return nil, err
	}
	if o.kind.Name != SecretKind().Name {
		return nil, wrongKind(name, o.kind.Name, SecretKind().Name)
	}
	list := []secret.String{o.secrets["secret"]}
	if s, ok := o.secrets["previous"]; ok && !s.IsZero() {
		list = append(list, s)
	}
	return list, nil
}

// Test calls what the kind has for a check. Errors: errs.Unsupported when there
// is no such check, else what the outside said.
func (p *Pool) Test(ctx context.Context, ns, name string) error {
	o, err := p.get(ctx, ns, name)
	if err != nil {
		return err
	}
	if o.kind.Test == nil {
		return errs.Newf(errs.Unsupported, "a connection of kind %s cannot be tested without using it", o.kind.Name)
	}
	a := p.Begin(ctx, ns)
	c, err := a.Use(ctx, name, "")
	if err == nil {
		err = o.kind.Test(ctx, c)
	}
	if err != nil {
		e := connector.AsError(err)
		return errs.Newf(errs.Invalid, "%s", a.Redact([]byte(e.Error()))).WithHint("check the address and the credential of connection %s", name)
	}
	return nil
}

func wrongKind(name, have, want string) error {
	return errs.Newf(errs.Invalid, "connection %s is of kind %s, not %s", name, have, want)
}
