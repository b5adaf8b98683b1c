package app

import (
	"context"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/connectors"
	"github.com/patchbay-dev/patchbay/internal/aidialect/anthropic"
	"github.com/patchbay-dev/patchbay/internal/aidialect/openai"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/egress"
	"github.com/patchbay-dev/patchbay/internal/engine"
	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/gateway"
	"github.com/patchbay-dev/patchbay/internal/protocol/http"
	"github.com/patchbay-dev/patchbay/internal/registry"
	"github.com/patchbay-dev/patchbay/internal/signature"
)

// Catalog is what flows may use, without a store: enough to check a flow file.
type Catalog struct {
	Registry *registry.Registry
	Schemes  *signature.Set
}

// NewCatalog collects connectors, models and webhook schemes.
func NewCatalog() (*Catalog, error) {
	schemes, err := signature.Builtin()
	if err != nil {
		return nil, err
	}
	g, err := gateway.New(map[string]gateway.Provider{
		"openai":    {Dialect: openai.Dialect{}, BaseURL: openai.BaseURL},
		"anthropic": {Dialect: anthropic.Dialect{}, BaseURL: anthropic.BaseURL, Header: "X-Api-Key"},
	})
	if err != nil {
		return nil, err
	}
	secretKind := connection.SecretKind()
	all := append(connectors.All(), g.Connector(), http.Connector(), connector.Connector{Name: "secret", Kind: &secretKind})
	r, err := registry.New(all, func(a flow.Auth) error {
		_, err := schemes.Scheme(a.Scheme, a.Config)
		return err
	})
	return &Catalog{r, schemes}, err
}

// NewEgress makes the outbound client of a list of allowances.
func NewEgress(allow []string, agent string) (*egress.Client, error) {
	o := egress.Options{Agent: agent}
	for _, text := range allow {
		a, err := egress.ParseAllowance(text)
		if err != nil {
			return nil, err
		}
		o.Allow = append(o.Allow, a)
	}
	return egress.New(o), nil
}

// Outside lends connections to the engine.
type Outside struct{ Pool *connection.Pool }

// Begin implements engine.Outside.
func (o Outside) Begin(ctx context.Context, ns string) engine.Attempt { return o.Pool.Begin(ctx, ns) }

var _ engine.Outside = Outside{}
