// Package memory keeps Patchbay's data in the process: for `flow run` and tests.
// It proves the same contract as every backend, except that nothing outlives it.
package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

type name struct{ ns, name string }

// Store is a store.Store in memory.
type Store struct {
	mu      sync.RWMutex
	epoch   uint64
	journal map[id.Run][]store.Record
	runs    map[id.Run]store.Run
	events  map[id.Event]store.Event
	seen    map[[3]string]id.Event
	flows   map[name]store.Flow
	revs    map[name][]store.Revision
	conns   map[name]store.Connection
	vars    map[name]store.Var
	tokens  map[string]store.Token
	meta    map[string][]byte
}

// New makes an empty store.
func New() *Store {
	return &Store{
		journal: map[id.Run][]store.Record{}, runs: map[id.Run]store.Run{}, events: map[id.Event]store.Event{}, seen: map[[3]string]id.Event{},
		flows: map[name]store.Flow{}, revs: map[name][]store.Revision{}, conns: map[name]store.Connection{}, vars: map[name]store.Var{},
		tokens: map[string]store.Token{}, meta: map[string][]byte{},
	}
}

// Open implements store.Journal.
func (s *Store) Open(context.Context, string) (store.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch++
	return store.Session{ID: 1, Epoch: s.epoch}, nil
}

// Commit implements store.Journal.
func (s *Store) Commit(_ context.Context, session store.Session, txs []store.Tx) ([]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if session.Epoch != s.epoch {
		return nil, store.ErrFenced
	}
	results := make([]error, len(txs))
	for i, tx := range txs {
		results[i] = s.commit(tx)
	}
	return results, nil
}

func (s *Store) commit(tx store.Tx) error {
	if e := tx.Event; e != nil {
		if err := s.duplicate(e); err != nil {
			return err
		}
	}
	_, exists := s.runs[tx.Run]
	have := s.journal[tx.Run]
	if tx.Create != nil && exists || len(tx.Records) > 0 && int(tx.Records[0].Seq) != len(have) {
		return store.ErrConflict
	}
	if e := tx.Event; e != nil {
		s.events[e.ID] = *e
		if e.Dedupe != "" {
			s.seen[[3]string{e.Namespace, e.Source, e.Dedupe}] = e.ID
		}
	}
	if tx.Create != nil {
		s.runs[tx.Run] = *tx.Create
	}
	s.journal[tx.Run] = append(have, tx.Records...)
	if tx.Update != nil {
		r := s.runs[tx.Run]
		r.RunUpdate = *tx.Update
		s.runs[tx.Run] = r
	}
	return nil
}

func (s *Store) duplicate(e *store.Event) error {
	if _, taken := s.events[e.ID]; taken {
		return store.ErrConflict
	}
	old, ok := s.events[s.seen[[3]string{e.Namespace, e.Source, e.Dedupe}]]
	if e.Dedupe == "" || !ok || !old.DedupeUntil.After(e.Received) {
		return nil
	}
	return &store.DuplicateError{Event: old.ID, Run: old.Run, BodyHash: old.BodyHash}
}

// Load implements store.Journal.
func (s *Store) Load(_ context.Context, run id.Run, from uint32) ([]store.Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Record
	for _, r := range s.journal[run] {
		if r.Seq >= from {
			r.Trace = nil
			out = append(out, r)
		}
	}
	return out, nil
}

// Traces implements store.Journal.
func (s *Store) Traces(_ context.Context, run id.Run) ([]store.Record, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Record
	for _, r := range s.journal[run] {
		if r.Trace != nil {
			out = append(out, store.Record{Seq: r.Seq, Kind: r.Kind, Trace: r.Trace})
		}
	}
	return out, nil
}

// Run implements store.Runs.
func (s *Store) Run(_ context.Context, ns string, run id.Run) (store.Run, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, ok := s.runs[run]
	if !ok || r.Namespace != ns {
		return store.Run{}, errs.Newf(errs.NotFound, "there is no run %s", run)
	}
	return r, nil
}

// pick gives the runs that f wants, in the order of less, at most limit.
func (s *Store) pick(limit int, want func(store.Run) bool, order func(a, b store.Run) int) []store.Run {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Run
	for _, r := range s.runs {
		if want(r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, order)
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

func newest(a, b store.Run) int {
	if c := b.Started.Compare(a.Started); c != 0 {
		return c
	}
	return compare(b.ID, a.ID)
}

func compare[T id.Run | id.Event](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Runs implements store.Runs.
func (s *Store) Runs(_ context.Context, q store.RunQuery) ([]store.Run, error) {
	s.mu.RLock()
	before, paged := s.runs[q.Before]
	s.mu.RUnlock()
	return s.pick(q.Limit, func(r store.Run) bool {
		return r.Namespace == q.Namespace && (q.Flow == "" || r.Flow == q.Flow) && (q.Status == "" || r.Status == q.Status) &&
			(q.Event == 0 || r.Event == q.Event) && (q.Before == 0 || paged && newest(before, r) < 0)
	}, newest), nil
}

// Due implements store.Runs.
func (s *Store) Due(_ context.Context, until time.Time, limit int) ([]store.Run, error) {
	return s.pick(limit, func(r store.Run) bool { return r.Status == store.Waiting && !r.Wake.After(until) },
		func(a, b store.Run) int { return a.Wake.Compare(b.Wake) }), nil
}

// NextWake implements store.Runs.
func (s *Store) NextWake(context.Context) (time.Time, error) {
	first := s.pick(1, func(r store.Run) bool { return r.Status == store.Waiting }, func(a, b store.Run) int { return a.Wake.Compare(b.Wake) })
	if len(first) == 0 {
		return time.Time{}, nil
	}
	return first[0].Wake, nil
}

// Unfinished implements store.Runs.
func (s *Store) Unfinished(_ context.Context, after id.Run, limit int) ([]store.Run, error) {
	return s.pick(limit, func(r store.Run) bool { return r.Status == store.Running && r.ID > after },
		func(a, b store.Run) int { return compare(a.ID, b.ID) }), nil
}

// CountRuns implements store.Runs.
func (s *Store) CountRuns(_ context.Context, ns string) (map[store.RunStatus]int, error) {
	out := map[store.RunStatus]int{}
	for _, r := range s.pick(0, func(r store.Run) bool { return r.Namespace == ns }, newest) {
		out[r.Status]++
	}
	return out, nil
}

// Event implements store.Events.
func (s *Store) Event(_ context.Context, ns string, ev id.Event) (store.Event, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.events[ev]
	if !ok || e.Namespace != ns {
		return store.Event{}, errs.Newf(errs.NotFound, "there is no event %s", ev)
	}
	return e, nil
}

// Events implements store.Events.
func (s *Store) Events(_ context.Context, q store.EventQuery) ([]store.Event, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Event
	for _, e := range s.events {
		if e.Namespace == q.Namespace && (q.Source == "" || e.Source == q.Source) && (q.Flow == "" || e.Flow == q.Flow) && (q.Before == 0 || e.ID < q.Before) {
			e.Headers, e.Body = nil, nil
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b store.Event) int { return compare(b.ID, a.ID) })
	return out[:min(len(out), q.Limit)], nil
}

// Ping implements store.Store.
func (s *Store) Ping(context.Context) error { return nil }

// Close implements store.Store.
func (s *Store) Close() error { return nil }

var _ store.Store = (*Store)(nil)
