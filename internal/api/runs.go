package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// RunID is a path parameter; it is exported since it is embedded.
type RunID struct {
	ID string `path:"id" maxLength:"40"`
}

type runQuery struct {
	Flow   string `query:"flow"`
	Status string `query:"status" enum:"running,waiting,completed,faulted,cancelled"`
	Event  string `query:"event"`
	Before string `query:"before" doc:"Id of the last run of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

type cancelInput struct {
	RunID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (a *api) runs() {
	operation(a, http.MethodGet, "/runs", "list-runs", "List runs, newest first", a.listRuns)
	operation(a, http.MethodGet, "/runs/counts", "count-runs", "Count runs by status", a.countRuns)
	operation(a, http.MethodGet, "/runs/{id}", "get-run", "Get a run", a.getRun)
	operation(a, http.MethodGet, "/runs/{id}/journal", "get-journal", "Get the journal of a run", a.getJournal)
	operation(a, http.MethodPost, "/runs/{id}/cancel", "cancel-run", "Stop a run", a.cancelRun)
	operation(a, http.MethodPost, "/runs/{id}/retry", "retry-run", "Go on from the failed task of a faulted run", a.retryRun)
}

func (a *api) listRuns(ctx context.Context, in *runQuery) ([]client.Run, error) {
	q := store.RunQuery{Namespace: Namespace, Flow: in.Flow, Status: store.RunStatus(in.Status), Limit: in.Limit}
	var err error
	if q.Event, err = optional(id.ParseEvent, in.Event); err != nil {
		return nil, err
	}
	if q.Before, err = optional(id.ParseRun, in.Before); err != nil {
		return nil, err
	}
	rows, err := a.Store.Runs(ctx, q)
	out := make([]client.Run, 0, len(rows))
	for _, r := range rows {
		out = append(out, runOf(r))
	}
	return out, err
}

// optional reads an id that may be left out.
func optional[T any](parse func(string) (T, error), text string) (none T, err error) {
	if text == "" {
		return none, nil
	}
	return parse(text)
}

func (a *api) countRuns(ctx context.Context, _ *struct{}) (client.Counts, error) {
	counts, err := a.Store.CountRuns(ctx, Namespace)
	out := client.Counts{}
	for status, n := range counts {
		out[string(status)] = n
	}
	return out, err
}

func (a *api) getRun(ctx context.Context, in *RunID) (client.Run, error) {
	r, err := a.row(ctx, in)
	return runOf(r), err
}

func (a *api) row(ctx context.Context, in *RunID) (store.Run, error) {
	r, err := id.ParseRun(in.ID)
	if err != nil {
		return store.Run{}, err
	}
	return a.Store.Run(ctx, Namespace, r)
}

func runOf(r store.Run) client.Run {
	out := client.Run{
		ID: r.ID.String(), Flow: r.Flow, Revision: r.Revision, Trigger: r.Trigger, Status: string(r.Status), Started: r.Started,
		Wake: moment(r.Wake), Finished: moment(r.Finished), Result: r.Result,
	}
	if r.Event != 0 {
		out.Event = r.Event.String()
	}
	return out
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *api) getJournal(ctx context.Context, in *RunID) ([]client.Record, error) {
	row, err := a.row(ctx, in)
	if err != nil {
		return nil, err
	}
	records, err := a.Store.Load(ctx, row.ID, 0)
	if err != nil {
		return nil, err
	}
	traces, err := a.Store.Traces(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	said := map[uint32]json.RawMessage{}
	for _, t := range traces {
		said[t.Seq] = t.Trace
	}
	out := make([]client.Record, 0, len(records))
	for _, r := range records {
		ev, err := run.Decode(r.Kind, r.Data)
		if err != nil {
			return nil, err
		}
		out = append(out, Record(r.Seq, ev, said[r.Seq]))
	}
	return out, nil
}

// Record translates a journal entry.
func Record(seq uint32, ev run.Event, exchanges json.RawMessage) client.Record {
	out := client.Record{
		Seq: seq, Kind: string(ev.Kind), Time: ev.Time(), Task: ev.Path, Attempt: ev.Attempt, TookMS: float64(ev.Took) / 1000,
		Output: ev.Output, Usage: ev.Usage, Reason: ev.Reason, Exchanges: exchanges,
	}
	if ev.Failure != nil {
		out.Error, _ = expr.ToJSON(ev.Failure.Value())
	}
	return out
}

func (a *api) cancelRun(ctx context.Context, in *cancelInput) (client.Run, error) {
	row, err := a.row(ctx, &in.RunID)
	if err == nil {
		err = a.Runner.Cancel(ctx, Namespace, row.ID, in.Body.Reason)
	}
	if err != nil {
		return client.Run{}, err
	}
	return a.getRun(ctx, &in.RunID)
}

func (a *api) retryRun(ctx context.Context, in *RunID) (client.Run, error) {
	row, err := a.row(ctx, in)
	if err == nil {
		err = a.Runner.Retry(ctx, Namespace, row.ID)
	}
	if err != nil {
		return client.Run{}, err
	}
	return a.getRun(ctx, in)
}
