package engine

import (
	"context"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Cancel stops a run. On nil it is durable; calls under way are cut off. Errors:
// errs.NotFound, errs.Conflict when it has ended.
func (e *Engine) Cancel(ctx context.Context, ns string, r id.Run, reason string) error {
	return e.control(ctx, ns, r, run.Event{Kind: run.Cancel, Reason: reason}, func(s store.RunStatus) error {
		if s.Live() {
			return nil
		}
		return errs.Newf(errs.Conflict, "the run %s has ended: %s", r, s)
	})
}

// Retry goes on from the failed task of a faulted run. Finished tasks are not
// run again. Errors: errs.NotFound, errs.Conflict when it is not faulted.
func (e *Engine) Retry(ctx context.Context, ns string, r id.Run) error {
	return e.control(ctx, ns, r, run.Event{Kind: run.Resumed}, func(s store.RunStatus) error {
		if s == store.Faulted {
			return nil
		}
		return errs.Newf(errs.Conflict, "only a faulted run can be retried; %s is %s", r, s)
	})
}

// control brings an event of a person to a run, loading it if needed.
func (e *Engine) control(ctx context.Context, ns string, r id.Run, ev run.Event, allowed func(store.RunStatus) error) error {
	for {
		row, err := e.Store.Run(ctx, ns, r)
		if err != nil {
			return err
		}
		if err := allowed(row.Status); err != nil {
			return err
		}
		in, err := e.load(ctx, row)
		if err != nil {
			return err
		}
		ev.At = e.Now().UnixMilli()
		done := make(chan error, 1)
		gone := make(chan struct{})
		e.launch(func() {
			cmds, ok := e.post(in, happened{event: ev, done: func(err error) { done <- err }})
			if !ok {
				close(gone)
			}
			e.drive(in, cmds)
		})
		select {
		case <-gone:
			continue // it was evicted meanwhile
		case err := <-done:
			if err != nil {
				return unavailable(err)
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-e.ctx.Done():
			return errs.New(errs.Unavailable, "the engine is stopping")
		}
	}
}

// Await waits until a run has ended and gives its row. It polls the store, which
// is right wherever the run is worked on.
func (e *Engine) Await(ctx context.Context, ns string, r id.Run) (store.Run, error) {
	return awaitRun(ctx, e.Store, ns, r)
}
