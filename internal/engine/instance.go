package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// instance is a run that this process is working on. Events wait in its inbox;
// whoever finds nobody at work works it off, so that events which arrive during
// a commit share the next one.
type instance struct {
	id   id.Run
	ns   string
	flow *flow.Flow

	mu    sync.Mutex
	inbox []happened
	busy  bool
	gone  bool // evicted: load the run again

	// Owned by whoever is busy.
	state *run.State
	row   store.RunUpdate
	calls map[uint32]context.CancelFunc
	timer *time.Timer // for timers beside calls; waiting runs are woken by the store
}

// happened is an event on its way into the journal.
type happened struct {
	event run.Event
	trace []byte
	done  func(error) // told when the event is durable; may be nil
}

// post brings an event to a run. The commands it gives are the caller's to
// drive. ok is false when the instance is gone and the run must be loaded again.
func (e *Engine) post(in *instance, h happened) (cmds []run.Command, ok bool) {
	in.mu.Lock()
	if in.gone {
		in.mu.Unlock()
		return nil, false
	}
	in.inbox = append(in.inbox, h)
	if in.busy {
		in.mu.Unlock()
		return nil, true
	}
	in.busy = true
	in.mu.Unlock()
	return e.work(in), true
}

// work empties the inbox of an instance that the caller has made busy, and gives
// what follows once each commit is durable.
func (e *Engine) work(in *instance) []run.Command {
	var cmds []run.Command
	for {
		in.mu.Lock()
		batch := in.inbox
		in.inbox = nil
		if len(batch) == 0 {
			in.busy, in.gone = false, !e.settle(in)
			in.mu.Unlock()
			return cmds
		}
		in.mu.Unlock()
		more, err := e.fold(in, batch)
		for _, h := range batch {
			if h.done != nil {
				h.done(err)
			}
		}
		if err != nil {
			e.abandon(in, err)
			return nil
		}
		cmds = append(cmds, more...)
	}
}

// drive acts on commands until none are left: the last call is made here, and
// its outcome gives the next commands; the others get goroutines of their own.
func (e *Engine) drive(in *instance, cmds []run.Command) {
	for len(cmds) > 0 {
		var last *run.Command
		for i, c := range cmds {
			if c.Kind == run.StopTask {
				in.stop(c.Ref)
				continue
			}
			if last != nil {
				other := *last
				e.launch(func() { e.drive(in, []run.Command{other}) })
			}
			last = &cmds[i]
		}
		if last == nil {
			return
		}
		h, ok := e.attempt(in, *last)
		if !ok {
			return
		}
		cmds, _ = e.post(in, h)
	}
}

// fold applies a batch and commits it. A full disk or a foreign lock is waited
// out here: the outcome of a call that was made must not be forgotten.
func (e *Engine) fold(in *instance, batch []happened) ([]run.Command, error) {
	tx := store.Tx{Run: in.id}
	var cmds []run.Command
	for _, h := range batch {
		more, err := e.apply(in, &tx, h.event, h.trace)
		if err != nil {
			return nil, err
		}
		cmds = append(cmds, more...)
	}
	if row := statusOf(in.state); !sameRow(row, in.row) {
		in.row, tx.Update = row, &row
	}
	for {
		// What has happened is written down even while the engine stops.
		err := e.Commit.Commit(context.WithoutCancel(e.ctx), tx)
		if !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrBusy) {
			return cmds, err
		}
		e.Log.ErrorContext(e.ctx, "cannot write the journal, will try again", "run", in.id.String(), "error", err)
		select {
		case <-time.After(e.FullRetry):
		case <-e.ctx.Done():
			return nil, e.ctx.Err()
		}
	}
}

// apply folds one event and journals it, and with it the beginning of every
// at-most-once call that follows.
func (e *Engine) apply(in *instance, tx *store.Tx, ev run.Event, trace []byte) ([]run.Command, error) {
	ev.At = max(ev.At, in.state.Now)
	seq := in.state.Seq
	cmds, err := run.Apply(in.flow, in.state, ev)
	if err != nil {
		return nil, err
	}
	if err := journal(tx, seq, ev, trace); err != nil {
		return nil, err
	}
	for _, c := range cmds {
		if c.Kind != run.RunTask || !e.atMostOnce(c) {
			continue
		}
		begun := run.Event{Kind: run.Started, At: ev.At, Ref: c.Ref, Path: c.Task.Path, Attempt: c.Attempt}
		if _, err := run.Apply(in.flow, in.state, begun); err != nil {
			return nil, err
		}
		if err := journal(tx, in.state.Seq-1, begun, nil); err != nil {
			return nil, err
		}
	}
	return cmds, nil
}

func journal(tx *store.Tx, seq uint32, ev run.Event, trace []byte) error {
	data, err := ev.Encode()
	if err != nil {
		return err
	}
	tx.Records = append(tx.Records, store.Record{Seq: seq, Kind: string(ev.Kind), Data: data, Trace: trace})
	return nil
}

// settle decides, with the instance locked and idle, whether it stays in memory.
func (e *Engine) settle(in *instance) bool {
	if in.timer != nil {
		in.timer.Stop()
		in.timer = nil
	}
	switch {
	case in.state.Finished():
	case in.row.Status == store.Waiting:
		e.wake.at(in.row.Wake)
	default:
		if !in.row.Wake.IsZero() {
			in.timer = time.AfterFunc(in.row.Wake.Sub(e.Now()), func() { e.launch(func() { e.fire(in) }) })
		}
		return true
	}
	e.evict(in)
	return false
}

func (e *Engine) evict(in *instance) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.active[in.id] == in {
		delete(e.active, in.id)
	}
}

// abandon gives up an instance whose events could not be committed.
func (e *Engine) abandon(in *instance, err error) {
	in.mu.Lock()
	in.gone = true
	for _, cancel := range in.calls {
		cancel()
	}
	rest := in.inbox
	in.inbox = nil
	in.mu.Unlock()
	e.evict(in)
	for _, h := range rest {
		if h.done != nil {
			h.done(err)
		}
	}
	switch {
	case e.ctx.Err() != nil:
	case errors.Is(err, store.ErrConflict):
		e.Log.WarnContext(e.ctx, "another owner has this run", "run", in.id.String())
	default:
		e.Log.ErrorContext(e.ctx, "the journal cannot be written", "run", in.id.String(), "error", err)
		e.fail(err)
	}
}

func (in *instance) stop(ref uint32) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if cancel := in.calls[ref]; cancel != nil {
		cancel()
	}
}

func sameRow(a, b store.RunUpdate) bool {
	return a.Status == b.Status && a.Wake.Equal(b.Wake) && a.Finished.Equal(b.Finished)
}
