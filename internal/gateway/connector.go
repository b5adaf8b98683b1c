package gateway

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/ai"
	"github.com/patchbay-dev/patchbay/internal/schema"
)

// Provider is one dialect with the address of the provider that made it.
type Provider struct {
	Dialect ai.Dialect
	BaseURL string
	// Header carries the key; "" for Authorization: Bearer.
	Header string
}

// Gateway calls models.
type Gateway struct {
	providers map[string]Provider // by dialect name
	prices    prices
	answers   answers
}

// New makes a gateway of dialects by name.
func New(providers map[string]Provider) (*Gateway, error) {
	p, err := loadPrices()
	if err != nil {
		return nil, err
	}
	return &Gateway{providers: providers, prices: p}, nil
}

// Connector gives the connector "ai".
func (g *Gateway) Connector() connector.Connector {
	k := g.kind()
	op := connector.NewOperation(connector.Spec{
		Name: "ai.generate", Title: "Ask a model", Summary: "Asks a language model, and checks the answer against a schema if one is given.",
		Doc: "The part of model before the slash names a connection of kind ai. With a schema the result is the checked JSON, without one it is text. " +
			"If a model cannot answer, the models of fallback are asked in turn.",
		Effect: connector.Idempotent, Risk: connector.Read,
		Examples: []connector.Example{
			{Title: "Text", Input: []byte(`{"model":"openai/gpt-4o-mini","prompt":"Say hello"}`)},
			{Title: "Checked JSON", Input: []byte(`{"model":"anthropic/claude-sonnet-4-5","prompt":"Is this angry? Where is my order!","schema":{"type":"object","required":["angry"],"properties":{"angry":{"type":"boolean"}}}}`)},
		},
	}, g.generate)
	return connector.Connector{Name: "ai", Title: "AI models", Doc: "Language models of any provider.", Kind: &k, Operations: []connector.Operation{operation{op}}}
}

func (g *Gateway) kind() connector.Kind {
	dialects := slices.Sorted(maps.Keys(g.providers))
	return connector.Kind{
		Name: "ai", Title: "AI provider", Doc: "An account at a provider of language models, or any compatible server.",
		Fields: []connector.Field{
			{Name: "dialect", Doc: "How the provider speaks", Required: true, Enum: dialects},
			{Name: "key", Doc: "API key; leave it out for a server that needs none", Secret: true},
			{Name: "base_url", Doc: "Address of the API; the provider's own by default"},
			{Name: "structured", Doc: "How an openai server is asked for JSON: schema, object (JSON mode) or none (in words)", Enum: []string{"schema", "object", "none"}, Default: "schema"},
		},
		BaseFor: func(s map[string]string) string { return g.providers[s["dialect"]].BaseURL },
		Auth: connector.Auth{Custom: func(s map[string]string) connector.Auth {
			if h := g.providers[s["dialect"]].Header; h != "" {
				return connector.Auth{Header: &connector.AuthHeader{Name: h, Field: "key"}}
			}
			return connector.Auth{Bearer: "key"}
		}},
		Test: func(ctx context.Context, c *connector.Connection) error {
			header := map[string][]string{"Anthropic-Version": {"2023-06-01"}}
			return c.JSON(ctx, connector.Request{Method: "GET", Path: "/models", Header: header}, nil)
		},
	}
}

// operation finds its connections by the model's name.
type operation struct{ connector.Operation }

// OwnConnection tells the registry so.
func (operation) OwnConnection() {}

// Check also reads the schema when the flow is saved.
func (o operation) Check(with map[string]any) []connector.Problem {
	problems := o.Operation.Check(with)
	if s, ok := with["schema"].(map[string]any); ok {
		raw, err := json.Marshal(s)
		if err == nil {
			_, err = schema.Compile(raw)
		}
		if err != nil {
			problems = append(problems, connector.Problem{Path: "/schema", Message: explain(err)})
		}
	}
	for _, m := range append([]any{with["model"]}, list(with["fallback"])...) {
		if s, ok := m.(string); ok {
			if _, _, err := split(s); err != nil {
				problems = append(problems, connector.Problem{Path: "/model", Message: err.Error()})
			}
		}
	}
	return problems
}

func list(v any) []any { l, _ := v.([]any); return l }
