package egress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/patchbay-dev/patchbay/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a server and a client that may reach only it.
func serve(t *testing.T, h http.HandlerFunc) (*Client, *httptest.Server, *url.URL) {
	t.Helper()
	s := httptest.NewServer(h)
	u, _ := url.Parse(s.URL)
	a, err := ParseAllowance(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{Allow: []Allowance{a}})
	t.Cleanup(func() { c.Close(); s.Close() })
	return c, s, u
}

func get(t *testing.T, h *http.Client, target string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

func TestForbiddenAddresses(t *testing.T) {
	t.Parallel()
	c := New(Options{})
	defer c.Close()
	for _, target := range []string{
		"http://127.0.0.1:1/", "http://[::1]:1/", "http://0.0.0.0:1/", "http://[::]:1/", "http://localhost:1/", "http://127.1.2.3/",
		"http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.0.1/", "http://100.64.0.1/", "http://169.254.169.254/latest/meta-data/",
		"http://168.63.129.16/", "http://[fd00:ec2::254]/", "http://[fe80::1]/", "http://[::ffff:127.0.0.1]:1/", "http://[::ffff:169.254.169.254]/",
		"http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://224.0.0.1/", "http://255.255.255.255/", "http://192.0.2.1/", "http://198.18.0.1/",
	} {
		_, _, err := get(t, c.HTTP(nil, nil), target)
		var refused *RefusedError
		var e *Error
		if !errors.As(err, &refused) || !errors.As(err, &e) || e.Sent || !e.Permanent {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, target := range []string{"ftp://example.com/", "file:///etc/passwd", "http://user:pass@example.com/", "/relative"} {
		if _, _, err := get(t, c.HTTP(nil, nil), target); err == nil {
			t.Errorf("%s was sent", target)
		}
	}
}

func TestAllowances(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		allow, addr string
		want        bool
	}{
		{"10.0.0.0/8", "10.1.2.3:80", true},
		{"10.0.0.0/8:443", "10.1.2.3:80", false},
		{"10.0.0.0/8:443", "10.1.2.3:443", true},
		{"127.0.0.1:9000", "127.0.0.1:9000", true},
		{"127.0.0.1:9000", "127.0.0.1:9001", false},
		{"127.0.0.1", "[::ffff:127.0.0.1]:5", true},
		{"[::1]:80", "[::1]:80", true},
		{"0.0.0.0/0", "169.254.169.254:80", false},
		{"169.254.169.254", "169.254.169.254:80", true},
		{"10.0.0.0/8", "8.8.8.8:80", true},
	} {
		a, err := ParseAllowance(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		ap := netip.MustParseAddrPort(c.addr)
		network := "tcp4"
		if ap.Addr().Is6() {
			network = "tcp6"
		}
		if got := newGuard([]Allowance{a}).control(network, c.addr, nil) == nil; got != c.want {
			t.Errorf("%s with %s: %v", c.addr, c.allow, got)
		}
	}
	for _, bad := range []string{"", "localhost", "10.0.0.0/33", "10.0.0.0/8:99999", "::1:80:"} {
		if _, err := ParseAllowance(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestARedirectCannotReachAForbiddenAddress(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inner.Close()
	c, s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inner.URL, http.StatusFound) })
	_, _, err := get(t, c.HTTP(nil, nil), s.URL)
	var refused *RefusedError
	if !errors.As(err, &refused) || hits.Load() != 0 {
		t.Fatal(err, hits.Load())
	}
}

func binding(u *url.URL) *Binding {
	return &Binding{
		Name: "acme", Base: u, Mask: secret.NewMask(map[string]secret.String{"acme.key": secret.New("s3cret-value-1")}),
		Authenticate: func(r *http.Request) { r.Header.Set("Authorization", "Bearer s3cret-value-1") },
	}
}

func TestACredentialStaysAtHome(t *testing.T) {
	t.Parallel()
	var stolen atomic.Bool
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			stolen.Store(true)
		}
	}))
	defer thief.Close()
	c, _, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/go" {
			http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
			return
		}
		fmt.Fprint(w, r.URL.EscapedPath(), "|", r.URL.RawQuery, "|", r.Header.Get("Authorization"))
	})
	h := c.HTTP(nil, binding(u))
	if resp, _, err := get(t, h, "/go"); err != nil || resp.StatusCode != http.StatusTemporaryRedirect {
		t.Error("a redirect with a credential was followed", err)
	}
	if _, _, err := get(t, h, thief.URL); err == nil || stolen.Load() {
		t.Error("a credential left for another host")
	}
	u.Path = "/v1/"
	for rel, want := range map[string]string{
		"/a/b%2Fc?x=1": "/v1/a/b%2Fc|x=1|Bearer s3cret-value-1",
		"a":            "/v1/a||Bearer s3cret-value-1",
		"":             "/v1||Bearer s3cret-value-1",
	} {
		if _, got, err := get(t, h, rel); err != nil || got != want {
			t.Errorf("%q: %q %v", rel, got, err)
		}
	}
	for _, rel := range []string{"/../admin", "/a/%2e%2e/b", "/a/..", "/."} {
		if _, got, err := get(t, h, rel); err == nil {
			t.Errorf("%q led to %q", rel, got)
		}
	}
}

