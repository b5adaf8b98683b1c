package app

import (
	"context"
	"encoding/json"
	"path"
	"time"

	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Starter begins runs of published flows.
type Starter struct {
	Engine   *engine.Engine
	Deployer *deploy.Deployer
	Now      func() time.Time
	IDs      *id.Source // of events; the edge's own, so that no two events get one id
}

func (s *Starter) accept(ctx context.Context, a ingress.Arrival) (id.Run, error) {
	return s.Engine.Accept(ctx, engine.Start{
		Namespace: a.Hook.Namespace, Flow: a.Hook.Flow, Revision: a.Hook.Revision, Trigger: a.Hook.Trigger, Envelope: a.Envelope, Event: a.Event,
	})
}

// Start begins a run of the published flow with an input of its own.
func (s *Starter) Start(ctx context.Context, ns, name string, input []byte) (id.Run, error) {
	f, revision, err := s.Deployer.Published(ctx, ns, name)
	if err != nil {
		return 0, err
	}
	env, err := ManualEnvelope(input, s.Now())
	if err != nil {
		return 0, err
	}
	return s.Engine.Accept(ctx, engine.Start{Namespace: ns, Flow: f, Revision: revision, Trigger: manual, Envelope: env})
}

const manual = "manual"

// ManualEnvelope is $trigger of a run that a person or a program starts; the
// input stands where a webhook has its body, so that a flow made for one runs
// from a plain JSON file. Error: errs.Invalid.
func ManualEnvelope(input []byte, now time.Time) (json.RawMessage, error) {
	if len(input) == 0 {
		input = []byte("null")
	}
	if !json.Valid(input) {
		return nil, errs.New(errs.Invalid, "the input is not JSON")
	}
	return json.Marshal(map[string]any{
		"name": manual, "type": "manual", "time": now.UTC().Format(time.RFC3339Nano), "method": "", "path": "",
		"headers": map[string]string{}, "query": map[string]string{}, "params": map[string]string{}, "body": json.RawMessage(input), "event": nil,
	})
}

// Replay begins a run of the published flow from a copy of a stored event.
func (s *Starter) Replay(ctx context.Context, ns string, e store.Event) (id.Event, error) {
	f, revision, err := s.Deployer.Published(ctx, ns, e.Flow)
	if err != nil {
		return 0, err
	}
	again := e
	again.ID, again.ReplayedFrom, again.Received, again.Dedupe, again.Run = s.IDs.Event(s.Now()), e.ID, s.Now(), "", 0
	trigger := triggerOf(f, e.Source)
	env, err := ingress.Envelope(trigger, &again)
	if err != nil {
		return 0, err
	}
	_, err = s.Engine.Accept(ctx, engine.Start{Namespace: ns, Flow: f, Revision: revision, Trigger: trigger, Envelope: env, Event: &again})
	return again.ID, err
}

// triggerOf finds the trigger that a path belongs to in the present revision; that
// of a hook without authentication ends in a token.
func triggerOf(f *flow.Flow, source string) string {
	for _, t := range f.Triggers {
		if t.Webhook != nil && (t.Webhook.Path == source || t.Webhook.Auth == nil && t.Webhook.Path == path.Dir(source)) {
			return t.Name
		}
	}
	return "replay"
}
