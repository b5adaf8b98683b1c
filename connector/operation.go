package connector

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/patchbay-dev/patchbay/internal/schema"
)

type operation[In, Out any] struct {
	spec    Spec
	in, out *schema.Schema
	do      func(context.Context, *Call, In) (Out, error)
}

// NewOperation builds an operation from a function. In must be a struct; the
// tags json, doc, default, enum, format and required of its fields describe it.
// It panics on a spec or type that cannot be described, which is a programming
// error that every test of the connector finds.
func NewOperation[In, Out any](s Spec, do func(context.Context, *Call, In) (Out, error)) Operation {
	if s.Name == "" || s.Effect == "" || s.Risk == "" {
		panic(fmt.Sprintf("connector: operation %q needs a name, an effect and a risk", s.Name))
	}
	return &operation[In, Out]{spec: s, in: schema.For[In](), out: schema.For[Out](), do: do}
}

func (o *operation[In, Out]) Spec() Spec              { return o.spec }
func (o *operation[In, Out]) Input() json.RawMessage  { return o.in.JSON() }
func (o *operation[In, Out]) Output() json.RawMessage { return o.out.JSON() }

func (o *operation[In, Out]) Check(with map[string]any) []Problem {
	var ps []Problem
	for _, p := range o.in.ValidateTemplate(with) {
		ps = append(ps, Problem{Path: p.Path, Message: p.Message})
	}
	return ps
}

func (o *operation[In, Out]) Invoke(ctx context.Context, call *Call, with json.RawMessage) (json.RawMessage, error) {
	var in In
	if err := o.in.Decode(with, &in); err != nil {
		return nil, &Error{Type: "validation", Status: 400, Title: "The argument does not fit " + o.spec.Name, Detail: err.Error()}
	}
	out, err := o.do(ctx, call, in)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode the result of %s: %w", o.spec.Name, err)
	}
	return b, nil
}
