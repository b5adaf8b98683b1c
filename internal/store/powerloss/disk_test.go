package powerloss

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3/vfs"
)

func open(t *testing.T, d *Disk, name string, kind vfs.OpenFlag) vfs.File {
	t.Helper()
	f, _, err := volume{d}.Open(name, vfs.OPEN_CREATE|vfs.OPEN_READWRITE|kind)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, f vfs.File, off int64, s string) {
	t.Helper()
	if n, err := f.WriteAt([]byte(s), off); n != len(s) || err != nil {
		t.Fatal(n, err)
	}
}

func fsync(t *testing.T, f vfs.File) {
	t.Helper()
	if err := f.Sync(vfs.SYNC_NORMAL); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, f vfs.File) string {
	t.Helper()
	n, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// after gives what a crash in mode m leaves of four sectors a, when b and then c
// were written over them without a sync.
func after(t *testing.T, seed uint64, m Mode) string {
	t.Helper()
	d := New(t, seed)
	f := open(t, d, "f", vfs.OPEN_MAIN_DB)
	write(t, f, 0, strings.Repeat("a", 4*sector))
	fsync(t, f)
	write(t, f, 0, strings.Repeat("b", 4*sector))
	d.CrashAfter(1, m)
	if _, err := f.WriteAt(bytes.Repeat([]byte("c"), 2*sector), sector); err == nil || !d.Crashed() {
		t.Fatal("the write that the power failed in succeeded")
	}
	if err := f.Sync(0); err == nil {
		t.Fatal("a sync without power")
	}
	d.Restart()
	if _, err := f.ReadAt(make([]byte, 1), 0); err == nil {
		t.Fatal("a handle outlived the crash")
	}
	return content(t, open(t, d, "f", vfs.OPEN_MAIN_DB))
}

func TestModes(t *testing.T) {
	t.Parallel()
	rep := func(s string) (out string) {
		for c := range strings.SplitSeq(s, "") {
			out += strings.Repeat(c, sector)
		}
		return out
	}
	seen := map[Mode]map[string]bool{}
	for _, m := range Modes {
		seen[m] = map[string]bool{}
		for seed := range uint64(60) {
			got := after(t, seed, m)
			if got != after(t, seed, m) {
				t.Fatalf("%s: seed %d does not repeat", m, seed)
			}
			seen[m][got] = true
		}
	}
	if !seen[Lost][rep("aaaa")] || len(seen[Lost]) != 1 {
		t.Error("lost:", len(seen[Lost]))
	}
	if !seen[Kept][rep("bccb")] || len(seen[Kept]) != 1 {
		t.Error("kept:", len(seen[Kept]))
	}
	if !seen[Reordered][rep("acca")] || !seen[Reordered][rep("bbbb")] || len(seen[Reordered]) != 4 {
		t.Error("reordered:", len(seen[Reordered]))
	}
	if len(seen[Torn]) < 20 {
		t.Error("torn:", len(seen[Torn]))
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*testing.T, *Disk)
		want string
	}{
		{"unsynced", func(t *testing.T, d *Disk) { write(t, open(t, d, "f", vfs.OPEN_MAIN_DB), 0, "x") }, ""},
		{"synced", func(t *testing.T, d *Disk) { fsync(t, open(t, d, "f", vfs.OPEN_MAIN_DB)) }, "f"},
		{"removed", func(t *testing.T, d *Disk) { fsync(t, open(t, d, "f", vfs.OPEN_MAIN_DB)); remove(t, d, true) }, ""},
		{"synced by a journal", func(t *testing.T, d *Disk) {
			open(t, d, "f", vfs.OPEN_MAIN_DB)
			fsync(t, open(t, d, "g", vfs.OPEN_WAL))
		}, "fg"},
	} {
		for seed := range uint64(10) {
			d := New(t, seed)
			c.do(t, d)
			d.CrashAfter(1, Lost)
			_ = open(t, d, "other", vfs.OPEN_MAIN_DB).Truncate(0)
			d.Restart()
			if got := strings.Join(sorted(d.files), ""); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
}

func remove(t *testing.T, d *Disk, syncDir bool) {
	t.Helper()
	if err := (volume{d}).Delete("f", syncDir); err != nil {
		t.Fatal(err)
	}
}

func TestRemovedFileMayComeBack(t *testing.T) {
	t.Parallel()
	back := 0
	for seed := range uint64(20) {
		d := New(t, seed)
		fsync(t, open(t, d, "f", vfs.OPEN_MAIN_DB))
		remove(t, d, false)
		d.CrashAfter(1, Reordered)
		_ = open(t, d, "other", vfs.OPEN_MAIN_DB).Truncate(0)
		d.Restart()
		if d.files["f"] != nil {
			back++
		}
	}
	if back == 0 || back == 20 {
		t.Error(back)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	d := New(t, 1)
	f := open(t, d, "f", vfs.OPEN_MAIN_DB)
	write(t, f, 0, "abc")
	d.FailAfter(1, NoSpace)
	write(t, f, 0, "ABC")
	if _, err := f.WriteAt([]byte("x"), 3); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	d.FailAfter(1, SyncError)
	if err := f.Sync(0); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	fsync(t, f) // says yes, and has nothing left to write
	d.Lie()
	write(t, f, 3, "lie")
	fsync(t, f)
	d.Restart()
	if got := content(t, open(t, d, "f", vfs.OPEN_MAIN_DB)); len(got) > 3 {
		t.Error(got)
	}
}
