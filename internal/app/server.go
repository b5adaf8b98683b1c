package app

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/patchbay-dev/patchbay/internal/api"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/ingress"
	"github.com/patchbay-dev/patchbay/internal/route"
)

// Limits of a server that strangers may reach.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 20 * time.Second
	writeTimeout  = time.Minute
	idleTimeout   = 60 * time.Second
	maxHeader     = 32 << 10
)

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), DisableGeneralOptionsHandler: true,
	}
}

// handler is the whole surface of the server.
func (a *App) handler(edge http.Handler, o api.Options) http.Handler {
	table := route.Table(api.Routes(o), a.allow, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.allow(w, r) {
			api.Refuse(w, r, errs.Newf(errs.NotFound, "there is nothing at %s", r.URL.Path))
		}
	}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.Refuse(w, r, errs.New(errs.Forbidden, "a page of another site sent this").WithHint("use the pages of this server, or a program with a token"))
	}))
	sameOrigin := guard.Handler(table)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.EscapedPath(); len(path) > len(ingress.Prefix) && path[:len(ingress.Prefix)+1] == ingress.Prefix+"/" {
			edge.ServeHTTP(w, r) // exact paths: no router may clean or redirect them
			return
		}
		sameOrigin.ServeHTTP(w, r)
	})
}

// allow lets a request use a route that needs a token, or refuses it.
func (a *App) allow(w http.ResponseWriter, r *http.Request) bool {
	err := a.Auth.Check(r)
	if err == nil {
		return true
	}
	if errs.CodeOf(err) == errs.Unauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	api.Refuse(w, r, err)
	return false
}
