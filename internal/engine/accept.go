package engine

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Start is what begins a run.
type Start struct {
	Namespace string
	Flow      *flow.Flow
	Revision  int             // 0: the run carries the flow's text with it
	Trigger   string          // name of the trigger, or how it was started
	Envelope  json.RawMessage // $trigger
	Input     json.RawMessage // workflow input; nil for the envelope's body
	Event     *store.Event    // stored with the run; nil if no event starts it
}

// Accept stores the start of a run, with its event, in one transaction and
// begins to run it. On nil everything is durable. Errors: *store.DuplicateError
// (nothing started), errs.Unavailable (nothing stored).
func (e *Engine) Accept(ctx context.Context, s Start) (id.Run, error) {
	in, accepted, err := e.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	tx := store.Tx{Run: in.id, Event: s.Event}
	cmds, err := e.apply(in, &tx, accepted, nil)
	if err != nil {
		return 0, err
	}
	in.row = statusOf(in.state)
	tx.Create = &store.Run{
		ID: in.id, Namespace: s.Namespace, Flow: s.Flow.Name, Revision: s.Revision, Trigger: s.Trigger,
		Started: accepted.Time(), RunUpdate: in.row,
	}
	if s.Event != nil {
		s.Event.Run, tx.Create.Event = in.id, s.Event.ID
	}
	in.busy = true // nobody else may touch it before its start is durable
	e.mu.Lock()
	e.active[in.id] = in
	e.mu.Unlock()
	if err := e.Commit.Commit(ctx, tx); err != nil {
		in.mu.Lock()
		in.gone = true
		in.mu.Unlock()
		e.evict(in)
		return 0, e.refused(err)
	}
	e.launch(func() {
		cmds = append(cmds, e.work(in)...)
		e.drive(in, cmds)
	})
	return in.id, nil
}

func (e *Engine) prepare(ctx context.Context, s Start) (*instance, run.Event, error) {
	now := e.Now()
	a := &run.Acceptance{
		Kernel: run.Version, Namespace: s.Namespace, Flow: s.Flow.Name, Revision: s.Revision, Hash: s.Flow.Hash, Trigger: s.Envelope, Input: s.Input,
	}
	if s.Revision == 0 {
		a.Text = s.Flow.Text
	}
	if s.Flow.UsesVars {
		vars, err := e.Flows.Vars(ctx, s.Namespace)
		if err != nil {
			return nil, run.Event{}, err
		}
		a.Vars = vars
	}
	e.mu.Lock()
	e.begun++
	shard := uint16(e.begun / runsPerShard)
	e.mu.Unlock()
	in := e.instance(e.ids.Run(shard, now), s.Namespace, s.Flow)
	return in, run.Event{Kind: run.Accepted, At: now.UnixMilli(), Accept: a}, nil
}

func (e *Engine) instance(r id.Run, ns string, f *flow.Flow) *instance {
	return &instance{id: r, ns: ns, flow: f, state: run.NewState(r), calls: map[uint32]context.CancelFunc{}}
}

// refused tells the sender what a failed commit means. An unknown outcome ends
// the engine: it must not be answered as if nothing had been written.
func (e *Engine) refused(err error) error {
	if _, ok := errors.AsType[*store.DuplicateError](err); ok {
		return err
	}
	switch {
	case errors.Is(err, store.ErrFull), errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrStopped), errors.Is(err, store.ErrConflict):
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errs.Wrap(errs.Unavailable, err, "storage is too slow")
	default:
		e.fail(err)
	}
	return unavailable(err)
}
