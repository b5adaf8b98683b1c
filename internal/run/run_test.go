package run

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/flow"
)

func temporary(status int) *Failure {
	f := failure("communication", status, "Down", "")
	f.Temporary = true
	return f
}

// script answers calls in order; a number is a temporary failure.
func script(answers ...any) func() answer {
	return func() answer {
		i := 0
		return func(Command) (any, *Failure) {
			if i >= len(answers) {
				return "unscripted", nil
			}
			a := answers[i]
			i++
			switch x := a.(type) {
			case *Failure:
				f := *x
				return nil, &f
			case float64:
				return nil, temporary(int(x))
			}
			return a, nil
		}
	}
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, tasks, input string
		answers            []any
		want               string
		calls              []string
	}{
		{name: "set", tasks: `- a: { set: { x: '${ .n }', y: 'n=${ .n }' } }`, input: `{"n":1}`, want: `completed {"x":1,"y":"n=1"}`},
		{
			name: "the output of a task is the input of the next", tasks: "- a: { set: { x: 1 } }\n- b: { set: { y: '${ .x }' } }",
			want: `completed {"y":1}`,
		},
		{
			name: "a skipped task passes its raw input on", tasks: "- a: { set: { x: 1 } }\n- b: { if: '${ false }', set: { y: 1 }, then: end }\n- c: { set: '${ {x, b: $steps.b} }' }",
			want: `completed {"b":null,"x":1}`,
		},
		{
			name: "stages", tasks: `- a: { input: { from: .in }, call: t.x, with: { v: '${ . }' }, output: { as: '{ o: ., i: $input }' }, export: { as: '{ ctx: .o }' } }
- b: { set: '${ { c: $context, s: $steps.a, t: $task.name } }' }`, input: `{"in":"I"}`, answers: []any{"O"},
			want: `completed {"c":{"ctx":"O"},"s":{"i":"I","o":"O"},"t":"b"}`, calls: []string{`/do/0/a#1 {"v":"I"}`},
		},
		{
			name: "switch jumps and backwards too", tasks: `- a: { set: '${ { n: ((.n // 0) + 1) } }' }
- b: { switch: [ { again: { when: .n < 3, then: a } }, { done: { then: d } } ] }
- c: { raise: { error: { type: x, status: 500 } } }
- d: { set: '${ . }' }`, input: `{}`, want: `completed {"n":3}`,
		},
		{name: "switch without a match goes on", tasks: "- a: { switch: [ { x: { when: .nope, then: end } } ] }\n- b: { set: 1 }", want: `completed 1`},
		{
			name: "for folds", tasks: `- a: { for: { each: c, in: '.list' }, do: [ { x: { set: '${ { sum: ((.sum // 0) + $c), last: $index } }' } } ] }`,
			input: `{"list":[1,2,3]}`, want: `completed {"last":2,"sum":6}`,
		},
		{name: "for while", tasks: `- a: { for: { in: '[1,2,3]' }, while: $item < 3, do: [ { x: { set: '${ $item }' } } ] }`, want: `completed 2`},
		{name: "for over nothing", tasks: "- a: { set: 5 }\n- b: { for: { in: '[]' }, do: [ { x: { set: 1 } } ] }", want: `completed 5`},
		{name: "for over an object", tasks: `- a: { for: { in: '{a: 1}' }, do: [ { x: { set: 1 } } ] }`, want: `faulted validation 400 at /do/0/a: Nothing to loop over`},
		{name: "exit leaves a loop", tasks: "- a: { for: { in: '[1,2,3]' }, do: [ { x: { set: '${ $item }', then: exit } } ] }\n- b: { set: '${ [.] }' }", want: `completed [1]`},
		{name: "end ends the flow", tasks: "- a: { do: [ { x: { set: 1, then: end } } ] }\n- b: { set: 2 }", want: `completed 1`},
		{
			name: "fork gives an array in order", tasks: `- a: { fork: { branches: [ { l: { call: t.x } }, { r: { set: 2 } } ] } }`, answers: []any{"one"},
			want: `completed ["one",2]`,
		},
		{
			name: "fork: branches cannot change the context", tasks: "- a: { fork: { branches: [ { l: { set: 1, export: { as: '{ x: 1 }' } } } ] } }\n- b: { set: '${ $context }' }",
			want: `completed null`,
		},
		{
			name: "compete gives the winner", tasks: `- a: { fork: { compete: true, branches: [ { l: { wait: PT1H } }, { r: { call: t.x } } ] } }`, answers: []any{"won"},
			want: `completed "won"`,
		},
		{
			name: "compete outlives a failure", tasks: `- a: { fork: { compete: true, branches: [ { l: { call: t.x } }, { r: { call: t.x } } ] } }`, answers: []any{500.0, "won"},
			want: `completed "won"`,
		},
		{
			name: "all branches of a competition fail", tasks: `- a: { fork: { compete: true, branches: [ { l: { call: t.x } }, { r: { call: t.x } } ] } }`, answers: []any{500.0, 501.0},
			want: `faulted communication 501 at /do/0/a/fork/branches/1/r: Down`,
		},
		{name: "raise", tasks: `- a: { raise: { error: { type: 'https://x/too-big', status: 413, title: '${ "T" + .n }' } } }`, input: `{"n":"!"}`, want: `faulted too-big 413 at /do/0/a: T!`},
		{
			name: "try catches by filter", tasks: `- a:
    try: [ { x: { call: t.x } } ]
    catch: { errors: { with: { type: 'https://elsewhere/communication', status: 404 } }, as: e, do: [ { h: { set: '${ $e.instance }' } } ] }`,
			answers: []any{failure("communication", 404, "Gone", "")}, want: `completed "/do/0/a/try/0/x"`,
		},
		{
			name: "try lets others through", tasks: `- a: { try: [ { x: { call: t.x } } ], catch: { errors: { with: { status: 404 } }, do: [ { h: { set: 1 } } ] } }`,
			answers: []any{failure("communication", 500, "Down", "")}, want: `faulted communication 500 at /do/0/a/try/0/x: Down`,
		},
		{
			name: "when and exceptWhen", tasks: `- a:
    try: [ { b: { try: [ { x: { call: t.x } } ], catch: { exceptWhen: '$error.status == 500', do: [ { h: { set: inner } } ] } } } ]
    catch: { when: '$error.status == 500', do: [ { g: { set: outer } } ] }`,
			answers: []any{failure("communication", 500, "Down", "")}, want: `completed "outer"`,
		},
		{
			name: "a failure in catch.do goes up", tasks: `- a: { try: [ { x: { call: t.x } } ], catch: { do: [ { h: { call: t.x } } ] } }`,
			answers: []any{500.0, 501.0}, want: `faulted communication 501 at /do/0/a/catch/do/0/h: Down`,
		},
		{
			name: "standard retry", tasks: `- a: { call: t.x, metadata: { retry: standard } }`, answers: []any{503.0, 503.0, "ok"}, want: `completed "ok"`,
			calls: []string{"/do/0/a#1 {}", "/do/0/a#2 {}", "/do/0/a#3 {}"},
		},
		{name: "standard retry gives up", tasks: `- a: { call: t.x, metadata: { retry: standard } }`, answers: []any{503.0, 503.0, 503.0}, want: `faulted communication 503 at /do/0/a: Down`},
		{
			name: "standard retry leaves permanent failures", tasks: `- a: { call: t.x, metadata: { retry: standard } }`, answers: []any{failure("communication", 404, "Gone", "")},
			want: `faulted communication 404 at /do/0/a: Gone`, calls: []string{"/do/0/a#1 {}"},
		},
		{
			name: "no policy repeats an unknown outcome", tasks: `- a: { try: [ { x: { call: t.x } } ], catch: { retry: { limit: { attempt: { count: 5 } } } } }`,
			answers: []any{UnknownOutcome()}, want: `completed null`, calls: []string{"/do/0/a/try/0/x#1 {}"},
		},
		{
			name: "try retries its whole block", tasks: `- a: { try: [ { x: { call: t.x } }, { y: { call: t.x, with: { i: '${ . }' } } } ], catch: { retry: { delay: PT1S } } }`,
			answers: []any{1, 500.0, 2, "ok"}, want: `completed "ok"`,
			calls: []string{"/do/0/a/try/0/x#1 {}", `/do/0/a/try/1/y#1 {"i":1}`, "/do/0/a/try/0/x#1 {}", `/do/0/a/try/1/y#1 {"i":2}`},
		},
		{name: "onError continue", tasks: "- a: { set: 7 }\n- b: { call: t.x, metadata: { onError: continue } }\n- c: { set: '${ [., $steps.b] }' }", answers: []any{500.0}, want: `completed [7,null]`},
		{name: "wait", tasks: `- a: { wait: { minutes: 1 } }`, input: `"in"`, want: `completed "in"`},
		{name: "wait of bad data", tasks: `- a: { wait: '${ .d }' }`, input: `{"d":"soon"}`, want: `faulted validation 400 at /do/0/a: Not a duration`},
		{name: "expression failure", tasks: `- a: { set: '${ .x.y }' }`, input: `{"x":1}`, want: `faulted expression 400 at /do/0/a: An expression failed`},
		{name: "runaway", tasks: `- a: { set: 1, then: a }`, want: `faulted runtime 500 at /do/0/a: Runaway flow`},
		{
			name: "x-on-error runs and the run stays faulted", tasks: "do:\n- a: { call: t.x }\nx-on-error:\n- tell: { call: t.x, with: { m: 'at ${ $error.instance }' } }",
			answers: []any{500.0, "told"}, want: `faulted communication 500 at /do/0/a: Down`, calls: []string{"/do/0/a#1 {}", `/x-on-error/0/tell#1 {"m":"at /do/0/a"}`},
		},
		{name: "x-on-error fails itself", tasks: "do:\n- a: { call: t.x }\nx-on-error:\n- tell: { call: t.x }", answers: []any{500.0, 501.0}, want: `faulted communication 500 at /do/0/a: Down`},
		{
			name: "the same name in loops", tasks: `- a: { for: { in: '[1,2]' }, do: [ { x: { call: t.x, with: { i: '${ $item }' } } } ] }`, answers: []any{"p", "q"},
			want: `completed "q"`, calls: []string{`/do/0/a/do/0/x#1 {"i":1}`, `/do/0/a/do/0/x#1 {"i":2}`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.input == "" {
				c.input = "null"
			}
			f := parse(t, c.tasks)
			w := newWorld(t, f, script(c.answers...)())
			w.accept(c.input)
			w.finish()
			if got := w.outcome(); got != c.want {
				t.Fatalf("got  %s\nwant %s\ncalls %v", got, c.want, w.h.calls)
			}
			if c.calls != nil {
				if d := cmp.Diff(c.calls, w.h.calls); d != "" {
					t.Fatal(d)
				}
			}
			if len(w.h.keys) < len(c.calls) && !strings.Contains(c.name, "retr") {
				t.Fatalf("%d calls share %d keys", len(c.calls), len(w.h.keys))
			}
			crashEverywhere(t, f, script(c.answers...), c.input, c.want)
		})
	}
}

func TestKeysStayAcrossAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, parse(t, `- a: { call: t.x, metadata: { retry: standard } }`), script(503.0, 503.0, "ok")())
	w.accept("null")
	w.finish()
	if len(w.h.calls) != 3 || len(w.h.keys) != 1 {
		t.Fatalf("calls %v keys %v", w.h.calls, w.h.keys)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	fail := temporary(429)
	fail.RetryAfter = 30_000
	w := newWorld(t, parse(t, `- a: { call: t.x, metadata: { retry: standard } }`), script(fail, "ok")())
	w.accept("null")
	w.step()
	_, at, ok := w.state.NextTimer()
	if wait := at.UnixMilli() - w.state.Now; !ok || wait < 30_000 {
		t.Fatalf("waits %d ms", wait)
	}
}

func TestResumeGoesOnFromTheFailedTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, parse(t, "do:\n- a: { call: t.x }\n- b: { call: t.x, with: { a: '${ $steps.a }' } }\nx-on-error:\n- tell: { set: 1 }"),
		script("A", failure("communication", 500, "Down", ""), "B")())
	w.accept("null")
	w.finish()
	if w.state.Status != Faulted {
		t.Fatal(w.outcome())
	}
	w.apply(Event{Kind: Resumed, At: w.state.Now + 5})
	w.finish()
	want := []string{"/do/0/a#1 {}", `/do/1/b#1 {"a":"A"}`, `/do/1/b#1 {"a":"A"}`}
	if d := cmp.Diff(want, w.h.calls); d != "" || w.outcome() != `completed "B"` {
		t.Fatal(w.outcome(), d)
	}
	if len(w.h.keys) != 3 {
		t.Fatal("a resumed call must have a new key")
	}
}

