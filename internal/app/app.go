package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/config"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

// Options are what surrounds an App.
type Options struct {
	Log     *slog.Logger
	Now     func() time.Time
	Env     func(string) (string, bool)
	Version string
}

// App is a server, ready to start.
type App struct {
	Config  config.Config
	Auth    *auth.Keeper
	First   bool   // nobody was told yet how to get in
	KeyFile string // set when it is for the operator to know

	o        Options
	catalog  *Catalog
	store    store.Store
	commit   *store.Committer
	egress   *egress.Client
	engine   *engine.Engine
	deployer *deploy.Deployer
	hooks    *ingress.Table
	listener net.Listener
	server   *http.Server
	served   chan struct{}
	stop     sync.Once
}

// New opens the data folder and builds everything. What it has opened is closed
// again when it fails. Errors: errs.Invalid for a wrong key or setting,
// errs.Conflict when another process has the folder.
func New(ctx context.Context, c config.Config, o Options) (*App, error) {
	a := &App{Config: c, o: o, hooks: &ingress.Table{}, served: make(chan struct{})}
	if err := a.open(ctx); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	if a.catalog, err = NewCatalog(); err != nil {
		return err
	}
	if a.egress, err = NewEgress(a.Config.EgressAllow, "Patchbay/"+a.o.Version); err != nil {
		return err
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Dir: a.Config.Data})
	if err != nil {
		return err // a.store stays nil: an interface around a nil store is not
	}
	a.store = s
	if err := a.build(ctx); err != nil {
		return err
	}
	// The port is taken before anything runs, so that a second start fails early.
	a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot listen on "+a.Config.Listen+": "+err.Error()).WithHint("stop what uses the address, or choose another with --listen")
	}
	return nil
}

func (a *App) build(ctx context.Context) error {
	v, err := a.vault(ctx)
	if err != nil {
		return err
	}
	stored := &connection.Stored{Store: a.store, Vault: v, Kinds: a.catalog.Registry, Now: a.o.Now}
	pool := connection.NewPool(stored, a.catalog.Registry, a.egress)
	a.deployer = deploy.New(deploy.Options{
		Flows: a.store, Values: a.store, Meta: a.store, Registry: a.catalog.Registry, Schemes: a.catalog.Schemes, Hooks: a.hooks, Log: a.o.Log, Now: a.o.Now,
		Secrets: pool.Secrets,
	})
	session, err := a.store.Open(ctx, hostname())
	if err != nil {
		return err
	}
	a.commit = store.NewCommitter(a.store, session)
	a.engine = engine.New(engine.Options{
		Store: a.store, Commit: a.commit, Operations: a.catalog.Registry, Flows: a.deployer, Outside: Outside{pool},
		Now: a.o.Now, Log: a.o.Log, Calls: a.Config.MaxCalls, CallTimeout: a.Config.CallTimeout,
	})
	a.Auth = auth.New(a.store, a.o.Now)
	starter := &Starter{Engine: a.engine, Deployer: a.deployer, Now: a.o.Now, IDs: &id.Source{}}
	edge := ingress.New(ingress.Options{
		Hooks: a.hooks, Secrets: pool.Secrets, Accept: starter.accept, Now: a.o.Now, Log: a.o.Log, PublicURL: a.Config.PublicURL, MaxBody: a.Config.MaxBody,
		IDs: starter.IDs,
	})
	a.server = newServer(a.handler(edge, api.Options{
		Store: a.store, Deployer: a.deployer, Connections: stored, Pool: pool, Registry: a.catalog.Registry, Runner: a.engine, Starter: starter,
		Auth: a.Auth, Version: a.o.Version, Ready: a.ready, Secure: strings.HasPrefix(a.Config.PublicURL, "https://"),
	}), a.o.Log)
	return nil
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "node"
	}
	return name
}

// Start takes up unfinished runs and serves. It returns when the server accepts
// requests.
func (a *App) Start(ctx context.Context) error {
	if err := a.deployer.Refresh(ctx); err != nil {
		return err
	}
	if err := a.engine.Start(ctx); err != nil {
		return err
	}
	if err := a.introduce(); err != nil {
		return err
	}
	go func() {
		defer close(a.served)
		_ = a.server.Serve(a.listener)
	}()
	return nil
}

// URL is where the server listens.
func (a *App) URL() string { return "http://" + a.listener.Addr().String() }

// Failed is closed when the server has lost its storage and must be restarted;
// Err says why.
func (a *App) Failed() <-chan struct{} { return a.engine.Failed() }

// Err gives the reason of Failed.
func (a *App) Err() error { return a.engine.Err() }

func (a *App) ready(ctx context.Context) error {
	select {
	case <-a.engine.Failed():
		return errs.Wrap(errs.Unavailable, a.engine.Err(), "the engine has stopped: "+a.engine.Err().Error()).WithHint("restart the server")
	default:
		return a.store.Ping(ctx)
	}
}

// stopTimeout is how long requests under way may take to end.
const stopTimeout = 5 * time.Second

// Stop ends the server, then the engine, then storage. A second call does nothing.
func (a *App) Stop() {
	a.stop.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout) // the caller's context has ended
		defer cancel()
		if a.server.Shutdown(ctx) != nil {
			_ = a.server.Close()
		}
		_ = os.Remove(LocalFile(a.Config.Data))
		a.engine.Stop()
		a.close()
	})
}

func (a *App) close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
	if a.commit != nil {
		a.commit.Stop()
	}
	if a.egress != nil {
		a.egress.Close()
	}
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			a.o.Log.Error("cannot close the data folder", "error", err)
		}
	}
}

// Local is how the command line of the same machine finds the server.
type Local struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// LocalFile is where a running server leaves Local, readable by its owner only.
func LocalFile(data string) string { return filepath.Join(data, "local.json") }

func (a *App) introduce() error {
	b, err := json.Marshal(Local{a.URL(), a.Auth.Local().Reveal()})
	if err != nil {
		return err
	}
	path := LocalFile(a.Config.Data)
	_ = os.Remove(path) // of a process that was killed
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot write "+path)
	}
	return nil
}
