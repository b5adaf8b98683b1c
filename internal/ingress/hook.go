package ingress

import (
	"sync/atomic"

	"github.com/patchbay-dev/patchbay/internal/flow"
	"github.com/patchbay-dev/patchbay/internal/signature"
)

// Prefix is where hooks live.
const Prefix = "/hooks"

// Hook is a webhook trigger of a published flow.
type Hook struct {
	Namespace string
	Path      string // below Prefix, with a leading slash
	Method    string
	Flow      *flow.Flow
	Revision  int
	Trigger   string
	Scheme    *signature.Scheme // nil for none
	Secret    string            // name of the connection of kind secret
}

// Table is the set of hooks that are live; it is replaced as a whole.
type Table struct {
	hooks atomic.Pointer[map[string]Hook]
}

// Set replaces all hooks. Paths must be unique.
func (t *Table) Set(hooks []Hook) {
	m := make(map[string]Hook, len(hooks))
	for _, h := range hooks {
		m[h.Path] = h
	}
	t.hooks.Store(&m)
}

// Find gives the hook of a path.
func (t *Table) Find(path string) (Hook, bool) {
	m := t.hooks.Load()
	if m == nil {
		return Hook{}, false
	}
	h, ok := (*m)[path]
	return h, ok
}

// All lists the hooks in no order.
func (t *Table) All() []Hook {
	m := t.hooks.Load()
	if m == nil {
		return nil
	}
	all := make([]Hook, 0, len(*m))
	for _, h := range *m {
		all = append(all, h)
	}
	return all
}
