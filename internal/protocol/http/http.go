// Package http speaks plain HTTP for flows: the operation http.request behind
// `call: http` of the Open Workflow DSL (dsl-reference.md, "HTTP Call").
package http

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/patchbay-dev/patchbay/connector"
)

// Connector gives the connector "http".
func Connector() connector.Connector {
	op := connector.NewOperation(connector.Spec{
		Name: "http.request", Title: "HTTP request", Summary: "Sends an HTTP request to any address.",
		Doc:    "A POST or PATCH without an Idempotency-Key header is made at most once: if its answer is lost, the run asks a person.",
		Effect: connector.AtMostOnce, Risk: connector.Write,
		Examples: []connector.Example{{Title: "Read JSON", Input: []byte(`{"method":"GET","endpoint":"https://example.com/pets/1"}`)}},
	}, request)
	return connector.Connector{Name: "http", Title: "HTTP", Doc: "Any HTTP address, with or without a connection.", Operations: []connector.Operation{operation{op}}, Kind: kind()}
}

// kind is for addresses that have no connector: one credential, one base address.
func kind() *connector.Kind {
	return &connector.Kind{
		Name: "http", Title: "HTTP", Doc: "A credential for any HTTP API.",
		Fields: []connector.Field{
			{Name: "base_url", Doc: "Address that requests are relative to; the credential goes nowhere else", Required: true},
			{Name: "auth", Doc: "How the secret is sent", Enum: []string{"bearer", "header", "basic", "none"}, Default: "bearer"},
			{Name: "header", Doc: "Name of the header, for auth=header", Default: "X-API-Key"},
			{Name: "user", Doc: "User name, for auth=basic"},
			{Name: "secret", Doc: "Token, key or password", Secret: true},
		},
		Auth: connector.Auth{Custom: func(settings map[string]string) connector.Auth {
			switch settings["auth"] {
			case "header":
				return connector.Auth{Header: &connector.AuthHeader{Name: settings["header"], Field: "secret"}}
			case "basic":
				return connector.Auth{Basic: &connector.AuthBasic{User: "user", Password: "secret"}}
			case "none":
				return connector.Auth{}
			}
			return connector.Auth{Bearer: "secret"}
		}},
	}
}

// operation adds what the method says about repeating a request.
type operation struct{ connector.Operation }

// OwnConnection: a connection is possible, not needed.
func (operation) OwnConnection() {}

// EffectOf implements the engine's optional interface.
func (operation) EffectOf(with map[string]any) connector.Effect {
	method, _ := with["method"].(string)
	switch strings.ToUpper(method) {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return connector.Idempotent
	}
	headers, _ := with["headers"].(map[string]any)
	for name := range headers {
		if strings.EqualFold(name, "Idempotency-Key") {
			return connector.Idempotent
		}
	}
	return connector.AtMostOnce
}

// values keep numbers as they are written: ids have more digits than a float.
type values = map[string]json.RawMessage

type in struct {
	Method   string          `json:"method,omitempty" default:"GET" doc:"HTTP method"`
	Endpoint string          `json:"endpoint" min:"1" doc:"Address; relative to the connection's, if there is one"`
	Headers  values          `json:"headers,omitempty" doc:"Headers to send"`
	Query    values          `json:"query,omitempty" doc:"Query parameters; a list sends one for each item"`
	Body     json.RawMessage `json:"body,omitempty" doc:"A text is sent as it is, anything else as JSON"`
	Output   string          `json:"output,omitempty" enum:"content,response,raw" default:"content" doc:"content: the decoded body; response: status, headers and content; raw: the body in base64"`
	Redirect bool            `json:"redirect,omitempty" doc:"A status from 300 to 399 is no error"`
}

func request(ctx context.Context, call *connector.Call, in in) (any, error) {
	req, err := build(ctx, in)
	if err != nil {
		return nil, err
	}
	client := call.HTTP
	if call.Connection != nil {
		client = call.Connection.HTTP
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, connector.Unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, connector.Unreachable(err)
	}
	limit := http.StatusMultipleChoices
	if in.Redirect {
		limit = http.StatusBadRequest
	}
	if resp.StatusCode >= limit {
		return nil, connector.Refusal(resp, body)
	}
	return output(in, req, resp, body), nil
}

func build(ctx context.Context, in in) (*http.Request, error) {
	u, err := url.Parse(in.Endpoint)
	if err != nil {
		return nil, connector.Invalidf("%q is no address", in.Endpoint)
	}
	if len(in.Query) > 0 {
		q := u.Query()
		for name, v := range in.Query {
			var list []json.RawMessage
			if json.Unmarshal(v, &list) != nil || list == nil {
				list = []json.RawMessage{v}
			}
			for _, item := range list {
				q.Add(name, text(item))
			}
		}
		u.RawQuery = q.Encode()
	}
	body, kind := encode(in.Body)
	req, err := http.NewRequestWithContext(ctx, strings.ToUpper(in.Method), u.String(), body)
	if err != nil {
		return nil, connector.Invalidf("%v", err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for name, v := range in.Headers {
		value := text(v)
		if name == "" || strings.ContainsFunc(name, notInName) || strings.ContainsFunc(value, notInValue) {
			return nil, connector.Invalidf("the header %q has a name or value that HTTP does not allow", name)
		}
		req.Header.Set(name, value)
	}
	return req, nil
}

// notInName and notInValue tell what RFC 9110, 5.1 and 5.5, keeps out of headers.
func notInName(c rune) bool {
	return c <= ' ' || c >= unicode.MaxASCII || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
}

func notInValue(c rune) bool { return c < ' ' && c != '\t' || c == unicode.MaxASCII }

// encode gives a body and its media type; a JSON text goes out as it is.
func encode(raw json.RawMessage) (io.Reader, string) {
	if len(raw) == 0 || string(raw) == "null" {
		return http.NoBody, ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.NewReader(s), "text/plain; charset=utf-8"
	}
	return strings.NewReader(string(raw)), "application/json"
}

// text gives a text without its quotes, nothing for null, and JSON for the rest.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil { // null leaves it empty
		return s
	}
	return string(raw)
}

func output(in in, req *http.Request, resp *http.Response, body []byte) any {
	switch in.Output {
	case "raw":
		return base64.StdEncoding.EncodeToString(body)
	case "response":
		return map[string]any{
			"request":    map[string]any{"method": req.Method, "uri": resp.Request.URL.String(), "headers": flat(req.Header)},
			"statusCode": resp.StatusCode, "headers": flat(resp.Header), "content": content(resp.Header, body),
		}
	}
	return content(resp.Header, body)
}

func flat(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return out
}

// content decodes a body by its media type: JSON, text, or base64.
func content(h http.Header, body []byte) any {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if kind == "" || kind == "application/json" || strings.HasSuffix(kind, "+json") {
		if json.Valid(body) {
			return json.RawMessage(body)
		}
	}
	if len(body) == 0 {
		return nil
	}
	if utf8.Valid(body) {
		return string(body)
	}
	return base64.StdEncoding.EncodeToString(body)
}
