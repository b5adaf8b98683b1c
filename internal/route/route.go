// Package route is the one table of HTTP routes: what is not in it does not
// exist, and a route says itself who may use it.
package route

import (
	"net/http"
	"path"
	"slices"
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
		if root, ok := subtree(r.Pattern); ok && !slices.ContainsFunc(routes, func(r Route) bool { return r.Pattern == root }) {
			mux.Handle(root, missing) // otherwise the mux would redirect whoever asks
		}
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

// subtree gives the path above a pattern that takes whatever is below it.
func subtree(pattern string) (root string, ok bool) {
	i := strings.LastIndexByte(pattern, '/')
	last := pattern[i+1:]
	return pattern[:i], (last == "" || strings.HasSuffix(last, "...}")) && strings.Contains(pattern[:i], "/")
}

func clean(p string) bool {
	c := path.Clean(p)
	return strings.HasPrefix(p, "/") && (p == c || p == c+"/" && c != "/")
}
