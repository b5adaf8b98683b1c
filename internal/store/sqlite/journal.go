package sqlite

import (
	"context"
	"errors"
	"hash/crc32"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// crcTable is CRC-32C, which processors compute in hardware.
var crcTable = crc32.MakeTable(crc32.Castagnoli)

// Open implements store.Journal.
func (s *Store) Open(ctx context.Context, node string) (store.Session, error) {
	var session store.Session
	err := s.change(ctx, func(c *conn) error {
		return c.rows("next_epoch", func(st *sqlite3.Stmt) error {
			session = store.Session{ID: 1, Epoch: uint64(st.ColumnInt64(0))}
			return nil
		}, node)
	})
	return session, err
}

// Commit implements store.Journal.
func (s *Store) Commit(ctx context.Context, session store.Session, txs []store.Tx) ([]error, error) {
	var results []error
	err := s.change(ctx, func(c *conn) error {
		if err := fence(c, session); err != nil {
			return err
		}
		for i := range txs {
			err := commitTx(c, &txs[i])
			if err == nil {
				continue
			}
			var dup *store.DuplicateError
			if !errors.Is(err, store.ErrConflict) && !errors.As(err, &dup) {
				return err
			}
			if results == nil {
				results = make([]error, len(txs))
			}
			results[i] = err
		}
		return nil
	})
	s.full.Store(errors.Is(err, sqlite3.FULL))
	if err != nil {
		return nil, typed(err)
	}
	s.tidyWAL()
	return results, nil
}

// typed gives the errors of the contract for what left nothing behind: a full
// disk is rolled back, and a lock that never came free was never a beginning.
func typed(err error) error {
	switch {
	case errors.Is(err, sqlite3.FULL):
		return errors.Join(store.ErrFull, err)
	case errors.Is(err, sqlite3.BUSY):
		return errors.Join(store.ErrBusy, err)
	}
	return err
}

func fence(c *conn, session store.Session) error {
	var epoch uint64
	if err := c.rows("epoch", func(st *sqlite3.Stmt) error { epoch = uint64(st.ColumnInt64(0)); return nil }); err != nil {
		return err
	}
	if epoch != session.Epoch {
		return store.ErrFenced
	}
	return nil
}

// commitTx writes one Tx, or leaves nothing of it. What can lose comes first, so
// that a loser has little to take back and no savepoint is needed.
func commitTx(c *conn, tx *store.Tx) error {
	if tx.Event != nil {
		if err := insertEvent(c, tx.Event); err != nil {
			return err
		}
	}
	if tx.Create != nil {
		if n, err := createRun(c, tx.Create); err != nil || n == 0 {
			return lost(c, tx, 0, err)
		}
	}
	for i, r := range tx.Records {
		crc := int(crc32.Checksum(r.Data, crcTable))
		n, err := c.exec("append", tx.Run, r.Seq, r.Kind, crc, notNil(r.Data), r.Trace)
		if err != nil {
			return err
		}
		if n == 0 {
			if tx.Create != nil {
				if _, err := c.exec("remove_run", tx.Run); err != nil {
					return err
				}
			}
			return lost(c, tx, i, nil)
		}
	}
	if u := tx.Update; u != nil {
		_, err := c.exec("update_run", tx.Run, string(u.Status), u.Wake, u.Finished, u.Result)
		return err
	}
	return nil
}

// lost takes back what a Tx wrote before its sequence number was found taken.
func lost(c *conn, tx *store.Tx, written int, err error) error {
	if err != nil {
		return err
	}
	if tx.Event != nil {
		if _, err := c.exec("remove_event", tx.Event.ID); err != nil {
			return err
		}
	}
	if written > 0 {
		first := tx.Records[0].Seq
		if _, err := c.exec("unappend", tx.Run, first, tx.Records[written].Seq); err != nil {
			return err
		}
	}
	return store.ErrConflict
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Load implements store.Journal.
func (s *Store) Load(ctx context.Context, run id.Run, from uint32) ([]store.Record, error) {
	var out []store.Record
	err := s.read(ctx, func(c *conn) error {
		return c.rows("load", func(st *sqlite3.Stmt) error {
			r := store.Record{Seq: uint32(st.ColumnInt64(0)), Kind: st.ColumnText(1), Data: blob(st, 3)}
			if crc32.Checksum(r.Data, crcTable) != uint32(st.ColumnInt64(2)) {
				return store.ErrCorrupt
			}
			out = append(out, r)
			return nil
		}, run, from)
	})
	return out, err
}

// Traces implements store.Journal.
func (s *Store) Traces(ctx context.Context, run id.Run) ([]store.Record, error) {
	var out []store.Record
	err := s.read(ctx, func(c *conn) error {
		return c.rows("traces", func(st *sqlite3.Stmt) error {
			out = append(out, store.Record{Seq: uint32(st.ColumnInt64(0)), Kind: st.ColumnText(1), Trace: blob(st, 2)})
			return nil
		}, run)
	})
	return out, err
}
