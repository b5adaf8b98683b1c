// Package offline runs one flow inside the calling process, without a server:
// for trying things out, scripts and CI. Runs are kept in memory only.
package offline

import (
	"context"
	"encoding/json"
	"log/slog"
	"sort"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
)

// Options are what a run needs.
type Options struct {
	Catalog *app.Catalog
	Source  connection.Source
	Egress  *egress.Client
	Stubs   Stubs
	Vars    map[string]json.RawMessage
	Log     *slog.Logger
	// Progress is told of each journal event; nil for nobody.
	Progress func(run.Event)
}

// Run runs a flow with a workflow input to its end. A run that faults is no
// error: its row says so. Errors, found before anything is called: errs.Invalid
// for an answer to no call, errs.NotFound for a missing connection.
func Run(ctx context.Context, f *flow.Flow, input []byte, o Options) (store.Run, error) {
	if err := o.Stubs.check(f, o.Catalog.Registry); err != nil {
		return store.Run{}, err
	}
	if err := o.connections(ctx, f); err != nil {
		return store.Run{}, err
	}
	env, err := app.ManualEnvelope(input, time.Now())
	if err != nil {
		return store.Run{}, err
	}
	s := memory.New()
	session, err := s.Open(ctx, "offline")
	if err != nil {
		return store.Run{}, err
	}
	for name, value := range o.Vars {
		if err := s.PutVar(ctx, store.Var{Namespace: api.Namespace, Name: name, Value: value}); err != nil {
			return store.Run{}, err
		}
	}
	commit := store.NewCommitter(observed{s, o.Progress}, session)
	defer commit.Stop()
	e := engine.New(engine.Options{
		Store: s, Commit: commit, Operations: o.Stubs.operations(o.Catalog.Registry), Outside: o.Stubs.outside(connection.NewPool(o.Source, o.Catalog.Registry, o.Egress)),
		Flows: deploy.New(deploy.Options{
			Flows: s, Values: s, Meta: s, Registry: o.Catalog.Registry, Schemes: o.Catalog.Schemes, Hooks: &ingress.Table{}, Log: o.Log, Now: time.Now,
		}),
		Now: time.Now, Log: o.Log,
	})
	if err := e.Start(ctx); err != nil {
		return store.Run{}, err
	}
	defer e.Stop()
	r, err := e.Accept(ctx, engine.Start{Namespace: api.Namespace, Flow: f, Trigger: "manual", Envelope: env})
	if err != nil {
		return store.Run{}, err
	}
	return e.Await(ctx, api.Namespace, r)
}

// connections finds the connections that a flow names before it runs.
func (o Options) connections(ctx context.Context, f *flow.Flow) error {
	missing := map[string]bool{}
	for _, name := range Connections(f, o.Stubs.covers) {
		if _, err := o.Source.Connection(ctx, api.Namespace, name); errs.CodeOf(err) == errs.NotFound {
			missing[name] = true
		} else if err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var names []string
	for name := range missing {
		names = append(names, name)
	}
	sort.Strings(names)
	what := "connection"
	if len(names) > 1 {
		what = "connections"
	}
	return errs.Newf(errs.NotFound, "the flow needs the %s %s", what, strings.Join(names, ", ")).
		WithHint("give with --connections FILE or --data FOLDER, or answer the calls with --stub FILE")
}

// observed tells of journal events once they are committed.
type observed struct {
	store.Journal
	tell func(run.Event)
}

func (j observed) Commit(ctx context.Context, s store.Session, txs []store.Tx) ([]error, error) {
	results, err := j.Journal.Commit(ctx, s, txs)
	if err != nil || j.tell == nil {
		return results, err
	}
	for _, tx := range txs {
		for _, r := range tx.Records {
			if ev, err := run.Decode(r.Kind, r.Data); err == nil {
				j.tell(ev)
			}
		}
	}
	return results, nil
}
