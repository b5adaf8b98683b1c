package connectortest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/patchbay-dev/patchbay/connector"
)

// Options say what the suite cannot find out by itself.
type Options struct {
	// Settings are plain fields of the connection. Address and secrets are filled
	// in, and what has a default may be left out.
	Settings map[string]string
	// Calls are by full name of the operation. An operation without one is called
	// with the argument of its first example and answered with {}.
	Calls map[string]Call
	// Probe is the body, with status 200, that the kind's Test takes for success;
	// default {}.
	Probe string
}

// Call is a call that succeeds, and what is to be taken for a failure.
type Call struct {
	// With is the argument as JSON; the first example's by default.
	With string
	// Answers are the bodies, with status 200, that the requests of the call get in
	// order; the last is repeated. Default {}.
	Answers []string
	// Failures are bodies that mean a failure although they come with status 200.
	Failures []string
}

// Run holds a connector to what flows count on, each point in a subtest:
//
//   - it is described: titles, documentation, effects, schemas, secret fields;
//   - an argument that does not fit is refused before anything is sent;
//   - a cancelled call ends, and one that is too late says so;
//   - a failure is a *connector.Error that says whether to try again, when, and
//     whether the call may have taken effect; the operation itself tries once;
//   - a write that may be repeated sends the idempotency key;
//   - no secret is in a result or an error.
func Run(t *testing.T, conn connector.Connector, o Options) {
	t.Helper()
	t.Run("description", func(t *testing.T) {
		t.Parallel()
		report(t, slices.Concat(describes(conn), unknownCalls(conn, o)))
	})
	if conn.Kind != nil && conn.Kind.Test != nil {
		t.Run("connection test", func(t *testing.T) {
			t.Parallel()
			report(t, probes(t.Context(), conn, o))
		})
	}
	for _, op := range conn.Operations {
		t.Run(op.Spec().Name, func(t *testing.T) {
			t.Parallel()
			s := newSubject(conn, op, o)
			for _, c := range checks() {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					report(t, c.find(t.Context(), s))
				})
			}
		})
	}
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

// check looks for one kind of problem. Problems are data, so that the suite can
// be tested with connectors that have them.
type check struct {
	name string
	find func(context.Context, *subject) []string
}

func checks() []check {
	return []check{
		{"argument", refusesArguments},
		{"result", succeeds},
		{"examples", examplesHold},
		{"effect", repeats},
		{"refusals", refusals},
		{"failures with status 200", hiddenFailures},
		{"broken answers", breaks},
		{"cancellation", cancels},
		{"secrets", keepsSecrets},
	}
}

// subject is an operation with the call that the suite makes.
type subject struct {
	conn connector.Connector
	op   connector.Operation
	o    Options
	spec connector.Spec
	call Call
}

func newSubject(conn connector.Connector, op connector.Operation, o Options) *subject {
	s := &subject{conn: conn, op: op, o: o, spec: op.Spec(), call: o.Calls[op.Spec().Name]}
	if s.call.With == "" && len(s.spec.Examples) > 0 {
		s.call.With = string(s.spec.Examples[0].Input)
	}
	if len(s.call.Answers) == 0 {
		s.call.Answers = []string{"{}"}
	}
	return s
}

// effect is what the engine goes by: that of the argument, where it matters.
func (s *subject) effect() connector.Effect {
	if x, ok := s.op.(interface {
		EffectOf(map[string]any) connector.Effect
	}); ok {
		var with map[string]any
		_ = json.Unmarshal([]byte(s.call.With), &with)
		return x.EffectOf(with)
	}
	return s.spec.Effect
}

// writes reports whether a request may have changed something.
func (s *subject) writes(r request) bool {
	return s.spec.Risk != connector.Read && !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, r.method)
}

func unknownCalls(conn connector.Connector, o Options) []string {
	var problems []string
	for name := range o.Calls {
		if !slices.ContainsFunc(conn.Operations, func(op connector.Operation) bool { return op.Spec().Name == name }) {
			problems = append(problems, fmt.Sprintf("Options.Calls names %s, which is no operation of %s", name, conn.Name))
		}
	}
	return problems
}
