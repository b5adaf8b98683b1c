package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

func flowOf(st *sqlite3.Stmt) store.Flow {
	return store.Flow{Namespace: st.ColumnText(0), Name: st.ColumnText(1), Draft: st.ColumnText(2), DraftHash: st.ColumnText(3), Published: st.ColumnInt(4), Updated: fromMillis(st.ColumnInt64(5))}
}

func revisionOf(st *sqlite3.Stmt) store.Revision {
	return store.Revision{Namespace: st.ColumnText(0), Flow: st.ColumnText(1), Number: st.ColumnInt(2), Text: st.ColumnText(3), Hash: st.ColumnText(4), Note: st.ColumnText(5), Created: fromMillis(st.ColumnInt64(6))}
}

func getFlow(c *conn, ns, name string) (f store.Flow, found bool, err error) {
	err = c.rows("flow", func(st *sqlite3.Stmt) error { f, found = flowOf(st), true; return nil }, ns, name)
	return f, found, err
}

func putFlow(c *conn, f store.Flow) error {
	_, err := c.exec("put_flow", f.Namespace, f.Name, f.Draft, f.DraftHash, f.Published, f.Updated)
	return err
}

// SaveDraft implements store.Flows.
func (s *Store) SaveDraft(ctx context.Context, f store.Flow, base string) error {
	return s.change(ctx, func(c *conn) error {
		old, _, err := getFlow(c, f.Namespace, f.Name)
		if err != nil {
			return err
		}
		if base != "" && old.DraftHash != base {
			return errs.Newf(errs.Conflict, "the draft of %s was changed by someone else", f.Name).WithHint("load it again and repeat your change")
		}
		f.Published = old.Published
		return putFlow(c, f)
	})
}

// Publish implements store.Flows.
func (s *Store) Publish(ctx context.Context, r store.Revision) (store.Revision, error) {
	err := s.change(ctx, func(c *conn) error {
		f, found, err := getFlow(c, r.Namespace, r.Flow)
		if err != nil {
			return err
		}
		if found && f.Published > 0 {
			same := false
			err := c.rows("revision", func(st *sqlite3.Stmt) error {
				if old := revisionOf(st); old.Hash == r.Hash {
					r, same = old, true
				}
				return nil
			}, r.Namespace, r.Flow, f.Published)
			if err != nil || same {
				return err
			}
		}
		if err := c.rows("last_revision", func(st *sqlite3.Stmt) error { r.Number = st.ColumnInt(0) + 1; return nil }, r.Namespace, r.Flow); err != nil {
			return err
		}
		if _, err := c.exec("insert_revision", r.Namespace, r.Flow, r.Number, r.Text, r.Hash, r.Note, r.Created); err != nil {
			return err
		}
		return putFlow(c, store.Flow{Namespace: r.Namespace, Name: r.Flow, Draft: r.Text, DraftHash: r.Hash, Published: r.Number, Updated: r.Created})
	})
	return r, err
}

// Flow implements store.Flows.
func (s *Store) Flow(ctx context.Context, ns, name string) (store.Flow, error) {
	var f store.Flow
	found := false
	err := s.read(ctx, func(c *conn) (err error) {
		f, found, err = getFlow(c, ns, name)
		return err
	})
	if err == nil && !found {
		err = errs.Newf(errs.NotFound, "there is no flow %q", name)
	}
	return f, err
}

// Flows implements store.Flows.
func (s *Store) Flows(ctx context.Context, ns string) ([]store.Flow, error) {
	var out []store.Flow
	err := s.read(ctx, func(c *conn) error {
		return c.rows("flows", func(st *sqlite3.Stmt) error { out = append(out, flowOf(st)); return nil }, ns)
	})
	return out, err
}

// Revision implements store.Flows.
func (s *Store) Revision(ctx context.Context, ns, name string, number int) (store.Revision, error) {
	out, err := s.revisions(ctx, "revision", ns, name, number)
	if err != nil {
		return store.Revision{}, err
	}
	if len(out) == 0 {
		return store.Revision{}, errs.Newf(errs.NotFound, "the flow %q has no revision %d", name, number)
	}
	return out[0], nil
}

// Revisions implements store.Flows.
func (s *Store) Revisions(ctx context.Context, ns, name string) ([]store.Revision, error) {
	return s.revisions(ctx, "revisions", ns, name)
}

// Published implements store.Flows.
func (s *Store) Published(ctx context.Context) ([]store.Revision, error) {
	return s.revisions(ctx, "published")
}

func (s *Store) revisions(ctx context.Context, query string, args ...any) ([]store.Revision, error) {
	var out []store.Revision
	err := s.read(ctx, func(c *conn) error {
		return c.rows(query, func(st *sqlite3.Stmt) error { out = append(out, revisionOf(st)); return nil }, args...)
	})
	return out, err
}
