package backfill_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/engage-exporter/engage_exporter/backfill"
)

// A disk that is full while the output is written costs no day that has been read: it is told how much room is needed,
// and only what is of no use is removed.
func TestDiskThatIsFullWhileTheOutputIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		v := newVendor()
		o := options(t, v)
		cut(t, v, o, "2026-11-02")
		unfinished := filepath.Join(o.Output+".state", "output")
		if err := os.Symlink("/dev/full", unfinished); err != nil {
			t.Fatal(err)
		}
		_, err := backfill.Run(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "no space left on device; it needs about ") || !strings.Contains(err.Error(), "3 of 3 days are read and kept") {
			t.Errorf("got %v", err)
		}
		if left, err := filepath.Glob(filepath.Join(o.Output+".state", "*")); err != nil || len(left) != 2 {
			t.Errorf("%v %v are left, want journal and lock", left, err)
		}
		before := v.reads["push_day 2026-11-03"]
		if _, err := backfill.Run(t.Context(), o); err != nil || contents(t, o.Output) != wholeOutput || v.reads["push_day 2026-11-03"] != before {
			t.Errorf("it does not go on: %v", err)
		}
	})
}

// Where no temporary folder can be made, what to do is told before anything is asked for.
func TestNoTemporaryFolder(t *testing.T) {
	v := newVendor()
	o := options(t, v)
	o.Output = "-"
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	synctest.Test(t, func(t *testing.T) {
		at("2026-11-20T04:00:00Z")
		if _, err := backfill.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "let TMPDIR name a folder that can be written to") || len(v.reads) > 0 {
			t.Errorf("got %v, reads %v", err, v.reads)
		}
	})
}
