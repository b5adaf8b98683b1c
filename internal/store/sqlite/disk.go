package sqlite

import (
	"errors"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// disk is a file system that says when it is full. The driver's own reports
// that as a failed write on Unix, which could as well be a broken disk.
type disk struct{ vfs.VFS }

const diskName = "patchbay"

// OpenFilename implements vfs.VFSFilename.
func (d disk) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	f, flags, err := vfsutil.WrapOpenFilename(d.VFS, name, flags)
	if err != nil {
		return nil, flags, err
	}
	return diskFile{f}, flags, nil
}

type diskFile struct{ vfs.File }

// WriteAt implements vfs.File.
func (f diskFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	// Not so for Sync: what a sync that found no room has written is not known.
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = vfs.SystemError(err, sqlite3.FULL)
	}
	return n, err
}

// The rest is passed on.

func (f diskFile) LockState() vfs.LockLevel       { return vfsutil.WrapLockState(f.File) }
func (f diskFile) SizeHint(size int64) error      { return vfsutil.WrapSizeHint(f.File, size) }
func (f diskFile) HasMoved() (bool, error)        { return vfsutil.WrapHasMoved(f.File) }
func (f diskFile) SharedMemory() vfs.SharedMemory { return vfsutil.WrapSharedMemory(f.File) }
func (f diskFile) MemoryMapper() vfs.MemoryMapper { return vfsutil.WrapMemoryMapper(f.File) }
func (f diskFile) PersistWAL() bool               { return vfsutil.WrapPersistWAL(f.File) }
func (f diskFile) SetPersistWAL(keep bool)        { vfsutil.WrapSetPersistWAL(f.File, keep) }

var (
	_ vfs.VFSFilename      = disk{}
	_ vfs.FileLockState    = diskFile{}
	_ vfs.FileSizeHint     = diskFile{}
	_ vfs.FileHasMoved     = diskFile{}
	_ vfs.FileSharedMemory = diskFile{}
	_ vfs.FileMemoryMapper = diskFile{}
	_ vfs.FilePersistWAL   = diskFile{}
)
