package connector_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/patchbay-dev/patchbay/connector"
)

func TestBodiesOfAllLengths(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/counted":
			w.Header().Set("Content-Length", "7")
			_, _ = fmt.Fprint(w, `{"n":1}`)
		case "/chunked":
			_, _ = fmt.Fprint(w, `{"n":`)
			_ = http.NewResponseController(w).Flush()
			_, _ = fmt.Fprint(w, `1}`)
		case "/short":
			w.Header().Set("Content-Length", "70")
			_, _ = fmt.Fprint(w, `{"n":1}`)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(srv.Close)
	c := &connector.Connection{HTTP: srv.Client()}
	for _, x := range []struct {
		method, path string
		want         int
		good         bool
	}{
		{http.MethodGet, "/counted", 1, true},
		{http.MethodHead, "/counted", 0, true},
		{http.MethodGet, "/chunked", 1, true},
		{http.MethodGet, "/none", 0, false},
		{http.MethodGet, "/short", 0, false},
	} {
		var out struct{ N int }
		err := c.JSON(t.Context(), connector.Request{Method: x.method, Path: srv.URL + x.path}, &out)
		if (err == nil) != x.good || out.N != x.want {
			t.Errorf("%s %s: %v, %v", x.method, x.path, err, out)
		}
	}
}
