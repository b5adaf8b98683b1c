package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/route"
	"github.com/patchbay-dev/patchbay/internal/store/memory"
)

// What needs the engine and all else is tested over the whole server, in package
// app. Here is what the API decides alone.

// bench is the API's routes in a table that lets everybody in.
type bench struct {
	t       *testing.T
	options api.Options
	now     time.Time
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	s := memory.New()
	b.options = api.Options{Store: s, Auth: auth.New(s, func() time.Time { return b.now }), Version: "test"}
	return b
}

func (b *bench) do(r *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	w := httptest.NewRecorder()
	route.Table(api.Routes(b.options), func(http.ResponseWriter, *http.Request) bool { return true }, http.NotFoundHandler()).ServeHTTP(w, r)
	return w
}

// request makes one with a JSON body; "" is none.
func request(method, path, body string) *http.Request {
	if body == "" {
		return httptest.NewRequest(method, path, nil)
	}
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// problem reads an answer that must be one, strictly.
func problem(t *testing.T, w *httptest.ResponseRecorder) client.Problem {
	t.Helper()
	var p client.Problem
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%d is no problem: %v: %s", w.Code, err, w.Body)
	}
	if _, err := d.Token(); err != io.EOF || w.Header().Get("Content-Type") != "application/problem+json" || p.Status != w.Code || p.Title == "" {
		t.Errorf("%d %s: %+v", w.Code, w.Header(), p)
	}
	return p
}
