// Package registry knows what can be called: the operations of all connectors by
// name, and the webhook schemes. It answers the flow loader's questions and gives
// operations to the engine. It runs nothing itself.
package registry

import (
	"slices"

	"github.com/patchbay-dev/patchbay/connector"
	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/flow"
)

// AuthChecker reports what is wrong with a webhook's authentication.
type AuthChecker func(flow.Auth) error

// Registry is the catalog of one installation. It is not changed after New.
type Registry struct {
	operations map[string]entry
	kinds      map[string]connector.Kind
	names      []string
	auth       AuthChecker
}

type entry struct {
	op   connector.Operation
	kind string // of the connection it needs
}

// New collects connectors. Two operations of one name are a programming error.
func New(connectors []connector.Connector, auth AuthChecker) (*Registry, error) {
	r := &Registry{operations: map[string]entry{}, kinds: map[string]connector.Kind{}, auth: auth}
	for _, c := range connectors {
		kind := ""
		if c.Kind != nil {
			kind = c.Kind.Name
			r.kinds[kind] = *c.Kind
		}
		for _, op := range c.Operations {
			name := op.Spec().Name
			if _, twice := r.operations[name]; twice {
				return nil, errs.Newf(errs.Internal, "two operations are called %s", name)
			}
			if _, own := op.(interface{ OwnConnection() }); own {
				kind = ""
			}
			r.operations[name] = entry{op, kind}
			r.names = append(r.names, name)
		}
	}
	slices.Sort(r.names)
	return r, nil
}

// Operations lists all names.
func (r *Registry) Operations() []string { return r.names }

// Operation implements flow.Catalog.
func (r *Registry) Operation(name string) (flow.Operation, bool) {
	e, ok := r.operations[name]
	if !ok {
		return flow.Operation{}, false
	}
	return flow.Operation{Connection: e.kind, Check: func(with map[string]any) []flow.Argument {
		var out []flow.Argument
		for _, p := range e.op.Check(with) {
			out = append(out, flow.Argument{Path: p.Path, Message: p.Message})
		}
		return out
	}}, true
}

// CheckAuth implements flow.Catalog.
func (r *Registry) CheckAuth(a flow.Auth) error { return r.auth(a) }

// Find gives an operation to call and the kind of connection it needs; false if
// there is none of the name.
func (r *Registry) Find(name string) (op connector.Operation, kind string, ok bool) {
	e, ok := r.operations[name]
	return e.op, e.kind, ok
}

// Kind describes a kind of connection; false if no connector has it.
func (r *Registry) Kind(name string) (connector.Kind, bool) {
	k, ok := r.kinds[name]
	return k, ok
}

// Kinds lists the kinds of connections by name.
func (r *Registry) Kinds() []connector.Kind {
	var out []connector.Kind
	for _, k := range r.kinds {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b connector.Kind) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

var _ flow.Catalog = (*Registry)(nil)
