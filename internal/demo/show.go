package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/standin"
)

// outcome is what became of a delivery.
type outcome struct {
	ticket
	got     int
	run     string
	state   client.Run
	records []client.Record
	retried bool
}

// Show sends the tickets, waits for them, prints what became of each, and tells
// whether all is as expected.
func (d *Demo) Show(ctx context.Context) (bool, error) {
	_, _ = fmt.Fprintln(d.out, "\nSending 12 tickets, signed as the helpdesk would:")
	var all []*outcome
	for _, t := range tickets() {
		if t.fault != nil {
			d.services.Fail(*t.fault)
		}
		o, err := d.send(ctx, t)
		if err != nil {
			return false, err
		}
		all = append(all, o)
	}
	for _, o := range all {
		if err := d.follow(ctx, o); err != nil {
			return false, err
		}
	}
	d.table(all)
	good := d.judge(all)
	return good, nil
}

func (d *Demo) send(ctx context.Context, t ticket) (*outcome, error) {
	resp, err := d.deliver(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("send ticket %s: %w", t.id, err)
	}
	defer func() { _ = resp.Body.Close() }()
	o := &outcome{ticket: t, got: resp.StatusCode}
	var ack struct{ Run string }
	if resp.StatusCode == http.StatusAccepted {
		if err := json.NewDecoder(resp.Body).Decode(&ack); err != nil {
			return nil, fmt.Errorf("read the answer to ticket %s: %w", t.id, err)
		}
	}
	o.run = ack.Run
	return o, nil
}

const (
	patience = 30 * time.Second
	look     = 20 * time.Millisecond
)

// follow waits for the run of a delivery; one that was made to fail is mended
// and retried, as a person would.
func (d *Demo) follow(ctx context.Context, o *outcome) error {
	if o.run == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	if o.state, err = d.await(ctx, o.run); err != nil {
		return err
	}
	if o.retry && o.state.Status == "faulted" {
		d.services.Heal("crm")
		o.retried = true
		if err := d.client.Retry(ctx, o.run); err != nil {
			return err
		}
		if o.state, err = d.await(ctx, o.run); err != nil {
			return err
		}
	}
	o.records, err = d.client.Journal(ctx, o.run)
	return err
}

func (d *Demo) await(ctx context.Context, run string) (client.Run, error) {
	for {
		r, err := d.client.Run(ctx, run)
		if err != nil || r.Ended() {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, errors.New("run " + run + " did not end in time")
		case <-time.After(look):
		}
	}
}

func (d *Demo) table(all []*outcome) {
	w := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "\nTICKET\tANSWER\tRUN\tRESULT\tSENTIMENT\tMODEL\tCALLS\tTIME\tWHAT HAPPENED")
	for _, o := range all {
		sentiment, model, calls := o.facts()
		result, took := "-", "-"
		if o.run != "" {
			result, took = o.state.Status, o.state.Finished.Sub(o.state.Started).Round(time.Millisecond).String()
		}
		if o.again {
			sentiment, model, calls, took, result = "-", "-", "-", "-", "same run"
		}
		if o.retried {
			result += " after retry"
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.id, o.got, orDash(o.run), result, sentiment, model, calls, took, o.note)
	}
	_ = w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// facts reads sentiment, model and number of calls from the journal.
func (o *outcome) facts() (sentiment, model, calls string) {
	n := 0
	for _, r := range o.records {
		var exchanges []json.RawMessage
		_ = json.Unmarshal(r.Exchanges, &exchanges)
		n += len(exchanges)
		if r.Kind == "done" && strings.HasSuffix(r.Task, "/triage") {
			var out struct{ Sentiment string }
			var usage struct{ Model string }
			_ = json.Unmarshal(r.Output, &out)
			_ = json.Unmarshal(r.Usage, &usage)
			sentiment, model = out.Sentiment, usage.Model
		}
	}
	return orDash(sentiment), orDash(model), fmt.Sprint(n)
}

// judge compares what happened with what must have, by the answers, the journal
// and the ledger of the stand-ins, and prints the verdict.
func (d *Demo) judge(all []*outcome) bool {
	entries := d.services.Ledger().Entries()
	good := true
	for i, o := range all {
		for _, problem := range o.wrong(all[max(i-1, 0)], entries) {
			good = false
			_, _ = fmt.Fprintf(d.out, "NOT AS EXPECTED  %s: %s\n", o.id, problem)
		}
	}
	if good {
		_, _ = fmt.Fprintln(d.out, "\nAll 12 as expected: every accepted ticket ran once, no finished step was repeated, the forged one was refused.")
	}
	return good
}

func (o *outcome) wrong(before *outcome, entries []standin.Entry) []string {
	var out []string
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	expect(o.got == o.status, "answered %d, not %d", o.got, o.status)
	posted, escalated := 0, 0
	for _, e := range entries {
		if e.Effect && e.Service == "slack" && e.Subject == o.id {
			posted++
		}
		if e.Effect && strings.HasSuffix(e.Path, o.id+"/escalate") {
			escalated++
		}
	}
	if o.forged {
		expect(posted == 0 && o.run == "", "a forged ticket had an effect")
		return out
	}
	if o.again {
		expect(o.run == before.run, "the duplicate got run %s, the original %s", o.run, before.run)
		return out
	}
	sentiment, model, _ := o.facts()
	expect(o.state.Status == "completed", "the run is %s: %s", o.state.Status, o.state.Result)
	expect(sentiment == o.sentiment, "sentiment %s, not %s", sentiment, o.sentiment)
	expect(model == o.model, "model %s, not %s", model, o.model)
	expect(posted == 1, "%d messages in the chat", posted)
	expect(escalated == map[bool]int{true: 1}[o.sentiment == "negative"], "escalated %d times", escalated)
	expect(!o.retry || o.retried, "the step did not fail")
	return out
}