// A task that is done is not run again because a stage after it failed.
func TestResumeDoesNotRepeatFinishedWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, parse(t, `- a: { do: [ { b: { call: t.x } } ], output: { as: '.x.y' } }`), script("text")())
	w.accept("null")
	w.finish()
	w.apply(Event{Kind: Resumed, At: w.state.Now + 5})
	w.finish()
	if len(w.h.calls) != 1 || w.state.Status != Faulted {
		t.Fatal(w.h.calls, w.outcome())
	}
}

func TestAtMostOnceEndsAsUnknown(t *testing.T) {
	t.Parallel()
	f := parse(t, `- a: { call: t.x }`)
	w := newWorld(t, f, nil)
	w.accept("null")
	w.apply(Event{Kind: Started, At: w.state.Now, Ref: w.open[0].Ref})
	s := NewState(w.state.Run)
	if err := Fold(f, s, w.h.events); err != nil {
		t.Fatal(err)
	}
	calls, unknown := Pending(s)
	if len(calls) != 0 || len(unknown) != 1 {
		t.Fatalf("%v %v", calls, unknown)
	}
}

func TestCancelStopsCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, parse(t, `- a: { fork: { branches: [ { l: { call: t.x } }, { r: { call: t.x } } ] } }`), script()())
	w.accept("null")
	ref := w.open[0].Ref
	w.apply(Event{Kind: Cancel, At: w.state.Now + 1})
	if w.state.Status != Cancelled || len(w.open) != 0 {
		t.Fatalf("%s, %d calls open", w.state.Status, len(w.open))
	}
	w.apply(Event{Kind: Done, At: w.state.Now + 2, Ref: ref, Output: []byte("1")}) // too late
	if w.state.Status != Cancelled {
		t.Fatal(w.outcome())
	}
}

