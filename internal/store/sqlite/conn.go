package sqlite

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/id"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// queries reads the named queries.
func queries() (map[string]string, error) {
	entries, err := queryFiles.ReadDir("queries")
	if err != nil {
		return nil, fmt.Errorf("read queries: %w", err)
	}
	out := map[string]string{}
	for _, e := range entries {
		b, err := queryFiles.ReadFile("queries/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read queries: %w", err)
		}
		for _, part := range strings.Split(string(b), "-- name: ")[1:] {
			name, sql, _ := strings.Cut(part, "\n")
			if _, twice := out[name]; twice {
				return nil, fmt.Errorf("query %s is defined twice", name)
			}
			out[name] = sql
		}
	}
	return out, nil
}

// conn is a connection with its prepared queries. It is for one goroutine.
type conn struct {
	*sqlite3.Conn
	sql   map[string]string
	stmts map[string]*sqlite3.Stmt
}

func (c *conn) stmt(name string) (*sqlite3.Stmt, error) {
	if s := c.stmts[name]; s != nil {
		return s, nil
	}
	sql, ok := c.sql[name]
	if !ok {
		return nil, fmt.Errorf("no query %q", name)
	}
	s, _, err := c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, fmt.Errorf("prepare %s: %w", name, err)
	}
	c.stmts[name] = s
	return s, nil
}

// Close finalizes the prepared queries and closes the connection.
func (c *conn) Close() error {
	var all error
	for _, s := range c.stmts {
		all = errors.Join(all, s.Close())
	}
	return errors.Join(all, c.Conn.Close())
}

// exec runs a query without rows and gives the number of rows it changed.
func (c *conn) exec(name string, args ...any) (int64, error) {
	s, err := c.stmt(name)
	if err != nil {
		return 0, err
	}
	if err := bind(s, args); err != nil {
		return 0, err
	}
	if err := s.Exec(); err != nil {
		return 0, err
	}
	return c.Changes(), nil
}

// rows runs a query and calls f for each row.
func (c *conn) rows(name string, f func(*sqlite3.Stmt) error, args ...any) error {
	s, err := c.stmt(name)
	if err != nil {
		return err
	}
	if err := bind(s, args); err != nil {
		return err
	}
	for s.Step() {
		if err := f(s); err != nil {
			return errors.Join(err, s.Reset())
		}
	}
	return errors.Join(s.Err(), s.Reset())
}

func bind(s *sqlite3.Stmt, args []any) error {
	for i, a := range args {
		var err error
		switch x := a.(type) {
		case nil:
			err = s.BindNull(i + 1)
		case int:
			err = s.BindInt64(i+1, int64(x))
		case uint32:
			err = s.BindInt64(i+1, int64(x))
		case id.Run:
			err = s.BindInt64(i+1, int64(x))
		case id.Event:
			err = s.BindInt64(i+1, int64(x))
		case bool:
			err = s.BindBool(i+1, x)
		case string:
			err = s.BindText(i+1, x)
		case []byte:
			err = bindBlob(s, i+1, x)
		case time.Time:
			err = s.BindInt64(i+1, millis(x))
		default:
			err = fmt.Errorf("cannot bind %T", a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// bindBlob keeps nil (NULL) and empty apart.
func bindBlob(s *sqlite3.Stmt, i int, b []byte) error {
	switch {
	case b == nil:
		return s.BindNull(i)
	case len(b) == 0:
		return s.BindZeroBlob(i, 0)
	}
	return s.BindBlob(i, b)
}

// millis stores a time; 0 stands for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func blob(s *sqlite3.Stmt, col int) []byte {
	if s.ColumnType(col) == sqlite3.NULL {
		return nil
	}
	return append([]byte{}, s.ColumnRawBlob(col)...)
}
