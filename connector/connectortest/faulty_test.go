package connectortest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/patchbay-dev/patchbay/connector"
)

type partIn struct {
	ID string `json:"id" min:"1" doc:"Id of the part"`
}

type stock struct {
	ID    string `json:"id"`
	Stock int    `json:"stock,omitempty"`
}

type work = func(context.Context, *connector.Call, partIn) (stock, error)

func send(ctx context.Context, call *connector.Call, r connector.Request) (stock, error) {
	var p stock
	err := call.Connection.JSON(ctx, r, &p)
	return p, err
}

// reserve is right: the others differ from it in one thing.
func reserve(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
	return send(ctx, call, connector.Request{Method: http.MethodPost, Path: "/parts/" + in.ID, IdempotencyKey: call.IdempotencyKey})
}

func faulty(do work) (connector.Connector, Options) {
	spec := connector.Spec{
		Name: "acme.parts.reserve", Title: "Reserve a part", Summary: "Reserves one part.", Effect: connector.Idempotent, Risk: connector.Write,
		Examples: []connector.Example{{Title: "A part", Input: []byte(`{"id":"p-1"}`)}},
	}
	conn := connector.Connector{
		Name: "acme", Title: "Acme", Doc: "A store of parts.",
		Kind: &connector.Kind{
			Name: "acme", Title: "Acme",
			Fields: []connector.Field{{Name: "base_url", Doc: "Address", Required: true}, {Name: "key", Doc: "API key", Secret: true, Required: true}},
			Auth:   connector.Auth{Bearer: "key"},
		},
		Operations: []connector.Operation{connector.NewOperation(spec, do)},
	}
	return conn, Options{Calls: map[string]Call{"acme.parts.reserve": {Answers: []string{`{"id":"p-1","stock":3}`}, Failures: []string{`{"id":"","stock":-1}`}}}}
}

// checked refuses the answer that means a failure.
func checked(do work) work {
	return func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
		p, err := do(ctx, call, in)
		if err == nil && p.Stock < 0 {
			err = &connector.Error{Type: "communication", Status: http.StatusConflict, Title: "There is none left"}
		}
		return p, err
	}
}

// found gives what each check finds.
func found(t *testing.T, do work) map[string][]string {
	t.Helper()
	conn, o := faulty(do)
	out := map[string][]string{}
	for _, c := range checks() {
		if ps := c.find(t.Context(), newSubject(conn, conn.Operations[0], o)); len(ps) > 0 {
			out[c.name] = ps
		}
	}
	return out
}

func TestARightConnectorHasNoProblems(t *testing.T) {
	t.Parallel()
	if ps := found(t, checked(reserve)); len(ps) > 0 {
		t.Error(ps)
	}
}

// body sends a request by hand and gives what came back.
func body(ctx context.Context, call *connector.Call, in partIn) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "/parts/"+in.ID, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Idempotency-Key", call.IdempotencyKey)
	resp, err := call.Connection.HTTP.Do(req)
	if err != nil {
		return nil, nil, connector.Unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, connector.Unreachable(err)
	}
	return resp, b, nil
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		check string
		do    work
	}{
		"no idempotency key": {"effect", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			return send(ctx, call, connector.Request{Method: http.MethodPost, Path: "/parts/" + in.ID})
		})},
		"a key of its own": {"effect", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			return send(ctx, call, connector.Request{Method: http.MethodPost, Path: "/parts/" + in.ID, IdempotencyKey: "1"})
		})},
		"the failure taken for success": {"failures with status 200", reserve},
		"sends nothing": {"result", func(context.Context, *connector.Call, partIn) (stock, error) {
			return stock{ID: "p-1", Stock: 3}, nil
		}},
		"status not looked at": {"refusals", func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			_, _, err := body(ctx, call, in)
			return stock{ID: in.ID}, err
		}},
		"an error without a class": {"refusals", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			resp, b, err := body(ctx, call, in)
			if err != nil {
				return stock{}, err
			}
			if resp.StatusCode >= http.StatusMultipleChoices {
				return stock{}, errors.New(resp.Status)
			}
			var p stock
			return p, json.Unmarshal(b, &p)
		})},
		"tries again by itself": {"refusals", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			p, err := reserve(ctx, call, in)
			if e := connector.AsError(orNone(err)); err != nil && e.Temporary {
				return reserve(ctx, call, in)
			}
			return p, err
		})},
		"garbage taken for an answer": {"broken answers", func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			resp, b, err := body(ctx, call, in)
			if err != nil {
				return stock{}, err
			}
			if resp.StatusCode >= http.StatusMultipleChoices {
				return stock{}, connector.Refusal(resp, b)
			}
			var p stock
			_ = json.Unmarshal(b, &p)
			return p, nil
		}},
		"a lost answer said to have had no effect": {"broken answers", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			p, err := reserve(ctx, call, in)
			if e := connector.AsError(orNone(err)); err != nil {
				e.Unknown = false
				return stock{}, e
			}
			return p, err
		})},
		"does not stop": {"cancellation", checked(func(ctx context.Context, call *connector.Call, in partIn) (stock, error) {
			p, err := reserve(ctx, call, in)
			if ctx.Err() != nil {
				return stock{ID: in.ID}, nil //nolint:nilerr // the fault
			}
			return p, err
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ps := found(t, x.do)
			if len(ps[x.check]) == 0 {
				t.Fatalf("%q finds nothing; in all: %v", x.check, ps)
			}
			t.Log(strings.Join(ps[x.check], "\n"))
		})
	}
}

func TestUndescribedIsFound(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*connector.Connector){
		"no title":                 func(c *connector.Connector) { c.Title = "" },
		"no doc of a field":        func(c *connector.Connector) { c.Kind.Fields[0].Doc = "" },
		"a secret that is none":    func(c *connector.Connector) { c.Kind.Fields[1].Secret = false },
		"an unknown field is sent": func(c *connector.Connector) { c.Kind.Auth.Bearer = "token" },
	} {
		conn, _ := faulty(reserve)
		spoil(&conn)
		if len(describes(conn)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	conn, _ := faulty(reserve)
	if ps := describes(conn); len(ps) > 0 {
		t.Error(ps)
	}
	if len(unknownCalls(conn, Options{Calls: map[string]Call{"acme.parts.reseve": {}}})) == 0 {
		t.Error("a call of no operation is not found")
	}
}
