// Package aitest is the golden suite of AI dialects: what is sent for a request,
// and what is made of an answer. It knows no dialect.
package aitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
)

// Golden runs testdata/*.txtar against a dialect. A case holds ask.json, an
// ai.Request; settings.json, of the connection, if it has any; and answer.txt:
// status, headers and body as on the wire. Expected are sent.txt and
// result.txt, which update rewrites.
func Golden(t *testing.T, d ai.Dialect, update bool) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c := read(t, a)
			sent, result := c.ask(t, d)
			if update {
				c.set("sent.txt", sent)
				c.set("result.txt", result)
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(c.text("sent.txt")+"\n---\n"+c.text("result.txt"), sent+"\n---\n"+result); diff != "" {
				t.Error(diff)
			}
		})
	}
}

type golden struct {
	archive  *txtar.Archive
	request  ai.Request
	settings map[string]string
}

func read(t *testing.T, a *txtar.Archive) *golden {
	t.Helper()
	c := &golden{archive: a, settings: map[string]string{}}
	if err := json.Unmarshal([]byte(c.text("ask.json")), &c.request); err != nil {
		t.Fatalf("ask.json: %v", err)
	}
	c.request.Closed = ai.Closed(c.request.Schema)
	if s := c.text("settings.json"); s != "" {
		if err := json.Unmarshal([]byte(s), &c.settings); err != nil {
			t.Fatalf("settings.json: %v", err)
		}
	}
	return c
}

func (c *golden) text(name string) string {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return strings.TrimSuffix(string(f.Data), "\n")
		}
	}
	return ""
}

func (c *golden) set(name, text string) {
	for i, f := range c.archive.Files {
		if f.Name == name {
			c.archive.Files[i].Data = []byte(text + "\n")
			return
		}
	}
	c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: []byte(text + "\n")})
}

// ask gives what the dialect sent and made of the answer.
func (c *golden) ask(t *testing.T, d ai.Dialect) (sent, result string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = seen(t, r)
		c.answer(t, w)
	}))
	defer server.Close()
	conn := &connector.Connection{Name: "model", Kind: "ai", Settings: c.settings, HTTP: &http.Client{Transport: below(server.URL)}}
	res, err := d.Generate(context.Background(), conn, "key-1", &c.request)
	if err != nil {
		var e *connector.Error
		if !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		return sent, fmt.Sprintf("error: %s %d %s: %s\ntemporary %v, unknown %v, retry after %s", e.Type, e.Status, e.Title, e.Detail, e.Temporary, e.Unknown, e.RetryAfter)
	}
	return sent, fmt.Sprintf("text: %s\nmodel: %s\ntokens: %d in, %d out\nstop: %s", res.Text, res.Model, res.InputTokens, res.OutputTokens, res.Stop)
}

// seen writes a request down: address, the headers that the dialect chose, body.
func seen(t *testing.T, r *http.Request) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL)
	for _, name := range []string{"Accept", "Anthropic-Version", "Content-Type", "Idempotency-Key"} {
		if v := r.Header.Get(name); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	if err := json.Indent(&b, body, "", "  "); err != nil {
		t.Errorf("%s: %v", body, err)
	}
	return b.String()
}

func (c *golden) answer(t *testing.T, w http.ResponseWriter) {
	t.Helper()
	head, body, _ := strings.Cut(c.text("answer.txt"), "\n\n")
	lines := strings.Split(head, "\n")
	status, err := strconv.Atoi(lines[0])
	if err != nil {
		t.Errorf("answer.txt: %v", err)
		return
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// below sends relative requests to a server, as a connection's client does.
type below string

// RoundTrip implements http.RoundTripper.
func (base below) RoundTrip(r *http.Request) (*http.Response, error) {
	target, err := r.URL.Parse(string(base) + "/v1" + r.URL.String())
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.URL = target
	return http.DefaultTransport.RoundTrip(out)
}

// Fuzz lets a server answer with anything: the dialect gives a response or a
// *connector.Error, and never panics.
func Fuzz(f *testing.F, d ai.Dialect) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, body, _ := strings.Cut((&golden{archive: a}).text("answer.txt"), "\n\n")
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		conn := &connector.Connection{Settings: map[string]string{}, HTTP: &http.Client{Transport: says(body)}}
		res, err := d.Generate(t.Context(), conn, "", &ai.Request{Model: "m", Schema: json.RawMessage(`{"type":"object"}`)})
		var e *connector.Error
		if err != nil && !errors.As(err, &e) || err == nil && res == nil {
			t.Fatalf("%v, %v", res, err)
		}
	})
}

// says answers every request with a body.
type says string

// RoundTrip implements http.RoundTripper.
func (body says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), ContentLength: int64(len(body)), Request: r}, nil
}
