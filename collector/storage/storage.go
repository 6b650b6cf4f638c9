// Package storage keeps values by key in one file, across restarts of the process, however it ends. It knows nothing of
// what it keeps.
//
// The file is a bbolt database with one bucket for values and one for what is known of the file itself. Each value has
// a checksum over its key and itself, so that nothing is ever read back that was not written. A file that is damaged is
// set aside, not repaired: what it holds can be read anew from where it came.
package storage

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

const (
	// FileName is the name of the file within the folder.
	FileName = "state.db"
	// version is the version of what the file holds. It changes with the form of any value, also of those that the
	// users of this package write.
	version = 3
	// maxSize bounds the file, in bytes.
	maxSize = 1 << 30
	// lockTimeout is how long another process may hold the file: one that is ending lets go of it soon.
	lockTimeout = 2 * time.Second
	// maxSetAside is how many damaged files are kept.
	maxSetAside = 3
	// pageSize is that of a new file, in bytes. Each page with a change is written, in a call of its own: pages that hold
	// some dozens of values take less processor time than those of the operating system.
	pageSize = 16 << 10
	// fillPercent is how full pages are when they are split: values hardly change in size.
	fillPercent = 0.9
)

// What the file has beside values.
var (
	metaBucket   = []byte("meta")
	valuesBucket = []byte("values")

	versionKey = []byte("version")
	saltKey    = []byte("salt")
	closedKey  = []byte("closed") // there from Close until the file is opened again
)

// Store is an open file. It is safe for concurrent use.
type Store struct {
	path   string
	salt   []byte
	fresh  bool
	closed bool

	mu     sync.Mutex
	db     *bbolt.DB
	broken error // nothing can be read or written any more
}

// Open opens the file in a folder, and makes both where they are not there, but not the folder's parent: a mistyped path
// must not look like a first start. A damaged file is set aside under another
// name, and a new one begun. It fails if the file cannot be written, if another process has it open, and if a newer
// version of this program wrote it.
func Open(folder string, logger log.Logger) (*Store, error) {
	if err := makeFolder(folder, logger); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, FileName)
	s, err := open(path)
	damaged, ok := errors.AsType[*damagedError](err)
	if !ok {
		return s, err
	}
	aside, err := setAside(path)
	if err != nil {
		return nil, fmt.Errorf("%w: it is damaged (%w) and cannot be set aside; remove it", err, damaged)
	}
	level.Warn(logger).Log("msg", "the stored state is damaged: it is set aside, and nothing of it is used",
		"file", aside, "err", damaged)
	s, err = open(path)
	if err == nil {
		s.fresh = false // there was a file, and what the process before did is not known
	}
	return s, err
}

// makeFolder makes the folder for this user alone, or checks one that is there.
func makeFolder(folder string, logger log.Logger) error {
	switch err := os.Mkdir(folder, 0o700); {
	case err == nil:
		level.Info(logger).Log("msg", "created the folder for the state: nothing is restored", "folder", folder)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("cannot make the folder, since %s does not exist: correct the path, or make that folder", filepath.Dir(folder))
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("cannot make the folder: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 && os.PathSeparator == '/' {
		return fmt.Errorf("every user can write to the folder %s (mode %#o): use a separate one for the exporter, or chmod o-w it",
			folder, mode)
	}
	return nil
}

// damagedError is what is wrong with a file that does not hold what was written to it.
type damagedError struct{ cause error }

func (e *damagedError) Error() string { return e.cause.Error() }
func (e *damagedError) Unwrap() error { return e.cause }

func damaged(format string, args ...any) error { return &damagedError{fmt.Errorf(format, args...)} }

// open opens a file and checks all of it.
func open(path string) (*Store, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		return nil, damaged("the file is empty")
	}
	s := &Store{path: path, fresh: errors.Is(err, fs.ErrNotExist)}
	var file *os.File
	err = guard(func() (err error) {
		s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout: lockTimeout, PageSize: pageSize, MaxSize: maxSize, NoStatistics: true,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode fs.FileMode) (_ *os.File, err error) {
				file, err = os.OpenFile(name, flag, mode)
				return file, err
			},
		})
		if err == nil {
			err = s.begin(file)
		}
		return err
	})
	if err == nil {
		return s, nil
	}
	if _, ok := errors.AsType[*damagedError](err); ok && file != nil {
		_ = file.Close() // not by s.db: its memory may be what is damaged
		return nil, err
	}
	if s.db != nil {
		_ = s.db.Close()
	}
	_, ofSystem := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s is in use by another process: each needs its own folder", path)
	// bbolt does not wrap this error: the disk is full, or the file may not grow.
	case ofSystem, errors.Is(err, errNewer), strings.HasPrefix(err.Error(), "file resize error"):
		return nil, err
	default:
		return nil, &damagedError{err}
	}
}

var errNewer = errors.New("a newer version of engage_exporter wrote it: use that version, or another folder")