// Two events of independent branches commute.
func TestBranchOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	f := parse(t, `- a: { fork: { branches: [ { l: { call: t.x } }, { r: { call: t.x } } ] } }`)
	run := func(first, second int) string {
		w := newWorld(t, f, nil)
		w.accept("null")
		open := w.open
		for _, i := range []int{first, second} {
			w.apply(Event{Kind: Done, At: w.state.Now + 1, Ref: open[i].Ref, Output: []byte([]string{`"l"`, `"r"`}[i])})
		}
		return w.outcome()
	}
	if a, b := run(0, 1), run(1, 0); a != b || a != `completed ["l","r"]` {
		t.Fatal(a, b)
	}
}

func FuzzApply(f *testing.F) {
	f.Add([]byte{0, 1, 1, 1, 2, 1}, uint8(0))
	fl := parse(f, `- a: { try: [ { x: { call: t.x, metadata: { retry: standard } } } ], catch: { retry: { delay: PT1S }, do: [ { h: { wait: PT1S } } ] } }
- b: { fork: { branches: [ { l: { call: t.x } }, { r: { for: { in: '[1,2]' }, do: [ { y: { call: t.x } } ] } } ] } }`)
	kinds := []Kind{Done, Failed, Fired, Cancel, Resumed, Started, Accepted}
	f.Fuzz(func(t *testing.T, script []byte, cut uint8) {
		events := []Event{{Kind: Accepted, At: 1, Accept: &Acceptance{Kernel: 1}}}
		for i := 0; i+1 < len(script); i += 2 {
			events = append(events, Event{
				Kind: kinds[int(script[i])%(len(kinds)-1)], Ref: uint32(script[i+1] % 16), At: int64(i) * 5000,
				Output: []byte("1"), Failure: temporary(500),
			})
		}
		whole, part := NewState(1), NewState(1)
		for i, e := range events {
			if _, err := Apply(fl, whole, e); err != nil {
				t.Fatal(err)
			}
			if i == int(cut) {
				if err := Fold(fl, part, events[:i+1]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if int(cut) < len(events) {
			if err := Fold(fl, part, events[int(cut)+1:]); err != nil {
				t.Fatal(err)
			}
			if whole.Status != part.Status || whole.lastFrame != part.lastFrame || len(whole.frames) != len(part.frames) {
				t.Fatal("fold(prefix)+fold(rest) differs from fold(all)")
			}
		}
	})
}

var _ = flow.Continue
