package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// Flows lists flows by name.
func (c *Client) Flows(ctx context.Context) (out []Flow, err error) {
	return out, c.Do(ctx, http.MethodGet, "/flows", nil, &out)
}

// Flow gives one flow with its draft.
func (c *Client) Flow(ctx context.Context, name string) (out Flow, err error) {
	return out, c.Do(ctx, http.MethodGet, "/flows/"+url.PathEscape(name), nil, &out)
}

// Deploy checks a flow file and publishes it. Problems of the file come as
// *Problem with Lint.
func (c *Client) Deploy(ctx context.Context, file, text, note string) (out Deployed, err error) {
	in := map[string]string{"file": file, "text": text, "note": note}
	return out, c.Do(ctx, http.MethodPost, "/flows", in, &out)
}

// Revisions lists revisions, newest first.
func (c *Client) Revisions(ctx context.Context, flow string) (out []Revision, err error) {
	return out, c.Do(ctx, http.MethodGet, "/flows/"+url.PathEscape(flow)+"/revisions", nil, &out)
}

// Revision gives one revision with its text.
func (c *Client) Revision(ctx context.Context, flow string, number int) (out Revision, err error) {
	return out, c.Do(ctx, http.MethodGet, "/flows/"+url.PathEscape(flow)+"/revisions/"+strconv.Itoa(number), nil, &out)
}

// Start starts a run of the published flow with a workflow input.
func (c *Client) Start(ctx context.Context, flow string, input json.RawMessage) (out Run, err error) {
	return out, c.Do(ctx, http.MethodPost, "/flows/"+url.PathEscape(flow)+"/runs", map[string]any{"input": input}, &out)
}

// RunFilter filters runs; zero fields do not filter.
type RunFilter struct {
	Flow   string
	Status string
	Event  string
	Before string // id of the last run of the page before
	Limit  int    // default 50
}

// Runs lists runs, newest first.
func (c *Client) Runs(ctx context.Context, f RunFilter) (out []Run, err error) {
	q := query("flow", f.Flow, "status", f.Status, "event", f.Event, "before", f.Before, "limit", number(f.Limit))
	return out, c.Do(ctx, http.MethodGet, "/runs"+q, nil, &out)
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// Run gives one run.
func (c *Client) Run(ctx context.Context, id string) (out Run, err error) {
	return out, c.Do(ctx, http.MethodGet, "/runs/"+url.PathEscape(id), nil, &out)
}

// Journal gives the journal of a run.
func (c *Client) Journal(ctx context.Context, id string) (out []Record, err error) {
	return out, c.Do(ctx, http.MethodGet, "/runs/"+url.PathEscape(id)+"/journal", nil, &out)
}

// Cancel stops a run.
func (c *Client) Cancel(ctx context.Context, id, reason string) error {
	return c.Do(ctx, http.MethodPost, "/runs/"+url.PathEscape(id)+"/cancel", map[string]string{"reason": reason}, nil)
}

// Retry goes on from the failed task of a faulted run.
func (c *Client) Retry(ctx context.Context, id string) error {
	return c.Do(ctx, http.MethodPost, "/runs/"+url.PathEscape(id)+"/retry", nil, nil)
}

// Counts counts runs by status.
func (c *Client) Counts(ctx context.Context) (out Counts, err error) {
	return out, c.Do(ctx, http.MethodGet, "/runs/counts", nil, &out)
}

// EventFilter filters events; zero fields do not filter.
type EventFilter struct {
	Flow   string
	Path   string
	Before string
	Limit  int // default 50
}

// Events lists events, newest first.
func (c *Client) Events(ctx context.Context, f EventFilter) (out []Event, err error) {
	q := query("flow", f.Flow, "path", f.Path, "before", f.Before, "limit", number(f.Limit))
	return out, c.Do(ctx, http.MethodGet, "/events"+q, nil, &out)
}

// Event gives one event with headers and body.
func (c *Client) Event(ctx context.Context, id string) (out Event, err error) {
	return out, c.Do(ctx, http.MethodGet, "/events/"+url.PathEscape(id), nil, &out)
}

// Replay starts a new run of the published flow from a stored event.
func (c *Client) Replay(ctx context.Context, id string) (out Event, err error) {
	return out, c.Do(ctx, http.MethodPost, "/events/"+url.PathEscape(id)+"/replay", nil, &out)
}

// Connections lists connections by name.
func (c *Client) Connections(ctx context.Context) (out []Connection, err error) {
	return out, c.Do(ctx, http.MethodGet, "/connections", nil, &out)
}

// SetConnection makes or changes a connection.
func (c *Client) SetConnection(ctx context.Context, name string, in ConnectionInput) (out Connection, err error) {
	return out, c.Do(ctx, http.MethodPut, "/connections/"+url.PathEscape(name), in, &out)
}

// TestConnection calls the outside system without changing anything.
func (c *Client) TestConnection(ctx context.Context, name string) error {
	return c.Do(ctx, http.MethodPost, "/connections/"+url.PathEscape(name)+"/test", nil, nil)
}

// DeleteConnection removes a connection.
func (c *Client) DeleteConnection(ctx context.Context, name string) error {
	return c.Do(ctx, http.MethodDelete, "/connections/"+url.PathEscape(name), nil, nil)
}

// Kinds lists kinds of connections.
func (c *Client) Kinds(ctx context.Context) (out []Kind, err error) {
	return out, c.Do(ctx, http.MethodGet, "/kinds", nil, &out)
}

// Vars lists variables by name.
func (c *Client) Vars(ctx context.Context) (out []Var, err error) {
	return out, c.Do(ctx, http.MethodGet, "/vars", nil, &out)
}

// SetVar sets a variable to a JSON value.
func (c *Client) SetVar(ctx context.Context, name string, value json.RawMessage) error {
	return c.Do(ctx, http.MethodPut, "/vars/"+url.PathEscape(name), map[string]any{"value": value}, nil)
}

// CreateToken makes an API token; days 0 is for ever.
func (c *Client) CreateToken(ctx context.Context, name string, days int) (out Token, err error) {
	return out, c.Do(ctx, http.MethodPost, "/tokens", map[string]any{"name": name, "days": days}, &out)
}
