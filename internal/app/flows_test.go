package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

const hello = "  - greet: { set: { greeting: '${ \"hello \" + ($trigger.body.name // \"you\") }' } }\n"

// draft saves one as the editor does.
func (b *bench) draft(name, text, base string) (out client.Flow, err error) {
	in := map[string]string{"text": text, "base": base}
	return out, b.Do(b.t.Context(), http.MethodPut, "/flows/"+name+"/draft", in, &out)
}

func TestFlowLife(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()

	// A draft may have problems, and is nothing that runs.
	first := must(b.draft("hello", "do: nothing yet", ""))(t)
	if first.Name != "hello" || first.Published != 0 || first.Draft != "do: nothing yet" || len(first.DraftHash) != 64 {
		t.Errorf("%+v", first)
	}
	_, err := b.Start(ctx, "hello", nil)
	refused(t, "a run of a draft", err, http.StatusNotFound)
	second := must(b.draft("hello", "do: something", first.DraftHash))(t)
	_, err = b.draft("hello", "do: something else", first.DraftHash)
	refused(t, "a draft of an older draft", err, http.StatusConflict)
	if now := must(b.Flow(ctx, "hello"))(t); now.Draft != "do: something" || now.DraftHash != second.DraftHash {
		t.Errorf("%+v", now)
	}

	// What is deployed is a revision for ever.
	one, two := flow("hello", "", hello), flow("hello", "path: /hello, auth: { github: { secret: gh } }", hello)
	for i, step := range []struct {
		text      string
		number    int
		unchanged bool
		hooks     []client.Hook
	}{
		{one, 1, false, nil},
		{one, 1, true, nil},
		{two, 2, false, []client.Hook{{Trigger: "hook", Method: "POST", Path: "/hooks/hello", Scheme: "github"}}},
	} {
		d := must(b.Deploy(ctx, "hello.yaml", step.text, "a note"))(t)
		if d.Revision.Number != step.number || d.Unchanged != step.unchanged || d.Revision.Flow != "hello" || d.Revision.Note != "a note" || d.Revision.Text != "" || cmp.Diff(step.hooks, d.Hooks) != "" {
			t.Errorf("step %d: %+v", i, d)
		}
	}
	if now := must(b.Flow(ctx, "hello"))(t); now.Published != 2 || now.Draft != two || len(now.Hooks) != 1 {
		t.Errorf("%+v", now)
	}
	list := must(b.Revisions(ctx, "hello"))(t)
	if len(list) != 2 || list[0].Number != 2 || list[1].Number != 1 || list[0].Text+list[1].Text != "" {
		t.Errorf("%+v", list)
	}
	if r := must(b.Revision(ctx, "hello", 1))(t); r.Text != one || r.Hash != list[1].Hash {
		t.Errorf("%+v", r)
	}

	// A draft beside it changes nothing that runs.
	must(b.draft("hello", "do: broken", ""))(t)
	r := b.ended(must(b.Start(ctx, "hello", json.RawMessage(`{"name":"Ada"}`)))(t).ID)
	if r.Revision != 2 || r.Status != "completed" || string(r.Result) != `{"greeting":"hello Ada"}` || r.Trigger != "manual" || r.Event != "" {
		t.Errorf("%+v %s", r, r.Result)
	}
	all := must(b.Flows(ctx))(t)
	if len(all) != 1 || all[0].Published != 2 || all[0].Draft != "" || len(all[0].Hooks) != 1 {
		t.Errorf("%+v", all)
	}
}

