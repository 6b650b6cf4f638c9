package vendortest

import (
	"maps"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const (
	shortAnswer = 128 << 10
	// longerTimes is by how many times the longer answer is longer: reading it takes about that many times as long, and
	// its square if the time grows with the square of the size.
	longerTimes = 8
	maxSlower   = longerTimes * longerTimes / 2
	// leastTime is what the shorter answer counts as at least: below it, the time says nothing.
	leastTime = 2 * time.Millisecond
)

// RunTimes reads each place with each shape, and expects that the processor time does not grow with the square of the
// answer's size.
func RunTimes(t *testing.T, places []Place) {
	for _, p := range places {
		t.Run(p.Name, func(t *testing.T) {
			shapesOf := func(size int) map[string]shape {
				all := shapes(size)
				for _, unit := range p.Units {
					all["["+unit+",…]"], all["{"+unit+",…}"] = array(unit), object(unit)
				}
				return all
			}
			short, long := shapesOf(shortAnswer), shapesOf(longerTimes*shortAnswer)
			for name := range maps.Keys(short) {
				var before, after time.Duration
				for range 5 { // garbage collection takes time too, and how much differs
					before = max(processorTime(t, p, short[name], shortAnswer), leastTime)
					after = processorTime(t, p, long[name], longerTimes*shortAnswer)
					if after <= maxSlower*before {
						break
					}
				}
				if after > maxSlower*before {
					t.Errorf("%s: %s of processor time for %d KiB, and %s for %d times as much",
						name, before, shortAnswer>>10, after, longerTimes)
				}
			}
		})
	}
}

// processorTime returns how much time of the processor it takes to read a place once.
func processorTime(t *testing.T, p Place, s shape, size int) time.Duration {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	err := p.Read(t.Context(), transport.Options{
		RoundTripper: answering(p, s, size), MaxResponseBytes: int64(size), Timeout: time.Hour,
	})
	ExpectKind(t, err, transport.Malformed, transport.TooLarge, transport.Rejected)
	return used() - before
}
