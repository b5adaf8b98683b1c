// Package client speaks to a Patchbay server's HTTP API. Its types are the API's
// own: the server encodes them, so they cannot drift apart.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client calls one server.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client for the server at base, e.g. http://127.0.0.1:8080. A nil h
// is http.DefaultClient.
func New(base, token string, h *http.Client) *Client {
	if h == nil {
		h = http.DefaultClient
	}
	return &Client{strings.TrimSuffix(base, "/"), token, h}
}

// Problem is an error answer (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code,omitempty" doc:"Stable code of the error"`
	Hint   string `json:"hint,omitempty" doc:"What to do"`
	// Instance is the path that was asked for.
	Instance string  `json:"instance,omitempty" doc:"The path that was asked for"`
	Fields   []Wrong `json:"errors,omitempty" doc:"What is wrong with single fields"`
	Lint     []Lint  `json:"problems,omitempty" doc:"Problems of a flow file"`
}

// Wrong is one wrong field.
type Wrong struct {
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, f := range p.Fields {
		s += "\n  " + strings.TrimPrefix(f.Location, "/") + " " + f.Message
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// ErrUnreachable tells that there is no server at the address.
var ErrUnreachable = errors.New("no Patchbay server answers")

const maxAnswer = 256 << 20

// Do calls a path below /api/v1. Errors: *Problem, ErrUnreachable.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w at %s", ErrUnreachable, c.base)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		p := &Problem{Status: resp.StatusCode, Title: resp.Status}
		_ = json.Unmarshal(b, p)
		return p
	}
	if out == nil || len(b) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("the server at %s is not a Patchbay of this version: %w", c.base, err)
	}
	return nil
}

func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Base is the address of the server.
func (c *Client) Base() string { return c.base }
