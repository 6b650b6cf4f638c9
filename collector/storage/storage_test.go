package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-kit/log"
	"go.etcd.io/bbolt"

	"github.com/engage-exporter/engage_exporter/collector/storage"
)

// pageSize is that of the file.
const pageSize = 16 << 10

// written returns a folder whose file has a hundred values.
func written(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	s, err := storage.Open(folder, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	var batch storage.Batch
	for i := range 100 {
		put(t, &batch, fmt.Sprintf("key %03d", i), bytes.Repeat([]byte{byte(i)}, 500))
	}
	if err := s.Write(&batch); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(&storage.Batch{}, true); err != nil {
		t.Fatal(err)
	}
	return folder
}

func put(t *testing.T, b *storage.Batch, key string, value []byte) {
	t.Helper()
	err := b.Put([]byte(key), func(w *bytes.Buffer) error {
		_, err := w.Write(value)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The changes of a batch are made in their order. Those that are discarded, or cannot be encoded, are not made.
func TestBatch(t *testing.T) {
	s, err := storage.Open(t.TempDir(), log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(&storage.Batch{}, true)
	var batch storage.Batch
	put(t, &batch, "a/1", []byte("old"))
	put(t, &batch, "b", []byte("deleted"))
	batch.DeletePrefix([]byte("a/"))
	batch.Delete([]byte("b"))
	put(t, &batch, "a/2", []byte("new"))
	kept := batch.Len()
	put(t, &batch, "a/2", []byte("discarded"))
	batch.Delete([]byte("a/2"))
	batch.Truncate(kept)
	failure := errors.New("cannot be encoded")
	err = batch.Put([]byte("a/3"), func(w *bytes.Buffer) error {
		_, _ = w.WriteString("half")
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	put(t, &batch, "c", nil)
	if err := s.Write(&batch); err != nil {
		t.Fatal(err)
	}
	values, err := s.Read("")
	if err != nil || len(values) != 2 || string(values["a/2"]) != "new" || values["c"] == nil || len(values["c"]) != 0 {
		t.Errorf("%q, %v", values, err)
	}
}

// What is written is there after the file is opened again, and only the user can read it.
func TestReopen(t *testing.T) {
	folder := written(t)
	s, err := storage.Open(folder, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(&storage.Batch{}, true)
	values, err := s.Read("key ")
	if err != nil || len(values) != 100 || !bytes.Equal(values["042"], bytes.Repeat([]byte{42}, 500)) {
		t.Errorf("%d values, %v", len(values), err)
	}
	if !s.Closed() || s.Fresh() {
		t.Errorf("closed %t, fresh %t", s.Closed(), s.Fresh())
	}
	info, err := os.Stat(s.Path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A damaged file is set aside and logged, wherever the damage is; nothing wrong is ever read from it.
func TestDamagedFile(t *testing.T) {
	cut := func(size int) func([]byte) []byte { return func(b []byte) []byte { return b[:min(size, len(b))] } }
	zero := func(from, to int) func([]byte) []byte {
		return func(b []byte) []byte { clear(b[from:min(to, len(b))]); return b }
	}
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"empty", cut(0)},
		{"100 bytes are left", cut(100)},
		{"a page is left", cut(pageSize)},
		{"three pages are left", cut(3 * pageSize)},
		{"both headers are gone", zero(0, 2*pageSize)},
		{"all but the headers is gone", zero(2*pageSize, 1<<30)},
		{"text", func([]byte) []byte { return []byte(strings.Repeat("no database\n", 1000)) }},
		{"one byte of a value", func(b []byte) []byte {
			b[bytes.LastIndex(b, bytes.Repeat([]byte{42}, 500))] ^= 1
			return b
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := written(t)
			path := filepath.Join(folder, storage.FileName)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tt.damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var logged bytes.Buffer
			s, err := storage.Open(folder, log.NewLogfmtLogger(&logged))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close(&storage.Batch{}, true)
			values, err := s.Read("")
			if err != nil || len(values) != 0 || s.Fresh() || s.Closed() {
				t.Errorf("%d values, %v, fresh %t, closed %t", len(values), err, s.Fresh(), s.Closed())
			}
			aside, _ := filepath.Glob(path + ".corrupt-*")
			if len(aside) != 1 || !strings.Contains(logged.String(), "set aside") {
				t.Errorf("set aside: %q; log: %s", aside, &logged)
			}
		})
	}
}

// What cannot be used is an error that says why.
func TestUnusable(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T) (folder string)
		want    string
	}{
		{"another process has it", func(t *testing.T) string {
			folder := written(t)
			s, err := storage.Open(folder, log.NewNopLogger())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close(&storage.Batch{}, true) })
			return folder
		}, "in use by another process"},
		{"a newer version wrote it", func(t *testing.T) string {
			folder := written(t)
			db, err := bbolt.Open(filepath.Join(folder, storage.FileName), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			err = db.Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("version"), []byte{0, 0, 1, 0})
			})
			if err != nil {
				t.Fatal(err)
			}
			return folder
		}, "newer version"},
		{"a file in place of the folder", func(t *testing.T) string {
			return filepath.Join(written(t), storage.FileName)
		}, "is not a folder"},
		{"the parent is not there", func(t *testing.T) string {
			return filepath.Join(t.TempDir(), "mistyped", "state")
		}, "mistyped does not exist"},
		{"a folder in place of the file", func(t *testing.T) string {
			folder := t.TempDir()
			if err := os.Mkdir(filepath.Join(folder, storage.FileName), 0o700); err != nil {
				t.Fatal(err)
			}
			return folder
		}, "is a directory"},
		{"everybody can write to the folder", func(t *testing.T) string {
			folder := t.TempDir()
			if err := os.Chmod(folder, 0o777); err != nil {
				t.Fatal(err)
			}
			return folder
		}, "every user can write"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := tt.prepare(t)
			s, err := storage.Open(folder, log.NewNopLogger())
			if err == nil {
				s.Close(&storage.Batch{}, true)
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q, want %q in it", err, tt.want)
			}
		})
	}
}
