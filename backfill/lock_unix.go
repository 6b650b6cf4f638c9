//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package backfill

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lock takes a file for this process alone. The system lets go of it when the process ends, however it does.
func lock(path string) (io.Closer, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
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
