package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Every refusal is a problem with its path, and names the field that is wrong.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const get, post, put = http.MethodGet, http.MethodPost, http.MethodPut
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
		fields             []string
	}{
		"cut off":             {post, "/flows", `{"text": "x`, 400, "invalid", []string{"body"}},
		"no JSON":             {post, "/flows", "text: x", 400, "invalid", []string{"body"}},
		"more than one value": {post, "/flows", `{"text":"x"} {}`, 400, "invalid", []string{"body"}},
		"no body":             {post, "/flows", "", 400, "invalid", nil},
		"no object":           {post, "/flows", "[]", 422, "invalid", []string{"body"}},
		"a field is missing":  {post, "/flows", `{"note":"x"}`, 422, "invalid", []string{"body"}},
		"a field is unknown":  {post, "/flows", `{"text":"x","colour":1}`, 422, "invalid", []string{"body.colour"}},
		"fields of no type":   {post, "/flows", `{"text":5,"note":true}`, 422, "invalid", []string{"body.note", "body.text"}},
		"a text too long":     {post, "/validate", `{"text":"` + strings.Repeat("x", 1<<20+1) + `"}`, 422, "invalid", []string{"body.text"}},
		"a name too long":     {get, "/flows/" + strings.Repeat("x", 201), "", 422, "invalid", []string{"path.name"}},
		"no number":           {get, "/flows/x/revisions/one", "", 422, "invalid", []string{"path.number"}},
		"a number too small":  {get, "/flows/x/revisions/0", "", 422, "invalid", []string{"path.number"}},
		"no limit":            {get, "/runs?limit=0", "", 422, "invalid", []string{"query.limit"}},
		"a limit too large":   {get, "/events?limit=1001", "", 422, "invalid", []string{"query.limit"}},
		"no status":           {get, "/runs?status=done", "", 422, "invalid", []string{"query.status"}},
		"no id":               {get, "/runs/run_1", "", 422, "invalid", nil},
		"an id of an event":   {get, "/runs/evt_0000000000000", "", 422, "invalid", nil},
		"no page":             {get, "/events?before=run_0000000000000", "", 422, "invalid", nil},
		"too much":            {put, "/vars/x", `{"value":"` + strings.Repeat("x", 16<<20) + `"}`, 413, "too_large", nil},
		"nothing there":       {get, "/flow", "", 404, "not_found", nil},
		"a slash more":        {get, "/flows/", "", 404, "not_found", nil},
		"an unknown run":      {get, "/runs/run_0000000000000", "", 404, "not_found", nil},
		"an unknown event":    {get, "/events/evt_0000000000000", "", 404, "not_found", nil},
		"an unknown flow":     {get, "/flows/nope", "", 404, "not_found", nil},
		"an unknown token":    {http.MethodDelete, "/tokens/nope", "", 404, "not_found", nil},
		"another method":      {http.MethodPatch, "/flows", "", 405, "unsupported", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t).do(request(c.method, "/api/v1"+c.path, c.body))
			p := problem(t, w)
			path, _, _ := strings.Cut("/api/v1"+c.path, "?")
			if w.Code != c.status || p.Code != c.code || p.Instance != path || p.Detail == "" {
				t.Errorf("%d %+v", w.Code, p)
			}
			var fields []string
			for _, f := range p.Fields {
				fields = append(fields, f.Location)
				if f.Message == "" {
					t.Errorf("%s: nothing is said about it", f.Location)
				}
			}
			if diff := cmp.Diff(c.fields, fields); diff != "" {
				t.Errorf("wrong fields (-want +told):\n%s", diff)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error(w.Header())
			}
			if allow := w.Header().Get("Allow"); (allow == "GET, HEAD, POST") != (w.Code == 405) {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

// What is wrong is named and never repeated: it may be a secret.
func TestRefusalsDoNotQuote(t *testing.T) {
	t.Parallel()
	const secret = "hunter-2-hunter-2"
	for _, body := range []string{
		`{"kind":"crm","secrets":{"key":"` + secret + `"}`, `{"kind":"crm","secrets":{"key":["` + secret + `"]}}`,
		`{"kind":"crm","secrets":"` + secret + `"}`, `{"kind":"crm","secrets":{"key":"x"},"key":"` + secret + `"}`, `"` + secret + `"`, secret, `{"secrets":{"key":"` + secret + `"}}`,
	} {
		for _, accept := range []string{"", "application/json", "text/html", "application/cbor"} {
			r := request(http.MethodPut, "/api/v1/connections/acme", body)
			r.Header.Set("Accept", accept)
			w := setup(t).do(r)
			if w.Code < 400 || w.Code >= 500 || strings.Contains(w.Body.String(), "hunter") {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
	}
}

// broken is a store that is down, with a cause that is nobody's business.
type broken struct {
	store.Store
	err error
}

func (b broken) Flows(context.Context, string) ([]store.Flow, error) { return nil, b.err }

// Causes are for the log.
func TestCausesAreNotTold(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial 10.0.0.7: password hunter2 refused")
	for _, c := range []struct {
		err          error
		status       int
		detail, hint string
	}{
		{cause, 500, "internal error", "see the server log"},
		{errs.Wrap(errs.Unavailable, cause, "storage is down").WithHint("start it"), 503, "storage is down", "start it"},
		{fmt.Errorf("list: %w", errs.Wrap(errs.Conflict, cause, "it changed")), 409, "it changed", ""},
	} {
		b := setup(t)
		b.options.Store = broken{b.options.Store, c.err}
		w := b.do(request(http.MethodGet, "/api/v1/flows", ""))
		p := problem(t, w)
		if w.Code != c.status || p.Detail != c.detail || p.Hint != c.hint || strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%v: %s", c.err, w.Body)
		}
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	for kind, status := range map[string]int{"application/x-www-form-urlencoded": 415, "text/plain": 415, "application/json; charset=utf-8": 422} {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/flows", strings.NewReader("{}"))
		r.Header.Set("Content-Type", kind)
		if w := setup(t).do(r); w.Code != status {
			t.Errorf("%s: %d %s", kind, w.Code, w.Body)
		} else {
			problem(t, w)
		}
	}
}
