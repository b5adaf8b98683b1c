package connectortest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// request is one that the outside received.
type request struct {
	method, uri string
	header      http.Header
	body        string
	secret      bool // a secret of the connection came with it
}

// reply answers the request of a number, counted from 0.
type reply func(n int, w http.ResponseWriter, r *http.Request)

// outside is the system that the connector calls.
type outside struct {
	server *httptest.Server
	reply  reply
	seen   chan struct{} // holds one token for each request
	closed chan struct{} // frees replies that hang

	mu       sync.Mutex
	requests []request
}

// maxSeen is how many requests of one call are waited for; a call of more would
// be no operation but a loop.
const maxSeen = 1000

func newOutside(answer reply) *outside {
	o := &outside{reply: answer, seen: make(chan struct{}, maxSeen), closed: make(chan struct{})}
	o.server = httptest.NewUnstartedServer(o)
	o.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	o.server.Start()
	return o
}

func (o *outside) close() {
	close(o.closed)
	o.server.Close()
}

// ServeHTTP implements http.Handler.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	o.mu.Lock()
	n := len(o.requests)
	o.requests = append(o.requests, request{r.Method, r.RequestURI, r.Header.Clone(), string(body), carriesSecret(r)})
	o.mu.Unlock()
	if n < maxSeen {
		o.seen <- struct{}{}
	}
	o.reply(n, w, r)
}

func (o *outside) received() []request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests)
}

func carriesSecret(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	if leaks(user + " " + password) {
		return true
	}
	for _, values := range r.Header {
		if leaks(strings.Join(values, " ")) {
			return true
		}
	}
	return false
}

// says answers with a status, headers "Name: value" and a body.
func says(w http.ResponseWriter, status int, body string, header ...string) {
	w.Header().Set("Content-Type", "application/json")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// succeed answers with bodies in order; the last is repeated.
func succeed(bodies []string) reply {
	return func(n int, w http.ResponseWriter, _ *http.Request) {
		says(w, http.StatusOK, bodies[min(n, len(bodies)-1)])
	}
}

// at answers the request of a number with then, and others with success.
func at(fault int, bodies []string, then reply) reply {
	good := succeed(bodies)
	return func(n int, w http.ResponseWriter, r *http.Request) {
		if n == fault {
			then(n, w, r)
			return
		}
		good(n, w, r)
	}
}
