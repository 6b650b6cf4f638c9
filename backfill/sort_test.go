package backfill

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// However little memory there is, the order is that of one stable sort.
func TestSortInRuns(t *testing.T) {
	for _, tt := range []struct{ records, runBytes, fanIn, files int }{
		{0, 1 << 20, 4, 0},
		{1, 1, 2, 1},
		{1000, 1 << 20, 4, 1},
		{1000, 20_000, 100, 6},
		{1000, 2000, 3, 2},
		{1000, 1, 2, 2},
	} {
		t.Run(fmt.Sprintf("%d records in %d bytes", tt.records, tt.runBytes), func(t *testing.T) {
			s, err := openState(filepath.Join(t.TempDir(), "h.om"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			random := rand.New(rand.NewPCG(1, 2))
			var want []record
			for i := range tt.records {
				r := record{
					family: random.IntN(3), labels: fmt.Appendf(nil, `{a="%0*d"}`, random.IntN(50), random.IntN(20)),
					first: int64(random.IntN(5)) - 2, value: float64(i),
				}
				r.end = r.first + 1
				want = append(want, r)
				if err := s.add(&r); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.done([]doneDay{{Day: "2026-11-01", Spool: s.length}}); err != nil {
				t.Fatal(err)
			}
			slices.SortStableFunc(want, func(a, b record) int { return a.compare(&b) })
			sorter := &sorter{state: s, runBytes: tt.runBytes, fanIn: tt.fanIn}
			n := 0
			for r, err := range sorter.sorted(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if n >= len(want) || r.compare(&want[n]) != 0 || r.value != want[n].value || r.end != want[n].end {
					t.Fatalf("record %d is %+v, want %+v", n, r, want[n])
				}
				n++
			}
			if n != tt.records {
				t.Errorf("%d records, want %d", n, tt.records)
			}
			if files, err := filepath.Glob(s.path(runPattern)); err != nil || len(files) > max(tt.files, tt.fanIn) {
				t.Errorf("%d files are left: %v", len(files), err)
			}
		})
	}
}

func TestSortEndsWithItsContext(t *testing.T) {
	s, err := openState(filepath.Join(t.TempDir(), "h.om"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.add(&record{labels: []byte("{}"), end: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.done(nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sorter := &sorter{state: s, runBytes: 1, fanIn: 2}
	for _, err := range sorter.sorted(ctx) {
		if err == nil {
			t.Fatal("a record came")
		}
	}
}

// Whatever a spool holds, reading it ends, in an error or not.
func FuzzRecord(f *testing.F) {
	f.Add([]byte("\x0f\x00\x00\x02\x01\x00\x00\x00\x00\x00\x00\xf0\x3f{}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(_ *testing.T, spool []byte) {
		in := bufio.NewReader(bytes.NewReader(spool))
		var r record
		for r.read(in) == nil {
		}
	})
}
