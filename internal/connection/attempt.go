package connection

import (
	"context"
	"net/http"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/egress"
)

// Attempt lends connections to one attempt of one call and records what it sends.
type Attempt struct {
	pool *Pool
	ctx  context.Context //nolint:containedctx // an attempt is one call
	ns   string
	rec  egress.Recording
}

// Begin prepares an attempt.
func (p *Pool) Begin(ctx context.Context, ns string) *Attempt {
	return &Attempt{pool: p, ctx: ctx, ns: ns}
}

// Context is the attempt's.
func (a *Attempt) Context() context.Context { return a.ctx }

// HTTP is a client without credentials.
func (a *Attempt) HTTP() *http.Client { return a.pool.out.HTTP(&a.rec, nil) }

// Use lends a connection of the attempt's namespace; kind "" takes any. Errors:
// errs.NotFound, errs.Invalid for another kind.
func (a *Attempt) Use(ctx context.Context, name, kind string) (*connector.Connection, error) {
	o, err := a.pool.get(ctx, a.ns, name)
	if err != nil {
		return nil, err
	}
	if kind != "" && o.kind.Name != kind {
		return nil, wrongKind(name, o.kind.Name, kind)
	}
	a.rec.Redactor.Add(o.mask)
	c := &connector.Connection{Name: o.name, Kind: o.kind.Name, Settings: o.settings}
	if o.binding != nil {
		c.HTTP = a.pool.out.HTTP(&a.rec, o.binding)
	}
	return c, nil
}

// Redact takes the secrets of the connections used out of b.
func (a *Attempt) Redact(b []byte) []byte { return a.rec.Redactor.Bytes(b) }

// RedactJSON is Redact for a JSON document, which stays one.
func (a *Attempt) RedactJSON(b []byte) []byte { return a.rec.Redactor.JSON(b) }

// Trace gives the recording as JSON; nil if nothing was sent.
func (a *Attempt) Trace() []byte { return a.rec.JSON() }
