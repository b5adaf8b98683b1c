// Package route is the one table of HTTP routes: what is not in it does not
// exist, and a route says itself who may use it.
package route

import (
	"net/http"
	"path"
	"strings"
)

// Access says who may use a route.
type Access uint8

// The zero value is the strict one.
const (
	Operator Access = iota // a token or a session
	Public                 // anyone; the handler checks what it must
)

// Route is one entry; Pattern is http.ServeMux's.
type Route struct {
	Pattern string
	Access  Access
	Handler http.Handler
}

// Table builds the handler of a server. allow answers a request itself and gives
// false when it may not use an Operator route. Paths are taken as they are: one
// that would have to be cleaned is missing.
func Table(routes []Route, allow func(http.ResponseWriter, *http.Request) bool, missing http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		h := r.Handler
		if r.Access != Public {
			inner := h
			h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if allow(w, r) {
					inner.ServeHTTP(w, r)
				}
			})
		}
		mux.Handle(r.Pattern, h)
	}
	mux.Handle("/", missing)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !clean(r.URL.Path) {
			missing.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func clean(p string) bool {
	c := path.Clean(p)
	return strings.HasPrefix(p, "/") && (p == c || p == c+"/" && c != "/")
}
