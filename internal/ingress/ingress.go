package ingress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/signature"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Arrival is an authentic event on its way to a run.
type Arrival struct {
	Hook     Hook
	Event    *store.Event
	Envelope json.RawMessage
}

// Options are what the edge is made of; the last three fields have defaults.
type Options struct {
	Hooks *Table
	// Secrets gives the live secrets of a connection of kind secret.
	Secrets func(ctx context.Context, ns, name string) ([]secret.String, error)
	// Accept stores the event with the start of its run and gives the run. Errors:
	// *store.DuplicateError, errs.Unavailable.
	Accept func(context.Context, Arrival) (id.Run, error)
	Now    func() time.Time
	Log    *slog.Logger
	// PublicURL is what senders were given, without a path; some sign it.
	PublicURL string
	// MaxBody is the largest body in bytes; default 10 MiB.
	MaxBody int64
	// Remember is how long a provider's event id is known; default 24 h.
	Remember time.Duration
	// IDs is shared with whatever else makes events; default one of its own.
	IDs *id.Source
}

// Edge answers webhooks.
type Edge struct{ Options }

// New makes an edge.
func New(o Options) *Edge {
	if o.MaxBody == 0 {
		o.MaxBody = 10 << 20
	}
	if o.Remember == 0 {
		o.Remember = 24 * time.Hour
	}
	if o.IDs == nil {
		o.IDs = &id.Source{}
	}
	return &Edge{o}
}

// ServeHTTP answers below Prefix. Order matters: nothing is read before its
// length is known to fit, nothing is parsed before it is verified, nothing is
// acknowledged before it is stored.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		w.Header().Set("Connection", "close") // RFC 9112, 6.1: nothing may be smuggled behind it
	}
	h, ok := e.Hooks.Find(strings.TrimPrefix(r.URL.EscapedPath(), Prefix))
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "no_such_hook")
		return
	case r.Method != h.Method:
		w.Header().Set("Allow", h.Method)
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed")
		return
	case r.Header.Get("Content-Encoding") != "":
		refuse(w, http.StatusUnsupportedMediaType, "encoded_body")
		return
	}
	body, status := e.read(w, r)
	if status != 0 {
		refuse(w, status, strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "_")))
		return
	}
	result, hidden, err := e.verify(r, h, body)
	if err != nil {
		e.reject(w, r, h, err)
		return
	}
	e.accept(w, r, h, body, result, hidden)
}

// read gives the whole body, or the status that says why not.
func (e *Edge) read(w http.ResponseWriter, r *http.Request) (body []byte, status int) {
	if r.ContentLength > e.MaxBody {
		w.Header().Set("Connection", "close")
		return nil, http.StatusRequestEntityTooLarge
	}
	in := http.MaxBytesReader(w, r.Body, e.MaxBody)
	var err error
	if r.ContentLength > 0 && r.ContentLength <= 64<<10 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(in, body)
	} else {
		body, err = io.ReadAll(in)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return body, 0
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout
	}
	return nil, http.StatusBadRequest
}

// verify proves who sent the body. hidden takes the secrets out of a header.
func (e *Edge) verify(r *http.Request, h Hook, body []byte) (res signature.Result, hidden func(string) string, err error) {
	if h.Scheme == nil {
		return res, func(s string) string { return s }, nil
	}
	secrets, err := e.Secrets(r.Context(), h.Namespace, h.Secret)
	if err != nil {
		return res, nil, err
	}
	res, err = h.Scheme.Verify(signature.Request{
		Method: r.Method, URL: e.PublicURL + r.URL.RequestURI(), Header: r.Header, Query: r.URL.Query(), Body: body,
	}, secrets, e.Now())
	return res, func(s string) string {
		for _, sec := range secrets {
			s = strings.ReplaceAll(s, sec.Reveal(), "[redacted]")
		}
		return s
	}, err
}

// reject answers what is not authentic. The sender learns nothing; the log says
// what the operator must know. A secret of ours that is of no use is not the
// sender's fault: it is asked to come back, so that nothing is lost meanwhile.
func (e *Edge) reject(w http.ResponseWriter, r *http.Request, h Hook, err error) {
	var rejected *signature.Rejected
	if errors.As(err, &rejected) && rejected.Reason != signature.NoSecret && rejected.Reason != signature.SecretInvalid {
		e.Log.WarnContext(r.Context(), "a webhook was refused", "path", h.Path, "flow", h.Flow.Name, "reason", rejected.Reason, "detail", rejected.Detail)
		if strings.HasSuffix(rejected.Reason, "_repeated") {
			refuse(w, http.StatusBadRequest, "duplicate_header")
			return
		}
		refuse(w, http.StatusUnauthorized, "unauthorized")
		return
	}
	e.Log.ErrorContext(r.Context(), "a webhook cannot be verified", "path", h.Path, "flow", h.Flow.Name, "error", err)
	unavailable(w)
}

// storeTimeout is how long an event may wait for its turn to be stored.
const storeTimeout = 20 * time.Second

func (e *Edge) accept(w http.ResponseWriter, r *http.Request, h Hook, body []byte, res signature.Result, hidden func(string) string) {
	now := e.Now()
	ev := &store.Event{
		ID: e.IDs.Event(now), Namespace: h.Namespace, Source: h.Path, Flow: h.Flow.Name, Received: now, Method: r.Method,
		URL: hidden(r.URL.RequestURI()), Headers: headers(r.Header, hidden), Body: body, BodyHash: sha256.Sum256(body),
		DedupeUntil: now.Add(e.Remember),
	}
	ev.Dedupe = dedupe(res, ev.BodyHash)
	env, err := Envelope(h.Trigger, ev)
	if err != nil {
		e.Log.ErrorContext(r.Context(), "a webhook cannot be encoded", "path", h.Path, "error", err)
		unavailable(w)
		return
	}
	// From here on the sender need not wait: what has come in full and is authentic
	// is kept, and one that has closed its half of the connection is still answered.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	run, err := e.Accept(ctx, Arrival{h, ev, env})
	var dup *store.DuplicateError
	switch {
	case errors.As(err, &dup) && dup.BodyHash != ev.BodyHash:
		e.Log.WarnContext(r.Context(), "another body came with the id of an earlier event", "path", h.Path, "flow", h.Flow.Name, "earlier", dup.Event.String())
		refuse(w, http.StatusConflict, "id_used_for_another_body")
	case errors.As(err, &dup):
		acknowledge(w, dup.Event, dup.Run)
	case err != nil:
		e.Log.ErrorContext(r.Context(), "a webhook could not be stored", "path", h.Path, "flow", h.Flow.Name, "code", string(errs.CodeOf(err)), "error", err)
		unavailable(w)
	default:
		acknowledge(w, ev.ID, run)
	}
}

// dedupe is the provider's id, else body and signed time; "" where nothing tells
// a repeated delivery from a second event.
func dedupe(res signature.Result, hash [32]byte) string {
	switch {
	case res.ID != "":
		return "id:" + res.ID
	case !res.Timestamp.IsZero():
		return fmt.Sprintf("body:%s:%d", hex.EncodeToString(hash[:]), res.Timestamp.UnixNano())
	}
	return ""
}

func acknowledge(w http.ResponseWriter, ev id.Event, run id.Run) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, `{"event":%q,"run":%q}`+"\n", ev, run)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":%q}`+"\n", code)
}

const retryAfter = "5" // seconds

func unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", retryAfter)
	refuse(w, http.StatusServiceUnavailable, "unavailable")
}
