package powerloss

import (
	"io"
	"slices"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// volume is the face of a Disk to the driver.
type volume struct{ *Disk }

// Open implements vfs.VFS. A file without a name is temporary: no crash matters to it.
func (v volume) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.alive(v.boot); err != nil {
		return nil, flags, err
	}
	f := v.files[name]
	switch {
	case name == "":
		f = &file{}
	case f == nil && flags&vfs.OPEN_CREATE == 0:
		return nil, flags, sqlite3.CANTOPEN
	case f == nil:
		f = &file{}
		v.files[name] = f
	}
	const journals = vfs.OPEN_MAIN_JOURNAL | vfs.OPEN_SUPER_JOURNAL | vfs.OPEN_WAL
	h := &handle{disk: v.Disk, file: f, name: name, boot: v.boot}
	h.folder = flags&vfs.OPEN_CREATE != 0 && flags&journals != 0
	return h, flags, nil
}

// Delete implements vfs.VFS.
func (v volume) Delete(name string, syncDir bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.step(v.boot); err != nil {
		return err
	}
	f := v.files[name]
	if f == nil {
		return sqlite3.IOERR_DELETE_NOENT
	}
	delete(v.files, name)
	if f.linked {
		v.removed[name] = f
	}
	if syncDir {
		v.syncFolder()
	}
	return nil
}

// Access implements vfs.VFS.
func (v volume) Access(name string, _ vfs.AccessFlag) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.files[name] != nil, v.alive(v.boot)
}

// FullPathname implements vfs.VFS.
func (v volume) FullPathname(name string) (string, error) { return name, nil }

// handle is an open file.
type handle struct {
	disk *Disk
	file *file
	name string
	boot int
	lock vfs.LockLevel

	folder bool // the next sync is one of the folder too, as the driver does for journals
}

// Close implements vfs.File.
func (h *handle) Close() error { return h.Unlock(vfs.LOCK_NONE) }

// ReadAt implements vfs.File.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.disk.alive(h.boot); err != nil {
		return 0, err
	}
	n := 0
	if off < int64(len(h.file.now)) {
		n = copy(p, h.file.now[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements vfs.File.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	d := h.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	cut, err := d.step(h.boot)
	if err != nil && !cut {
		return 0, err
	}
	longer := off+int64(len(p)) > int64(len(h.file.now))
	switch {
	case longer && d.faulty(NoSpace):
		return 0, system("write", h.name, syscall.ENOSPC)
	case d.once(WriteError):
		return 0, system("write", h.name, syscall.EIO)
	}
	h.file.apply(change{at: off, data: slices.Clone(p)})
	return len(p), err
}

// Truncate implements vfs.File.
func (h *handle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	cut, err := h.disk.step(h.boot)
	if err == nil || cut {
		h.file.apply(change{at: size, cut: true})
	}
	return err
}

// Sync implements vfs.File.
func (h *handle) Sync(vfs.SyncFlag) error {
	d := h.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.step(h.boot); err != nil {
		return err
	}
	switch {
	case d.once(SyncError):
		h.file.spoil(d.rng)
		return system("sync", h.name, syscall.EIO)
	case d.lying:
		return nil
	}
	h.file.sync()
	if h.folder {
		h.folder = false
		d.syncFolder()
	}
	return nil
}

// Size implements vfs.File.
func (h *handle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return int64(len(h.file.now)), h.disk.alive(h.boot)
}

// Lock implements vfs.File: a second connection finds the file busy.
func (h *handle) Lock(l vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.file.holder != nil && h.file.holder != h {
		return sqlite3.BUSY
	}
	h.file.holder, h.lock = h, max(h.lock, l)
	return nil
}

// Unlock implements vfs.File.
func (h *handle) Unlock(l vfs.LockLevel) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	h.lock = min(h.lock, l)
	if h.lock == vfs.LOCK_NONE && h.file.holder == h {
		h.file.holder = nil
	}
	return nil
}

// CheckReservedLock implements vfs.File.
func (h *handle) CheckReservedLock() (bool, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	held := h.file.holder
	return held != nil && held.lock >= vfs.LOCK_RESERVED, nil
}

// SectorSize implements vfs.File.
func (*handle) SectorSize() int { return 4096 }

// DeviceCharacteristics implements vfs.File: a torn write leaves its neighbours
// alone, which is what the driver assumes of a real disk too.
func (*handle) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return vfs.IOCAP_POWERSAFE_OVERWRITE | vfs.IOCAP_SUBPAGE_READ
}

var (
	_ vfs.VFS  = volume{}
	_ vfs.File = (*handle)(nil)
)
