package sqlite

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/patchbay-dev/patchbay/internal/id"
	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/powerloss"
)

// rig runs a script against one disk over several crashes. The fields of the
// first part are what a mutation changes.
type rig struct {
	synchronous string
	early       bool // acknowledge when Commit is called
	apart       bool // commit the records of a Tx one by one
	lie         bool // from the first commit on

	t     *testing.T
	rng   *rand.Rand
	disk  *powerloss.Disk
	vfs   string
	truth ledger
	runs  []*life
	epoch uint64
	next  uint64
}

// life is a run that the script drives.
type life struct {
	id  id.Run
	seq uint32
}

func newRig(t *testing.T, seed uint64) *rig {
	disk := powerloss.New(t, seed)
	return &rig{t: t, rng: rand.New(rand.NewPCG(seed, 1)), disk: disk, vfs: disk.VFS()}
}

func (r *rig) open() (*Store, error) {
	return Open(r.t.Context(), Options{Dir: "sim", VFS: r.vfs, Synchronous: r.synchronous})
}

// session opens the store and drives it until the steps are done or the power is
// gone. Any other end is an error.
func (r *rig) session(steps []step) error {
	s, err := r.open()
	if err != nil {
		return r.unlessDark(err)
	}
	defer func() { _ = s.Close() }() // of a dead disk it fails
	session, err := s.Open(r.t.Context(), "n")
	if err != nil {
		return r.unlessDark(err)
	}
	if session.Epoch <= r.epoch {
		return fmt.Errorf("epoch %d was given out before", session.Epoch)
	}
	r.epoch = session.Epoch
	if r.lie {
		r.disk.Lie()
	}
	for _, st := range steps {
		if err := st(r, s, session); err != nil || r.disk.Crashed() {
			return r.unlessDark(err)
		}
	}
	return r.unlessDark(s.Close())
}

// unlessDark forgives what fails because the power is off.
func (r *rig) unlessDark(err error) error {
	if r.disk.Crashed() {
		return nil
	}
	return err
}

// step is one line of a script.
type step func(*rig, *Store, store.Session) error

// burst commits at once what n runs have to say: a first one alone, the others
// in one group behind it, always in the same order.
func burst(n int) step {
	return func(r *rig, s *Store, session store.Session) error {
		var all []*attempt
		for range n {
			all = append(all, r.truth.add(r.tx()))
		}
		r.commit(s, session, all)
		for _, a := range all {
			if a.err != nil && !r.disk.Crashed() {
				return a.err
			}
		}
		return nil
	}
}

// stale commits a Tx whose sequence number is taken, together with a good one.
func stale(r *rig, s *Store, session store.Session) error {
	old := r.runs[0]
	loser := r.truth.add(store.Tx{Run: old.id, Records: []store.Record{{Seq: old.seq - 1, Kind: "stale", Data: []byte("stale")}}})
	r.commit(s, session, []*attempt{r.truth.add(r.tx()), loser})
	if loser.err != nil && !errors.Is(loser.err, store.ErrConflict) {
		return r.unlessDark(loser.err)
	}
	if loser.acked {
		return errors.New("a taken sequence number was given out again")
	}
	return nil
}

// checkpoint copies the log back as the store does by itself on a real disk.
func checkpoint(mode sqlite3.CheckpointMode) step {
	return func(r *rig, s *Store, _ store.Session) error {
		return s.write(r.t.Context(), func(c *conn) error {
			_, _, err := c.WALCheckpoint("main", mode)
			return err
		})
	}
}

// commit runs all through a Committer of their own.
func (r *rig) commit(s *Store, session store.Session, all []*attempt) {
	synctest.Test(r.t, func(t *testing.T) {
		gate := make(chan struct{})
		c := store.NewCommitter(gated{s, gate, r.apart}, session)
		defer c.Stop()
		for _, a := range all {
			a.acked = r.early
			go func() {
				a.err = c.Commit(t.Context(), a.tx)
				a.acked = a.acked || a.err == nil
			}()
			synctest.Wait()
		}
		close(gate)
		synctest.Wait()
	})
}

// gated holds every group until the gate opens, so that the order is settled.
type gated struct {
	store.Journal
	gate  chan struct{}
	apart bool
}

func (g gated) Commit(ctx context.Context, s store.Session, txs []store.Tx) ([]error, error) {
	<-g.gate
	if !g.apart {
		return g.Journal.Commit(ctx, s, txs)
	}
	for _, tx := range txs {
		for i := range tx.Records {
			part := store.Tx{Run: tx.Run, Records: tx.Records[i : i+1]}
			if i == 0 {
				part.Create, part.Event, part.Update = tx.Create, tx.Event, tx.Update
			}
			if _, err := g.Journal.Commit(ctx, s, []store.Tx{part}); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// tx begins a run or goes on with one.
func (r *rig) tx() store.Tx {
	if len(r.runs) == 0 || r.rng.IntN(3) == 0 {
		return r.accept()
	}
	l := r.runs[r.rng.IntN(len(r.runs))]
	status := []store.RunStatus{store.Running, store.Waiting, store.Completed}[r.rng.IntN(3)]
	result := fmt.Appendf(nil, "%d", r.rng.Uint64())
	return store.Tx{Run: l.id, Records: r.records(l), Update: &store.RunUpdate{Status: status, Result: result}}
}

var noon = time.UnixMilli(1_790_000_000_000).UTC()

func (r *rig) accept() store.Tx {
	r.next++
	l := &life{id: id.Run(r.next)}
	r.runs = append(r.runs, l)
	body := r.bytes(3000)
	return store.Tx{
		Run: l.id, Records: r.records(l),
		Create: &store.Run{ID: l.id, Namespace: "a", Flow: "f", Event: id.Event(r.next), Started: noon, RunUpdate: store.RunUpdate{Status: store.Running}},
		Event: &store.Event{
			ID: id.Event(r.next), Namespace: "a", Source: "/hook", Flow: "f", Run: l.id, Received: noon, Method: "POST", Body: body,
			BodyHash: sha256.Sum256(body), Dedupe: l.id.String(), DedupeUntil: noon.Add(time.Hour),
		},
	}
}

func (r *rig) records(l *life) []store.Record {
	out := make([]store.Record, 1+r.rng.IntN(3))
	for i := range out {
		out[i] = store.Record{Seq: l.seq, Kind: "k", Data: r.bytes(6000)}
		l.seq++
	}
	return out
}

func (r *rig) bytes(most int) []byte {
	return bytes.Repeat([]byte{byte(r.rng.IntN(256))}, 1+r.rng.IntN(most))
}
