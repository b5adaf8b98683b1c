package standin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const keys = "Authorization: Bearer k"

type outside struct {
	*Services
	t   *testing.T
	url string
}

func start(t *testing.T, o Options) *outside {
	t.Helper()
	s := New(o)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &outside{s, t, server.URL}
}

// send makes a request "METHOD PATH" with headers "Name: value".
func (o *outside) send(what, body string, headers ...string) (*http.Response, string) {
	o.t.Helper()
	method, path, _ := strings.Cut(what, " ")
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, h := range headers {
		if name, value, ok := strings.Cut(h, ": "); ok {
			req.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return resp, string(b)
}

func TestServices(t *testing.T) {
	t.Parallel()
	o := start(t, Options{CRMKey: "k", OpenAIKey: "k", AnthropicKey: "a", SlackToken: "k"})
	for _, c := range []struct {
		what, body, key string
		status          int
		says            []string
	}{
		{what: "GET /crm/me", key: keys, status: 200},
		{what: "GET /crm/me", status: 401, says: []string{`"detail":"The API key is not valid"`}},
		{what: "GET /crm/customers/C-1", key: keys, status: 200, says: []string{`"id":"C-1"`, `"email"`, `"plan"`}},
		{what: "GET /crm/customers/missing-1", key: keys, status: 404},
		{what: "GET /crm/customers/C-1/history?limit=2", key: keys, status: 200, says: []string{`"subject"`}},
		{what: "PATCH /crm/tickets/T-1", body: `{"fields":{"a":"b"}}`, key: keys, status: 200, says: []string{`"a":"b"`, `"id":"T-1"`}},
		{what: "PATCH /crm/tickets/T-1", body: `{}`, key: keys, status: 400},
		{what: "POST /crm/tickets/T-1/escalate", key: keys, status: 200, says: []string{`"level":1`, `"a":"b"`}},
		{what: "GET /crm/tickets/T-1", key: keys, status: 200, says: []string{`"escalated":true`}},
		{what: "GET /crm/tickets/T-9", key: keys, status: 404},
		{what: "POST /slack/api/chat.postMessage", body: `{"channel":"#c","text":"T-1: x"}`, key: keys, status: 200, says: []string{`"ok":true`, `"ts":`}},
		{what: "POST /slack/api/chat.postMessage", body: `{"channel":"#missing","text":"x"}`, key: keys, status: 200, says: []string{`"ok":false`, `"channel_not_found"`}},
		{what: "POST /slack/api/chat.postMessage", body: `{"channel":"#c"}`, key: keys, status: 200, says: []string{`"no_text"`}},
		{what: "POST /slack/api/auth.test", status: 200, says: []string{`"invalid_auth"`}},
		{what: "POST /openai/v1/chat/completions", body: `{"model":"m","messages":[{"role":"user","content":"Ticket: it is broken, I am angry"}],"response_format":{"type":"json_schema"}}`, key: keys, status: 200, says: []string{`\"sentiment\":\"negative\"`, `"prompt_tokens"`}},
		{what: "POST /openai/v1/chat/completions", body: `{}`, status: 401, says: []string{`invalid_api_key`}},
		{what: "POST /anthropic/v1/messages", body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Ticket: thanks"}],"tools":[{"name":"answer"}],"tool_choice":{"type":"tool","name":"answer"}}`, key: "X-Api-Key: a\nAnthropic-Version: 2023-06-01", status: 200, says: []string{`"positive"`, `"tool_use"`, `"input_tokens"`}},
		{what: "POST /anthropic/v1/messages", body: `{}`, status: 401, says: []string{`authentication_error`}},
		{what: "GET /nowhere", status: 404},
	} {
		resp, got := o.send(c.what, c.body, strings.Split(c.key, "\n")...)
		if resp.StatusCode != c.status {
			t.Errorf("%s answered %d: %s", c.what, resp.StatusCode, got)
		}
		for _, s := range c.says {
			if !strings.Contains(got, s) {
				t.Errorf("%s answered %s, without %s", c.what, got, s)
			}
		}
	}
}

func TestTheLedgerHasEveryRequest(t *testing.T) {
	t.Parallel()
	o := start(t, Options{Dedupe: true})
	o.send("PATCH /crm/tickets/T-1", `{"fields":{"n":1}}`, "Idempotency-Key: one")
	o.send("POST /crm/tickets/T-1/escalate", "", "Idempotency-Key: two")
	_, again := o.send("POST /crm/tickets/T-1/escalate", "", "Idempotency-Key: two")
	o.send("POST /slack/api/chat.postMessage", `{"channel":"#c","text":"T-1: done"}`)
	if !strings.Contains(again, `"level":1`) {
		t.Errorf("a repeated key escalated again: %s", again)
	}
	var got []string
	for _, e := range o.Ledger().Entries() {
		effect := "read"
		if e.Effect {
			effect = "effect"
		}
		got = append(got, strings.Join([]string{e.Service, e.Method, e.Subject, e.Key, effect}, " "))
	}
	want := []string{"crm PATCH T-1 one effect", "crm POST T-1 two effect", "crm POST T-1 two read", "slack POST T-1  effect"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	_, b := o.send("GET /ledger", "")
	if strings.Count(b, `"service"`) != 4 {
		t.Error(b)
	}
	o.send("DELETE /ledger", "")
	if n := len(o.Ledger().Entries()); n != 0 {
		t.Errorf("%d entries after the reset", n)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	o := start(t, Options{})
	o.Fail(Fault{Service: "crm", Path: "/me", Status: 429, RetryAfter: "1", Times: 2})
	o.Fail(Fault{Service: "crm", Contains: "T-7", Status: 500, AfterEffect: true})
	for i, want := range []int{429, 429, 200} {
		resp, _ := o.send("GET /crm/me", "")
		if resp.StatusCode != want || (resp.Header.Get("Retry-After") == "1") != (want == 429) {
			t.Errorf("request %d answered %d", i, resp.StatusCode)
		}
	}
	if resp, _ := o.send("PATCH /crm/tickets/T-7", `{"fields":{"a":1}}`); resp.StatusCode != 500 {
		t.Error(resp.Status)
	}
	o.Heal("crm")
	if resp, b := o.send("GET /crm/tickets/T-7", ""); resp.StatusCode != 200 || !strings.Contains(b, `"a":1`) {
		t.Errorf("a fault after the effect undid it: %s", b)
	}
}
