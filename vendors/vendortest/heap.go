package vendortest

import (
	"runtime"
	"testing"
)

// Heap returns the size of the heap after a garbage collection.
func Heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// HeapGrowth returns by how many bytes at most the heap is larger while rows are read than before. read must call each
// for every row, of which there must be so many.
func HeapGrowth(tb testing.TB, rows int, read func(each func())) int64 {
	tb.Helper()
	runtime.GC() // pools keep what they have until the second collection
	before := Heap()
	n, most := 0, int64(0)
	read(func() {
		n++
		if n%(rows/20) == 0 {
			most = max(most, Heap()-before)
		}
	})
	if n != rows {
		tb.Fatalf("%d rows, want %d", n, rows)
	}
	return most
}
