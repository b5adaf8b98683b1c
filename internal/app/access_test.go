package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/route"
)

// open is every route that needs no token. A new one needs a reason, and a line.
var open = []string{"GET /healthz", "GET /readyz", "GET /sign-in", "POST /sign-in"}

func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range api.Routes(api.Options{}) {
		if r.Access == route.Public {
			got = append(got, r.Pattern)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(open, got); diff != "" {
		t.Error("routes without a token (-want +have):\n" + diff)
	}
	b := setup(t)
	for target, status := range map[string]int{"GET /healthz": 200, "GET /readyz": 200, "GET /sign-in": 200, "POST /sign-in": 401, "POST /hooks/unheard": 404} {
		method, path, _ := strings.Cut(target, " ")
		if r := b.send(b.request(method, path, "")); r.status != status || r.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %s", target, r.status, r.text)
		}
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// closed lists everything else: the other routes, every operation that the
// description has, and what is no route at all.
func (b *bench) closed() []string {
	b.t.Helper()
	var out []string
	for _, r := range api.Routes(api.Options{}) {
		if r.Access == route.Public {
			continue
		}
		method, path, ok := strings.Cut(r.Pattern, " ")
		if !ok {
			method, path = http.MethodGet, r.Pattern
		}
		out = append(out, method+" "+path)
	}
	var doc struct {
		Paths map[string]map[string]any
	}
	if err := b.Do(b.t.Context(), http.MethodGet, "/openapi.json", nil, &doc); err != nil {
		b.t.Fatal(err)
	}
	operations := 0
	for path, methods := range doc.Paths {
		for method := range methods {
			out = append(out, strings.ToUpper(method)+" /api/v1"+parameter.ReplaceAllString(path, "1"))
			operations++
		}
	}
	if operations < 25 {
		b.t.Fatalf("the description has %d operations", operations)
	}
	return append(out, "GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml", "GET /api/v1/openapi-3.0.json", "PATCH /api/v1/flows", "GET /api/v1/nope",
		"GET /api/v1//flows", "GET /api/v1/x/../flows", "GET //api/v1/flows", "GET /x/../api/v1/flows", "GET /healthz/../api/v1/flows", "GET /api/v1/flows/configs",
		"GET /", "GET /metrics", "GET /debug/pprof/", "GET /hooks", "POST /healthz", "DELETE /sign-in", "GET /api/v1/flows.svg", "OPTIONS /api/v1/flows", "TRACE /")
}

// Nobody passes without a token that is good now, and all are told the same.
func TestNoRouteWithoutAToken(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	b := setup(t, func(b *bench) { b.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) } })
	token := func(life time.Duration) string {
		_, v, err := b.app.Auth.Create(t.Context(), "ci", life)
		if err != nil {
			t.Fatal(err)
		}
		return v.Reveal()
	}
	good, old, revoked := token(0), token(time.Hour), token(0)
	link := must(b.app.Auth.Link(t.Context()))(t).Reveal()
	if err := b.Do(t.Context(), http.MethodDelete, "/tokens/"+strings.Split(revoked, "_")[1], nil, nil); err != nil {
		t.Fatal(err)
	}
	later.Store(int64(time.Hour))
	closed := b.closed()
	for name, header := range map[string]http.Header{
		"nothing": {}, "empty": {"Authorization": {"Bearer "}}, "nonsense": {"Authorization": {"Bearer pb_x_y"}}, "in the clear": {"Authorization": {good}},
		"another scheme": {"Authorization": {"Basic " + good}}, "revoked": {"Authorization": {"Bearer " + revoked}}, "expired": {"Authorization": {"Bearer " + old}},
		"a link": {"Authorization": {"Bearer " + link}}, "a foreign cookie": {"Cookie": {"session=" + good}}, "a bad cookie": {"Cookie": {auth.Cookie + "=pb_x_y"}},
		"a forwarded user": {"X-Forwarded-User": {"admin"}, "X-Forwarded-For": {"127.0.0.1"}, "X-Original-Url": {"/healthz"}, "X-Http-Method-Override": {"GET"}},
	} {
		for _, target := range closed {
			method, path, _ := strings.Cut(target, " ")
			r := b.request(method, path, "{}")
			r.Header = header.Clone()
			r.Header.Set("Content-Type", "application/json")
			got := b.send(r)
			p := got.problem(t)
			if got.status != http.StatusUnauthorized || p.Code != "unauthorized" || p.Instance != path || got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s, %s: %d %s", name, target, got.status, got.text)
			}
		}
	}
	for _, target := range closed { // the same requests pass with a token
		method, path, _ := strings.Cut(target, " ")
		r := b.request(method, path, "{}")
		r.Header.Set("Authorization", "Bearer "+good)
		r.Header.Set("Content-Type", "application/json")
		if got := b.send(r); got.status == http.StatusUnauthorized || got.status >= 500 {
			t.Errorf("%s with a token: %d %s", target, got.status, got.text)
		}
	}
}

