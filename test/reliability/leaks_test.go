package reliability

import (
	"regexp"
	"runtime"
	"strings"
	"sync"
)

const (
	// heapSlack is how much more memory may be in use after a fault than before.
	heapSlack = 2 << 20
	// heapPeak is how much more may be in use while huge answers come: a few that are held up to max_response_bytes at
	// a time, each in a buffer that has just doubled, beside the connections' own.
	heapPeak = 16 << 20
	// heapStep is of how many bytes that come the memory is looked at once: no answer that is not huge has as many.
	heapStep = maxResponseBytes / 2
)

var bubbleOf = regexp.MustCompile(`synctest bubble (\d+)`)

// stackBuffer has room for the stacks of all goroutines that there are at a time.
var stackBuffer = make([]byte, 2<<20)

// goroutines are the stacks of all goroutines of the bubble that calls it.
func goroutines() []string {
	own := make([]byte, 4<<10)
	bubble := bubbleOf.FindString(string(own[:runtime.Stack(own, false)]))
	all := stackBuffer[:runtime.Stack(stackBuffer, true)]
	var stacks []string
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		head, _, _ := strings.Cut(stack, "\n")
		if bubble != "" && bubbleOf.FindString(head) == bubble {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// heapBytes is how much memory is in use once the garbage is gone.
func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// watchHeap looks at the memory in use again and again while much comes from the vendors. peak gives the most that it
// saw, 0 for nothing, and how much came.
func watchHeap(vendors *network) (peak func() (most, read int64)) {
	var mu sync.Mutex
	var most, next int64
	stop := vendors.watch(func(read int64) {
		mu.Lock()
		defer mu.Unlock()
		if read >= next+heapStep {
			next = read
			most = max(most, heapBytes())
		}
	})
	return func() (int64, int64) {
		read := stop()
		mu.Lock()
		defer mu.Unlock()
		return most, read
	}
}

// checkHeap holds the memory in use to what it was before, once all pages of a cell but the last are gone.
func (b *fixture) checkHeap() {
	heap := heapBytes()
	for range 3 { // what is let go of by cleanups takes more than one collection
		if heap <= b.heap+heapSlack {
			return
		}
		heap = heapBytes()
	}
	if heap > b.heap+heapSlack {
		b.t.Errorf("%d bytes are in use, %d more than before", heap, heap-b.heap)
	}
}
