package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
)

type in struct {
	Model       string          `json:"model" min:"3" doc:"provider/name, e.g. openai/gpt-4o-mini"`
	Fallback    []string        `json:"fallback,omitempty" doc:"Models to ask, in order, when the first cannot answer"`
	System      string          `json:"system,omitempty" doc:"What the model is and how it should behave"`
	Prompt      string          `json:"prompt" min:"1" doc:"The question"`
	Schema      json.RawMessage `json:"schema,omitempty" doc:"JSON Schema of the answer"`
	Temperature *float64        `json:"temperature,omitempty" min:"0" max:"2" doc:"0 for the most likely answer"`
	MaxTokens   int             `json:"maxTokens,omitempty" min:"0" max:"1000000" doc:"Most tokens of the answer"`
}

func (g *Gateway) generate(ctx context.Context, call *connector.Call, in in) (any, error) {
	q, err := g.newQuestion(in)
	if err != nil {
		return nil, err
	}
	var failures []error
	for _, model := range append([]string{in.Model}, in.Fallback...) {
		out, err := g.ask(ctx, call, model, q)
		if err == nil {
			return out, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", model, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, exhausted(failures)
}

// ask puts the question to one model; an answer that does not fit the schema is
// sent back once with what is wrong.
func (g *Gateway) ask(ctx context.Context, call *connector.Call, model string, q *question) (any, error) {
	provider, name, err := split(model)
	if err != nil {
		return nil, err
	}
	c, err := call.Use(ctx, provider, "ai")
	if err != nil {
		return nil, err
	}
	p := g.providers[c.Settings["dialect"]]
	req := q.request(name)
	for turn := 0; ; turn++ {
		res, err := p.Dialect.Generate(ctx, c, fmt.Sprintf("%s-%s-%d", call.IdempotencyKey, provider, turn), req)
		if err != nil {
			return nil, err
		}
		g.count(call.Usage, model, c.Settings["dialect"], name, res)
		if err := stopped(res); err != nil {
			return nil, err
		}
		out, wrong := q.read(res.Text)
		if wrong == "" {
			return out, nil
		}
		if turn == 1 {
			return nil, &connector.Error{Type: "validation", Status: http.StatusUnprocessableEntity, Title: "The model's answer does not fit the schema", Detail: wrong, Temporary: true}
		}
		req.Messages = append(req.Messages, ai.Message{Role: ai.Assistant, Text: res.Text}, ai.Message{Role: ai.User, Text: repair + wrong})
	}
}

const repair = "That answer does not fit the schema. Give the whole answer again, as JSON only, with these problems mended:\n"

// stopped tells apart what is no answer: it was cut off, or refused.
func stopped(r *ai.Response) error {
	switch r.Stop {
	case ai.Length:
		return &connector.Error{Type: "runtime", Status: http.StatusUnprocessableEntity, Title: "The model's answer was cut off", Detail: "raise maxTokens, or ask for less"}
	case ai.Refused:
		return &connector.Error{Type: "runtime", Status: http.StatusUnprocessableEntity, Title: "The model refused to answer", Detail: r.Text}
	default:
		return nil
	}
}

// split takes provider/name apart; a name may hold slashes.
func split(model string) (provider, name string, err error) {
	provider, name, ok := strings.Cut(model, "/")
	if !ok || provider == "" || name == "" {
		return "", "", connector.Invalidf("%q is no model: write provider/name, e.g. openai/gpt-4o-mini", model)
	}
	return provider, name, nil
}

// exhausted is the error of a chain in which nobody answered: worth a retry if
// any of its failures is, after the shortest wait that was asked for.
func exhausted(failures []error) error {
	last := *connector.AsError(failures[len(failures)-1])
	if len(failures) == 1 {
		return failures[0]
	}
	texts := make([]string, len(failures))
	for i, f := range failures {
		e := connector.AsError(f)
		texts[i] = f.Error()
		if e.Temporary {
			if !last.Temporary || e.RetryAfter < last.RetryAfter {
				last.RetryAfter = e.RetryAfter
			}
			last.Temporary = true
		}
	}
	last.Title, last.Detail, last.Err = "No model could answer", strings.Join(texts, "; "), nil
	return &last
}

// count adds an answer to the usage of the call. A cost that is unknown once
// makes the sum unknown, never too low.
func (g *Gateway) count(u *connector.Usage, model, dialect, name string, r *ai.Response) {
	first := u.InputTokens == 0 && u.OutputTokens == 0
	u.Model = model
	u.InputTokens += r.InputTokens
	u.OutputTokens += r.OutputTokens
	cost, known := g.prices.cost(dialect, name, r)
	switch {
	case !known:
		u.NanoUSD = nil
	case first:
		u.NanoUSD = &cost
	case u.NanoUSD != nil:
		*u.NanoUSD += cost
	}
}

// question is what is asked of each model of a chain.
type question struct {
	in     in
	answer *answer // nil for free text
}

func (g *Gateway) newQuestion(in in) (*question, error) {
	if len(in.Schema) == 0 || string(in.Schema) == "null" {
		return &question{in: in}, nil
	}
	a, err := g.answers.get(in.Schema)
	if err != nil {
		return nil, connector.Invalidf("schema: %s", explain(err))
	}
	return &question{in, a}, nil
}

func (q *question) request(name string) *ai.Request {
	r := &ai.Request{
		Model: name, System: q.in.System, Messages: []ai.Message{{Role: ai.User, Text: q.in.Prompt}},
		Temperature: q.in.Temperature, MaxTokens: q.in.MaxTokens,
	}
	if q.answer != nil {
		r.Schema, r.Closed = q.answer.asked, q.answer.closed
	}
	return r
}
