package ingress

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/patchbay-dev/patchbay/internal/store"
)

type envelope struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	Time    string            `json:"time"`
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Query   map[string]any    `json:"query"`
	Params  map[string]string `json:"params"`
	Body    json.RawMessage   `json:"body"`
	Event   string            `json:"event"`
}

// Envelope is $trigger of a run that an event starts: name, type, time, method,
// path, headers (lower case, repeated ones joined), query, params, body, event.
func Envelope(trigger string, e *store.Event) (json.RawMessage, error) {
	out := envelope{
		Name: trigger, Type: "webhook", Time: e.Received.UTC().Format(time.RFC3339Nano), Method: e.Method, Path: e.Source,
		Headers: map[string]string{}, Query: map[string]any{}, Params: map[string]string{}, Event: e.ID.String(),
	}
	for _, h := range e.Headers {
		name := strings.ToLower(h.Name)
		if before, ok := out.Headers[name]; ok {
			out.Headers[name] = before + ", " + h.Value
		} else {
			out.Headers[name] = h.Value
		}
	}
	if _, query, ok := strings.Cut(e.URL, "?"); ok {
		values, _ := url.ParseQuery(query) // what can be read is kept
		out.Query = flat(values)
	}
	out.Body = body(out.Headers["content-type"], e.Body)
	return json.Marshal(out)
}

// flat gives single values as texts and repeated ones as lists.
func flat(values url.Values) map[string]any {
	out := make(map[string]any, len(values))
	for name, v := range values {
		if len(v) == 1 {
			out[name] = v[0]
		} else {
			out[name] = v
		}
	}
	return out
}

// body reads what the sender declared; a body that cannot be read so is a text,
// and one that is no text base64.
func body(contentType string, b []byte) json.RawMessage {
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case len(b) == 0:
		return json.RawMessage("null")
	case kind == "application/x-www-form-urlencoded":
		if values, err := url.ParseQuery(string(b)); err == nil {
			return encode(flat(values))
		}
	case json.Valid(b) && readable(b):
		return b
	}
	if utf8.Valid(b) {
		return encode(string(b))
	}
	return encode(base64.StdEncoding.EncodeToString(b))
}

func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return b
}

// headers keeps the header lines of a request, without what authenticates it:
// events are read by more people than secrets.
func headers(h http.Header, hidden func(string) string) []store.Header {
	out := make([]store.Header, 0, len(h))
	for name, values := range h {
		for _, v := range values {
			switch name {
			case "Authorization", "Cookie", "Proxy-Authorization":
				v = "[redacted]"
			default:
				v = hidden(v)
			}
			out = append(out, store.Header{Name: name, Value: v})
		}
	}
	return out
}
