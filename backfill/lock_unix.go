//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package backfill

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// lock takes a file for this process alone. The system lets go of it when the process ends, however it does.
func lock(path string) (io.Closer, error) {
	file, err := openFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	mine, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(mine, now) { // who held it before has removed it in between
		return nil, errors.Join(syscall.EWOULDBLOCK, file.Close())
	}
	return file, nil
}

// unlock removes a file that is locked, and lets go of it only then: nobody else's is removed.
func unlock(path string, held io.Closer) error {
	return errors.Join(removeFile(path), held.Close())
}

// syncFolder waits until the names of a folder's files are on the disk.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// openFile opens a file of the folder. It does not follow a symbolic link, which somebody else may have put there.
func openFile(path string, flags int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flags|syscall.O_NOFOLLOW, mode)
}

// checkOwner returns an error if the folder is another user's, or if others can write to it.
func checkOwner(folder fs.FileInfo) error {
	if s, ok := folder.Sys().(*syscall.Stat_t); ok && int(s.Uid) != os.Geteuid() {
		return fmt.Errorf("belongs to user %d, not to the current user %d", s.Uid, os.Geteuid())
	}
	if mode := folder.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("can be written to by other users (mode %#o)", mode)
	}
	return nil
}
