package sqlite

import (
	"context"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func createRun(c *conn, r *store.Run) (int64, error) {
	return c.exec("create_run", r.ID, r.Namespace, r.Flow, r.Revision, r.Trigger, r.Event, r.Started, string(r.Status), r.Wake, r.Finished, r.Result)
}

func runOf(st *sqlite3.Stmt) store.Run {
	return store.Run{
		ID: id.Run(st.ColumnInt64(0)), Namespace: st.ColumnText(1), Flow: st.ColumnText(2), Revision: st.ColumnInt(3),
		Trigger: st.ColumnText(4), Event: id.Event(st.ColumnInt64(5)), Started: fromMillis(st.ColumnInt64(6)),
		RunUpdate: store.RunUpdate{
			Status: store.RunStatus(st.ColumnText(7)), Wake: fromMillis(st.ColumnInt64(8)),
			Finished: fromMillis(st.ColumnInt64(9)), Result: blob(st, 10),
		},
	}
}

func (s *Store) runs(ctx context.Context, query string, args ...any) ([]store.Run, error) {
	var out []store.Run
	err := s.read(ctx, func(c *conn) error {
		return c.rows(query, func(st *sqlite3.Stmt) error { out = append(out, runOf(st)); return nil }, args...)
	})
	return out, err
}

// Run implements store.Runs.
func (s *Store) Run(ctx context.Context, ns string, run id.Run) (store.Run, error) {
	out, err := s.runs(ctx, "run", run, ns)
	if err != nil {
		return store.Run{}, err
	}
	if len(out) == 0 {
		return store.Run{}, errs.Newf(errs.NotFound, "there is no run %s", run)
	}
	return out[0], nil
}

// Runs implements store.Runs.
func (s *Store) Runs(ctx context.Context, q store.RunQuery) ([]store.Run, error) {
	return s.runs(ctx, "runs", q.Namespace, q.Flow, string(q.Status), q.Event, q.Before, q.Limit)
}

// Due implements store.Runs.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) ([]store.Run, error) {
	return s.runs(ctx, "due", until, limit)
}

// NextWake implements store.Runs.
func (s *Store) NextWake(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := s.read(ctx, func(c *conn) error {
		return c.rows("next_wake", func(st *sqlite3.Stmt) error { at = fromMillis(st.ColumnInt64(0)); return nil })
	})
	return at, err
}

// Unfinished implements store.Runs.
func (s *Store) Unfinished(ctx context.Context, after id.Run, limit int) ([]store.Run, error) {
	return s.runs(ctx, "unfinished", after, limit)
}

// CountRuns implements store.Runs.
func (s *Store) CountRuns(ctx context.Context, ns string) (map[store.RunStatus]int, error) {
	out := map[store.RunStatus]int{}
	err := s.read(ctx, func(c *conn) error {
		return c.rows("count_runs", func(st *sqlite3.Stmt) error {
			out[store.RunStatus(st.ColumnText(0))] = st.ColumnInt(1)
			return nil
		}, ns)
	})
	return out, err
}
