package run

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/id"
)

type catalog struct{}

func (catalog) Operations() []string        { return []string{"t.x"} }
func (catalog) CheckAuth(a flow.Auth) error { return nil }
func (catalog) Operation(string) (flow.Operation, bool) {
	return flow.Operation{Check: func(map[string]any) []flow.Argument { return nil }}, true
}

// parse reads tasks, a YAML list, as a flow; a whole flow is taken as it is.
func parse(t testing.TB, tasks string) *flow.Flow {
	t.Helper()
	text := "document: { dsl: '1.0.3', namespace: t, name: t, version: '1' }\n"
	switch {
	case strings.HasPrefix(tasks, "document:"):
		text = ""
	case !strings.HasPrefix(tasks, "do:"):
		text += "do:\n"
	}
	f, ps := flow.Parse([]byte(text+tasks), "t.yaml", catalog{})
	if f == nil {
		t.Fatal(ps)
	}
	return f
}

// answer is what the outside says to a call: an output or a failure.
type answer func(c Command) (any, *Failure)

// history is a journal with the calls that were made between its events.
type history struct {
	events []Event
	calls  []string // path, attempt, arguments
	keys   map[string]string
}

// world drives a run the way an engine does, in virtual time.
type world struct {
	t      testing.TB
	flow   *flow.Flow
	answer answer
	h      history
	state  *State
	open   []Command
}

func newWorld(t testing.TB, f *flow.Flow, a answer) *world {
	return &world{t: t, flow: f, answer: a, state: NewState(id.Run(7)), h: history{keys: map[string]string{}}}
}

func (w *world) apply(e Event) {
	w.t.Helper()
	cmds, err := Apply(w.flow, w.state, e)
	if err != nil {
		w.t.Fatal(err)
	}
	w.h.events = append(w.h.events, e)
	for _, c := range cmds {
		switch c.Kind {
		case RunTask:
			w.open = append(w.open, c)
		case StopTask:
			w.open = slices.DeleteFunc(w.open, func(o Command) bool { return o.Ref == c.Ref })
		}
	}
}

func (w *world) accept(input string) {
	w.apply(Event{Kind: Accepted, At: 1_000_000, Accept: &Acceptance{Kernel: Version, Trigger: json.RawMessage(`{"body":` + input + `}`)}})
}

// step makes one thing happen; false when nothing can.
func (w *world) step() bool {
	now := w.state.Now
	if len(w.open) > 0 {
		c := w.open[0]
		w.open = w.open[1:]
		args, _ := expr.ToJSON(c.Args)
		w.h.calls = append(w.h.calls, fmt.Sprintf("%s#%d %s", c.Task.Path, c.Attempt, args))
		w.h.keys[c.Key] = c.Task.Path
		out, fail := w.answer(c)
		if fail != nil {
			w.apply(Event{Kind: Failed, At: now + 1, Ref: c.Ref, Failure: fail})
			return true
		}
		b, _ := expr.ToJSON(out)
		w.apply(Event{Kind: Done, At: now + 1, Ref: c.Ref, Output: b})
		return true
	}
	ref, at, ok := w.state.NextTimer()
	if ok {
		w.apply(Event{Kind: Fired, At: max(now, at.UnixMilli()), Ref: ref})
	}
	return ok
}

func (w *world) finish() {
	for range 10_000 {
		if !w.step() {
			return
		}
	}
	w.t.Fatal("the run does not end")
}

func (w *world) outcome() string {
	b, _ := expr.ToJSON(w.state.Output)
	s := string(w.state.Status) + " " + string(b)
	if e := w.state.Error; e != nil {
		s = fmt.Sprintf("%s %s %d at %s: %s", w.state.Status, lastSegment(e.Type), e.Status, e.Instance, e.Title)
	}
	return s
}

// crashEverywhere ends the process after every event and folds what is stored.
func crashEverywhere(t *testing.T, f *flow.Flow, a func() answer, input, want string) {
	t.Helper()
	full := newWorld(t, f, a())
	full.accept(input)
	full.finish()
	for n := 1; n <= len(full.h.events); n++ {
		ans := a()
		w := newWorld(t, f, ans)
		if err := Fold(f, w.state, full.h.events[:n]); err != nil {
			t.Fatal(err)
		}
		var unknown []uint32
		w.open, unknown = Pending(w.state)
		if len(unknown) > 0 {
			t.Fatal("nothing was begun at most once")
		}
		for i := range n - 1 { // the outside has answered these already
			if k := full.h.events[i+1].Kind; k == Done || k == Failed {
				ans(Command{Task: &flow.Task{}, Attempt: 0})
			}
		}
		w.finish()
		if got := w.outcome(); got != want {
			t.Fatalf("after a crash behind event %d: %s, want %s", n, got, want)
		}
		if d := cmp.Diff(stepsJSON(full), stepsJSON(w)); d != "" {
			t.Fatal(d)
		}
		for k, path := range w.h.keys {
			if full.h.keys[k] != path {
				t.Fatalf("after a crash behind event %d the key of %s changed", n, path)
			}
		}
	}
}

func stepsJSON(w *world) string {
	b, _ := expr.ToJSON(w.state.Steps)
	return string(b)
}
