package ingress_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// Nothing that is refused is stored: deliver checks it.
func TestRefused(t *testing.T) {
	t.Parallel()
	set := func(k, v string) func(*http.Request) { return func(r *http.Request) { r.Header.Set(k, v) } }
	add := func(k, v string) func(*http.Request) { return func(r *http.Request) { r.Header.Add(k, v) } }
	del := func(k string) func(*http.Request) { return func(r *http.Request) { r.Header.Del(k) } }
	const (
		signature = "Webhook-Signature"
		stamp     = "Webhook-Timestamp"
		messageID = "Webhook-Id"
	)
	no := func(change func(*http.Request)) []delivery {
		return []delivery{{body: "x", change: change, want: 401, says: "unauthorized", header: map[string]string{"Www-Authenticate": ""}}}
	}
	twice := func(change func(*http.Request)) []delivery {
		return []delivery{{body: "x", change: change, want: 400, says: "duplicate_header"}}
	}
	lost := func(path string) []delivery {
		return []delivery{{path: path, body: "x", want: 404, says: "no_such_hook"}}
	}
	method := func(m string) []delivery {
		return []delivery{{body: "x", method: m, want: 405, says: "method_not_allowed", header: map[string]string{"Allow": "POST"}}}
	}
	encoded := func(v string) []delivery {
		return []delivery{{body: "x", change: set("Content-Encoding", v), want: 415, says: "encoded_body"}}
	}
	tooLarge := strings.Repeat("x", maxBody+1)
	table(t, map[string][]delivery{
		"no signature":               no(del(signature)),
		"an empty signature":         no(set(signature, "")),
		"a wrong signature":          no(set(signature, "v1,"+strings.Repeat("A", 43)+"=")),
		"a malformed signature":      no(set(signature, "v1,%%%")),
		"of another version":         no(set(signature, "v1a,"+strings.Repeat("A", 43)+"=")),
		"signed with another secret": {{body: "x", sec: "whsec_YWJjZGVmYWJjZGVmYWJjZGVmYWJjZGVmYWJjZGVmYWI=", want: 401, says: "unauthorized"}},
		"another body was signed":    no(func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }),
		"another id was signed":      no(set(messageID, "msg_2")),
		"another time was signed":    no(set(stamp, "1")),
		"no time":                    no(del(stamp)),
		"no id":                      no(del(messageID)),
		"too old":                    {{body: "x", age: 5*time.Minute + 2*time.Second, want: 401, says: "unauthorized"}},
		"from the future":            {{body: "x", age: -5*time.Minute - 2*time.Second, want: 401, says: "unauthorized"}},
		"a wrong token":              {{path: "/token", body: `{"update_id":7}`, change: set("X-Telegram-Bot-Api-Secret-Token", token+"x"), want: 401, says: "unauthorized"}},
		"two signatures":             twice(add(signature, "v1,AAAA")),
		"two times":                  twice(add(stamp, "1")),
		"two ids":                    twice(add(messageID, "msg_2")),
		"one byte over the cap":      {{body: tooLarge, want: 413, says: "request_entity_too_large"}},
		"over the cap, chunked":      {{body: tooLarge, chunked: true, want: 413, says: "request_entity_too_large"}},
		"over the cap, unsigned":     {{path: "/open/4wPnTaqXzJzXv9Qm", body: tooLarge, chunked: true, want: 413, says: "request_entity_too_large"}},
		"gzip":                       encoded("gzip"),
		"brotli":                     encoded("br"),
		"GET":                        method(http.MethodGet),
		"PUT":                        method(http.MethodPut),
		"DELETE":                     method(http.MethodDelete),
		"OPTIONS":                    method(http.MethodOptions),
		"another method of a PUT":    {{path: "/put", body: "x", want: 405, says: "method_not_allowed", header: map[string]string{"Allow": "PUT"}}},
		"an unknown path":            lost("/unknown"),
		"a longer path":              lost("/signed/more"),
		"a trailing slash":           lost("/signed/"),
		"an encoded letter":          lost("/%73igned"),
		"an encoded slash":           lost("/open%2f4wPnTaqXzJzXv9Qm"),
		"a path to be cleaned":       lost("/x/../signed"),
		"a doubled slash":            lost("//signed"),
		"a parameter":                lost("/signed;a=1"),
		"another case":               lost("/Signed"),
		"no token":                   lost("/open"),
		"another token":              lost("/open/4wPnTaqXzJzXv9Qn"),
	})
}

// A refusal does not tell the sender why, the log tells the operator.
func TestRefusalsAreExplainedInTheLogOnly(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, b *bench) {
		a := b.do(b.request(delivery{body: "x", age: time.Hour}))
		if a.Text != `{"error":"unauthorized"}`+"\n" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error(a.Text, a.Header)
		}
		for _, part := range []string{"reason=timestamp_too_old", "path=/signed", "flow=orders"} {
			if !strings.Contains(b.logged(), part) {
				t.Errorf("the log has no %s:\n%s", part, b.logged())
			}
		}
	})
}
