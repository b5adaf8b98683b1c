package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// PutConnection implements store.Connections.
func (s *Store) PutConnection(ctx context.Context, k store.Connection) error {
	settings, err := json.Marshal(k.Settings)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	sealed, err := json.Marshal(k.Sealed)
	if err != nil {
		return fmt.Errorf("encode sealed fields: %w", err)
	}
	return s.change(ctx, func(c *conn) error {
		have := 0
		if err := c.rows("connection", func(st *sqlite3.Stmt) error { have = st.ColumnInt(5); return nil }, k.Namespace, k.Name); err != nil {
			return err
		}
		if k.Version != have+1 {
			return errs.Newf(errs.Conflict, "the connection %q was changed by someone else", k.Name).WithHint("try again")
		}
		_, err := c.exec("put_connection", k.Namespace, k.Name, k.Kind, string(settings), sealed, k.Version, k.Updated, k.LastUsed)
		return err
	})
}

func connectionOf(st *sqlite3.Stmt) (store.Connection, error) {
	k := store.Connection{Namespace: st.ColumnText(0), Name: st.ColumnText(1), Kind: st.ColumnText(2), Version: st.ColumnInt(5), Updated: fromMillis(st.ColumnInt64(6)), LastUsed: fromMillis(st.ColumnInt64(7))}
	if err := json.Unmarshal(st.ColumnRawText(3), &k.Settings); err != nil {
		return k, fmt.Errorf("decode settings of %s: %w", k.Name, err)
	}
	if err := json.Unmarshal(st.ColumnRawBlob(4), &k.Sealed); err != nil {
		return k, fmt.Errorf("decode sealed fields of %s: %w", k.Name, err)
	}
	return k, nil
}

func (s *Store) connections(ctx context.Context, query string, args ...any) ([]store.Connection, error) {
	var out []store.Connection
	err := s.read(ctx, func(c *conn) error {
		return c.rows(query, func(st *sqlite3.Stmt) error {
			k, err := connectionOf(st)
			out = append(out, k)
			return err
		}, args...)
	})
	return out, err
}

// Connection implements store.Connections.
func (s *Store) Connection(ctx context.Context, ns, name string) (store.Connection, error) {
	out, err := s.connections(ctx, "connection", ns, name)
	if err != nil {
		return store.Connection{}, err
	}
	if len(out) == 0 {
		return store.Connection{}, errs.Newf(errs.NotFound, "there is no connection %q", name)
	}
	return out[0], nil
}

// Connections implements store.Connections.
func (s *Store) Connections(ctx context.Context, ns string) ([]store.Connection, error) {
	out, err := s.connections(ctx, "connections", ns)
	for i := range out {
		for field := range out[i].Sealed {
			out[i].Sealed[field] = nil
		}
	}
	return out, err
}

// DeleteConnection implements store.Connections.
func (s *Store) DeleteConnection(ctx context.Context, ns, name string) error {
	return s.change(ctx, func(c *conn) error {
		n, err := c.exec("delete_connection", ns, name)
		if err == nil && n == 0 {
			err = errs.Newf(errs.NotFound, "there is no connection %q", name)
		}
		return err
	})
}

// PutVar implements store.Vars.
func (s *Store) PutVar(ctx context.Context, v store.Var) error {
	return s.change(ctx, func(c *conn) error {
		_, err := c.exec("put_var", v.Namespace, v.Name, notNil(v.Value), v.Updated)
		return err
	})
}

// Vars implements store.Vars.
func (s *Store) Vars(ctx context.Context, ns string) ([]store.Var, error) {
	var out []store.Var
	err := s.read(ctx, func(c *conn) error {
		return c.rows("vars", func(st *sqlite3.Stmt) error {
			out = append(out, store.Var{Namespace: st.ColumnText(0), Name: st.ColumnText(1), Value: blob(st, 2), Updated: fromMillis(st.ColumnInt64(3))})
			return nil
		}, ns)
	})
	return out, err
}

// PutToken implements store.Tokens.
func (s *Store) PutToken(ctx context.Context, t store.Token) error {
	return s.change(ctx, func(c *conn) error {
		_, err := c.exec("put_token", t.ID, t.Hash[:], t.Name, t.Created, t.Expires, t.Once)
		return err
	})
}

func (s *Store) tokens(ctx context.Context, query string, args ...any) ([]store.Token, error) {
	var out []store.Token
	err := s.read(ctx, func(c *conn) error {
		return c.rows(query, func(st *sqlite3.Stmt) error {
			t := store.Token{ID: st.ColumnText(0), Name: st.ColumnText(2), Created: fromMillis(st.ColumnInt64(3)), Expires: fromMillis(st.ColumnInt64(4)), Once: st.ColumnBool(5)}
			copy(t.Hash[:], st.ColumnRawBlob(1))
			out = append(out, t)
			return nil
		}, args...)
	})
	return out, err
}

// Token implements store.Tokens.
func (s *Store) Token(ctx context.Context, id string) (store.Token, error) {
	out, err := s.tokens(ctx, "token", id)
	if err != nil {
		return store.Token{}, err
	}
	if len(out) == 0 {
		return store.Token{}, errs.New(errs.NotFound, "there is no such token")
	}
	return out[0], nil
}

// Tokens implements store.Tokens.
func (s *Store) Tokens(ctx context.Context) ([]store.Token, error) { return s.tokens(ctx, "tokens") }

// DeleteToken implements store.Tokens.
func (s *Store) DeleteToken(ctx context.Context, id string) error {
	return s.change(ctx, func(c *conn) error {
		n, err := c.exec("delete_token", id)
		if err == nil && n == 0 {
			err = errs.New(errs.NotFound, "there is no such token")
		}
		return err
	})
}

// Meta implements store.Meta.
func (s *Store) Meta(ctx context.Context, key string) ([]byte, error) {
	var out []byte
	err := s.read(ctx, func(c *conn) error { return metaOf(c, key, &out) })
	return out, err
}

func metaOf(c *conn, key string, out *[]byte) error {
	return c.rows("meta", func(st *sqlite3.Stmt) error { *out = blob(st, 0); return nil }, key)
}

// PutMetaOnce implements store.Meta.
func (s *Store) PutMetaOnce(ctx context.Context, key string, value []byte) ([]byte, error) {
	var out []byte
	err := s.change(ctx, func(c *conn) error {
		if _, err := c.exec("put_meta", key, notNil(value)); err != nil {
			return err
		}
		return metaOf(c, key, &out)
	})
	return out, err
}

// Ping implements store.Store: it takes the write lock and gives it back. Only
// while the disk is full it writes, to learn whether there is room again.
func (s *Store) Ping(ctx context.Context) error {
	full := s.full.Load()
	err := s.change(ctx, func(c *conn) error {
		if full {
			_, err := c.exec("touch")
			return err
		}
		return fenceRead(c)
	})
	if err == nil && full {
		s.full.Store(false)
	}
	return typed(err)
}

func fenceRead(c *conn) error {
	return c.rows("epoch", func(*sqlite3.Stmt) error { return nil })
}

var _ store.Store = (*Store)(nil)
