package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/patchbay-dev/patchbay/internal/auth"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/deploy"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/registry"
	"github.com/patchbay-dev/patchbay/internal/route"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// Namespace is the one namespace until roles arrive.
const Namespace = "default"

// Prefix is where the API lives.
const Prefix = "/api/v1"

// Runner controls runs.
type Runner interface {
	Cancel(ctx context.Context, ns string, r id.Run, reason string) error
	Retry(ctx context.Context, ns string, r id.Run) error
}

// Starter begins runs. Errors: errs.NotFound, errs.Unavailable.
type Starter interface {
	Start(ctx context.Context, ns, flow string, input []byte) (id.Run, error)
	Replay(ctx context.Context, ns string, e store.Event) (id.Event, error)
}

// Options are what the API stands on.
type Options struct {
	Store       store.Store
	Deployer    *deploy.Deployer
	Connections *connection.Stored
	Pool        *connection.Pool
	Registry    *registry.Registry
	Runner      Runner
	Starter     Starter
	Auth        *auth.Keeper
	Version     string
	// Ready is nil when the server can take work.
	Ready func(context.Context) error
	// Secure: browsers reach the server by https, perhaps through a proxy.
	Secure bool
}

type api struct {
	Options
	huma.API
}

// Routes gives the routes of the API, of health and of signing in.
func Routes(o Options) []route.Route {
	mux := http.NewServeMux()
	a := build(o, mux)
	return append(a.health(), route.Route{Pattern: Prefix + "/", Handler: limited(http.StripPrefix(Prefix, exact(mux)))})
}

func build(o Options, mux *http.ServeMux) *api {
	cfg := huma.DefaultConfig("Patchbay", o.Version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "/openapi", "", ""
	cfg.Servers = []*huma.Server{{URL: Prefix}}
	cfg.CreateHooks = nil // no $schema links in answers
	cfg.Transformers = append(cfg.Transformers, told)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	cfg.Security = []map[string][]string{{"token": {}}}
	a := &api{o, humago.New(mux, cfg)}
	a.flows()
	a.runs()
	a.events()
	a.connections()
	a.vars()
	a.tokens()
	for _, unused := range []string{"ErrorModel", "ErrorDetail"} {
		delete(a.OpenAPI().Components.Schemas.Map(), unused)
	}
	return a
}

// maxRequest bounds a request body of the API, in bytes.
const maxRequest = 16 << 20

func limited(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h.ServeHTTP(w, r)
	})
}

// body wraps an answer.
type body[T any] struct{ Body T }

// operation registers one operation; its errors become problems.
func operation[I, O any](a *api, method, path, name, summary string, do func(context.Context, *I) (O, error)) {
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	status := http.StatusOK
	huma.Register(a.API, huma.Operation{
		OperationID: name, Method: method, Path: path, Summary: summary, Tags: []string{tag}, DefaultStatus: status, MaxBodyBytes: maxRequest,
		Responses: a.problems(),
	}, func(ctx context.Context, in *I) (*body[O], error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, problem(err)
		}
		return &body[O]{out}, nil
	})
}
