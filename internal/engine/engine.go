package engine

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Operations finds what a call task calls.
type Operations interface {
	Find(name string) (op connector.Operation, kind string, ok bool)
}

// Flows gives the definition of a revision. Errors: errs.NotFound, errs.Invalid.
type Flows interface {
	Flow(ctx context.Context, ns, name string, revision int) (*flow.Flow, error)
	// Parse reads a text that is no revision.
	Parse(text string) (*flow.Flow, error)
	// Vars gives $vars of a namespace as a JSON object.
	Vars(ctx context.Context, ns string) (json.RawMessage, error)
}

// Outside prepares attempts to act on the world.
type Outside interface {
	Begin(ctx context.Context, ns string) Attempt
}

// Attempt is one try of one call.
type Attempt interface {
	// Context carries the recording of what is sent and received.
	Context() context.Context
	// HTTP is a client without credentials.
	HTTP() *http.Client
	// Use lends a connection; kind "" takes any.
	Use(ctx context.Context, name, kind string) (*connector.Connection, error)
	// Redact takes the secrets of the connections used out of a text.
	Redact([]byte) []byte
	// RedactJSON is Redact for a JSON document, which stays one.
	RedactJSON([]byte) []byte
	// Trace gives the recording; nil if there is none.
	Trace() []byte
}

// Options are what an engine is made of. All fields but the last three are required.
type Options struct {
	Store      store.Store
	Commit     *store.Committer
	Operations Operations
	Flows      Flows
	Outside    Outside
	Now        func() time.Time
	Log        *slog.Logger
	// Calls is how many calls may be under way at once; default 512.
	Calls int
	// CallTimeout bounds a call whose task says nothing; default 5 min.
	CallTimeout time.Duration
	// FullRetry is the pause before a commit is tried again on a full disk; default 1 s.
	FullRetry time.Duration
}

// Engine runs flows. Start it once; Stop waits for its goroutines.
type Engine struct {
	Options
	ids   id.Source
	slots chan struct{}

	mu     sync.Mutex
	active map[id.Run]*instance
	begun  uint // runs, which tells the shard of the next

	ctx    context.Context //nolint:containedctx // the lifetime of the engine's own goroutines
	cancel context.CancelFunc
	wg     sync.WaitGroup
	idle   chan func()   // to goroutines that wait for work
	quit   chan struct{} // closed by Stop
	wake   *waker
	// stopping: no new calls begin. closed (guarded by mu): no new goroutines.
	stopping atomic.Bool
	closed   bool
	failed   chan struct{}
	once     sync.Once
	cause    error
}

// runsPerShard is how many runs in a row share a shard: enough that records
// written at one time are neighbours in the store's index, few enough that runs
// spread over all shards should a later store divide them among nodes.
const runsPerShard = 1024

// New makes an engine; it does nothing until Start.
func New(o Options) *Engine {
	if o.Calls == 0 {
		o.Calls = 512
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = 5 * time.Minute
	}
	if o.FullRetry == 0 {
		o.FullRetry = time.Second
	}
	e := &Engine{Options: o, active: map[id.Run]*instance{}, slots: make(chan struct{}, o.Calls), idle: make(chan func()), quit: make(chan struct{}), failed: make(chan struct{})}
	e.wake = newWaker()
	return e
}

// Start takes up unfinished runs and begins to fire timers. ctx bounds the start
// only; Stop ends the engine.
func (e *Engine) Start(ctx context.Context) error {
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx)) // the engine outlives the start
	if err := e.recover(ctx); err != nil {
		e.cancel()
		return err
	}
	e.wg.Go(e.timers)
	return nil
}

// stopGrace is how long calls under way may take to end when the engine stops.
const stopGrace = 10 * time.Second

// Stop begins no more calls, gives those under way a while to end, then cuts them
// off without journalling: the next start takes them up. A second call does nothing.
func (e *Engine) Stop() {
	if e.cancel == nil {
		return
	}
	e.stopping.Store(true)
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.quit)
	}
	e.mu.Unlock()
	cut := time.AfterFunc(stopGrace, e.cancel)
	e.wake.close()
	e.wg.Wait()
	cut.Stop()
	e.cancel()
}

// Failed is closed when the engine has lost its storage or its session and the
// process must be started anew; Err says why.
func (e *Engine) Failed() <-chan struct{} { return e.failed }

// Err gives the reason of Failed.
func (e *Engine) Err() error { return e.cause }

// fail stops everything: after a lost session or an unknown commit nothing this
// process believes may be acted on.
func (e *Engine) fail(err error) {
	e.once.Do(func() {
		e.cause = err
		close(e.failed)
		e.cancel()
	})
}

// unavailable tells a caller why a commit was not made.
func unavailable(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return errs.Wrap(errs.Unavailable, err, "the disk is full").WithHint("free space on the disk of the data folder; nothing acknowledged is lost")
	case errors.Is(err, store.ErrBusy):
		return errs.Wrap(errs.Unavailable, err, "the database is locked by another program").WithHint("close whatever has it open")
	}
	return errs.Wrap(errs.Unavailable, err, "storage is not available").WithHint("see the server log")
}

// statusOf is the run's row for a state.
func statusOf(s *run.State) store.RunUpdate {
	switch s.Status {
	case run.Completed:
		return store.RunUpdate{Status: store.Completed, Finished: time.UnixMilli(s.Now).UTC(), Result: resultOf(s)}
	case run.Faulted:
		return store.RunUpdate{Status: store.Faulted, Finished: time.UnixMilli(s.Now).UTC(), Result: resultOf(s)}
	case run.Cancelled:
		return store.RunUpdate{Status: store.Cancelled, Finished: time.UnixMilli(s.Now).UTC()}
	case run.Running:
	}
	u := store.RunUpdate{Status: store.Running}
	if _, at, ok := s.NextTimer(); ok {
		u.Wake = at
		if s.Calls() == 0 {
			u.Status = store.Waiting
		}
	}
	return u
}
