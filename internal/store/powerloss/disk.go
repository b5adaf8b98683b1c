package powerloss

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// Disk is one simulated disk. Its methods may be called at any time.
type Disk struct {
	name string

	mu      sync.Mutex
	rng     *rand.Rand
	files   map[string]*file
	removed map[string]*file // may come back in a crash
	ops     int
	boot    int // handles of an earlier one are dead
	dead    bool
	lying   bool
	crashAt int // in ops; 0 for never
	mode    Mode
	fault   Fault
	faultAt int
}

// Fault is a way in which operations fail while the power stays on.
type Fault int

// The faults.
const (
	NoFault Fault = iota
	// NoSpace fails every write that makes a file longer, as ENOSPC.
	NoSpace
	// SyncError fails one sync, as EIO. What that sync should have made durable is
	// durable in part, and no later sync will try again.
	SyncError
	// WriteError fails one write, as EIO.
	WriteError
)

// names makes VFS names unique, since the driver has one list of them.
var names atomic.Int64

// New makes an empty disk and registers it with the driver until t ends.
func New(t testing.TB, seed uint64) *Disk {
	t.Helper()
	d := &Disk{
		name: fmt.Sprintf("powerloss%d", names.Add(1)), rng: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // must repeat
		files: map[string]*file{}, removed: map[string]*file{},
	}
	vfs.Register(d.name, volume{d})
	name := d.name // not d, which would be kept in memory until t ends
	t.Cleanup(func() { vfs.Unregister(name) })
	return d
}

// Eject takes the disk from the driver before t ends, for tests of many disks.
func (d *Disk) Eject() { vfs.Unregister(d.name) }

// VFS is the name under which the driver knows the disk.
func (d *Disk) VFS() string { return d.name }

// Ops is how many operations that change the disk were asked for so far.
func (d *Disk) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// CrashAfter cuts the power in the n-th changing operation from now, n >= 1.
func (d *Disk) CrashAfter(n int, m Mode) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crashAt, d.mode = d.ops+n, m
}

// Crashed reports whether the power is off.
func (d *Disk) Crashed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dead
}

// FailAfter lets f happen from the n-th changing operation from now on, n >= 1.
// NoFault takes an earlier fault back.
func (d *Disk) FailAfter(n int, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.faultAt = f, d.ops+n
}

// Lie makes every later sync do nothing and say it did.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lying = true
}

// Restart cuts the power if it is still on, and turns it on again: the disk is
// what survived, and belongs to the next connection.
func (d *Disk) Restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boot++
	d.dead, d.crashAt, d.fault = false, 0, NoFault
	after := map[string]*file{}
	for _, name := range sorted(d.files) {
		f := d.files[name]
		if f.linked || f.survives(d.rng, d.mode) {
			after[name] = f.restart(d.rng, d.mode)
		}
	}
	for _, name := range sorted(d.removed) {
		f := d.removed[name]
		if _, again := after[name]; !again && f.survives(d.rng, d.mode) {
			after[name] = f.restart(d.rng, d.mode)
		}
	}
	d.files, d.removed = after, map[string]*file{}
}

// syncFolder makes the list of files durable.
func (d *Disk) syncFolder() {
	clear(d.removed)
	for _, f := range d.files {
		f.linked = true
	}
}

func sorted(files map[string]*file) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// step counts a changing operation. The one in which the power fails is asked
// to leave its traces and reports the failure all the same.
func (d *Disk) step(boot int) (cut bool, err error) {
	if err := d.alive(boot); err != nil {
		return false, err
	}
	d.ops++
	if d.crashAt > 0 && d.ops >= d.crashAt {
		d.dead = true
		return true, sqlite3.IOERR
	}
	return false, nil
}

func (d *Disk) alive(boot int) error {
	if d.dead || boot != d.boot {
		return sqlite3.IOERR
	}
	return nil
}

func (d *Disk) faulty(f Fault) bool { return d.fault == f && d.ops >= d.faultAt }

// once is for faults that happen a single time.
func (d *Disk) once(f Fault) bool {
	if !d.faulty(f) {
		return false
	}
	d.fault = NoFault
	return true
}

// system is a failed system call as package os reports it.
func system(op, name string, errno syscall.Errno) error {
	return &fs.PathError{Op: op, Path: name, Err: errno}
}
