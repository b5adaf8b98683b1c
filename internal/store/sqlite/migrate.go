package sqlite

import (
	"embed"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrate applies the numbered files that the database has not seen, each in a
// transaction of its own, and counts them in PRAGMA user_version.
func (s *Store) migrate() error {
	if err := s.checkVersion(); err != nil {
		return err
	}
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := s.version()
	if err != nil {
		return err
	}
	for i := have; i < len(files); i++ {
		b, err := migrationFiles.ReadFile("migrations/" + files[i].Name())
		if err != nil {
			return fmt.Errorf("read migrations: %w", err)
		}
		sql := fmt.Sprintf("BEGIN IMMEDIATE;\n%s\nPRAGMA user_version = %d;\nCOMMIT;", b, i+1)
		if err := s.writer.Exec(sql); err != nil {
			return fmt.Errorf("migration %s: %w", files[i].Name(), err)
		}
	}
	return nil
}

// checkVersion refuses a database that a newer version has changed.
func (s *Store) checkVersion() error {
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, err := s.version()
	if err != nil {
		return err
	}
	if have > len(files) {
		return errs.Newf(errs.Unavailable, "the database was written by a newer version (schema %d, this program knows %d)", have, len(files)).WithHint("run the newer version, or restore a backup")
	}
	return nil
}

func (s *Store) version() (int, error) {
	st, _, err := s.writer.Prepare("PRAGMA user_version")
	if err != nil {
		return 0, err
	}
	defer func(st *sqlite3.Stmt) { _ = st.Close() }(st)
	st.Step()
	return st.ColumnInt(0), st.Err()
}
