package connectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
)

// canary begins every secret of the suite, and nothing else.
const canary = "canary-7f3a9c-"

// idempotencyKey is that of every call of the suite.
const idempotencyKey = "key-of-the-call-1"

func leaks(s string) bool { return strings.Contains(s, canary) }

// rig is an outside with a connection to it.
type rig struct {
	outside *outside
	conn    connector.Connector
	client  *egress.Client
	pool    *connection.Pool
}

func newRig(conn connector.Connector, o Options, answer reply) (*rig, error) {
	out := newOutside(answer)
	u, err := url.Parse(out.server.URL)
	if err != nil {
		return nil, err
	}
	allow, err := egress.ParseAllowance(u.Host)
	if err != nil {
		return nil, err
	}
	r := &rig{outside: out, conn: conn, client: egress.New(egress.Options{Allow: []egress.Allowance{allow}})}
	if conn.Kind != nil {
		at := newSource(*conn.Kind, o, out.server.URL)
		r.pool = connection.NewPool(at, at, r.client)
	} else {
		r.pool = connection.NewPool(source{}, source{}, r.client)
	}
	return r, nil
}

func (r *rig) close() {
	r.client.Close()
	r.outside.close()
}

// source gives the one connection of the suite by whatever name it is asked for.
type source struct {
	kind  connector.Kind
	value connection.Value
}

func newSource(k connector.Kind, o Options, address string) source {
	s := source{k, connection.Value{Kind: k.Name, Settings: maps.Clone(o.Settings), Secrets: map[string]secret.String{}}}
	if s.value.Settings == nil {
		s.value.Settings = map[string]string{}
	}
	s.kind.BaseURL = address
	for _, f := range k.Fields {
		switch {
		case f.Name == "base_url":
			s.value.Settings["base_url"] = address
		case f.Secret:
			s.value.Secrets[f.Name] = secret.New(canary + f.Name)
		}
	}
	return s
}

// Connection implements connection.Source.
func (s source) Connection(_ context.Context, _, name string) (connection.Value, error) {
	v := s.value
	v.Name, v.Settings, v.Secrets = name, maps.Clone(v.Settings), maps.Clone(v.Secrets)
	return v, nil
}

// Kind implements connection.Kinds.
func (s source) Kind(name string) (connector.Kind, bool) { return s.kind, name == s.kind.Name }

// outcome is what a call gave.
type outcome struct {
	out     json.RawMessage
	err     error
	attempt *connection.Attempt
}

// invoke makes a call as the engine does.
func (r *rig) invoke(ctx context.Context, op connector.Operation, with string) outcome {
	a := r.pool.Begin(ctx, "")
	call := &connector.Call{IdempotencyKey: idempotencyKey, Task: "/do/0/test", Attempt: 1, HTTP: a.HTTP(), Use: a.Use, Usage: &connector.Usage{}}
	if k := r.conn.Kind; k != nil {
		c, err := a.Use(ctx, k.Name, k.Name)
		if err != nil {
			return outcome{err: fmt.Errorf("the suite cannot make a connection of kind %s: set Options.Settings: %w", k.Name, withFields(err)), attempt: a}
		}
		call.Connection = c
	}
	out, err := op.Invoke(ctx, call, json.RawMessage(with))
	return outcome{out, err, a}
}

// withFields adds the fields to the text of an error.
func withFields(err error) error {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err
	}
	parts := []string{e.Msg}
	for _, f := range e.Fields {
		parts = append(parts, strings.TrimPrefix(f.Path, "/")+" "+f.Msg)
	}
	return errors.New(strings.Join(parts, "; "))
}

// try calls the operation of a subject once, against an outside that answers so.
func (s *subject) try(ctx context.Context, with string, answer reply) (outcome, []request) {
	r, err := newRig(s.conn, s.o, answer)
	if err != nil {
		return outcome{err: err}, nil
	}
	defer r.close()
	res := r.invoke(ctx, s.op, with)
	return res, r.outside.received()
}

// requests are those of a call that succeeds.
func (s *subject) requests(ctx context.Context) []request {
	_, sent := s.try(ctx, s.call.With, succeed(s.call.Answers))
	return sent
}

var (
	_ connection.Source = source{}
	_ connection.Kinds  = source{}
)
