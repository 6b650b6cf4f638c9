package backfill

import (
	"io"
	"io/fs"
	"os"
	"syscall"
)

// lock takes a file for this process alone. The system lets go of it when the process ends, however it does.
func lock(path string) (io.Closer, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	const access = syscall.GENERIC_READ | syscall.GENERIC_WRITE
	handle, err := syscall.CreateFile(name, access, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), path), nil
}

// unlock lets go of a locked file and removes it. The other way round, Windows would not; it does not remove one that
// somebody else has taken since, and that is no failure.
func unlock(path string, held io.Closer) error {
	err := held.Close()
	_ = os.Remove(path)
	return err
}

// syncFolder does nothing: Windows cannot, and journals the names of files by itself.
func syncFolder(string) error { return nil }

// openFile opens a file of the folder.
func openFile(path string, flags int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flags, mode)
}

// checkOwner returns nil: on Windows a folder has the access rights of the one it stands in.
func checkOwner(fs.FileInfo) error { return nil }
