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

type runID struct {
	ID id.Run `path:"id"`
}

type runQuery struct {
	Flow   string   `query:"flow"`
	Status string   `query:"status" enum:"running,waiting,completed,faulted,cancelled"`
	Event  id.Event `query:"event"`
	Before id.Run   `query:"before" doc:"Id of the last run of the page before"`
	Limit  int      `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

type cancelInput struct {
	runID
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
	rows, err := a.Store.Runs(ctx, store.RunQuery{Namespace: Namespace, Flow: in.Flow, Status: store.RunStatus(in.Status), Event: in.Event, Before: in.Before, Limit: in.Limit})
	out := make([]client.Run, 0, len(rows))
	for _, r := range rows {
		out = append(out, runOf(r))
	}
	return out, err
}

func (a *api) countRuns(ctx context.Context, _ *struct{}) (client.Counts, error) {
	counts, err := a.Store.CountRuns(ctx, Namespace)
	out := client.Counts{}
	for status, n := range counts {
		out[string(status)] = n
	}
	return out, err
}

func (a *api) getRun(ctx context.Context, in *runID) (client.Run, error) {
	r, err := a.Store.Run(ctx, Namespace, in.ID)
	return runOf(r), err
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

func (a *api) getJournal(ctx context.Context, in *runID) ([]client.Record, error) {
	if _, err := a.Store.Run(ctx, Namespace, in.ID); err != nil {
		return nil, err
	}
	records, err := a.Store.Load(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	traces, err := a.Store.Traces(ctx, in.ID)
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
	if err := a.Runner.Cancel(ctx, Namespace, in.ID, in.Body.Reason); err != nil {
		return client.Run{}, err
	}
	return a.getRun(ctx, &in.runID)
}

func (a *api) retryRun(ctx context.Context, in *runID) (client.Run, error) {
	if err := a.Runner.Retry(ctx, Namespace, in.ID); err != nil {
		return client.Run{}, err
	}
	return a.getRun(ctx, in)
}