// A token in the address of a request is none: addresses are logged.
func TestNoTokenInAnAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	value := b.app.Auth.Local().Reveal()
	for _, q := range []string{"token", "access_token", "authorization", auth.Cookie} {
		if r := b.send(b.request(http.MethodGet, "/api/v1/flows?"+url.Values{q: {value}}.Encode(), "")); r.status != http.StatusUnauthorized {
			t.Errorf("%s: %d", q, r.status)
		}
	}
}

// signIn gives the cookie of a browser.
func (b *bench) signIn() *http.Cookie {
	b.t.Helper()
	link := must(b.app.Auth.Link(b.t.Context()))(b.t).Reveal()
	r := b.request(http.MethodPost, "/sign-in", url.Values{"token": {link}}.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := b.send(r)
	cookies := (&http.Response{Header: got.header}).Cookies()
	if len(cookies) != 1 {
		b.t.Fatal(got.status, got.text)
	}
	return cookies[0]
}

// A page of another site changes nothing with the cookie of a person who is
// signed in here, and reads nothing.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cookie := b.signIn()
	own := b.app.URL()
	for name, c := range map[string]struct {
		header map[string]string
		status int
	}{
		"a page of ours":          {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": own}, 200},
		"typed by hand":           {map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"a program":               {nil, 200},
		"an old browser, ours":    {map[string]string{"Origin": own}, 200},
		"another site":            {map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a sibling":               {map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"an old browser, another": {map[string]string{"Origin": "https://evil.example.com"}, 403},
		"a sandboxed frame":       {map[string]string{"Origin": "null"}, 403},
		"another port":            {map[string]string{"Origin": "http://127.0.0.1:1"}, 403},
	} {
		for _, target := range []string{"PUT /api/v1/vars/x", "POST /api/v1/tokens/link"} {
			method, path, _ := strings.Cut(target, " ")
			r := b.request(method, path, `{"value":1}`)
			if method == http.MethodPost {
				r = b.request(method, path, "")
			}
			r.AddCookie(cookie)
			r.Header.Set("Content-Type", "application/json")
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			got := b.send(r)
			if got.status != c.status || c.status == 403 && got.problem(t).Code != "forbidden" {
				t.Errorf("%s, %s: %d %s", name, target, got.status, got.text)
			}
		}
	}
	for _, origin := range []string{"https://evil.example.com", "null"} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			r := b.request(method, "/api/v1/flows", "")
			r.AddCookie(cookie)
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "PUT")
			for name := range b.send(r).header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s from %s is answered with %s", method, origin, name)
				}
			}
		}
	}
}

// Another site cannot sign a person in as somebody else, nor use a link up.
func TestSignInFromAnotherSite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := must(b.app.Auth.Link(t.Context()))(t).Reveal()
	for _, c := range []struct {
		site   string
		status int
	}{{"cross-site", 403}, {"same-origin", 200}, {"same-origin", 401}} {
		r := b.request(http.MethodPost, "/sign-in", url.Values{"token": {link}}.Encode())
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", c.site)
		if got := b.send(r); got.status != c.status {
			t.Errorf("%s: %d %s", c.site, got.status, got.text)
		}
	}
}

// A name that an attacker points here opens nothing: a browser has no cookie for
// it, and there is no way in without one or a token.
func TestAnotherHost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.request(http.MethodGet, "/api/v1/flows", "")
	r.Host = "rebound.example.com"
	if got := b.send(r); got.status != http.StatusUnauthorized {
		t.Error(got.status, got.text)
	}
	r = b.request(http.MethodPut, "/api/v1/vars/x", `{"value":1}`)
	r.Host = "rebound.example.com"
	r.AddCookie(b.signIn())
	r.Header.Set("Origin", b.app.URL())
	if got := b.send(r); got.status != http.StatusForbidden {
		t.Error("the origin was compared with something else than the host:", got.status, got.text)
	}
}