// A file with problems is refused with all of them, each with its place.
func TestDeployTellsAllProblems(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	text := flow("hello", "path: hello", "  - a: { cal: http }\n  - b: { set: '${ $nope }' }\n")
	_, err := b.Deploy(ctx, "hello.yaml", text, "")
	p := refused(t, "a file with problems", err, http.StatusUnprocessableEntity)
	var got []string
	for _, l := range p.Lint {
		got = append(got, l.Code)
		if l.File != "hello.yaml" || l.Line < 2 || l.Column < 1 || l.Message == "" {
			t.Errorf("%+v", l)
		}
	}
	want := []string{"wrong-value", "missing-key", "expression"}
	if diff := cmp.Diff(want, got); diff != "" || p.Title != "The flow file has problems" {
		t.Errorf("%s problems (-want +told):\n%s", p.Title, diff)
	}
	var checked struct {
		Name     string
		Problems []client.Lint
	}
	if err := b.Do(ctx, http.MethodPost, "/validate", map[string]string{"text": text, "file": "hello.yaml"}, &checked); err != nil || cmp.Diff(p.Lint, checked.Problems) != "" {
		t.Errorf("%v %+v", err, checked)
	}
	if err := b.Do(ctx, http.MethodPost, "/validate", map[string]string{"text": flow("good", "", hello)}, &checked); err != nil || checked.Name != "good" || len(checked.Problems) != 0 {
		t.Errorf("%v %+v", err, checked)
	}
	if all := must(b.Flows(ctx))(t); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// A secret of no use stops a deployment, with what to do.
func TestDeployChecksSecrets(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	text := flow("hello", "path: /in, auth: { standard-webhooks: { secret: sender } }", hello)
	b.deploy(text) // there is no connection yet, and the hook says so
	if got := b.send(b.request(http.MethodPost, "/hooks/in", "x")); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Error(got)
	}
	for value, want := range map[string]string{"whsec_short": "not valid base64", "whsec_c2hvcnQ=": "fewer than 24"} {
		must(b.SetConnection(ctx, "sender", client.ConnectionInput{Kind: "secret", Secrets: map[string]string{"secret": value}}))(t)
		_, err := b.Deploy(ctx, "hello.yaml", text+"# again\n", "")
		p := refused(t, value, err, http.StatusUnprocessableEntity)
		if len(p.Lint) != 1 || !strings.Contains(p.Lint[0].Message, want) || !strings.Contains(p.Lint[0].Hint, "patchbay connection set sender") || p.Lint[0].Line != 2 {
			t.Errorf("%+v", p.Lint)
		}
		if strings.Contains(b.said(), value) {
			t.Error("the secret was told")
		}
	}
	must(b.SetConnection(ctx, "sender", client.ConnectionInput{Kind: "secret", Secrets: map[string]string{"secret": standard}}))(t)
	if d := must(b.Deploy(ctx, "hello.yaml", text+"# again\n", ""))(t); d.Revision.Number != 2 {
		t.Errorf("%+v", d)
	}
}

func TestUnknownFlows(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	b.deploy(flow("hello", "", hello))
	_, err := b.Flow(ctx, "nope")
	refused(t, "a flow", err, http.StatusNotFound)
	_, err = b.Revisions(ctx, "nope")
	refused(t, "its revisions", err, http.StatusNotFound)
	_, err = b.Revision(ctx, "hello", 2)
	p := refused(t, "a revision", err, http.StatusNotFound)
	if p.Instance != "/api/v1/flows/hello/revisions/2" {
		t.Error(p.Instance)
	}
	_, err = b.Start(ctx, "nope", nil)
	refused(t, "a run of it", err, http.StatusNotFound)
	_, err = b.Flow(ctx, "../vars")
	refused(t, "a path in a name", err, http.StatusNotFound)
}

// A stored revision that can no longer be read is reported; the server starts
// and all else serves.
func TestABrokenRevisionStopsNoServer(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	b.deploy(flow("good", "path: /good", hello))
	b.app.Stop()
	s := must(sqlite.Open(ctx, sqlite.Options{Dir: b.config.Data}))(t)
	broken := store.Revision{Namespace: "default", Flow: "bad", Text: "do: [ { x: { unheard: of } } ]", Hash: "h"}
	must(s.Publish(ctx, broken))(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.start()
	if r := b.send(b.request(http.MethodGet, "/readyz", "")); r.status != http.StatusOK {
		t.Error(r)
	}
	if !strings.Contains(b.said(), "can no longer be read") || !strings.Contains(b.said(), "flow=bad revision=1") {
		t.Error("it was not reported")
	}
	all := must(b.Flows(ctx))(t)
	if len(all) != 2 || len(all[0].Hooks) != 0 || len(all[1].Hooks) != 1 {
		t.Errorf("%+v", all)
	}
	_, err := b.Start(ctx, "bad", nil)
	if p := refused(t, "a run of the broken one", err, http.StatusUnprocessableEntity); !strings.Contains(p.Detail, "bad@1:1:") {
		t.Error(p.Detail)
	}
	if got := b.send(b.request(http.MethodPost, all[1].Hooks[0].Path, `{"name":"Ada"}`)); got.status != http.StatusAccepted {
		t.Error(got)
	}
}