func TestHeadersOfTheAuthorDoNotCrossOrigins(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Header.Get("X-Api-Key")) }))
	defer other.Close()
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }))
	defer first.Close()
	a, _ := ParseAllowance("127.0.0.1")
	c := New(Options{Allow: []Allowance{a}})
	defer c.Close()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, first.URL, nil)
	req.Header.Set("X-Api-Key", "k")
	resp, err := c.HTTP(nil, nil).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, _ := io.ReadAll(resp.Body); len(b) != 0 {
		t.Errorf("the key went on to another origin: %s", b)
	}
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	c, _, u := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(b)
	})
	rec := &Recording{}
	h := c.HTTP(rec, binding(u))
	long := strings.Repeat("ż", Captured)
	for _, sent := range []string{`{"key":"s3cret-value-1"}`, long, "\xff\xfe"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "/p?token=s3cret-value-1", strings.NewReader(sent))
		resp, err := h.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	b := rec.JSON()
	if bytes.Contains(b, []byte("s3cret")) {
		t.Errorf("a secret was recorded: %.600s", b)
	}
	var all []Exchange
	if err := json.Unmarshal(b, &all); err != nil || len(all) != 3 {
		t.Fatal(err, len(all))
	}
	x := all[0]
	if x.Method != "POST" || x.Status != 201 || x.Connection != "acme" || x.Sent != 24 || x.Received != 24 || x.ResponseBody != `{"key":"[redacted:acme.key]"}` || x.Took <= 0 {
		t.Errorf("%+v", x)
	}
	if len(all[1].RequestBody) > Captured || all[1].Received != int64(len(long)) || all[1].Base64 {
		t.Error("a long body", len(all[1].RequestBody), all[1].Received)
	}
	if !all[2].Base64 || all[2].ResponseBody != "//4=" {
		t.Errorf("%+v", all[2])
	}

	silent := binding(u)
	silent.Silent = true
	rec = &Recording{}
	if _, _, err := get(t, c.HTTP(rec, silent), "/"); err != nil {
		t.Fatal(err)
	}
	if b := rec.JSON(); bytes.Contains(b, []byte("X-Echo")) || !bytes.Contains(b, []byte(`"status":201`)) {
		t.Errorf("%s", b)
	}
}

func TestWhetherARequestWasSent(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	c, s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			posts.Add(1)
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		case "/half":
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("12"))
		}
	})
	h := c.HTTP(nil, nil)
	// The second goes out on a connection that was used before, where the
	// standard transport would repeat a request it believes safe.
	for range 2 {
		if _, _, err := get(t, h, s.URL+"/ok"); err != nil {
			t.Fatal(err)
		}
		before := posts.Load()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/cut", strings.NewReader("x"))
		resp, err := h.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		var e *Error
		if !errors.As(err, &e) || !e.Sent || posts.Load() != before+1 {
			t.Errorf("%v: %d posts", err, posts.Load()-before)
		}
	}
	_, _, err := get(t, h, s.URL+"/half")
	var e *Error
	if !errors.As(err, &e) || !e.Sent {
		t.Error(err)
	}
	l, _ := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	closed := l.Addr().String()
	l.Close()
	a, _ := ParseAllowance(closed)
	d := New(Options{Allow: []Allowance{a}})
	defer d.Close()
	_, _, err = get(t, d.HTTP(nil, nil), "http://"+closed)
	if !errors.As(err, &e) || e.Sent || e.Permanent {
		t.Errorf("refused connection: %+v", err)
	}
}

func TestLargeResponsesEnd(t *testing.T) {
	t.Parallel()
	c, s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 4096)) })
	c.o.MaxResponse = 4096
	if _, b, err := get(t, c.HTTP(&Recording{}, nil), s.URL); err != nil || len(b) != 4096 {
		t.Fatal(err, len(b))
	}
	c.o.MaxResponse = 4095
	var e *Error
	if _, _, err := get(t, c.HTTP(&Recording{}, nil), s.URL); !errors.As(err, &e) || !e.Permanent {
		t.Fatal(err)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	c, s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
	var fresh int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			fresh++
		}
	}})
	for range 5 {
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		resp, err := c.HTTP(nil, nil).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close() // unread
	}
	if fresh != 1 {
		t.Errorf("%d connections for 5 requests", fresh)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"a":1}`)) }))
	defer s.Close()
	u, _ := url.Parse(s.URL)
	a, _ := ParseAllowance(u.Host)
	c := New(Options{Allow: []Allowance{a}})
	defer c.Close()
	plain := &http.Client{Transport: &http.Transport{}}
	defer plain.CloseIdleConnections()
	for name, client := range map[string]func() *http.Client{"plain": func() *http.Client { return plain }, "egress": func() *http.Client { return c.HTTP(&Recording{}, binding(u)) }} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req, _ := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/x", strings.NewReader(`{"b":1}`))
				resp, err := client().Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
