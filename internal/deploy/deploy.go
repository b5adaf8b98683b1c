package deploy

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/registry"
	"github.com/patchbay-dev/patchbay/internal/signature"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Options are what a Deployer is made of.
type Options struct {
	Flows    store.Flows
	Values   store.Vars
	Meta     store.Meta
	Registry *registry.Registry
	Schemes  *signature.Set
	Hooks    *ingress.Table
	Secrets  Secrets // of webhooks; only Deploy asks
	Log      *slog.Logger
	Now      func() time.Time
}

// Deployer publishes flows and gives them to the engine.
type Deployer struct {
	Options

	mu     sync.RWMutex
	parsed map[revision]*flow.Flow
	vars   map[string]json.RawMessage // by namespace
	change sync.Mutex                 // one deployment at a time
}

type revision struct {
	ns, flow string
	number   int
}

// New makes a deployer; Refresh reads what is published.
func New(o Options) *Deployer {
	return &Deployer{Options: o, parsed: map[revision]*flow.Flow{}, vars: map[string]json.RawMessage{}}
}

// InvalidError is a flow file with problems.
type InvalidError struct{ Problems flow.Problems }

func (e *InvalidError) Error() string { return e.Problems.Error() }

// Check parses a flow file. Error: *InvalidError.
func (d *Deployer) Check(file, text string) (*flow.Flow, error) {
	f, problems := flow.Parse([]byte(text), file, d.Registry)
	if f == nil {
		return nil, &InvalidError{problems}
	}
	return f, nil
}

// Deploy checks a flow file and publishes it; a text that is published already
// makes no new revision. Errors: *InvalidError, also for a webhook secret that is
// of no use, errs.Conflict for a hook path of another flow.
func (d *Deployer) Deploy(ctx context.Context, ns, file, text, note string) (rev store.Revision, fresh bool, err error) {
	f, err := d.Check(file, text)
	if err == nil {
		err = d.usable(ctx, ns, file, f)
	}
	if err != nil {
		return rev, false, err
	}
	d.change.Lock()
	defer d.change.Unlock()
	if err := d.free(f); err != nil {
		return rev, false, err
	}
	before := 0
	if old, err := d.Flows.Flow(ctx, ns, f.Name); err == nil {
		before = old.Published
	} else if errs.CodeOf(err) != errs.NotFound {
		return rev, false, err
	}
	rev, err = d.Flows.Publish(ctx, store.Revision{Namespace: ns, Flow: f.Name, Text: text, Hash: f.Hash, Note: note, Created: d.Now()})
	if err != nil {
		return rev, false, err
	}
	return rev, rev.Number != before, d.Refresh(ctx)
}

// free makes sure that no other flow has the hook paths of f.
func (d *Deployer) free(f *flow.Flow) error {
	for _, t := range f.Triggers {
		if t.Webhook == nil || t.Webhook.Auth == nil {
			continue // without authentication the path ends in a token of its own
		}
		if h, taken := d.Hooks.Find(t.Webhook.Path); taken && h.Flow.Name != f.Name {
			return errs.Newf(errs.Conflict, "the hook path %s belongs to flow %s", t.Webhook.Path, h.Flow.Name).WithHint("choose another path in x-triggers")
		}
	}
	return nil
}

// Refresh makes the hooks of all published revisions live.
func (d *Deployer) Refresh(ctx context.Context) error {
	all, err := d.Flows.Published(ctx)
	if err != nil {
		return err
	}
	var hooks []ingress.Hook
	taken := map[string]string{}
	for _, rev := range all {
		f, err := d.remember(rev)
		if err != nil {
			d.Log.ErrorContext(ctx, "a published flow can no longer be read; its hooks are off", "flow", rev.Flow, "revision", rev.Number, "error", err)
			continue
		}
		own, err := d.hooks(ctx, rev, f)
		if errs.CodeOf(err) == errs.Invalid {
			d.Log.ErrorContext(ctx, "the webhooks of a published flow can no longer be verified; its hooks are off", "flow", rev.Flow, "revision", rev.Number, "error", err)
			continue
		}
		if err != nil {
			return err
		}
		for _, h := range own {
			if other, twice := taken[h.Path]; twice {
				d.Log.ErrorContext(ctx, "two flows have the same hook path; the second one is off", "path", h.Path, "flow", rev.Flow, "other", other)
				continue
			}
			taken[h.Path] = rev.Flow
			hooks = append(hooks, h)
		}
	}
	d.Hooks.Set(hooks)
	return nil
}

func (d *Deployer) hooks(ctx context.Context, rev store.Revision, f *flow.Flow) ([]ingress.Hook, error) {
	var out []ingress.Hook
	for _, t := range f.Triggers {
		if t.Webhook == nil {
			continue
		}
		h := ingress.Hook{Namespace: rev.Namespace, Path: t.Webhook.Path, Method: t.Webhook.Method, Flow: f, Revision: rev.Number, Trigger: t.Name}
		if a := t.Webhook.Auth; a != nil {
			s, err := d.Schemes.Scheme(a.Scheme, a.Config)
			if err != nil {
				return nil, err
			}
			h.Scheme, h.Secret = s, a.Secret
		} else {
			token, err := d.token(ctx, rev, t.Name)
			if err != nil {
				return nil, err
			}
			h.Path += "/" + token
		}
		out = append(out, h)
	}
	return out, nil
}

// token is the unguessable end of a hook path without authentication; it stays
// the same over all revisions.
func (d *Deployer) token(ctx context.Context, rev store.Revision, trigger string) (string, error) {
	var b [18]byte
	_, _ = rand.Read(b[:]) // never fails
	v, err := d.Meta.PutMetaOnce(ctx, fmt.Sprintf("hook.%s/%s/%s", rev.Namespace, rev.Flow, trigger), []byte(base64.RawURLEncoding.EncodeToString(b[:])))
	return string(v), err
}

func (d *Deployer) remember(rev store.Revision) (*flow.Flow, error) {
	key := revision{rev.Namespace, rev.Flow, rev.Number}
	d.mu.RLock()
	f := d.parsed[key]
	d.mu.RUnlock()
	if f != nil {
		return f, nil
	}
	f, err := d.Check(fmt.Sprintf("%s@%d", rev.Flow, rev.Number), rev.Text)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parsed[key] = f
	return f, nil
}
