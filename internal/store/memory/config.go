package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// SaveDraft implements store.Flows.
func (s *Store) SaveDraft(_ context.Context, f store.Flow, base string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := name{f.Namespace, f.Name}
	if base != "" && s.flows[k].DraftHash != base {
		return errs.Newf(errs.Conflict, "the draft of %s was changed by someone else", f.Name)
	}
	f.Published = s.flows[k].Published
	s.flows[k] = f
	return nil
}

// Publish implements store.Flows.
func (s *Store) Publish(_ context.Context, r store.Revision) (store.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := name{r.Namespace, r.Flow}
	revs := s.revs[k]
	if n := s.flows[k].Published; n > 0 && revs[n-1].Hash == r.Hash {
		return revs[n-1], nil
	}
	r.Number = len(revs) + 1
	s.revs[k] = append(revs, r)
	s.flows[k] = store.Flow{Namespace: r.Namespace, Name: r.Flow, Draft: r.Text, DraftHash: r.Hash, Published: r.Number, Updated: r.Created}
	return r, nil
}

// Flow implements store.Flows.
func (s *Store) Flow(_ context.Context, ns, flow string) (store.Flow, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, ok := s.flows[name{ns, flow}]
	if !ok {
		return f, errs.Newf(errs.NotFound, "there is no flow %q", flow)
	}
	return f, nil
}

// Flows implements store.Flows.
func (s *Store) Flows(_ context.Context, ns string) ([]store.Flow, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := sorted(s.flows, ns)
	for i := range out {
		out[i].Draft = ""
	}
	return out, nil
}

// Revision implements store.Flows.
func (s *Store) Revision(_ context.Context, ns, flow string, number int) (store.Revision, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	revs := s.revs[name{ns, flow}]
	if number < 1 || number > len(revs) {
		return store.Revision{}, errs.Newf(errs.NotFound, "the flow %q has no revision %d", flow, number)
	}
	return revs[number-1], nil
}

// Revisions implements store.Flows.
func (s *Store) Revisions(_ context.Context, ns, flow string) ([]store.Revision, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := slices.Clone(s.revs[name{ns, flow}])
	slices.Reverse(out)
	for i := range out {
		out[i].Text = ""
	}
	return out, nil
}

// Published implements store.Flows.
func (s *Store) Published(context.Context) ([]store.Revision, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Revision
	for k, f := range s.flows {
		if f.Published > 0 {
			out = append(out, s.revs[k][f.Published-1])
		}
	}
	slices.SortFunc(out, func(a, b store.Revision) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Flow, b.Flow))
	})
	return out, nil
}

// sorted gives the values of a namespace by name.
func sorted[V any](m map[name]V, ns string) []V {
	var keys []string
	for k := range m {
		if k.ns == ns {
			keys = append(keys, k.name)
		}
	}
	slices.Sort(keys)
	out := make([]V, len(keys))
	for i, k := range keys {
		out[i] = m[name{ns, k}]
	}
	return out
}

// PutConnection implements store.Connections.
func (s *Store) PutConnection(_ context.Context, c store.Connection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := name{c.Namespace, c.Name}
	if c.Version != s.conns[k].Version+1 {
		return errs.Newf(errs.Conflict, "the connection %q was changed by someone else", c.Name)
	}
	c.Settings, c.Sealed = maps.Clone(c.Settings), maps.Clone(c.Sealed)
	s.conns[k] = c
	return nil
}

// Connection implements store.Connections.
func (s *Store) Connection(_ context.Context, ns, conn string) (store.Connection, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, ok := s.conns[name{ns, conn}]
	if !ok {
		return c, errs.Newf(errs.NotFound, "there is no connection %q", conn)
	}
	return c, nil
}

// Connections implements store.Connections.
func (s *Store) Connections(_ context.Context, ns string) ([]store.Connection, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := sorted(s.conns, ns)
	for i := range out {
		out[i].Sealed = maps.Clone(out[i].Sealed)
		for field := range out[i].Sealed {
			out[i].Sealed[field] = nil
		}
	}
	return out, nil
}

// DeleteConnection implements store.Connections.
func (s *Store) DeleteConnection(_ context.Context, ns, conn string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := name{ns, conn}
	if _, ok := s.conns[k]; !ok {
		return errs.Newf(errs.NotFound, "there is no connection %q", conn)
	}
	delete(s.conns, k)
	return nil
}

// PutVar implements store.Vars.
func (s *Store) PutVar(_ context.Context, v store.Var) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vars[name{v.Namespace, v.Name}] = v
	return nil
}

// Vars implements store.Vars.
func (s *Store) Vars(_ context.Context, ns string) ([]store.Var, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return sorted(s.vars, ns), nil
}

// PutToken implements store.Tokens.
func (s *Store) PutToken(_ context.Context, t store.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[t.ID] = t
	return nil
}

// Token implements store.Tokens.
func (s *Store) Token(_ context.Context, id string) (store.Token, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.tokens[id]
	if !ok {
		return t, errs.New(errs.NotFound, "there is no such token")
	}
	return t, nil
}

// Tokens implements store.Tokens.
func (s *Store) Tokens(context.Context) ([]store.Token, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := slices.Collect(maps.Values(s.tokens))
	slices.SortFunc(out, func(a, b store.Token) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// DeleteToken implements store.Tokens.
func (s *Store) DeleteToken(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.tokens[id]; !ok {
		return errs.New(errs.NotFound, "there is no such token")
	}
	delete(s.tokens, id)
	return nil
}

// Meta implements store.Meta.
func (s *Store) Meta(_ context.Context, key string) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return bytes.Clone(s.meta[key]), nil
}

// PutMetaOnce implements store.Meta.
func (s *Store) PutMetaOnce(_ context.Context, key string, value []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.meta[key]; !ok {
		s.meta[key] = bytes.Clone(value)
	}
	return bytes.Clone(s.meta[key]), nil
}
