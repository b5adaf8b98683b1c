package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// Options configure a Store. The zero value of every field but Dir is for production.
type Options struct {
	// Dir is the data folder; it is made, for its owner only, if it is missing.
	Dir string
	// ReadOnly opens without a lock and writes nothing, beside a running server or
	// without one. It is for reading at once, not for keeping open.
	ReadOnly bool
	// VFS names a registered file system, for tests that simulate power loss. The
	// folder is then neither made nor locked, and there are no reading connections.
	VFS string
	// Synchronous replaces FULL, for tests that must see data being lost.
	Synchronous string
}

// readers is how many connections read beside the writer.
const readers = 4

// Store is a store.Store in a folder.
type Store struct {
	opts  Options
	lock  *flock.Flock
	sql   map[string]string
	close sync.Once

	mu     sync.Mutex // guards writer
	writer *conn
	pool   chan *conn // readers
	wal    walKeeper
	full   atomic.Bool // the last commit found no room
}

// Open opens or makes the database. Errors are for people: errs.Conflict when
// another process has the folder, errs.Unavailable for anything else that is
// wrong with the folder or the file.
func Open(ctx context.Context, o Options) (*Store, error) {
	sql, err := queries()
	if err != nil {
		return nil, err
	}
	s := &Store{opts: o, sql: sql, pool: make(chan *conn, readers)}
	if err := s.takeFolder(); err != nil {
		return nil, err
	}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(s.explain(err), s.Close())
	}
	return s, nil
}

func (s *Store) takeFolder() error {
	dir := s.opts.Dir
	if s.opts.VFS != "" || s.opts.ReadOnly {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot make the data folder "+dir).WithHint("give its parent folder to the user that runs Patchbay, or choose another with --data")
	}
	s.lock = flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	ok, err := s.lock.TryLock()
	if err != nil {
		return errs.Wrap(errs.Unavailable, err, "cannot lock the data folder "+dir).WithHint("check that the user that runs Patchbay may write there")
	}
	if !ok {
		return errs.Newf(errs.Conflict, "another Patchbay is running on the data folder %s", dir).WithHint("stop it, or choose another folder with --data")
	}
	return nil
}

func (s *Store) connect(ctx context.Context) error {
	var err error
	if s.writer, err = s.open(ctx); err != nil {
		return err
	}
	if s.opts.ReadOnly {
		return s.checkVersion()
	}
	if err := s.migrate(); err != nil {
		return err
	}
	if s.opts.VFS != "" {
		return nil
	}
	for range readers {
		c, err := s.open(ctx)
		if err != nil {
			return err
		}
		s.pool <- c
	}
	return nil
}

func (s *Store) open(ctx context.Context) (*conn, error) {
	vfs.Register(diskName, disk{vfs.Find("os")})
	file := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.Join(s.opts.Dir, "patchbay.db"))
	name, flags := "file:"+file+"?vfs="+diskName, sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE|sqlite3.OPEN_URI
	if s.opts.VFS != "" {
		name = "file:/patchbay.db?vfs=" + s.opts.VFS
	}
	if s.opts.ReadOnly {
		flags = sqlite3.OPEN_READONLY | sqlite3.OPEN_URI
		if _, err := os.Stat(filepath.Join(s.opts.Dir, "patchbay.db-wal")); errors.Is(err, fs.ErrNotExist) {
			name += "&immutable=1" // no server runs: else a log would be made, by whoever reads
		}
	}
	c, err := sqlite3.OpenFlags(name, flags)
	if err != nil {
		return nil, err
	}
	out := &conn{Conn: c, sql: s.sql, stmts: map[string]*sqlite3.Stmt{}}
	for _, p := range s.pragmas() {
		if err := c.Exec("PRAGMA " + p); err != nil {
			return nil, errors.Join(fmt.Errorf("set %s: %w", p, err), c.Close())
		}
	}
	return out, ctx.Err()
}

func (s *Store) pragmas() []string {
	sync := s.opts.Synchronous
	if sync == "" {
		sync = "FULL"
	}
	if s.opts.ReadOnly {
		return []string{"busy_timeout = 2000", "query_only = 1"}
	}
	ps := []string{
		"busy_timeout = 2000", "page_size = 8192", "journal_mode = WAL", "synchronous = " + sync,
		"wal_autocheckpoint = 0", "cache_size = -8192", "temp_store = MEMORY", "foreign_keys = 0",
	}
	if s.opts.VFS != "" {
		ps = append([]string{"locking_mode = EXCLUSIVE"}, ps...)
	}
	return ps
}

// Close releases the database and the folder. A second call does nothing.
func (s *Store) Close() error {
	var all error
	s.close.Do(func() {
		for range len(s.pool) {
			all = errors.Join(all, (<-s.pool).Close())
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.writer != nil {
			all = errors.Join(all, s.writer.Close())
			s.writer = nil
		}
		if s.lock != nil {
			all = errors.Join(all, s.lock.Unlock())
		}
	})
	return all
}

// read lends a reading connection, or the writer where there is none.
func (s *Store) read(ctx context.Context, f func(*conn) error) error {
	if s.opts.VFS != "" || s.opts.ReadOnly {
		return s.write(ctx, f)
	}
	select {
	case c := <-s.pool:
		defer func() { s.pool <- c }()
		return s.explain(f(c))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write lends the writer.
func (s *Store) write(ctx context.Context, f func(*conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer == nil {
		return errs.New(errs.Unavailable, "the database is closed")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.explain(f(s.writer))
}

// change runs f in a transaction of the writer.
func (s *Store) change(ctx context.Context, f func(*conn) error) error {
	return s.write(ctx, func(c *conn) (err error) {
		tx, err := c.BeginImmediate()
		if err != nil {
			return err
		}
		defer tx.End(&err)
		return f(c)
	})
}

// walKeeper remembers when the write-ahead log was last copied back.
type walKeeper struct{ last time.Time }
