package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/client"
)

const none = "run_0000000000000"

// kinds gives the kinds of a journal.
func (b *bench) kinds(run string) []string {
	b.t.Helper()
	var out []string
	for i, r := range must(b.Journal(b.t.Context(), run))(b.t) {
		if int(r.Seq) != i || r.Time.IsZero() {
			b.t.Errorf("record %d: %+v", i, r)
		}
		out = append(out, r.Kind)
	}
	return out
}

func TestRunLife(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	b.deploy(flow("hello", "", hello))
	b.deploy(flow("sleeper", "", "  - nap: { wait: PT1H }\n"))
	b.deploy(flow("faulty", "", "  - fall: { raise: { error: { type: 'https://example.com/oops', status: 418, title: Oops } } }\n"))
	start := func(name string) string { return must(b.Start(ctx, name, nil))(t).ID }

	done := b.ended(start("hello"))
	if done.Status != "completed" || string(done.Result) != `{"greeting":"hello you"}` || done.Finished == nil || done.Wake != nil {
		t.Errorf("%+v", done)
	}
	refused(t, "cancel a completed run", b.Cancel(ctx, done.ID, ""), http.StatusConflict)
	refused(t, "retry a completed run", b.Retry(ctx, done.ID), http.StatusConflict)

	asleep := b.until(start("sleeper"), func(r client.Run) bool { return r.Status == "waiting" })
	if asleep.Wake == nil || asleep.Finished != nil {
		t.Errorf("%+v", asleep)
	}
	refused(t, "retry a waiting run", b.Retry(ctx, asleep.ID), http.StatusConflict)
	if err := b.Cancel(ctx, asleep.ID, "enough slept"); err != nil {
		t.Fatal(err)
	}
	if r := b.ended(asleep.ID); r.Status != "cancelled" {
		t.Errorf("%+v", r)
	}
	refused(t, "cancel a cancelled run", b.Cancel(ctx, asleep.ID, ""), http.StatusConflict)
	journal := must(b.Journal(ctx, asleep.ID))(t)
	if last := journal[len(journal)-1]; last.Kind != "cancel" || last.Reason != "enough slept" {
		t.Errorf("%+v", last)
	}

	failed := b.ended(start("faulty"))
	var failure struct {
		Status          int
		Title, Instance string
	}
	if err := json.Unmarshal(failed.Result, &failure); err != nil || failed.Status != "faulted" || failure.Status != 418 || failure.Instance != "/do/0/fall" {
		t.Errorf("%+v %s %v", failed, failed.Result, err)
	}
	before := b.kinds(failed.ID)
	if err := b.Retry(ctx, failed.ID); err != nil {
		t.Fatal(err)
	}
	b.ended(failed.ID)
	if after := b.kinds(failed.ID); !slices.Equal(before, after[:len(before)]) || !slices.Contains(after[len(before):], "resumed") {
		t.Errorf("%v, then %v", before, after)
	}
	if diff := cmp.Diff(client.Counts{"completed": 1, "cancelled": 1, "faulted": 1}, must(b.Counts(ctx))(t)); diff != "" {
		t.Error("counts (-want +got):\n" + diff)
	}
}

func TestUnknownRuns(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	_, err := b.Run(ctx, none)
	if p := refused(t, "get", err, http.StatusNotFound); p.Instance != "/api/v1/runs/"+none {
		t.Error(p.Instance)
	}
	_, err = b.Journal(ctx, none)
	refused(t, "journal", err, http.StatusNotFound)
	refused(t, "cancel", b.Cancel(ctx, none, ""), http.StatusNotFound)
	refused(t, "retry", b.Retry(ctx, none), http.StatusNotFound)
	for _, id := range []string{"x", "evt_0000000000000", "run_ZZZZZZZZZZZZZ", strings.ToLower(none) + "0"} {
		_, err = b.Run(ctx, id)
		refused(t, id, err, http.StatusUnprocessableEntity)
	}
}

// Pages are complete, without repetition, newest first, whatever the filter.
func TestPagesOfRuns(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	b.deploy(flow("hello", "", hello))
	b.deploy(flow("other", "", hello))
	var want []string
	for i := range 7 {
		id := must(b.Start(ctx, "hello", nil))(t).ID
		want = append([]string{b.ended(id).ID}, want...)
		if i%3 == 0 {
			b.ended(must(b.Start(ctx, "other", nil))(t).ID)
		}
	}
	for _, limit := range []int{1, 2, 3, 7, 100} {
		var got []string
		for f := (client.RunFilter{Flow: "hello", Status: "completed", Limit: limit}); ; f.Before = got[len(got)-1] {
			page := must(b.Runs(ctx, f))(t)
			if len(page) == 0 || len(got) > len(want) {
				break
			}
			if len(page) > limit {
				t.Fatalf("a page of %d has %d", limit, len(page))
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
	if all := must(b.Runs(ctx, client.RunFilter{}))(t); len(all) != 10 {
		t.Errorf("%d runs", len(all))
	}
	if other := must(b.Runs(ctx, client.RunFilter{Status: "faulted"}))(t); len(other) != 0 {
		t.Error(other)
	}
}

// What a caller gives as input must be JSON that a flow can hold.
func TestInputs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.deploy(flow("echo", "", "  - out: { set: '${ $input }' }\n"))
	for in, c := range map[string]struct {
		status int
		result string
	}{
		`{"input":12345678901234567890}`:           {200, `12345678901234567890`},
		`{"input":{"b":[1.5,null],"a":"ä\u0000"}}`: {200, `{"a":"ä\u0000","b":[1.5,null]}`},
		`{}`:               {200, `null`},
		`{"input":null}`:   {200, `null`},
		`{"input":1e400}`:  {400, ""},
		`{"input":{"a":}}`: {400, ""},
		`{"inputs":1}`:     {422, ""},
		`{"input":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`: {422, ""},
	} {
		r := b.request(http.MethodPost, "/api/v1/flows/echo/runs", in)
		r.Header.Set("Authorization", "Bearer "+b.app.Auth.Local().Reveal())
		r.Header.Set("Content-Type", "application/json")
		got := b.send(r)
		if got.status != c.status {
			t.Errorf("%.60s: %d %s", in, got.status, got.text)
			continue
		}
		if c.status != http.StatusOK {
			got.problem(t)
			continue
		}
		var run client.Run
		if err := json.Unmarshal([]byte(got.text), &run); err != nil {
			t.Fatal(err)
		}
		if result := b.ended(run.ID).Result; fmt.Sprint(string(result)) != c.result {
			t.Errorf("%.60s became %s", in, result)
		}
	}
}
