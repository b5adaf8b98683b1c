package api

import (
	"fmt"
	"html/template"
	"net/http"

	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/route"
)

// health gives the routes that need no token.
func (a *api) health() []route.Route {
	return []route.Route{
		{Pattern: "GET /healthz", Access: route.Public, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintln(w, "ok")
		})},
		{Pattern: "GET /readyz", Access: route.Public, Handler: http.HandlerFunc(a.ready)},
		{Pattern: "GET /sign-in", Access: route.Public, Handler: http.HandlerFunc(a.signInPage)},
		{Pattern: "POST /sign-in", Access: route.Public, Handler: http.HandlerFunc(a.signIn)},
	}
}

func (a *api) ready(w http.ResponseWriter, r *http.Request) {
	if err := a.Ready(r.Context()); err != nil {
		Refuse(w, r, errs.Wrap(errs.Unavailable, err, "not ready"))
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

// The page asks for a click, because programs that look at links ahead of people
// would use the one-time token up.
var signInTemplate = template.Must(template.New("sign-in").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Patchbay</title>
<body><h1>Patchbay</h1>
{{if .Token}}<form method="post" action="/sign-in"><input type="hidden" name="token" value="{{.Token}}"><button autofocus>Sign in</button></form>
{{else}}<p>{{.Message}}</p>{{end}}</body></html>`)) //nolint:gochecknoglobals // compiled constant

func page(w http.ResponseWriter, status int, token, message string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = signInTemplate.Execute(w, struct{ Token, Message string }{token, message})
}

func (a *api) signInPage(w http.ResponseWriter, r *http.Request) {
	page(w, http.StatusOK, r.URL.Query().Get("token"), "Open the link that Patchbay printed when it started, or make a new one with: patchbay token link")
}

const maxForm = 4 << 10

func (a *api) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	session, err := a.Auth.Exchange(r.Context(), r.PostFormValue("token"))
	if err != nil {
		msg, hint := errs.Message(err)
		page(w, errs.HTTPStatus(errs.CodeOf(err)), "", msg+"; "+hint)
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever there is TLS
		Name: auth.Cookie, Value: session.Reveal(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: a.Secure || r.TLS != nil, MaxAge: int(auth.Session.Seconds()),
	})
	page(w, http.StatusOK, "", "You are signed in. The API is at "+Prefix+"/openapi.json; the pages come with a later version.")
}
