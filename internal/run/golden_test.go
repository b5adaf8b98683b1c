package run

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-dev/patchbay/internal/expr"
	"github.com/patchbay-dev/patchbay/internal/id"
)

var update = flag.Bool("update", false, "write journals that are missing; those that are there stay as they are")

// TestGoldenJournals folds journals that this and former kernels wrote. What runs
// have on disk must keep its meaning: the same commands, the same keys, the same
// outcome. A file is never rewritten; a kernel that differs gets a new Version
// and keeps the old way for old journals.
func TestGoldenJournals(t *testing.T) {
	t.Parallel()
	if *update {
		for name, w := range journals(t) {
			writeJournal(t, filepath.Join("testdata", fmt.Sprintf("kernel-%d", Version), name+".txtar"), w)
		}
	}
	files, err := filepath.Glob("testdata/kernel-*/*.txtar")
	if err != nil || len(files) < len(journals(t)) {
		t.Fatal("journals are missing: go test ./internal/run -update", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		part := map[string]string{}
		for _, f := range a.Files {
			part[f.Name] = string(f.Data)
		}
		got := refold(t, part["flow.yaml"], part["journal.jsonl"])
		if d := cmp.Diff(part["effects.txt"], got); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

// journals are histories that between them hold every kind of event.
func journals(t *testing.T) map[string]*world {
	t.Helper()
	played := func(tasks, input string, a answer, more ...Event) *world {
		w := newWorld(t, parse(t, tasks), a)
		w.accept(input)
		w.finish()
		for _, e := range more {
			w.apply(e)
			w.finish()
		}
		return w
	}
	once := newWorld(t, parse(t, "- a: { call: t.x, with: { v: 1 } }\n- b: { set: 2 }"), script()())
	once.accept(`{}`)
	once.apply(Event{Kind: Started, At: 1_000_000, Ref: once.open[0].Ref, Path: "/do/0/a", Attempt: 1})
	once.apply(Event{Kind: Failed, At: 1_000_005, Ref: once.open[0].Ref, Failure: UnknownOutcome()})
	stopped := newWorld(t, parse(t, "- a: { wait: PT1H }\n- b: { call: t.x }"), script()())
	stopped.accept(`{}`)
	stopped.apply(Event{Kind: Cancel, At: 1_000_009, Reason: "no longer needed"})
	return map[string]*world{
		"stages-and-expressions": played(`- a: { input: { from: .in }, call: t.x, with: { v: '${ . }', id: '${ uuid }', at: '${ now }' }, output: { as: '{ o: ., i: $input }' }, export: { as: '{ ctx: .o }' } }
- b: { set: '${ { c: $context, s: $steps.a, t: $task, w: $workflow.startedAt } }' }`, `{"in":"I"}`, script("O")()),
		"loop-fork-and-jumps": played(`- each: { for: { each: c, in: '.list' }, do: [ { x: { call: t.x, with: { c: '${ $c }', i: '${ $index }' } } } ] }
- both: { fork: { branches: [ { l: { call: t.x, with: { side: l } } }, { r: { wait: PT2S } } ] } }
- race: { fork: { compete: true, branches: [ { l: { call: t.x, with: { side: l } } }, { r: { wait: PT9S } } ] } }
- choose: { switch: [ { x: { when: '. == "won"', then: end } } ] }
- never: { raise: { error: { type: x, status: 500 } } }`, `{"list":[1,2]}`, script("1", "2", "left", "won")()),
		"retry-and-catch": played(`- a:
    try: [ { x: { call: t.x, with: { n: 1 } } } ]
    catch: { errors: { with: { status: 503 } }, retry: { delay: PT1S, backoff: { exponential: {} }, limit: { attempt: { count: 2 } } }, do: [ { rescue: { set: '${ { caught: $error.status } }' } } ] }
- b: { call: t.x, metadata: { retry: { delay: PT3S, limit: { attempt: { count: 3 } } } } }`, `{}`, script(503.0, 503.0, 503.0, 500.0, "good")()),
		"handler-and-resume": played("do:\n- a: { call: t.x, with: { n: 1 } }\n- b: { set: '${ $steps.a }' }\nx-on-error:\n- tell: { call: t.x, with: { e: '${ $error.status }' } }\n", `{}`,
			script(failure("communication", 404, "Not there", ""), "told", "later")(), Event{Kind: Resumed, At: 2_000_000}),
		"unknown-outcome": once,
		"cancelled":       stopped,
	}
}

func writeJournal(t *testing.T, file string, w *world) {
	t.Helper()
	if _, err := os.Stat(file); err == nil {
		return
	}
	var journal strings.Builder
	for _, e := range w.h.events {
		data, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&journal, "%s %s\n", e.Kind, data)
	}
	a := &txtar.Archive{Files: []txtar.File{
		{Name: "flow.yaml", Data: []byte(w.flow.Text)},
		{Name: "journal.jsonl", Data: []byte(journal.String())},
		{Name: "effects.txt", Data: []byte(refold(t, w.flow.Text, journal.String()))},
	}}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
		t.Fatal(err)
	}
}

// refold gives all that a journal makes a kernel do.
func refold(t *testing.T, text, journal string) string {
	t.Helper()
	f := parse(t, text)
	s := NewState(id.Run(7))
	var out strings.Builder
	for line := range strings.Lines(journal) {
		kind, data, _ := strings.Cut(strings.TrimSpace(line), " ")
		e, err := Decode(kind, []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		cmds, err := Apply(f, s, e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s: %s\n", kind, s.Status)
		for _, c := range cmds {
			if c.Kind == StopTask {
				fmt.Fprintf(&out, "  stop %d\n", c.Ref)
				continue
			}
			args, err := expr.ToJSON(c.Args)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "  call %d %s #%d key %s with %s\n", c.Ref, c.Task.Path, c.Attempt, c.Key, args)
		}
		if ref, at, ok := s.NextTimer(); ok {
			fmt.Fprintf(&out, "  timer %d at %d\n", ref, at.UnixMilli())
		}
	}
	end := map[string]any{"output": s.Output, "steps": maps.Clone(s.Steps)}
	if s.Error != nil {
		end["error"] = s.Error.Value()
	}
	b, err := expr.ToJSON(end)
	if err != nil {
		t.Fatal(err)
	}
	return out.String() + string(b) + "\n"
}
