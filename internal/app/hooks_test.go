package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/config"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/signature"
)

const standard = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// signed makes a delivery to the hook /orders.
func (b *bench) signed(id, body string) *http.Request {
	b.t.Helper()
	set := must(signature.Builtin())(b.t)
	s := must(set.Scheme("standard-webhooks", nil))(b.t)
	r := b.request(http.MethodPost, "/hooks/orders", body)
	h := must(s.Sign(signature.Request{Method: r.Method, Header: http.Header{}, Body: []byte(body)}, secret.New(standard), id, b.now()))(b.t)
	maps.Copy(r.Header, h)
	return r
}

// orders sets a flow with a signed hook up.
func orders(t *testing.T, changes ...func(*bench)) *bench {
	t.Helper()
	b := setup(t, changes...)
	must(b.SetConnection(t.Context(), "sender", client.ConnectionInput{Kind: "secret", Secrets: map[string]string{"secret": standard}}))(t)
	b.deploy(flow("orders", "path: /orders, auth: { standard-webhooks: { secret: sender } }", "  - out: { set: '${ $trigger.body }' }\n"))
	return b
}

// count checks how many events and runs there are.
func (b *bench) count(want int) {
	b.t.Helper()
	events := must(b.Events(b.t.Context(), client.EventFilter{Limit: 1000}))(b.t)
	runs := must(b.Runs(b.t.Context(), client.RunFilter{Limit: 1000}))(b.t)
	if len(events) != want || len(runs) != want {
		b.t.Errorf("%d events and %d runs, want %d of each", len(events), len(runs), want)
	}
}

// A verified event is one run, however often and from wherever it comes, also
// after a restart.
func TestAnEventIsOneRun(t *testing.T) {
	t.Parallel()
	b := orders(t)
	answers := make([]reply, 30)
	var wg sync.WaitGroup
	for i := range answers {
		r := b.signed("msg_1", `{"n":1}`)
		wg.Go(func() { answers[i] = b.send(r) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.status != http.StatusAccepted || a.text != answers[0].text {
			t.Fatalf("%d %s, another one %s", a.status, a.text, answers[0].text)
		}
	}
	var first ack
	if err := json.Unmarshal([]byte(answers[0].text), &first); err != nil {
		t.Fatal(err)
	}
	if r := b.ended(first.Run); r.Status != "completed" || string(r.Result) != `{"n":1}` || r.Event != first.Event {
		t.Errorf("%+v %s", r, r.Result)
	}
	b.restart()
	if a := b.send(b.signed("msg_1", `{"n":1}`)); a.status != http.StatusAccepted || a.text != answers[0].text {
		t.Error("after a restart:", a)
	}
	if a := b.send(b.signed("msg_1", `{"n":2}`)); a.status != http.StatusConflict {
		t.Error("another body:", a)
	}
	b.count(1)
	if a := b.send(b.signed("msg_2", `{"n":2}`)); a.status != http.StatusAccepted {
		t.Error("another message:", a)
	}
	b.count(2)
}

// What the whole server refuses leaves nothing behind.
func TestTheServerRefuses(t *testing.T) {
	t.Parallel()
	b := orders(t, func(b *bench) { b.config.MaxBody = 1000 })
	large := b.signed("large", strings.Repeat("x", 1001))
	forged := b.signed("forged", "x")
	forged.Header.Set("Webhook-Id", "other")
	long := b.signed("long", "x")
	long.Header.Set("X-Long", strings.Repeat("h", 64<<10))
	elsewhere := b.signed("elsewhere", "x")
	elsewhere.URL.Path = "/hooks/unheard"
	browser := b.request(http.MethodPost, "/hooks/orders", "x")
	browser.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, c := range map[string]struct {
		r      *http.Request
		status int
	}{"too large": {large, 413}, "forged": {forged, 401}, "a long header": {long, 431}, "elsewhere": {elsewhere, 404}, "a browser": {browser, 401}} {
		if got := b.send(c.r); got.status != c.status {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	b.count(0)
	for _, path := range []string{"/hooks/orders/", "//hooks/orders", "/x/../hooks/orders", "/hooks/../hooks/orders"} {
		r := b.signed("path", "x")
		r.URL.Path = path
		if got := b.send(r); got.status != http.StatusNotFound && got.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	b.count(0)
}

// What the kernel cannot hold is evidence all the same: it is kept and runs.
func TestBodiesThatNoFlowCanRead(t *testing.T) {
	t.Parallel()
	b := orders(t)
	for i, body := range []string{`{"n":1e400}`, strings.Repeat("9", 5000), strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "\xff\xfe", "{\"a\":\"\xff\"}", "{", ""} {
		got := b.send(b.signed(fmt.Sprint("msg_", i), body))
		var a ack
		if err := json.Unmarshal([]byte(got.text), &a); err != nil || got.status != http.StatusAccepted {
			t.Errorf("%.20q: %d %s", body, got.status, got.text)
			continue
		}
		if r := b.ended(a.Run); r.Status != "completed" {
			t.Errorf("%.20q: %s %s", body, r.Status, r.Result)
		}
	}
}

// The public address decides about the cookie, not the one we listen on.
func TestSecureCookieBehindAProxy(t *testing.T) {
	t.Parallel()
	for public, secure := range map[string]bool{"": false, "http://hooks.example.com": false, "https://hooks.example.com": true} {
		b := setup(t, func(b *bench) { b.config = withPublic(b.config, public) })
		if c := b.signIn(); c.Secure != secure {
			t.Errorf("%q: %s", public, c)
		}
	}
}

func withPublic(c config.Config, url string) config.Config {
	c.PublicURL = url
	return c
}
