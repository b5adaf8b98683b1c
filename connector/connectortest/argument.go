package connectortest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/patchbay-dev/patchbay/connector"
)

// refusesArguments finds arguments against the schema that are let through.
func refusesArguments(ctx context.Context, s *subject) []string {
	var p problems
	var good map[string]any
	if err := json.Unmarshal([]byte(s.call.With), &good); err != nil {
		return []string{fmt.Sprintf("the argument of the call is no JSON object: %v; set Options.Calls[%q].With", err, s.spec.Name)}
	}
	for _, problem := range s.op.Check(good) {
		p.unless(false, "Check complains of the call's own argument: %s: %s", problem.Path, problem.Message)
	}
	r, err := newRig(s.conn, s.o, succeed(s.call.Answers))
	if err != nil {
		return []string{err.Error()}
	}
	defer r.close()
	for _, raw := range []string{`null`, `[]`, `"text"`, `{`} {
		p.refused(r.invoke(ctx, s.op, raw), raw)
	}
	for what, bad := range spoiled(object(s.op.Input()), good) {
		p.unless(len(s.op.Check(bad)) > 0, "Check lets an argument with %s through", what)
		raw, err := json.Marshal(bad)
		p.unless(err == nil, "the argument of the call cannot be encoded: %v", err)
		p.refused(r.invoke(ctx, s.op, string(raw)), what)
	}
	p.unless(len(r.outside.received()) == 0, "%d requests were sent for arguments that do not fit", len(r.outside.received()))
	return p
}

func (p *problems) refused(res outcome, what string) {
	e := connector.AsError(orNone(res.err))
	p.unless(res.err != nil, "an argument with %s is let through", what)
	p.unless(res.err == nil || e.Type == "validation" && e.Status == http.StatusBadRequest && !e.Temporary && !e.Unknown,
		"an argument with %s must give a permanent error of type validation and status 400; it gives %s", what, show(res.err))
}

// spoiled makes arguments that are wrong in one place each.
func spoiled(in described, good map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, name := range in.Required {
		out["no "+name] = without(good, name)
	}
	for name, field := range in.Properties {
		if wrong, ok := otherThan(field.Type); ok {
			out[fmt.Sprintf("%v as %s", wrong, name)] = with(good, name, wrong)
		}
	}
	if in.Additional == false {
		out["an unknown member"] = with(good, "zz-unknown-zz", 1)
	}
	return out
}

func without(m map[string]any, name string) map[string]any {
	m = maps.Clone(m)
	delete(m, name)
	return m
}

func with(m map[string]any, name string, v any) map[string]any {
	m = maps.Clone(m)
	m[name] = v
	return m
}

// otherThan gives a value that is not of a type; false where any would be.
func otherThan(kind any) (any, bool) {
	kinds, ok := kind.([]any)
	if s, one := kind.(string); one {
		kinds, ok = []any{s}, true
	}
	if !ok {
		return nil, false
	}
	for _, other := range []struct {
		value any
		kinds []any
	}{
		{map[string]any{"no": true}, []any{"object"}},
		{"no", []any{"string"}},
		{true, []any{"boolean"}},
	} {
		if !slices.ContainsFunc(other.kinds, func(k any) bool { return slices.Contains(kinds, k) }) {
			return other.value, true
		}
	}
	return nil, false
}
