package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/app"
	"github.com/patchbay-dev/patchbay/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a whole server on a port of its own, with its API's client.
type bench struct {
	t      *testing.T
	app    *app.App
	config config.Config
	*client.Client
	http *http.Client
	now  func() time.Time

	mu   sync.Mutex
	seen bytes.Buffer // every answer, and the log
}

// setup starts a server; changes are made to its configuration.
func setup(t *testing.T, changes ...func(*bench)) *bench {
	t.Helper()
	c, err := config.Default(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	c.Listen, c.Data = "127.0.0.1:0", filepath.Join(t.TempDir(), "data")
	b := &bench{t: t, config: c, now: time.Now}
	for _, change := range changes {
		change(b)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	b.http = &http.Client{Transport: recorder{b, transport}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	b.start()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		b.app.Stop()
	})
	return b
}

// start starts a server on the data of the bench.
func (b *bench) start() {
	b.t.Helper()
	var err error
	b.app, err = app.New(b.t.Context(), b.config, app.Options{
		Log: slog.New(slog.NewTextHandler(b, nil)), Now: b.now, Env: func(string) (string, bool) { return "", false }, Version: "test",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.app.Start(b.t.Context()); err != nil {
		b.app.Stop()
		b.t.Fatal(err)
	}
	b.Client = client.New(b.app.URL(), b.app.Auth.Local().Reveal(), b.http)
}

// restart is a new process on the same data.
func (b *bench) restart() {
	b.t.Helper()
	b.app.Stop()
	b.start()
}

// Write keeps what is logged.
func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.Write(p)
}

func (b *bench) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.String()
}

// recorder keeps every answer.
type recorder struct {
	b *bench
	http.RoundTripper
}

func (r recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(text))
	_, _ = r.b.Write(text)
	return resp, err
}

// reply is an answer of the server.
type reply struct {
	status int
	header http.Header
	text   string
}

func (b *bench) send(r *http.Request) reply {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func (b *bench) request(method, path, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.app.URL()+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// problem reads an answer that must be one; it is the same for every face.
func (r reply) problem(t *testing.T) client.Problem {
	t.Helper()
	var p client.Problem
	if err := json.Unmarshal([]byte(r.text), &p); err != nil || r.header.Get("Content-Type") != "application/problem+json" || p.Status != r.status {
		t.Errorf("%d %v is no problem: %s", r.status, r.header, r.text)
	}
	return p
}

// refused checks that a call was answered with a problem of this status.
func refused(t *testing.T, what string, err error, status int) *client.Problem {
	t.Helper()
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != status || p.Code == "" || p.Detail == "" || p.Instance == "" {
		t.Errorf("%s: %+v, %v; want %d", what, p, err, status)
		return &client.Problem{}
	}
	return p
}

// must ends the test on an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// ended waits for a run.
func (b *bench) ended(run string) client.Run {
	b.t.Helper()
	return b.until(run, client.Run.Ended)
}

func (b *bench) until(run string, is func(client.Run) bool) client.Run {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	for {
		r, err := b.Run(ctx, run)
		if err != nil {
			b.t.Fatal(err)
		}
		if is(r) {
			return r
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("run %s is still %s", run, r.Status)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// flow is a flow file without triggers, or with the one that is given.
func flow(name, trigger, do string) string {
	out := "document: { dsl: '1.0.3', namespace: test, name: " + name + ", version: '1.0.0' }\n"
	if trigger != "" {
		out += "x-triggers: [ { hook: { webhook: { " + trigger + " } } } ]\n"
	}
	return out + "do:\n" + do
}

func (b *bench) deploy(text string) client.Deployed {
	b.t.Helper()
	d, err := b.Deploy(b.t.Context(), "flow.yaml", text, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}
