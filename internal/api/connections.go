package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/patchbay-dev/patchbay/client"
	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/connection"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/secret"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// ConnectionName is a path parameter; it is exported since it is embedded.
type ConnectionName struct {
	Name string `path:"name" maxLength:"63"`
}

type connectionInput struct {
	ConnectionName
	Body client.ConnectionInput
}

type done struct {
	OK bool `json:"ok"`
}

func (a *api) connections() {
	operation(a, http.MethodGet, "/connections", "list-connections", "List connections", a.listConnections)
	operation(a, http.MethodPut, "/connections/{name}", "set-connection", "Make or change a connection", a.setConnection)
	operation(a, http.MethodPost, "/connections/{name}/test", "test-connection", "Try a connection without changing anything outside", a.testConnection)
	operation(a, http.MethodDelete, "/connections/{name}", "delete-connection", "Delete a connection", a.deleteConnection)
	operation(a, http.MethodGet, "/kinds", "list-kinds", "List kinds of connections", a.listKinds)
}

func (a *api) listConnections(ctx context.Context, _ *struct{}) ([]client.Connection, error) {
	rows, err := a.Store.Connections(ctx, Namespace)
	out := make([]client.Connection, 0, len(rows))
	for _, r := range rows {
		out = append(out, connectionOf(r))
	}
	return out, err
}

func connectionOf(c store.Connection) client.Connection {
	return client.Connection{Name: c.Name, Kind: c.Kind, Settings: c.Settings, Secrets: slices.Sorted(maps.Keys(c.Sealed)), Version: c.Version, Updated: c.Updated}
}

func (a *api) setConnection(ctx context.Context, in *connectionInput) (client.Connection, error) {
	v := connection.Value{Name: in.Name, Kind: in.Body.Kind, Settings: in.Body.Settings, Secrets: map[string]secret.String{}}
	for field, s := range in.Body.Secrets {
		v.Secrets[field] = secret.New(s)
	}
	err := a.Connections.Set(ctx, Namespace, v)
	a.Pool.Forget(Namespace, in.Name)
	if err != nil {
		return client.Connection{}, err
	}
	c, err := a.Store.Connection(ctx, Namespace, in.Name)
	return connectionOf(c), err
}

func (a *api) testConnection(ctx context.Context, in *ConnectionName) (done, error) {
	if err := a.Pool.Test(ctx, Namespace, in.Name); err != nil {
		return done{}, err
	}
	return done{true}, nil
}

func (a *api) deleteConnection(ctx context.Context, in *ConnectionName) (done, error) {
	err := a.Store.DeleteConnection(ctx, Namespace, in.Name)
	a.Pool.Forget(Namespace, in.Name)
	return done{err == nil}, err
}

func (a *api) listKinds(context.Context, *struct{}) ([]client.Kind, error) {
	var out []client.Kind
	for _, k := range a.Registry.Kinds() {
		out = append(out, kindOf(k))
	}
	return out, nil
}

func kindOf(k connector.Kind) client.Kind {
	out := client.Kind{Name: k.Name, Title: k.Title, Doc: k.Doc, Fields: []client.Field{}}
	for _, f := range k.Fields {
		out.Fields = append(out.Fields, client.Field{Name: f.Name, Doc: f.Doc, Secret: f.Secret, Required: f.Required, Default: f.Default, Enum: f.Enum})
	}
	return out
}

type varInput struct {
	Name string `path:"name" maxLength:"63"`
	Body struct {
		Value json.RawMessage `json:"value" doc:"Any JSON value"`
	}
}

func (a *api) vars() {
	operation(a, http.MethodGet, "/vars", "list-vars", "List variables", a.listVars)
	operation(a, http.MethodPut, "/vars/{name}", "set-var", "Set a variable", a.setVar)
}

func (a *api) listVars(ctx context.Context, _ *struct{}) ([]client.Var, error) {
	rows, err := a.Store.Vars(ctx, Namespace)
	out := make([]client.Var, 0, len(rows))
	for _, v := range rows {
		out = append(out, client.Var{Name: v.Name, Value: v.Value, Updated: v.Updated})
	}
	return out, err
}

func (a *api) setVar(ctx context.Context, in *varInput) (done, error) {
	err := a.Deployer.SetVar(ctx, Namespace, in.Name, in.Body.Value)
	return done{err == nil}, err
}

type tokenInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" doc:"What the token is for"`
		Days int    `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"Life in days; 0 for ever"`
	}
}

type tokenID struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *api) tokens() {
	operation(a, http.MethodGet, "/tokens", "list-tokens", "List API tokens", a.listTokens)
	operation(a, http.MethodPost, "/tokens", "create-token", "Make an API token; its value is shown once", a.createToken)
	operation(a, http.MethodPost, "/tokens/link", "create-link", "Make a one-time sign-in link", a.createLink)
	operation(a, http.MethodDelete, "/tokens/{id}", "delete-token", "Revoke a token", a.deleteToken)
}

func tokenOf(t store.Token) client.Token {
	return client.Token{ID: t.ID, Name: t.Name, Created: t.Created, Expires: moment(t.Expires)}
}

func (a *api) listTokens(ctx context.Context, _ *struct{}) ([]client.Token, error) {
	rows, err := a.Store.Tokens(ctx)
	out := make([]client.Token, 0, len(rows))
	for _, t := range rows {
		out = append(out, tokenOf(t))
	}
	return out, err
}

func (a *api) createToken(ctx context.Context, in *tokenInput) (client.Token, error) {
	t, value, err := a.Auth.Create(ctx, in.Body.Name, time.Duration(in.Body.Days)*24*time.Hour)
	if err != nil {
		return client.Token{}, err
	}
	out := tokenOf(t)
	out.Secret = value.Reveal()
	return out, nil
}

func (a *api) createLink(ctx context.Context, _ *struct{}) (client.Token, error) {
	value, err := a.Auth.Link(ctx)
	if err != nil {
		return client.Token{}, errs.Wrap(errs.Unavailable, err, "cannot make a sign-in link")
	}
	return client.Token{Secret: value.Reveal()}, nil
}

func (a *api) deleteToken(ctx context.Context, in *tokenID) (done, error) {
	err := a.Store.DeleteToken(ctx, in.ID)
	return done{err == nil}, err
}
