package sqlite

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/errs"
	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
)

// ledger is what the outside knows: every Tx that was tried, in order.
type ledger struct{ all []*attempt }

type attempt struct {
	tx    store.Tx
	err   error
	acked bool // it was promised, or seen after a restart
	gone  bool // it was refused, or not seen after a restart
}

func (l *ledger) add(tx store.Tx) *attempt {
	a := &attempt{tx: tx}
	l.all = append(l.all, a)
	return a
}

// check restarts the disk and compares the store with the ledger. What is found
// of open outcomes is settled by it: it has to hold after the next crash too.
func (r *rig) check() error {
	r.disk.Restart()
	s, err := r.open()
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	defer func() { _ = s.Close() }()
	if err := integrity(s); err != nil {
		return err
	}
	found := map[id.Run]int{}
	for i, a := range r.truth.all {
		n, of, err := r.presence(s, a.tx)
		switch {
		case err != nil:
			return err
		case n > 0 && n < of:
			return fmt.Errorf("tx %d of %s is there in part: %d of %d", i, a.tx.Run, n, of)
		case n == 0 && a.acked:
			return fmt.Errorf("tx %d of %s was acknowledged and is lost", i, a.tx.Run)
		case n > 0 && a.gone:
			return fmt.Errorf("tx %d of %s came back", i, a.tx.Run)
		}
		a.acked, a.gone = n > 0, n == 0
		if n > 0 {
			found[a.tx.Run] += len(a.tx.Records)
		}
	}
	return errors.Join(r.journals(s, found), r.rows(s), r.duplicates(s))
}

func integrity(s *Store) error {
	st, _, err := s.writer.Prepare("PRAGMA integrity_check")
	if err != nil {
		return err
	}
	defer func(st *sqlite3.Stmt) { _ = st.Close() }(st)
	if st.Step() && st.ColumnText(0) != "ok" {
		return fmt.Errorf("integrity: %s", st.ColumnText(0))
	}
	return st.Err()
}

// presence counts the parts of a Tx that are in the store.
func (r *rig) presence(s *Store, tx store.Tx) (n, of int, err error) {
	ctx := r.t.Context()
	have, err := s.Load(ctx, tx.Run, tx.Records[0].Seq)
	if err != nil {
		return 0, 0, err
	}
	for i, want := range tx.Records {
		if i < len(have) && have[i].Seq == want.Seq && have[i].Kind == want.Kind && bytes.Equal(have[i].Data, want.Data) {
			n++
		}
	}
	of = len(tx.Records)
	if tx.Create != nil {
		of += 2
		if _, err := s.Run(ctx, "a", tx.Run); err == nil {
			n++
		} else if errs.CodeOf(err) != errs.NotFound {
			return 0, 0, err
		}
		if ev, err := s.Event(ctx, "a", tx.Event.ID); err == nil && bytes.Equal(ev.Body, tx.Event.Body) {
			n++
		} else if err != nil && errs.CodeOf(err) != errs.NotFound {
			return 0, 0, err
		}
	}
	return n, of, nil
}

// journals are gapless and hold nothing that was not tried.
func (r *rig) journals(s *Store, found map[id.Run]int) error {
	for _, l := range r.runs {
		have, err := s.Load(r.t.Context(), l.id, 0)
		if err != nil {
			return err
		}
		for i, rec := range have {
			if rec.Seq != uint32(i) {
				return fmt.Errorf("%s has %d where %d should be", l.id, rec.Seq, i)
			}
		}
		if len(have) != found[l.id] {
			return fmt.Errorf("%s has %d records, %d are accounted for", l.id, len(have), found[l.id])
		}
		l.seq = uint32(len(have))
	}
	return nil
}

// rows are as the last Tx of each run left them; runs that never were are forgotten.
func (r *rig) rows(s *Store) error {
	last := map[id.Run]store.RunUpdate{}
	for _, a := range r.truth.all {
		switch {
		case a.gone:
		case a.tx.Create != nil:
			last[a.tx.Run] = a.tx.Create.RunUpdate
		case a.tx.Update != nil:
			last[a.tx.Run] = *a.tx.Update
		}
	}
	var alive []*life
	for _, l := range r.runs {
		want, ok := last[l.id]
		if !ok {
			continue
		}
		alive = append(alive, l)
		row, err := s.Run(r.t.Context(), "a", l.id)
		if err != nil || row.Status != want.Status || !bytes.Equal(row.Result, want.Result) {
			return fmt.Errorf("row of %s: %+v, want %+v: %w", l.id, row, want, err)
		}
	}
	r.runs = alive
	return nil
}

// duplicates of every event that is there are refused, for the right reason.
func (r *rig) duplicates(s *Store) error {
	session, err := s.Open(r.t.Context(), "check")
	if err != nil {
		return err
	}
	if session.Epoch <= r.epoch {
		return fmt.Errorf("epoch %d was given out before", session.Epoch)
	}
	r.epoch = session.Epoch
	var again []store.Tx
	for _, a := range r.truth.all {
		if a.gone || a.tx.Event == nil {
			continue
		}
		ev := *a.tx.Event
		ev.ID, ev.Run = ev.ID+1<<40, ev.Run+1<<40
		again = append(again, store.Tx{Run: ev.Run, Event: &ev, Records: []store.Record{{Kind: "k"}}, Create: &store.Run{ID: ev.Run, Namespace: "a"}})
	}
	if len(again) == 0 {
		return nil
	}
	results, err := s.Commit(r.t.Context(), session, again)
	if err != nil || results == nil {
		return fmt.Errorf("duplicates: %v, %w", results, err)
	}
	for i, err := range results {
		var dup *store.DuplicateError
		if !errors.As(err, &dup) || dup.Run != again[i].Run-1<<40 || dup.BodyHash != again[i].Event.BodyHash {
			return fmt.Errorf("a duplicate of %s was answered with %w", again[i].Event.ID, err)
		}
	}
	return nil
}
