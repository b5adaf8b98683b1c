package api_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/patchbay-dev/patchbay/internal/auth"
)

func post(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(url.Values{"token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (b *bench) link() string {
	b.t.Helper()
	v, err := b.options.Auth.Link(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return v.Reveal()
}

// Opening the link, however often, uses nothing up: programs look at links too.
func TestSignInNeedsAClick(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.link()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		w := b.do(httptest.NewRequest(method, "/sign-in?token="+link, nil))
		if w.Code != http.StatusOK || len(w.Result().Cookies()) != 0 || !strings.Contains(w.Body.String(), `<form method="post" action="/sign-in"><input type="hidden" name="token" value="`+link+`">`) {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
	if w := b.do(httptest.NewRequest(http.MethodPost, "/sign-in?token="+link, nil)); w.Code != http.StatusUnauthorized {
		t.Error("a link was taken from the address of a POST:", w.Code)
	}
	if w := b.do(post(link)); w.Code != http.StatusOK || len(w.Result().Cookies()) != 1 {
		t.Fatal(w.Code, w.Body)
	}
	for range 2 {
		w := b.do(post(link))
		if w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) != 0 || !strings.Contains(w.Body.String(), "patchbay token link") {
			t.Error("the link worked again:", w.Code, w.Body)
		}
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tls, public, secure bool }{
		"http": {}, "https": {tls: true, secure: true}, "https at a proxy": {public: true, secure: true},
	} {
		b := setup(t)
		b.options.Secure = c.public
		r := post(b.link())
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		w := b.do(r)
		if len(w.Result().Cookies()) != 1 {
			t.Fatal(w.Code, w.Body)
		}
		got := w.Result().Cookies()[0]
		if got.Name != auth.Cookie || !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Secure != c.secure || got.Path != "/" || got.Domain != "" || got.MaxAge != 12*60*60 {
			t.Errorf("%s: %s", name, got)
		}
		check := httptest.NewRequest(http.MethodGet, "/api/v1/flows", nil)
		check.AddCookie(got)
		if err := b.options.Auth.Check(check); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(w.Body.String(), got.Value) {
			t.Error("the page shows the session")
		}
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.link()
	b.now = b.now.Add(time.Hour)
	_, token, err := b.options.Auth.Create(t.Context(), "ci", 0)
	if err != nil {
		t.Fatal(err)
	}
	large := b.link()
	for name, r := range map[string]*http.Request{
		"nothing": post(""), "nonsense": post("pb_x_y"), "too old": post(old), "a token": post(token.Reveal()),
		"a large form": func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("pad="+strings.Repeat("x", 5<<10)+"&token="+large))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		}(),
	} {
		if w := b.do(r); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// The page runs nothing, is framed by nobody, and passes its address on to nobody.
func TestSignInPageIsInert(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.do(httptest.NewRequest(http.MethodGet, "/sign-in?token="+url.QueryEscape(`"><script>alert(1)</script>`), nil))
	if strings.Contains(w.Body.String(), "<script") || strings.Contains(w.Body.String(), `"">`) {
		t.Error(w.Body)
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
