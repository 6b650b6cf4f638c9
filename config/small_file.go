package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// maxSmallFile bounds the files that a configuration names, which hold a secret,
// a certificate or task ids: a wrong path may lead to anything.
const maxSmallFile = 1 << 20

// readSmallFile reads a regular file of up to 1 MiB. The error is the reason
// only; errors.Is finds those of io/fs.
func readSmallFile(path string) ([]byte, error) {
	// A pipe would block when opened and be empty the second time.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, reason(err)
	case info.IsDir():
		return nil, errors.New("is a directory")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(b) > maxSmallFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxSmallFile)
	}
	return b, nil
}

// reason takes operation and path off an error of the file system.
func reason(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err
	}
	return err
}
