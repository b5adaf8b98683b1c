package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/client"
)

// ack is the answer to a webhook.
type ack struct{ Event, Run string }

// deliver sends a webhook that must be accepted.
func (b *bench) deliver(path, body string) ack {
	b.t.Helper()
	got := b.send(b.request(http.MethodPost, path, body))
	var a ack
	if err := json.Unmarshal([]byte(got.text), &a); err != nil || got.status != http.StatusAccepted {
		b.t.Fatal(got)
	}
	return a
}

func TestEventsAreShownAsReceived(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	path := b.deploy(flow("echo", "path: /echo", "  - out: { set: '${ $trigger.body }' }\n")).Hooks[0].Path
	for _, body := range []string{"", `{"a": 1}`, "no json\r\n", "\x00\xff\xfe", strings.Repeat("x", 1<<20)} {
		a := b.deliver(path+"?q=%20x", body)
		e := must(b.Event(ctx, a.Event))(t)
		got := e.Body
		if e.Base64 {
			got = string(must(base64.StdEncoding.DecodeString(e.Body))(t))
		}
		if got != body || e.Base64 != (body == "\x00\xff\xfe") {
			t.Errorf("%.20q is shown as %.20q (base64 %v)", body, e.Body, e.Base64)
		}
		if e.Run != a.Run || e.Flow != "echo" || e.Method != "POST" || e.URL != path+"?q=%20x" || "/hooks"+e.Path != path || e.ReplayedFrom != "" || time.Since(e.Received) > time.Minute {
			t.Errorf("%+v", e)
		}
		if !slices.Contains(e.Headers, client.Header{Name: "Content-Length", Value: fmt.Sprint(len(body))}) {
			t.Errorf("%+v", e.Headers)
		}
		if runs := must(b.Runs(ctx, client.RunFilter{Event: a.Event}))(t); len(runs) != 1 || runs[0].ID != a.Run || runs[0].Trigger != "hook" {
			t.Errorf("%+v", runs)
		}
	}
}

// A replay is a new event with the same bytes, for the published revision.
func TestReplay(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	text := func(say string) string {
		return flow("echo", "path: /echo", "  - out: { set: { say: "+say+", body: '${ $trigger.body }', trigger: '${ $trigger.name }' } }\n")
	}
	path := b.deploy(text("one")).Hooks[0].Path
	first := b.deliver(path, "\x00\xff")
	b.deploy(text("two"))
	again := must(b.Replay(ctx, first.Event))(t)
	if again.ID == first.Event || again.Run == first.Run || again.ReplayedFrom != first.Event || again.Body != "AP8=" || !again.Base64 || "/hooks"+again.Path != path {
		t.Errorf("%+v", again)
	}
	for run, want := range map[string]string{first.Run: `{"body":"AP8=","say":"one","trigger":"hook"}`, again.Run: `{"body":"AP8=","say":"two","trigger":"hook"}`} {
		if r := b.ended(run); string(r.Result) != want || (r.Revision == 1) != (run == first.Run) {
			t.Errorf("%+v: %s", r, r.Result)
		}
	}
	if twice := must(b.Replay(ctx, again.ID))(t); twice.ReplayedFrom != again.ID {
		t.Errorf("%+v", twice)
	}
	if all := must(b.Events(ctx, client.EventFilter{Flow: "echo"}))(t); len(all) != 3 {
		t.Errorf("%+v", all)
	}
}

// A replay is meant: the sender's id does not stop it, and is not used up by it.
func TestReplayOfASignedEvent(t *testing.T) {
	t.Parallel()
	b := orders(t)
	first := b.send(b.signed("msg_1", "x"))
	var a ack
	if err := json.Unmarshal([]byte(first.text), &a); err != nil {
		t.Fatal(err)
	}
	if again := must(b.Replay(t.Context(), a.Event))(t); again.ID == a.Event || again.ReplayedFrom != a.Event || again.Run == a.Run {
		t.Errorf("%+v", again)
	}
	if got := b.send(b.signed("msg_1", "x")); got.text != first.text {
		t.Error(got)
	}
	b.count(2)
}

// Events that come and are replayed in the same millisecond are told apart.
func TestReplayInTheSameMillisecond(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := setup(t, func(b *bench) { b.now = func() time.Time { return now } })
	path := b.deploy(flow("echo", "path: /echo", "  - out: { set: 1 }\n")).Hooks[0].Path
	first := b.deliver(path, "x")
	seen := map[string]bool{first.Event: true}
	for range 5 {
		for _, id := range []string{must(b.Replay(t.Context(), first.Event))(t).ID, b.deliver(path, "x").Event} {
			if seen[id] {
				t.Errorf("%s was given twice", id)
			}
			seen[id] = true
		}
	}
	if all := must(b.Events(t.Context(), client.EventFilter{}))(t); len(all) != len(seen) {
		t.Errorf("%d events for %d answers", len(all), len(seen))
	}
}

func TestPagesOfEvents(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	one := b.deploy(flow("one", "path: /one", hello)).Hooks[0].Path
	two := b.deploy(flow("two", "path: /two", hello)).Hooks[0].Path
	var want []string
	for i := range 7 {
		want = append([]string{b.deliver(one, fmt.Sprint(i)).Event}, want...)
		b.deliver(two, "x")
	}
	for _, filter := range []client.EventFilter{{Flow: "one"}, {Path: strings.TrimPrefix(one, "/hooks")}} {
		for _, filter.Limit = range []int{1, 3, 7, 100} {
			var got []string
			for filter.Before = ""; ; filter.Before = got[len(got)-1] {
				page := must(b.Events(ctx, filter))(t)
				if len(page) == 0 || len(got) > len(want) {
					break
				}
				for _, e := range page {
					got = append(got, e.ID)
					if e.Body != "" || e.Headers != nil {
						t.Error("a list has bodies")
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", filter, diff)
			}
		}
	}
	if all := must(b.Events(ctx, client.EventFilter{}))(t); len(all) != 14 {
		t.Errorf("%d events", len(all))
	}
}

func TestUnknownEvents(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	_, err := b.Event(ctx, "evt_0000000000000")
	refused(t, "get", err, http.StatusNotFound)
	_, err = b.Replay(ctx, "evt_0000000000000")
	refused(t, "replay", err, http.StatusNotFound)
	_, err = b.Event(ctx, none)
	refused(t, "an id of a run", err, http.StatusUnprocessableEntity)
	_, err = b.Events(ctx, client.EventFilter{Before: "x"})
	refused(t, "a page", err, http.StatusUnprocessableEntity)
}
