package ingress_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/store"
)

func TestAccepted(t *testing.T) {
	t.Parallel()
	const ok = http.StatusAccepted
	table(t, map[string][]delivery{
		"json":                         {{body: `{"n": 1}`, want: ok, header: map[string]string{"Content-Type": "application/json"}}},
		"empty":                        {{want: ok}},
		"empty, chunked":               {{chunked: true, want: ok}},
		"not json":                     {{body: "{not json", want: ok}},
		"trailing garbage":             {{body: `{"a":1}}`, want: ok}},
		"NUL and invalid UTF-8":        {{body: "\x00{\"a\":\"\xff\xfe\x00\"}\r\n\x80", want: ok}},
		"invalid UTF-8 in a JSON text": {{body: "{\"a\":\"\xff\"}", want: ok}},
		"line ends":                    {{body: "a\r\nb\rc\n\n", want: ok}},
		"exactly the cap":              {{body: strings.Repeat("x", maxBody), want: ok}},
		"exactly the cap, chunked":     {{body: strings.Repeat("x", maxBody), chunked: true, want: ok}},
		"a number nothing can hold":    {{body: `{"n": 1e400}`, want: ok}},
		"a number of many digits":      {{body: `{"n": ` + strings.Repeat("7", 5000) + `}`, want: ok}},
		"nested without end":           {{body: strings.Repeat("[", 20000) + strings.Repeat("]", 20000), want: ok}},
		"the former secret":            {{body: "x", sec: former, want: ok}},
		"any content type":             {{body: "<a/>", want: ok, change: func(r *http.Request) { r.Header.Set("Content-Type", "application/xml") }}},
		"the hook's own method":        {{path: "/put", method: http.MethodPut, body: "x", want: ok}},
		"a hook without a signature":   {{path: "/open/4wPnTaqXzJzXv9Qm", body: "x", want: ok}, {path: "/open/4wPnTaqXzJzXv9Qm", body: "x", want: ok}},
		"another id, the same body":    {{id: "a", body: "x", want: ok}, {id: "b", body: "x", want: ok}},
		"the same id at another hook":  {{body: "x", want: ok}, {path: "/put", method: http.MethodPut, body: "x", want: ok}},
		"a long header":                {{body: "x", want: ok, change: func(r *http.Request) { r.Header.Set("X-Long", strings.Repeat("h", 20<<10)) }}},
	})
}

func TestRepeated(t *testing.T) {
	t.Parallel()
	const ok = http.StatusAccepted
	table(t, map[string][]delivery{
		"the answer is the first one's":        {{body: "x", want: ok}, {body: "x", want: ok, like: 1}, {body: "x", want: ok, like: 1}},
		"signed anew":                          {{body: "x", want: ok}, {body: "x", age: time.Minute, want: ok, like: 1}},
		"chunked":                              {{body: "x", want: ok}, {body: "x", chunked: true, want: ok, like: 1}},
		"with another body":                    {{body: "x", want: ok}, {body: "y", want: http.StatusConflict, says: "id_used_for_another_body"}, {body: "x", want: ok, like: 1}},
		"by a token's id":                      {{path: "/token", body: `{"update_id":7}`, want: ok}, {path: "/token", body: `{"update_id":7}`, want: ok, like: 1}, {path: "/token", body: `{"update_id":8}`, want: ok}},
		"of duplicate keys the last one is it": {{path: "/token", body: `{"update_id":1,"update_id":7}`, want: ok}, {path: "/token", body: `{"update_id":7}`, want: http.StatusConflict, says: "id_used_for_another_body"}},
		"within a day":                         {{body: "x", want: ok}, {body: "x", later: 24*time.Hour - time.Minute, want: ok, like: 1}},
		"after a day":                          {{body: "x", want: ok}, {body: "x", later: 24*time.Hour + time.Second, want: ok}, {body: "x", want: ok, like: 2}},
	})
}

// What proves the sender is not for those who read events.
func TestSecretsAreNotStored(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		a := b.do(b.request(delivery{path: "/token", body: `{"update_id":7}`, change: func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer of-a-proxy")
			r.Header.Set("Cookie", "of=a-browser")
			r.Header["X-Seen"] = []string{"one", token + "!", "two"}
			r.URL.RawQuery = "k=" + token + "&b=%20x"
		}}))
		if a.Status != http.StatusAccepted {
			t.Fatal(a.Text)
		}
		e, err := b.store.Event(t.Context(), ns, a.Event)
		if err != nil {
			t.Fatal(err)
		}
		if want := "/hooks/token?k=[redacted]&b=%20x"; e.URL != want || e.Method != http.MethodPost || e.Source != "/token" {
			t.Errorf("stored as %s %s of %s, want %s", e.Method, e.URL, e.Source, want)
		}
		got := map[string][]string{}
		for _, h := range e.Headers {
			got[h.Name] = append(got[h.Name], h.Value)
		}
		want := map[string][]string{
			"Authorization": {"[redacted]"}, "Cookie": {"[redacted]"}, "X-Telegram-Bot-Api-Secret-Token": {"[redacted]"}, "X-Seen": {"one", "[redacted]!", "two"},
			"Accept-Encoding": {"gzip"}, "Content-Length": {"15"}, "User-Agent": {"Go-http-client/1.1"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("headers (-want +stored):\n" + diff)
		}
		records, err := b.store.Load(t.Context(), a.Run, 0)
		if err != nil {
			t.Fatal(err)
		}
		all, err := json.Marshal([]any{e, string(records[0].Data)})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{token, "of-a-proxy", "a-browser"} {
			if strings.Contains(string(all), s) || strings.Contains(b.logged(), s) {
				t.Errorf("%s was kept", s)
			}
		}
	})
}

// The answer names what is in the store, and the times are those of the edge.
func TestTheAnswerNamesEventAndRun(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		a := b.do(b.request(delivery{body: "x"}))
		e, err := b.store.Event(t.Context(), ns, a.Event)
		if err != nil || e.Run != a.Run || e.Flow != "orders" || e.Dedupe != "id:msg_1" || e.ReplayedFrom != 0 {
			t.Fatalf("%+v, %v", e, err)
		}
		if d := e.DedupeUntil.Sub(e.Received); d != 24*time.Hour {
			t.Error("remembered for", d)
		}
		list, err := b.store.Runs(t.Context(), store.RunQuery{Namespace: ns, Event: a.Event, Limit: 10})
		if err != nil || len(list) != 1 || list[0].ID != a.Run {
			t.Error(list, err)
		}
	})
}
