package ingress

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-dev/patchbay/internal/jsonobject"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Envelope is $trigger of a run that an event starts: name, type, time, method,
// path, headers (lower case, repeated ones joined), query, params, body, event.
func Envelope(trigger string, e *store.Event) (json.RawMessage, error) {
	head, contentType := envelopeHeaders(e.Headers)
	query := []byte("{}")
	if _, text, ok := strings.Cut(e.URL, "?"); ok {
		values, _ := url.ParseQuery(text) // what can be read is kept
		query = encode(flat(values))
	}
	content := body(contentType, e.Body)
	w := jsonobject.Begin(make([]byte, 0, envelopeRoom+len(head)+len(query)+len(content)))
	w.String("name", trigger)
	w.String("type", "webhook")
	w.String("time", e.Received.UTC().Format(time.RFC3339Nano))
	w.String("method", e.Method)
	w.String("path", e.Source)
	w.Raw("headers", head)
	w.Raw("query", query)
	w.Raw("params", []byte("{}"))
	w.Raw("body", content)
	w.String("event", e.ID.String())
	return w.End(), nil
}

// envelopeRoom is about the length of what is in every envelope.
const envelopeRoom = 256

// envelopeHeaders gives the headers as a JSON object, and the content type.
func envelopeHeaders(headers []store.Header) (object []byte, contentType string) {
	sorted := make([]store.Header, len(headers))
	for i, h := range headers {
		sorted[i] = store.Header{Name: strings.ToLower(h.Name), Value: h.Value}
	}
	slices.SortStableFunc(sorted, func(a, b store.Header) int { return strings.Compare(a.Name, b.Name) })
	w := jsonobject.Begin(nil)
	for i := 0; i < len(sorted); {
		name, value := sorted[i].Name, sorted[i].Value
		for i++; i < len(sorted) && sorted[i].Name == name; i++ {
			value += ", " + sorted[i].Value
		}
		if name == "content-type" {
			contentType = value
		}
		w.Entry(name, value)
	}
	return w.End(), contentType
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
	}
	if plain, err := compact(b); err == nil && readable(b) {
		return plain
	}
	if utf8.Valid(b) {
		return encode(string(b))
	}
	return encode(base64.StdEncoding.EncodeToString(b))
}

// compact checks JSON and takes the space out of it.
func compact(b []byte) ([]byte, error) {
	return jsontext.AppendFormat(make([]byte, 0, len(b)), b, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true))
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