// begin checks what the file holds, and marks it as open. It fails if the file cannot be written.
func (s *Store) begin(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		if err := file.Chmod(0o600); err != nil {
			return err
		}
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if meta == nil {
			return s.create(tx)
		}
		switch stored := meta.Get(versionKey); {
		case len(stored) != 4:
			return damaged("it has no version")
		case binary.BigEndian.Uint32(stored) > version:
			return fmt.Errorf("%s: %w", s.path, errNewer)
		case binary.BigEndian.Uint32(stored) < version:
			return damaged("it is of version %d, which is no longer supported", binary.BigEndian.Uint32(stored))
		}
		values := tx.Bucket(valuesBucket)
		if values == nil {
			return damaged("it has no values")
		}
		err := values.ForEach(func(key, value []byte) error {
			_, err := checked(key, value)
			return err
		})
		if err != nil {
			return err
		}
		s.salt = bytes.Clone(meta.Get(saltKey))
		s.closed = meta.Get(closedKey) != nil
		return meta.Delete(closedKey)
	})
}

func (s *Store) create(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	if _, err := tx.CreateBucketIfNotExists(valuesBucket); err != nil {
		return err
	}
	s.salt = make([]byte, 32)
	_, _ = rand.Read(s.salt) // it never fails
	return errors.Join(meta.Put(saltKey, s.salt), meta.Put(versionKey, binary.BigEndian.AppendUint32(nil, version)))
}

// setAside renames a damaged file, and removes the oldest such files.
func setAside(path string) (aside string, err error) {
	prefix := path + ".corrupt-"
	aside = prefix + time.Now().UTC().Format("20060102T150405.000000Z")
	if err := os.Rename(path, aside); err != nil {
		return "", err
	}
	older, _ := filepath.Glob(prefix + "*") // the pattern is well-formed unless the folder's name is odd
	slices.Sort(older)
	for _, name := range older[:max(0, len(older)-maxSetAside)] {
		_ = os.Remove(name)
	}
	return aside, nil
}

// guard runs a function that reads the file. The file is mapped into memory: where it is damaged, or is cut off while it
// is open, reading it panics or faults.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged("reading it failed: %v", p)
		}
	}()
	return f()
}

// Path returns the path of the file.
func (s *Store) Path() string { return s.path }

// Salt returns random bytes that belong to the file, for hashes of what must not stand in it.
func (s *Store) Salt() []byte { return s.salt }

// Fresh reports whether there was no file before.
func (s *Store) Fresh() bool { return s.fresh }

// Closed reports whether the process before closed the file, so that it holds the last that happened.
func (s *Store) Closed() bool { return s.closed }

// Size returns the size of the file in bytes; 0 if it is not there.
func (s *Store) Size() int64 {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// Write makes the changes of a batch in their order, all of them or none.
func (s *Store) Write(batch *Batch) error {
	return s.do(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error { return apply(tx, batch) })
	})
}

func apply(tx *bbolt.Tx, batch *Batch) error {
	values := tx.Bucket(valuesBucket)
	values.FillPercent = fillPercent
	for _, c := range batch.changes {
		var err error
		switch key, stored := batch.of(c); c.kind {
		case deletesPrefix:
			err = deletePrefix(values, key)
		case deletes:
			err = values.Delete(key)
		default:
			err = values.Put(key, stored)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func deletePrefix(values *bbolt.Bucket, prefix []byte) error {
	var keys [][]byte
	cursor := values.Cursor()
	for key, _ := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
		keys = append(keys, bytes.Clone(key))
	}
	for _, key := range keys {
		if err := values.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// Read returns the values whose keys begin with a prefix, by what follows it.
func (s *Store) Read(prefix string) (map[string][]byte, error) {
	found := make(map[string][]byte)
	err := s.do(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			cursor := tx.Bucket(valuesBucket).Cursor()
			key, value := cursor.Seek([]byte(prefix))
			for ; key != nil && strings.HasPrefix(string(key), prefix); key, value = cursor.Next() {
				value, err := checked(key, value)
				if err != nil {
					return err
				}
				found[string(key[len(prefix):])] = bytes.Clone(value)
			}
			return nil
		})
	})
	return found, err
}

// do runs a transaction. Once the file turns out to be damaged, none is run any more.
func (s *Store) do(transaction func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return s.broken
	}
	err := guard(transaction)
	if cause, ok := errors.AsType[*damagedError](err); ok {
		s.broken = fmt.Errorf("%s was damaged while it was open: %w; restart the exporter", s.path, cause)
		return s.broken
	}
	return err
}

// Close makes the last changes and closes the file. inOrder marks it so that [Store.Closed] reports it next time.
func (s *Store) Close(last *Batch, inOrder bool) error {
	err := s.do(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			err := apply(tx, last)
			if inOrder {
				err = errors.Join(err, tx.Bucket(metaBucket).Put(closedKey, []byte{1}))
			}
			return err
		})
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		err = errors.Join(err, s.db.Close())
		s.broken = fs.ErrClosed
	}
	return err
}

// checked returns the value of what is stored. It is part of the file, and must not be changed.
func checked(key, stored []byte) ([]byte, error) {
	if len(stored) < checksumSize || binary.BigEndian.Uint32(stored) != checksum(key, stored[checksumSize:]) {
		return nil, damaged("a value differs from what was written")
	}
	return stored[checksumSize:], nil
}
