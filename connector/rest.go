package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/patchbay-dev/patchbay/internal/backoff"
)

// Request is one HTTP call that speaks JSON.
type Request struct {
	Method string
	// Path is relative to the connection's address, or absolute. Values in it must
	// be escaped with url.PathEscape.
	Path   string
	Query  url.Values
	Header http.Header
	// Body is encoded as JSON; nil for none.
	Body any
	// IdempotencyKey is sent in the header Idempotency-Key; "" for none.
	IdempotencyKey string
}

// maxDetail is how much of an error's body is shown to people, in bytes.
const maxDetail = 500

// JSON sends a request and decodes the answer into out, which may be nil; an empty
// answer leaves maps, pointers and interfaces as they are and fits nothing else. Every
// status of 300 and above is an *Error that says whether a retry is worth it and
// whether the request may have taken effect.
func (c *Connection) JSON(ctx context.Context, r Request, out any) error {
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := readAll(resp)
	if err != nil {
		return Unreachable(err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return Refusal(resp, body)
	}
	text := string(bytes.TrimSpace(body[:min(len(body), maxDetail)])) // enough to tell null and nothing apart
	if out == nil || text == "" && (optional(out) || r.Method == http.MethodHead) {
		return nil
	}
	if text == "" {
		err = errors.New("it is empty")
	} else if err = jsonv2.Unmarshal(body, out, lenient()); err == nil && text == "null" && !nullable(out) {
		err = errors.New("it is null")
	}
	if err != nil {
		return &Error{Type: "communication", Status: resp.StatusCode, Title: "The answer is not the JSON that was expected", Detail: strings.TrimPrefix(err.Error(), "jsontext: "), Unknown: true}
	}
	return nil
}

// nullable reports whether null is a value of what out points to.
func nullable(out any) bool {
	k := reflect.TypeOf(out).Elem().Kind()
	return k == reflect.Interface || k == reflect.Pointer
}

// optional reports whether an answer without a body leaves a sensible value.
func optional(out any) bool {
	return nullable(out) || reflect.TypeOf(out).Elem().Kind() == reflect.Map
}

// lenient reads what servers send as encoding/json would.
func lenient() jsonv2.Options {
	return jsonv2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsonv2.MatchCaseInsensitiveNames(true))
}

// readAll reads the body; its size is bounded by the client.
func readAll(resp *http.Response) ([]byte, error) {
	if n := resp.ContentLength; n > 0 && n < maxGuess {
		b := make([]byte, n)
		got, err := io.ReadFull(resp.Body, b)
		if errors.Is(err, io.EOF) { // an answer to HEAD has a length and no body
			err = nil
		}
		return b[:got], err
	}
	return io.ReadAll(resp.Body)
}

// maxGuess is how much room, in bytes, a server's word alone is given.
const maxGuess = 1 << 20

func (c *Connection) send(ctx context.Context, r Request) (*http.Response, error) {
	target := r.Path
	if len(r.Query) > 0 {
		target += "?" + r.Query.Encode()
	}
	var body io.Reader
	if r.Body != nil {
		b, err := json.Marshal(r.Body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, body)
	if err != nil {
		return nil, Invalidf("%s is no address: %s", target, err)
	}
	maps.Copy(req.Header, r.Header)
	values := [3]string{"application/json", "application/json", r.IdempotencyKey}
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header["Content-Type"] = values[:1:1]
	}
	if req.Header.Get("Accept") == "" {
		req.Header["Accept"] = values[1:2:2]
	}
	if r.IdempotencyKey != "" {
		req.Header["Idempotency-Key"] = values[2:]
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, Unreachable(err)
	}
	return resp, nil
}

// Unreachable makes the *Error of a request that got no complete answer.
func Unreachable(err error) error {
	e := &Error{Type: "communication", Status: http.StatusBadGateway, Title: "No answer", Detail: plain(err), Temporary: true, Unknown: true, Err: err}
	var sent interface{ MaybeSent() bool }
	if errors.As(err, &sent) {
		e.Unknown = sent.MaybeSent()
	}
	var hopeless interface{ Hopeless() bool }
	if errors.As(err, &hopeless) && hopeless.Hopeless() {
		e.Temporary = false
	}
	if errors.Is(err, context.DeadlineExceeded) {
		e.Type, e.Status = "timeout", http.StatusRequestTimeout
	}
	return e
}

// plain takes the method and address, which the recording has, off an error.
func plain(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

// Refusal makes the *Error of an answer with a status of 300 or above. It is
// temporary for 408, 425, 429 and the 5xx but 501 and 505; a 5xx other than 503
// may have taken effect.
func Refusal(resp *http.Response, body []byte) error {
	s := resp.StatusCode
	e := &Error{Type: "communication", Status: s, Title: strings.TrimSpace(fmt.Sprintf("%d %s", s, http.StatusText(s))), Detail: detail(body)}
	switch {
	case s == http.StatusUnauthorized:
		e.Type = "authentication"
	case s == http.StatusForbidden:
		e.Type = "authorization"
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		e.Temporary = true
	case s == http.StatusNotImplemented, s == http.StatusHTTPVersionNotSupported:
	case s >= http.StatusInternalServerError:
		e.Temporary, e.Unknown = true, true
	}
	if e.Temporary {
		e.RetryAfter, _ = backoff.RetryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return e
}

// detail picks what helps a person out of an error's body: the message of the
// usual JSON forms, or the beginning of the text.
func detail(body []byte) string {
	var known struct {
		Detail  string          `json:"detail"`
		Message string          `json:"message"`
		Title   string          `json:"title"`
		Error   json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &known) == nil {
		var inner struct {
			Message string `json:"message"`
		}
		var text string
		_ = json.Unmarshal(known.Error, &inner)
		_ = json.Unmarshal(known.Error, &text)
		for _, s := range []string{known.Detail, known.Message, inner.Message, text, known.Title} {
			if s != "" {
				return cut(s)
			}
		}
	}
	return cut(string(bytes.TrimSpace(body)))
}

func cut(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	return strings.ToValidUTF8(s[:maxDetail], "") + "…"
}
