package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/storetest"
)

func openDir(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Factory {
		dir := t.TempDir()
		s := openDir(t, dir)
		return storetest.Factory{Store: s, Reopen: func() store.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return openDir(t, dir)
		}}
	})
}

func TestEveryQueryPrepares(t *testing.T) {
	t.Parallel()
	s := openDir(t, t.TempDir())
	for name := range s.sql {
		if _, err := s.writer.stmt(name); err != nil {
			t.Error(err)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openDir(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	if errs.CodeOf(err) != errs.Conflict || !strings.Contains(err.Error(), dir) {
		t.Fatal(err)
	}
}

func TestUnusableFolders(t *testing.T) {
	t.Parallel()
	notDB := t.TempDir()
	if err := os.WriteFile(filepath.Join(notDB, "patchbay.db"), []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := t.TempDir()
	s := openDir(t, newer)
	if err := s.writer.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{notDB: "is not a Patchbay database", newer: "newer version", file: "data folder"} {
		_, err := Open(t.Context(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if _, hint := errs.Message(err); hint == "" {
			t.Errorf("%s: no hint", want)
		}
	}
}

func TestDataFolderIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	openDir(t, dir)
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Fatal(info.Mode(), err)
	}
}

func TestCorruptRecordIsFound(t *testing.T) {
	t.Parallel()
	s := openDir(t, t.TempDir())
	session, err := s.Open(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	tx := store.Tx{Run: 5, Records: []store.Record{{Kind: "k", Data: []byte("data")}}, Create: &store.Run{ID: 5}}
	if _, err := s.Commit(t.Context(), session, []store.Tx{tx}); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.Exec("UPDATE journal SET data = x'00'"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(t.Context(), 5, 0); err == nil || !strings.Contains(err.Error(), "corrupt") {
		t.Fatal(err)
	}
}

// A lock that another program holds is not an unknown outcome.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	session, err := s.Open(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	other, err := sqlite3.Open(filepath.Join(dir, "patchbay.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.writer.BusyTimeout(1); err != nil {
		t.Fatal(err)
	}
	c := store.NewCommitter(s, session)
	defer c.Stop()
	tx := store.Tx{Run: 5, Records: []store.Record{{Kind: "k", Data: []byte("data")}}, Create: &store.Run{ID: 5}}
	if err := c.Commit(t.Context(), tx); errs.CodeOf(err) != errs.Unavailable || !strings.Contains(err.Error(), "locked by another program") {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Commit(t.Context(), tx); err != nil {
		t.Fatal("it did not recover:", err)
	}
}
