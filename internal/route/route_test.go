package route_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/internal/route"
)

// says answers with a text.
func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
}

// setup gives a table and a request to it; let tells whether allow lets it in.
func setup() func(method, target string, let bool) (status int, text string) {
	routes := []route.Route{
		{Pattern: "GET /open", Access: route.Public, Handler: says("open")},
		{Pattern: "GET /closed", Access: route.Operator, Handler: says("closed")},
		{Pattern: "/not-said/", Handler: says("not said")},
		{Pattern: "GET /rest/{path...}", Handler: says("rest")},
	}
	return func(method, target string, let bool) (int, string) {
		h := route.Table(routes, func(w http.ResponseWriter, _ *http.Request) bool {
			if !let {
				http.Error(w, "refused", http.StatusUnauthorized)
			}
			return let
		}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "missing", http.StatusNotFound) }))
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "/", nil)
		r.URL.Path = target
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]struct{ in, out string }{
		"GET /open":             {"open", "open"},
		"HEAD /open":            {"open", "open"},
		"GET /closed":           {"closed", "refused\n"},
		"GET /not-said/":        {"not said", "refused\n"}, // the zero value is the strict one
		"PUT /not-said/x":       {"not said", "refused\n"},
		"GET /not-said":         {"missing\n", "missing\n"}, // no redirect for strangers
		"GET /rest":             {"missing\n", "missing\n"},
		"GET /rest/x":           {"rest", "refused\n"},
		"GET /":                 {"missing\n", "missing\n"},
		"GET /other":            {"missing\n", "missing\n"},
		"POST /open":            {"missing\n", "missing\n"},
		"GET /open/":            {"missing\n", "missing\n"},
		"GET /open/x":           {"missing\n", "missing\n"},
		"GET //open":            {"missing\n", "missing\n"},
		"GET /./open":           {"missing\n", "missing\n"},
		"GET /x/../open":        {"missing\n", "missing\n"},
		"GET /open/../closed":   {"missing\n", "missing\n"},
		"GET /not-said//x":      {"missing\n", "missing\n"},
		"GET /not-said/../open": {"missing\n", "missing\n"},
		"GET //":                {"missing\n", "missing\n"},
		"GET ":                  {"missing\n", "missing\n"},
		"GET open":              {"missing\n", "missing\n"},
	} {
		method, path, _ := strings.Cut(target, " ")
		do := setup()
		if _, got := do(method, path, true); got != want.in {
			t.Errorf("%s, let in: %q, want %q", target, got, want.in)
		}
		if _, got := do(method, path, false); got != want.out {
			t.Errorf("%s, not let in: %q, want %q", target, got, want.out)
		}
	}
}

// Two routes of one pattern are a mistake of ours, found at the start.
func TestNoRouteTwice(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("the second one was taken")
		}
	}()
	twice := route.Route{Pattern: "GET /x", Handler: says("x")}
	route.Table([]route.Route{twice, twice}, func(http.ResponseWriter, *http.Request) bool { return true }, says("missing"))
}
