package sqlite

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
)

// explain turns the driver's errors into what a person can act on.
func (s *Store) explain(err error) error {
	var known *errs.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	file := filepath.Join(s.opts.Dir, "patchbay.db")
	for _, x := range []struct {
		is        error
		msg, hint string
	}{
		{sqlite3.FULL, "the disk is full", "free space on the disk of " + s.opts.Dir + "; nothing acknowledged is lost"},
		{sqlite3.BUSY, "the database is locked by another program", "close whatever has " + file + " open"},
		{sqlite3.NOTADB, file + " is not a Patchbay database", "move it away, or restore it from a backup"},
		{sqlite3.CORRUPT, file + " is damaged", "restore it from a backup"},
		{sqlite3.READONLY, file + " cannot be written", "give the data folder to the user that runs Patchbay"},
		{sqlite3.PERM, file + " cannot be opened", "give the data folder to the user that runs Patchbay"},
		{sqlite3.CANTOPEN, file + " cannot be opened", "check that it exists and that the user that runs Patchbay may read and write it"},
		{fs.ErrPermission, file + " cannot be opened", "give the data folder to the user that runs Patchbay"},
	} {
		if errors.Is(err, x.is) {
			return errs.Wrap(errs.Unavailable, err, x.msg).WithHint("%s", x.hint)
		}
	}
	return err
}
