package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"github.com/patchbay-dev/patchbay/internal/store"
	"github.com/patchbay-dev/patchbay/internal/store/powerloss"
)

// faults is a store on a simulated disk, below the layer that the store puts
// over a real one, with a run or two in it.
type faults struct {
	*rig
	s *Store
	c *store.Committer
}

func newFaults(t *testing.T) *faults {
	t.Helper()
	f := &faults{rig: newRig(t, 7)}
	f.vfs = f.disk.VFS() + "-" + diskName
	vfs.Register(f.vfs, disk{vfs.Find(f.disk.VFS())})
	t.Cleanup(func() { vfs.Unregister(f.vfs) })
	var err error
	if f.s, err = f.open(); err != nil {
		t.Fatal(err)
	}
	session, err := f.s.Open(t.Context(), "n")
	if err != nil {
		t.Fatal(err)
	}
	f.c = store.NewCommitter(f.s, session)
	t.Cleanup(func() {
		f.c.Stop()
		_ = f.s.Close()
	})
	for range 3 {
		if err := f.commit(f.tx()).err; err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *faults) commit(tx store.Tx) *attempt {
	a := f.truth.add(tx)
	a.err = f.c.Commit(f.t.Context(), tx)
	a.acked, a.gone = a.err == nil, errors.Is(a.err, store.ErrFull)
	return a
}

// afterwards cuts the power with every unsynced write kept, which is when a Tx
// that was refused would come back.
func (f *faults) afterwards() {
	f.t.Helper()
	f.c.Stop()
	f.disk.CrashAfter(1, powerloss.Kept)
	_ = f.s.Close()
	if err := f.check(); err != nil {
		f.t.Error(err)
	}
}

// The disk is full from each single operation of a commit on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := 0
	for n, more := 1, true; more; n++ {
		f := newFaults(t)
		before := f.disk.Ops()
		f.disk.FailAfter(n, powerloss.NoSpace)
		a := f.commit(f.accept())
		more = f.disk.Ops() >= before+n
		switch {
		case a.err == nil:
		case !errors.Is(a.err, store.ErrFull):
			t.Fatalf("full from operation %d: %v", n, a.err)
		default:
			full++
			if n, _, err := f.presence(f.s, a.tx); n != 0 || err != nil {
				t.Fatalf("a refused tx is there: %d parts, %v", n, err)
			}
			// Later on a small write finds room in what the failed one has taken.
			if err := f.s.Ping(t.Context()); n == 1 && !errors.Is(err, store.ErrFull) {
				t.Fatalf("it says it is ready: %v", err)
			}
			if err := f.c.Err(); err != nil {
				t.Fatal("the committer stopped:", err)
			}
			f.whenThereIsRoom(a.tx, n%2 == 0)
		}
		f.afterwards()
	}
	if full < 3 {
		t.Fatalf("only %d operations found no room", full)
	}
}

// whenThereIsRoom: the same store and committer go on; a caller may try again.
func (f *faults) whenThereIsRoom(tx store.Tx, again bool) {
	f.t.Helper()
	f.disk.FailAfter(1, powerloss.NoFault)
	if err := f.s.Ping(f.t.Context()); err != nil {
		f.t.Error("it says it is not ready:", err)
	}
	if !again {
		f.runs = f.runs[:len(f.runs)-1]
		tx = f.accept()
	} else {
		f.truth.all = f.truth.all[:len(f.truth.all)-1]
	}
	if err := f.commit(tx).err; err != nil {
		f.t.Error("it did not recover:", err)
	}
}

// After EIO nothing is known, so nothing more is acknowledged.
func TestBrokenDisk(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]powerloss.Fault{"sync": powerloss.SyncError, "write": powerloss.WriteError} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaults(t)
			f.disk.FailAfter(1, fault)
			a := f.commit(f.accept())
			if a.err == nil || errors.Is(a.err, store.ErrFull) || errors.Is(a.err, store.ErrBusy) {
				t.Fatal(a.err)
			}
			<-f.c.Done()
			if err := f.c.Err(); !errors.Is(err, sqlite3.IOERR) {
				t.Error(err)
			}
			f.disk.FailAfter(1, powerloss.NoFault)
			for range 3 {
				if err := f.commit(f.accept()).err; !errors.Is(err, sqlite3.IOERR) {
					t.Error("it went on:", err)
				}
			}
			f.afterwards()
		})
	}
}

func TestBusyIsNotUnknown(t *testing.T) {
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
	defer func() { _ = other.Close() }()
	if err := errors.Join(other.Exec("BEGIN IMMEDIATE"), s.writer.BusyTimeout(1)); err != nil {
		t.Fatal(err)
	}
	tx := store.Tx{Run: 5, Records: []store.Record{{Kind: "k", Data: []byte("data")}}, Create: &store.Run{ID: 5}}
	for range 2 {
		if _, err := s.Commit(t.Context(), session, []store.Tx{tx}); !errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrFull) {
			t.Fatal(err)
		}
	}
	if err := other.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if results, err := s.Commit(t.Context(), session, []store.Tx{tx}); results != nil || err != nil {
		t.Fatal(results, err)
	}
}

// A folder may have a name that means something in a URI.
func TestStrangeFolderNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"what?mode=memory", "a%20b", "c#d", "with space"} {
		dir := filepath.Join(t.TempDir(), name)
		openDir(t, dir)
		if _, err := os.Stat(filepath.Join(dir, "patchbay.db")); err != nil {
			t.Error(err)
		}
	}
}
