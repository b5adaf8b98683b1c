package standin

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options configure the services. Keys are what callers must send; "" lets
// everybody in.
type Options struct {
	Ledger       *Ledger // made if nil
	CRMKey       string
	OpenAIKey    string
	AnthropicKey string
	SlackToken   string
	Latency      time.Duration // of every answer
	// Dedupe lets the CRM apply writes of one Idempotency-Key once, and answer
	// later ones like the first.
	Dedupe bool
}

// Services serves all stand-ins below /crm, /openai/v1, /anthropic/v1,
// /slack/api and /ledger.
type Services struct {
	o      Options
	ledger *Ledger
	mux    *http.ServeMux
	crm    crm

	mu     sync.Mutex
	faults []*Fault
}

// New makes the services.
func New(o Options) *Services {
	if o.Ledger == nil {
		o.Ledger = &Ledger{}
	}
	s := &Services{o: o, ledger: o.Ledger, mux: http.NewServeMux()}
	s.crm.tickets = map[string]map[string]any{}
	s.crm.answers = map[string][]byte{}
	s.handle("crm", "GET /crm/me", bearer(o.CRMKey), s.crm.me)
	s.handle("crm", "GET /crm/customers/{id}", bearer(o.CRMKey), s.crm.customer)
	s.handle("crm", "GET /crm/customers/{id}/history", bearer(o.CRMKey), s.crm.history)
	s.handle("crm", "GET /crm/tickets/{id}", bearer(o.CRMKey), s.crm.ticket)
	s.handle("crm", "PATCH /crm/tickets/{id}", bearer(o.CRMKey), s.once(s.crm.update))
	s.handle("crm", "POST /crm/tickets/{id}/escalate", bearer(o.CRMKey), s.once(s.crm.escalate))
	s.handle("openai", "POST /openai/v1/chat/completions", bearer(o.OpenAIKey), openAIChat)
	s.handle("openai", "GET /openai/v1/models", bearer(o.OpenAIKey), models)
	s.handle("anthropic", "POST /anthropic/v1/messages", header("X-Api-Key", o.AnthropicKey), anthropicMessages)
	s.handle("anthropic", "GET /anthropic/v1/models", header("X-Api-Key", o.AnthropicKey), models)
	s.handle("slack", "POST /slack/api/chat.postMessage", bearer(o.SlackToken), slackPost)
	s.handle("slack", "POST /slack/api/auth.test", bearer(o.SlackToken), slackTest)
	s.mux.Handle("/ledger", s.ledger.Handler())
	return s
}

// ServeHTTP implements http.Handler.
func (s *Services) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// call is a request with its body read.
type call struct {
	*http.Request
	body []byte
}

// answer is what a service says; subject is what the call was about.
type answer struct {
	status  int
	body    any // encoded as JSON unless it is []byte
	header  http.Header
	subject string
	effect  bool // something changed, or a message was posted
}

const maxBody = 32 << 20

// handle registers a route: identity, faults, the service itself, the ledger.
func (s *Services) handle(service, pattern string, knows func(*http.Request) bool, do func(call) answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			return // the caller went away
		}
		c := call{r, body}
		if s.o.Latency > 0 {
			select {
			case <-time.After(s.o.Latency):
			case <-r.Context().Done():
				return
			}
		}
		fault := s.fault(service, c)
		var a answer
		switch {
		case fault != nil && !fault.AfterEffect:
			a = answer{}
		case !knows(r):
			a = stranger(service)
		default:
			a = do(c)
		}
		if fault != nil {
			a.status, a.body, a.header = fault.Status, []byte(fault.Body), http.Header{}
			if fault.RetryAfter != "" {
				a.header.Set("Retry-After", fault.RetryAfter)
			}
		}
		if a.subject == "" {
			a.subject = r.PathValue("id")
		}
		s.ledger.Add(Entry{Service: service, Method: r.Method, Path: r.URL.Path, Key: r.Header.Get("Idempotency-Key"), Subject: a.subject, Body: clip(body), Status: a.status, Effect: a.effect})
		if fault != nil && fault.Hang {
			<-r.Context().Done()
			return
		}
		write(w, a)
	})
}

func clip(b []byte) string {
	const most = 4 << 10
	return string(b[:min(len(b), most)])
}

func write(w http.ResponseWriter, a answer) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", "application/json")
	raw, ok := a.body.([]byte)
	if !ok {
		raw, _ = json.Marshal(a.body)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(raw)
}

func bearer(token string) func(*http.Request) bool {
	return func(r *http.Request) bool { return token == "" || r.Header.Get("Authorization") == "Bearer "+token }
}

func header(name, key string) func(*http.Request) bool {
	return func(r *http.Request) bool { return key == "" || r.Header.Get(name) == key }
}

// stranger is how each service answers a wrong credential.
func stranger(service string) answer {
	switch service {
	case "slack":
		return answer{status: http.StatusOK, body: map[string]any{"ok": false, "error": "invalid_auth"}}
	case "openai":
		return openAIError(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "Incorrect API key provided")
	case "anthropic":
		return anthropicError(http.StatusUnauthorized, "authentication_error", "invalid x-api-key")
	}
	return refusal(http.StatusUnauthorized, "The API key is not valid")
}

func refusal(status int, detail string) answer {
	return answer{status: status, body: map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}, header: http.Header{}}
}

func models(call) answer {
	return answer{status: http.StatusOK, body: map[string]any{"object": "list", "data": []any{}}}
}

// Fault is a scripted failure.
type Fault struct {
	Service    string // crm, openai, anthropic or slack
	Method     string // "" for any
	Path       string // end of the path; "" for any
	Contains   string // in address or body; "" for any
	Status     int
	RetryAfter string
	Body       string
	Hang       bool // no answer until the caller goes away
	// AfterEffect: the service does its work, then fails.
	AfterEffect bool
	Times       int // 0 for always
}

// Fail scripts a fault.
func (s *Services) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal forgets the faults of a service; "" of all.
func (s *Services) Heal(service string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []*Fault
	for _, f := range s.faults {
		if service != "" && f.Service != service {
			kept = append(kept, f)
		}
	}
	s.faults = kept
}

func (s *Services) fault(service string, c call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Service != service || f.Method != "" && f.Method != c.Method || !strings.HasSuffix(c.URL.Path, f.Path) {
			continue
		}
		if f.Contains != "" && !strings.Contains(c.URL.String(), f.Contains) && !strings.Contains(string(c.body), f.Contains) {
			continue
		}
		found := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		return &found
	}
	return nil
}
