package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"unicode/utf8"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

type eventID struct {
	ID string `path:"id" maxLength:"40"`
}

type eventQuery struct {
	Flow   string `query:"flow"`
	Path   string `query:"path" doc:"Hook path, without /hooks"`
	Before string `query:"before" doc:"Id of the last event of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

func (a *api) events() {
	operation(a, http.MethodGet, "/events", "list-events", "List accepted webhooks, newest first", a.listEvents)
	operation(a, http.MethodGet, "/events/{id}", "get-event", "Get an event as it was received", a.getEvent)
	operation(a, http.MethodPost, "/events/{id}/replay", "replay-event", "Start a new run of the published flow from an event", a.replayEvent)
}

func (a *api) listEvents(ctx context.Context, in *eventQuery) ([]client.Event, error) {
	before, err := optional(id.ParseEvent, in.Before)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Events(ctx, store.EventQuery{Namespace: Namespace, Flow: in.Flow, Source: in.Path, Before: before, Limit: in.Limit})
	out := make([]client.Event, 0, len(rows))
	for _, r := range rows {
		out = append(out, event(r))
	}
	return out, err
}

func (a *api) getEvent(ctx context.Context, in *eventID) (client.Event, error) {
	e, err := a.stored(ctx, in)
	if err != nil {
		return client.Event{}, err
	}
	return event(e), nil
}

func (a *api) stored(ctx context.Context, in *eventID) (store.Event, error) {
	ev, err := id.ParseEvent(in.ID)
	if err != nil {
		return store.Event{}, err
	}
	return a.Store.Event(ctx, Namespace, ev)
}

func event(e store.Event) client.Event {
	out := client.Event{ID: e.ID.String(), Path: e.Source, Flow: e.Flow, Run: e.Run.String(), Received: e.Received, Method: e.Method, URL: e.URL, Body: string(e.Body)}
	for _, h := range e.Headers {
		out.Headers = append(out.Headers, client.Header{Name: h.Name, Value: h.Value})
	}
	if !utf8.Valid(e.Body) {
		out.Body, out.Base64 = base64.StdEncoding.EncodeToString(e.Body), true
	}
	if e.ReplayedFrom != 0 {
		out.ReplayedFrom = e.ReplayedFrom.String()
	}
	return out
}

func (a *api) replayEvent(ctx context.Context, in *eventID) (client.Event, error) {
	e, err := a.stored(ctx, in)
	if err != nil {
		return client.Event{}, err
	}
	again, err := a.Starter.Replay(ctx, Namespace, e)
	if err != nil {
		return client.Event{}, err
	}
	return a.getEvent(ctx, &eventID{again.String()})
}
