package engine

import (
	"context"
	"errors"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

const recoverBatch = 500

// recover takes up the runs that a former process left running. Calls that may
// be repeated are made again; the outcome of the others is unknown.
func (e *Engine) recover(ctx context.Context) error {
	for after := id.Run(0); ; {
		rows, err := e.Store.Unfinished(ctx, after, recoverBatch)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.ID
			if _, err := e.load(ctx, r); err != nil {
				e.quarantine(r, err)
			}
		}
		if len(rows) < recoverBatch {
			break
		}
	}
	next, err := e.Store.NextWake(ctx)
	if err == nil && !next.IsZero() {
		e.wake.at(next)
	}
	return err
}

// load gives the instance of a run; one that is not in memory is folded from its
// journal and its calls are taken up.
func (e *Engine) load(ctx context.Context, r store.Run) (*instance, error) {
	e.mu.Lock()
	in := e.active[r.ID]
	e.mu.Unlock()
	if in != nil {
		return in, nil
	}
	in, err := e.replay(ctx, r)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	if other := e.active[r.ID]; other != nil {
		e.mu.Unlock()
		return other, nil
	}
	e.active[r.ID] = in
	e.mu.Unlock()
	if in.state.Finished() {
		return in, nil
	}
	calls, unknown := run.Pending(in.state)
	for _, ref := range unknown {
		in.inbox = append(in.inbox, happened{event: run.Event{Kind: run.Failed, At: e.Now().UnixMilli(), Ref: ref, Failure: run.UnknownOutcome()}})
	}
	if len(calls)+len(unknown) == 0 && in.row.Status == store.Waiting {
		return in, nil
	}
	in.busy = true
	e.launch(func() { e.drive(in, append(calls, e.work(in)...)) })
	return in, nil
}

// replay folds a run from its journal.
func (e *Engine) replay(ctx context.Context, r store.Run) (*instance, error) {
	records, err := e.Store.Load(ctx, r.ID, 0)
	if err != nil {
		return nil, err
	}
	events, err := Decode(records)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 || events[0].Accept == nil {
		return nil, errs.Newf(errs.Internal, "the journal of %s has no beginning", r.ID)
	}
	f, err := e.definition(ctx, events[0].Accept)
	if err != nil {
		return nil, err
	}
	in := e.instance(r.ID, r.Namespace, f)
	if err := run.Fold(f, in.state, events); err != nil {
		return nil, err
	}
	in.row = r.RunUpdate
	return in, nil
}

// Decode reads a journal.
func Decode(records []store.Record) ([]run.Event, error) {
	events := make([]run.Event, len(records))
	for i, rec := range records {
		if rec.Seq != uint32(i) {
			return nil, errs.Newf(errs.Internal, "the journal has a hole at %d", i)
		}
		ev, err := run.Decode(rec.Kind, rec.Data)
		if err != nil {
			return nil, err
		}
		events[i] = ev
	}
	return events, nil
}

func (e *Engine) definition(ctx context.Context, a *run.Acceptance) (*flow.Flow, error) {
	f, err := e.Flows.Flow(ctx, a.Namespace, a.Flow, a.Revision)
	if a.Revision == 0 {
		f, err = e.Flows.Parse(a.Text)
	}
	if err != nil {
		return nil, err
	}
	if f.Hash != a.Hash {
		return nil, errs.Newf(errs.Internal, "revision %d of %s is not what the run was started with", a.Revision, a.Flow)
	}
	return f, nil
}

// quarantine ends a run that cannot be folded, so that it blocks no other: a
// person sees why, mends the cause and retries it, which folds it again. A cause
// that may pass by itself leaves the run as it is.
func (e *Engine) quarantine(r store.Run, cause error) {
	code := errs.CodeOf(cause)
	if !errors.Is(cause, store.ErrCorrupt) && code != errs.Internal && code != errs.NotFound && code != errs.Invalid {
		e.Log.ErrorContext(e.ctx, "a run cannot be read", "run", r.ID.String(), "error", cause)
		return
	}
	e.Log.ErrorContext(e.ctx, "a run cannot be taken up", "run", r.ID.String(), "flow", r.Flow, "error", cause)
	msg, hint := errs.Message(cause)
	if errors.Is(cause, store.ErrCorrupt) {
		msg, hint = "a record of its journal is damaged", "restore a backup, then retry the run"
	}
	result, err := expr.ToJSON(map[string]any{
		"type": run.TypeBase + "runtime", "status": 500, "title": "The run cannot be taken up: " + msg, "detail": hint, "instance": "",
	})
	if err != nil {
		return
	}
	row := store.RunUpdate{Status: store.Faulted, Finished: e.Now().UTC(), Result: result}
	if err := e.Commit.Commit(e.ctx, store.Tx{Run: r.ID, Update: &row}); err != nil {
		e.Log.ErrorContext(e.ctx, "a run that cannot be taken up cannot be marked so", "run", r.ID.String(), "error", err)
	}
}
