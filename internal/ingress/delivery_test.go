package ingress_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/signature"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// delivery is one request of a sender and the answer it must get.
type delivery struct {
	path    string // below /hooks; default /signed
	method  string // default POST
	body    string
	id      string        // default msg_1
	age     time.Duration // of the signature
	sec     string        // default signing
	later   time.Duration // the clock has gone on by this much
	chunked bool
	fail    error // of storage, for this delivery
	change  func(*http.Request)

	want   int
	says   string            // the error
	header map[string]string // of the answer
	like   int               // the answer is that of the n-th delivery, from 1
}

func (b *bench) request(d delivery) *http.Request {
	b.t.Helper()
	path := d.path
	if path == "" {
		path = "/signed"
	}
	method := d.method
	if method == "" {
		method = http.MethodPost
	}
	var body io.Reader = strings.NewReader(d.body)
	if d.chunked {
		body = struct{ io.Reader }{body} // hides the length
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+"/hooks"+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.sign(r, d)
	if d.change != nil {
		d.change(r)
	}
	return r
}

// sign makes a request authentic in the way of its hook.
func (b *bench) sign(r *http.Request, d delivery) {
	b.t.Helper()
	path := strings.TrimPrefix(r.URL.Path, "/hooks")
	s := b.schemes[path]
	if s == nil {
		return
	}
	key, messageID := d.sec, d.id
	if key == "" {
		key = signing
	}
	if path == "/token" {
		key = token
	}
	if messageID == "" {
		messageID = "msg_1"
	}
	h, err := s.Sign(signature.Request{Method: r.Method, URL: "https://hooks.example.com/hooks" + path, Header: r.Header, Query: url.Values{}, Body: []byte(d.body)},
		secret.New(key), messageID, b.now().Add(-d.age))
	if err != nil {
		b.t.Fatal(err)
	}
	maps.Copy(r.Header, h)
}

// deliver sends all and checks the answers, then that the store holds exactly
// what was acknowledged.
func (b *bench) deliver(all []delivery) {
	b.t.Helper()
	var answers []answer
	stored := map[string]string{} // event → body
	for i, d := range all {
		b.offset.Add(int64(d.later))
		if d.fail != nil {
			b.journal.fail.Store(&d.fail)
		}
		a := b.do(b.request(d))
		b.journal.fail.Store(nil)
		answers = append(answers, a)
		if a.Status != d.want || a.Error != d.says {
			b.t.Errorf("delivery %d: %d %q, want %d %q", i+1, a.Status, a.Error, d.want, d.says)
		}
		for k, v := range d.header {
			if got := a.Header.Get(k); got != v {
				b.t.Errorf("delivery %d: header %s = %q, want %q", i+1, k, got, v)
			}
		}
		if d.like > 0 && a.Text != answers[d.like-1].Text {
			b.t.Errorf("delivery %d is answered %s, the original %s", i+1, a.Text, answers[d.like-1].Text)
		}
		if a.Status >= 200 && a.Status < 300 && d.like == 0 {
			stored[a.Event.String()] = d.body
		}
	}
	b.holds(stored)
}

// holds checks that the store has these events, byte for byte, each with one run
// that an answer named, and nothing else.
func (b *bench) holds(want map[string]string) {
	b.t.Helper()
	list, err := b.store.Events(b.t.Context(), store.EventQuery{Namespace: ns, Limit: 1000})
	if err != nil {
		b.t.Fatal(err)
	}
	got := map[string]string{}
	for _, row := range list {
		e, err := b.store.Event(b.t.Context(), ns, row.ID)
		if err != nil {
			b.t.Fatal(err)
		}
		got[e.ID.String()] = string(e.Body)
		if e.BodyHash != sha256.Sum256(e.Body) {
			b.t.Errorf("%s: the hash is not that of the body", e.ID)
		}
		r, err := b.store.Run(b.t.Context(), ns, e.Run)
		if err != nil || r.Event != e.ID || r.Flow != "orders" || r.Revision != 3 || r.Trigger != "t" {
			b.t.Errorf("%s: its run is %+v, %v", e.ID, r, err)
		}
		records, err := b.store.Load(b.t.Context(), e.Run, 0)
		if err != nil || len(records) != 1 || !bytes.Contains(records[0].Data, []byte(e.ID.String())) {
			b.t.Errorf("%s: the journal of its run is %v, %v", e.ID, records, err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("stored (-acknowledged +stored):\n%s", diff)
	}
	counts, err := b.store.CountRuns(b.t.Context(), ns)
	if err != nil || counts[store.Running] != len(want) {
		b.t.Errorf("%v runs for %d events, %v", counts, len(want), err)
	}
}

// table runs each case on every store.
func table(t *testing.T, cases map[string][]delivery) {
	t.Helper()
	for name, all := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(_ *testing.T, b *bench) { b.deliver(all) })
		})
	}
}
