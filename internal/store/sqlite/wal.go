package sqlite

import (
	"os"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"
)

const (
	walEvery   = time.Second
	walLarge   = 8 << 20   // copy back in passing
	walTooLong = 256 << 20 // wait for readers and start the log anew
)

// tidyWAL copies the write-ahead log back into the database from time to time.
// It holds no one up but the next group; the copy itself is not a commit, so its
// errors are left to the next one.
func (s *Store) tidyWAL() {
	if s.opts.VFS != "" || time.Since(s.wal.last) < walEvery {
		return
	}
	s.wal.last = time.Now()
	info, err := os.Stat(filepath.Join(s.opts.Dir, "patchbay.db-wal"))
	if err != nil || info.Size() < walLarge {
		return
	}
	mode := sqlite3.CHECKPOINT_PASSIVE
	if info.Size() > walTooLong {
		mode = sqlite3.CHECKPOINT_RESTART
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writer != nil {
		_, _, _ = s.writer.WALCheckpoint("main", mode)
	}
}
