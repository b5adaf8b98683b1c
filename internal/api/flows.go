package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// FlowName is a path parameter; it is exported since it is embedded.
type FlowName struct {
	Name string `path:"name" maxLength:"200"`
}

type flowText struct {
	Body struct {
		File string `json:"file,omitempty" doc:"Name of the file, for problems"`
		Text string `json:"text" doc:"The flow file" maxLength:"1048576"`
		Note string `json:"note,omitempty" doc:"What changed" maxLength:"2000"`
	}
}

type draftText struct {
	FlowName
	Body struct {
		Text string `json:"text" doc:"The flow file; it may have problems" maxLength:"1048576"`
		Base string `json:"base,omitempty" doc:"Hash of the draft this one was made from; a draft that has changed since is a conflict"`
	}
}

type revisionNumber struct {
	FlowName
	Number int `path:"number" minimum:"1"`
}

type startInput struct {
	FlowName
	Body struct {
		Input json.RawMessage `json:"input,omitempty" doc:"Workflow input"`
	}
}

func (a *api) flows() {
	operation(a, http.MethodGet, "/flows", "list-flows", "List flows", a.listFlows)
	operation(a, http.MethodPost, "/flows", "deploy-flow", "Check a flow file and publish it", a.deployFlow)
	operation(a, http.MethodPost, "/validate", "validate-flow", "Check a flow file", a.validateFlow)
	operation(a, http.MethodGet, "/flows/{name}", "get-flow", "Get a flow with its draft", a.getFlow)
	operation(a, http.MethodPut, "/flows/{name}/draft", "save-draft", "Save the draft of a flow", a.saveDraft)
	operation(a, http.MethodGet, "/flows/{name}/revisions", "list-revisions", "List revisions, newest first", a.listRevisions)
	operation(a, http.MethodGet, "/flows/{name}/revisions/{number}", "get-revision", "Get a revision with its text", a.getRevision)
	operation(a, http.MethodPost, "/flows/{name}/runs", "start-run", "Start a run of the published flow", a.startRun)
}

func (a *api) listFlows(ctx context.Context, _ *struct{}) ([]client.Flow, error) {
	rows, err := a.Store.Flows(ctx, Namespace)
	out := make([]client.Flow, 0, len(rows))
	for _, r := range rows {
		out = append(out, a.flow(r))
	}
	return out, err
}

func (a *api) getFlow(ctx context.Context, in *FlowName) (client.Flow, error) {
	r, err := a.Store.Flow(ctx, Namespace, in.Name)
	if err != nil {
		return client.Flow{}, err
	}
	out := a.flow(r)
	out.Draft, out.DraftHash = r.Draft, r.DraftHash
	return out, nil
}

func (a *api) flow(r store.Flow) client.Flow {
	return client.Flow{Name: r.Name, Namespace: r.Namespace, Published: r.Published, Updated: r.Updated, Hooks: a.hooks(r.Name)}
}

// hooks lists the live webhook addresses of a flow.
func (a *api) hooks(name string) []client.Hook {
	var out []client.Hook
	for _, h := range a.Deployer.Hooks.All() {
		if h.Flow.Name != name || h.Namespace != Namespace {
			continue
		}
		scheme := "none"
		for _, t := range h.Flow.Triggers {
			if t.Name == h.Trigger && t.Webhook.Auth != nil {
				scheme = t.Webhook.Auth.Scheme
			}
		}
		out = append(out, client.Hook{Trigger: h.Trigger, Method: h.Method, Path: ingress.Prefix + h.Path, Scheme: scheme})
	}
	slices.SortFunc(out, func(a, b client.Hook) int { return strings.Compare(a.Path, b.Path) })
	return out
}

func (a *api) deployFlow(ctx context.Context, in *flowText) (client.Deployed, error) {
	rev, fresh, err := a.Deployer.Deploy(ctx, Namespace, in.Body.File, in.Body.Text, in.Body.Note)
	if err != nil {
		return client.Deployed{}, err
	}
	rev.Text = ""
	return client.Deployed{Revision: revision(rev), Unchanged: !fresh, Hooks: a.hooks(rev.Flow)}, nil
}

type validated struct {
	Name     string        `json:"name,omitempty"`
	Problems []client.Lint `json:"problems"`
}

func (a *api) validateFlow(_ context.Context, in *flowText) (validated, error) {
	f, problems := flow.Parse([]byte(in.Body.Text), in.Body.File, a.Registry)
	out := validated{Problems: Lint(problems)}
	if f != nil {
		out.Name = f.Name
	}
	return out, nil
}

// Lint translates the problems of a flow file.
func Lint(problems flow.Problems) []client.Lint {
	out := make([]client.Lint, 0, len(problems))
	for _, p := range problems {
		out = append(out, client.Lint{File: p.File, Line: p.Line, Column: p.Column, Path: p.Path, Code: p.Code, Message: p.Message, Hint: p.Hint, Warning: p.Warning})
	}
	return out
}

func (a *api) saveDraft(ctx context.Context, in *draftText) (client.Flow, error) {
	f := store.Flow{Namespace: Namespace, Name: in.Name, Draft: in.Body.Text, DraftHash: flow.Hash(in.Body.Text), Updated: a.Deployer.Now()}
	if err := a.Store.SaveDraft(ctx, f, in.Body.Base); err != nil {
		return client.Flow{}, err
	}
	return a.getFlow(ctx, &in.FlowName)
}

func (a *api) listRevisions(ctx context.Context, in *FlowName) ([]client.Revision, error) {
	if _, err := a.Store.Flow(ctx, Namespace, in.Name); err != nil {
		return nil, err
	}
	rows, err := a.Store.Revisions(ctx, Namespace, in.Name)
	out := make([]client.Revision, 0, len(rows))
	for _, r := range rows {
		out = append(out, revision(r))
	}
	return out, err
}

func (a *api) getRevision(ctx context.Context, in *revisionNumber) (client.Revision, error) {
	r, err := a.Store.Revision(ctx, Namespace, in.Name, in.Number)
	return revision(r), err
}

func revision(r store.Revision) client.Revision {
	return client.Revision{Flow: r.Flow, Number: r.Number, Hash: r.Hash, Note: r.Note, Created: r.Created, Text: r.Text}
}

func (a *api) startRun(ctx context.Context, in *startInput) (client.Run, error) {
	r, err := a.Starter.Start(ctx, Namespace, in.Name, in.Body.Input)
	if err != nil {
		return client.Run{}, err
	}
	row, err := a.Store.Run(ctx, Namespace, r)
	return runOf(row), err
}
