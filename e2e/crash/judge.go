package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/run"
	"github.com/patchbay-dev/patchbay/internal/standin"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/sqlite"
)

// seen is what the ledger knows about one ticket.
type seen struct {
	posts, escalations, updates int
	updateKeys                  map[string]bool
	calls                       map[string][]time.Time // by task
}

// evidence sorts the ledger by ticket. Reads of customers name no ticket and are
// judged by the journal alone.
func evidence(entries []standin.Entry) map[string]*seen {
	out := map[string]*seen{}
	for _, e := range entries {
		s := out[e.Subject]
		if s == nil {
			s = &seen{updateKeys: map[string]bool{}, calls: map[string][]time.Time{}}
			out[e.Subject] = s
		}
		task := ""
		switch {
		case e.Service == "slack":
			task = "notify"
			if e.Effect {
				s.posts++
			}
		case e.Method == "PATCH":
			task = "updateTicket"
			s.updates++
			s.updateKeys[e.Key] = true
		case strings.HasSuffix(e.Path, "/escalate"):
			task = "escalate"
			if e.Effect {
				s.escalations++
			}
		}
		s.calls[task] = append(s.calls[task], e.Time)
	}
	return out
}

type verdict struct {
	runs, completed, unknown, retriedCalls int
	wrong                                  map[string][]string // by kind of fault
}

func (v *verdict) add(kind, format string, args ...any) {
	v.wrong[kind] = append(v.wrong[kind], fmt.Sprintf(format, args...))
}

func judge(ctx context.Context, data string, acks map[string][]string, entries []standin.Entry) (bool, error) {
	s, err := sqlite.Open(ctx, sqlite.Options{Dir: data})
	if err != nil {
		return false, fmt.Errorf("open the data folder: %w", err)
	}
	defer func() { _ = s.Close() }()
	v := &verdict{wrong: map[string][]string{}}
	ledger := evidence(entries)
	byTicket := map[string]string{}
	for before := id.Run(0); ; {
		rows, err := s.Runs(ctx, store.RunQuery{Namespace: api.Namespace, Before: before, Limit: 1000})
		if err != nil {
			return false, err
		}
		for _, row := range rows {
			before = row.ID
			if err := v.run(ctx, s, row, ledger, byTicket); err != nil {
				return false, err
			}
		}
		if len(rows) < 1000 {
			break
		}
	}
	for ticket, runs := range acks {
		have, ok := byTicket[ticket]
		if !ok {
			v.add("lost", "%s was acknowledged and has no run", ticket)
		}
		for _, r := range runs {
			if r != "" && r != have {
				v.add("wrong answer", "%s was answered with %s, its run is %s", ticket, r, have)
			}
		}
	}
	return v.print(len(acks)), nil
}

func (v *verdict) run(ctx context.Context, s store.Store, row store.Run, ledger map[string]*seen, byTicket map[string]string) error {
	v.runs++
	records, err := s.Load(ctx, row.ID, 0)
	if err != nil {
		return err
	}
	events, err := engine.Decode(records)
	if err != nil {
		return err
	}
	ticket, negative := about(events[0])
	if other, twice := byTicket[ticket]; twice {
		v.add("duplicate runs", "%s has the runs %s and %s", ticket, other, row.ID)
	}
	byTicket[ticket] = row.ID.String()
	out := ledger[ticket]
	if out == nil {
		out = &seen{}
	}
	finished := map[string]bool{}
	for _, e := range events {
		task := e.Path[strings.LastIndexByte(e.Path, '/')+1:]
		if e.Kind != run.Done {
			continue
		}
		if finished[task] {
			v.add("repeated", "%s: %s finished twice in the journal", ticket, task)
		}
		finished[task] = true
		for _, at := range out.calls[task] {
			if at.After(e.Time().Add(2 * time.Millisecond)) {
				v.add("repeated", "%s: %s was called at %s, after it had finished at %s", ticket, task, at, e.Time())
			}
		}
	}
	v.outcome(row, ticket, negative, out)
	return nil
}

// outcome compares how a run ended with what was done to the outside.
func (v *verdict) outcome(row store.Run, ticket string, negative bool, out *seen) {
	if len(out.updateKeys) > 1 {
		v.add("repeated", "%s: one call went out with %d keys", ticket, len(out.updateKeys))
	}
	if out.posts > 1 {
		v.add("repeated", "%s: an at-most-once message was posted %d times", ticket, out.posts)
	}
	if out.updates > 1 {
		v.retriedCalls++
	}
	switch row.Status {
	case store.Completed:
		v.completed++
		want := 0
		if negative {
			want = 1
		}
		if out.posts != 1 || out.escalations != want || out.updates == 0 {
			v.add("lost", "%s completed with %d messages, %d escalations, %d updates", ticket, out.posts, out.escalations, out.updates)
		}
	case store.Faulted:
		if !strings.Contains(string(row.Result), run.UnknownOutcome().Title) {
			v.add("faulted", "%s: %s", ticket, row.Result)
		}
		v.unknown++
	case store.Running, store.Waiting, store.Cancelled:
		v.add("lost", "%s is %s", ticket, row.Status)
	}
}

// about reads the ticket that a run is about.
func about(accepted run.Event) (ticket string, negative bool) {
	var env struct {
		Body struct{ ID, Text string }
	}
	_ = json.Unmarshal(accepted.Accept.Trigger, &env)
	return env.Body.ID, strings.Contains(env.Body.Text, "angry")
}

func (v *verdict) print(acks int) bool {
	fmt.Printf("%d tickets acknowledged, %d runs: %d completed, %d ended as \"outcome unknown\" in an at-most-once step, %d repeated an unfinished keyed call\n",
		acks, v.runs, v.completed, v.unknown, v.retriedCalls)
	for kind, list := range v.wrong {
		for _, line := range list[:min(len(list), 5)] {
			fmt.Printf("%s: %s\n", kind, line)
		}
	}
	fmt.Printf("%d lost, %d finished steps repeated, %d duplicate runs, %d other\n",
		len(v.wrong["lost"]), len(v.wrong["repeated"]), len(v.wrong["duplicate runs"]), len(v.wrong["faulted"])+len(v.wrong["wrong answer"]))
	return len(v.wrong) == 0
}
