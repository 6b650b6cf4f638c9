package backfill

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// The memory that sorting takes: the records of a run, and a buffer for each of the runs that are merged at a time.
const (
	runBytes  = 4 << 20
	fanIn     = 32
	runBuffer = 64 << 10
	// recordOverhead is what a record takes in memory beside its labels, roughly.
	recordOverhead = 96
)

// sorter puts the records of a spool in the order of the output: runs that fit into memory are sorted and written to files of their own, and these are merged.
type sorter struct {
	state    *state
	runBytes int // of a run; less in tests
	fanIn    int
	runs     []string // files, in the order of what they hold
	made     int
}

// sorted gives the records in order; of a series, those that were read later come after those that begin as early. A record is valid until the next.
func (s *sorter) sorted(ctx context.Context) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		if err := s.makeRuns(ctx); err != nil {
			yield(nil, err)
			return
		}
		for len(s.runs) > s.fanIn {
			// Neighbours become one in their place, so that what was read later still comes later.
			if err := s.makeRun(s.merge(ctx, s.runs[:s.fanIn])); err != nil {
				yield(nil, err)
				return
			}
			merged := s.runs[len(s.runs)-1]
			for _, path := range s.runs[:s.fanIn] {
				if err := os.Remove(path); err != nil {
					yield(nil, err)
					return
				}
			}
			s.runs = slices.Concat([]string{merged}, s.runs[s.fanIn:len(s.runs)-1])
		}
		s.merge(ctx, s.runs)(yield)
	}
}

// makeRuns sorts the spool run by run.
func (s *sorter) makeRuns(ctx context.Context) error {
	old, err := filepath.Glob(filepath.Join(globEscape(s.state.dir), runPattern))
	if err != nil {
		return err
	}
	for _, path := range old { // of an attempt that was interrupted
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if _, err := s.state.spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(io.LimitReader(s.state.spool, s.state.length), runBuffer)
	var next record
	var records []record
	var labels texts
	for size := 0; ; {
		err := next.read(in)
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return err
		}
		if !end {
			r := next
			r.labels = labels.keep(next.labels)
			records = append(records, r)
			size += recordOverhead + len(r.labels)
		}
		if len(records) > 0 && (size >= s.runBytes || end) {
			slices.SortStableFunc(records, func(a, b record) int { return a.compare(&b) })
			if err := s.makeRun(each(ctx, records)); err != nil {
				return err
			}
			clear(records)
			records, labels, size = records[:0], nil, 0
		}
		if end {
			return nil
		}
	}
}

// texts keeps many short texts in few pieces of memory.
type texts []byte

func (t *texts) keep(text []byte) []byte {
	if cap(*t)-len(*t) < len(text) {
		*t = make([]byte, 0, max(runBuffer, len(text))) // those before live as long as somebody has them
	}
	begin := len(*t)
	*t = append(*t, text...)
	return (*t)[begin:len(*t):len(*t)]
}

// each gives records that are in memory.
func each(ctx context.Context, records []record) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		for i := range records {
			if ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			if !yield(&records[i], nil) {
				return
			}
		}
	}
}

// makeRun writes records to a file of their own.
func (s *sorter) makeRun(records iter.Seq2[*record, error]) (err error) {
	path := s.state.path(fmt.Sprintf("run-%d", s.made))
	s.made++
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, runBuffer)
	for r, err := range records {
		if err != nil {
			return err
		}
		if _, err := r.write(out); err != nil {
			return err
		}
	}
	s.runs = append(s.runs, path)
	return out.Flush()
}

// merge gives the records of sorted runs in order. Of equal ones, those of earlier runs come first.
func (s *sorter) merge(ctx context.Context, paths []string) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		var front runs
		defer func() {
			for _, r := range front {
				_ = r.file.Close() // it was read
			}
		}()
		for i, path := range paths {
			file, err := os.Open(path)
			if err != nil {
				yield(nil, err)
				return
			}
			r := &run{number: i, file: file, in: bufio.NewReaderSize(file, runBuffer)}
			front = append(front, r)
			if err := r.next.read(r.in); err != nil { // no run is empty
				yield(nil, err)
				return
			}
		}
		heap.Init(&front)
		for len(front) > 0 {
			first := front[0]
			if ctx.Err() != nil {
				yield(nil, ctx.Err())
				return
			}
			if !yield(&first.next, nil) {
				return
			}
			switch err := first.next.read(first.in); {
			case err == nil:
				heap.Fix(&front, 0)
			case errors.Is(err, io.EOF):
				heap.Pop(&front)
				if err := first.file.Close(); err != nil {
					yield(nil, err)
					return
				}
			default:
				yield(nil, err)
				return
			}
		}
	}
}

// run is a sorted run that is being read, at its first record that has not been given.
type run struct {
	number int
	file   *os.File
	in     *bufio.Reader
	next   record
}

// runs is a heap of them, that with the least record on top.
type runs []*run

func (r runs) Len() int { return len(r) }

func (r runs) Less(i, j int) bool {
	return cmp.Or(r[i].next.compare(&r[j].next), cmp.Compare(r[i].number, r[j].number)) < 0
}

func (r runs) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

// Push implements [heap.Interface].
func (r *runs) Push(x any) { *r = append(*r, x.(*run)) } //nolint:errcheck // only runs are pushed

// Pop implements [heap.Interface].
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
