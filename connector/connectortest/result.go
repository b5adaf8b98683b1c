package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/schema"
)

// succeeds makes the call that must succeed.
func succeeds(ctx context.Context, s *subject) []string {
	var p problems
	res, sent := s.try(ctx, s.call.With, succeed(s.call.Answers))
	if res.err != nil {
		return []string{fmt.Sprintf("the call fails: %v; set Options.Calls[%q] to a call that succeeds", withFields(res.err), s.spec.Name)}
	}
	p.fits(s.op.Output(), res.out, "the result")
	p.unless(len(sent) > 0 || s.effect() == connector.Pure, "nothing was sent: an operation without input or output has the effect pure")
	p.unless(len(sent) == 0 || s.effect() != connector.Pure, "the effect is pure, and yet %d requests were sent", len(sent))
	if len(sent) > 0 && s.authenticates() {
		p.unless(sent[0].secret, "%s %s came without the credential: send it with Call.Connection", sent[0].method, sent[0].uri)
	}
	return p
}

// authenticates reports whether requests are to carry a credential.
func (s *subject) authenticates() bool {
	if s.conn.Kind == nil {
		return false
	}
	a := s.conn.Kind.Auth
	if a.Custom != nil {
		a = a.Custom(newSource(*s.conn.Kind, s.o, "").value.Settings)
	}
	return a.Bearer != "" || a.Header != nil || a.Basic != nil
}

// fits checks a JSON value against a schema.
func (p *problems) fits(raw, value json.RawMessage, what string) {
	sch, err := schema.Compile(raw)
	if err != nil {
		p.unless(false, "%s has a schema that is wrong: %v", what, err)
		return
	}
	var v any
	if err := json.Unmarshal(value, &v); err != nil {
		p.unless(false, "%s is not JSON: %v", what, err)
		return
	}
	for _, problem := range sch.Validate(v) {
		p.unless(false, "%s does not fit its schema: %s", what, problem)
	}
}

// examplesHold executes the examples that have a result.
func examplesHold(ctx context.Context, s *subject) []string {
	var p problems
	for _, e := range s.spec.Examples {
		p.unless(e.Title != "", "an example has no Title")
		p.fits(s.op.Input(), e.Input, "the argument of the example "+e.Title)
		if len(e.Output) == 0 {
			continue
		}
		p.fits(s.op.Output(), e.Output, "the result of the example "+e.Title)
		res, _ := s.try(ctx, string(e.Input), succeed(s.call.Answers))
		p.unless(res.err == nil, "the example %s fails: %v", e.Title, res.err)
		p.unless(res.err != nil || compact(res.out) == compact(e.Output), "the example %s gives %s, not %s", e.Title, compact(res.out), compact(e.Output))
	}
	return p
}

// compact writes JSON in one way.
func compact(raw json.RawMessage) string {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return string(raw)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(raw)
	}
	return string(b)
}

// repeats makes the call twice: what may be repeated is the same request again,
// and a write that is not so by its method carries the key that makes it so.
func repeats(ctx context.Context, s *subject) []string {
	var p problems
	if s.effect() != connector.Idempotent {
		return nil
	}
	first, second := s.requests(ctx), s.requests(ctx)
	same := slices.EqualFunc(first, second, func(a, b request) bool {
		return a.method == b.method && a.uri == b.uri && a.body == b.body && a.header.Get("Idempotency-Key") == b.header.Get("Idempotency-Key")
	})
	p.unless(same, "the effect is idempotent, and yet a second attempt of the call sends something else")
	for _, r := range first {
		natural := !slices.Contains([]string{http.MethodPost, http.MethodPatch}, r.method)
		p.unless(natural || !s.writes(r) || r.holds(idempotencyKey),
			"%s %s came without Call.IdempotencyKey: the outside cannot tell a repetition, so the effect is at-most-once", r.method, r.uri)
	}
	return p
}

func (r request) holds(text string) bool {
	for _, values := range r.header {
		if strings.Contains(strings.Join(values, " "), text) {
			return true
		}
	}
	return strings.Contains(r.uri, text) || strings.Contains(r.body, text)
}
