package backfill_test

import (
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
)

// limitFiles lets files of this process grow no further than the number of bytes, until restore is called.
func limitFiles(t *testing.T, size uint64) (restore func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}
}

// A disk that is full while the output is written costs no day that has been read: the error says how much room is
// needed, and only what is of no use is removed.
func TestDiskThatIsFullWhileTheOutputIsWritten(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ) // beyond the limit the write itself fails then
	defer signal.Reset(syscall.SIGXFSZ)
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		whole := options(t, newVendor())
		whole.Step = time.Second
		if _, err := backfill.Run(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		v := newVendor()
		o := options(t, v)
		o.Step = time.Second
		restore := limitFiles(t, 16<<20)
		_, err := backfill.Run(t.Context(), o)
		restore()
		if err == nil || !strings.Contains(err.Error(), "file too large; it needs about ") ||
			!strings.Contains(err.Error(), "3 of 3 days are read and kept") {
			t.Errorf("got %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(o.Output+".state", "*")); err != nil || len(left) != 2 {
			t.Errorf("%v %v are left, want journal and lock", left, err)
		}
		clear(v.reads)
		_, err = backfill.Run(t.Context(), o)
		if err != nil || contents(t, o.Output) != contents(t, whole.Output) || len(v.reads) > 0 {
			t.Errorf("it does not go on: %v, reads %v", err, v.reads)
		}
	})
}

// Where no temporary folder can be made, what to do is reported before anything is asked for.
func TestNoTemporaryFolder(t *testing.T) {
	v := newVendor()
	o := options(t, v)
	o.Output = "-"
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		if _, err := backfill.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "set TMPDIR to a writable folder") || len(v.reads) > 0 {
			t.Errorf("got %v, reads %v", err, v.reads)
		}
	})
}
