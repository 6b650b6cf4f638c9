package vendortest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Place is where in an answer a value stands that takes as much memory as it may.
type Place struct {
	// Name is the endpoint, with the place in its answer.
	Name string

	// Before and After are the answer around the value.
	Before, After string

	// Units are parts of the value that the endpoint keeps, beside those that all places get. "#" stands for a number
	// that no other part has.
	Units []string

	// Streamed is set for an answer that is read as it arrives.
	Streamed bool

	// Read reads the endpoint of a new account once.
	Read func(ctx context.Context, o transport.Options) error
}

// shape is JSON that costs a decoder more than others: a part that is repeated, or one that is endless.
type shape struct {
	open, unit, end, close string
}

func array(unit string) shape  { return shape{open: "[", unit: unit + ",", end: unit, close: "]"} }
func object(unit string) shape { return shape{open: "{", unit: unit + ",", end: unit, close: "}"} }

// nested returns values within each other, as deep as a decoder takes them and a tenth of the answer has room for.
func nested(before, after string, size int) shape {
	depth := min(9000, size/10/(len(before)+len(after)))
	return array(strings.Repeat(before, depth) + "0" + strings.Repeat(after, depth))
}

// shapes are those that each place gets in an answer of so many bytes.
func shapes(size int) map[string]shape {
	all := map[string]shape{
		"a long text":        {open: `"`, unit: "x", close: `"`},
		"an escaped text":    {open: `"`, unit: `\u4e2d`, close: `"`},
		"a huge number":      {open: "1", unit: "0", end: "0"},
		"a long name":        {open: `{"`, unit: "x", close: `":0}`},
		"a lot of space":     {open: "[", unit: " ", close: "]"},
		"deep arrays":        nested("[", "]", size),
		"deep objects":       nested(`{"":`, "}", size),
		"deep long names":    nested(`{"`+strings.Repeat("n", 200)+`":`, "}", size),
		"texts of some size": array(`"` + strings.Repeat("x", 5000) + `"`),
	}
	for _, unit := range []string{"0", `""`, "{}", "[]", `{"":0}`, "1e999999", `"#"`} {
		all["["+unit+",…]"] = array(unit)
	}
	for _, unit := range []string{`"":0`, `"":{}`, `"#":0`, `"#":{"":0}`, `"#":[{}]`, `"#":{"a":{"b":{"c":0}}}`} {
		all["{"+unit+",…}"] = object(unit)
	}
	return all
}

// worst is a reader of one answer of a given length with a shape in it.
type worst struct {
	shape
	after   string
	left    int // bytes of units
	number  int
	pending string
	ended   bool
}

// newWorst returns an answer with a shape at a place, of so many bytes.
func newWorst(p Place, s shape, size int) *worst {
	return &worst{
		shape: s, after: p.After, pending: p.Before + s.open,
		left: size - len(p.Before) - len(s.open) - len(s.end) - len(s.close) - len(p.After) - len("9999999"),
	}
}

func (w *worst) Read(b []byte) (n int, err error) {
	for n < len(b) {
		if w.pending == "" && !w.more() {
			if n == 0 {
				return 0, io.EOF
			}
			break
		}
		copied := copy(b[n:], w.pending)
		n, w.pending = n+copied, w.pending[copied:]
	}
	return n, nil
}

// more puts the next part of the answer into pending.
func (w *worst) more() bool {
	switch {
	case w.ended:
		return false
	case w.left < len(w.unit)+len("9999999"):
		w.ended = true
		w.pending = w.numbered(w.end) + w.close + w.after
	default:
		w.pending = w.numbered(w.unit)
		if len(w.unit) < 64 && !strings.Contains(w.unit, "#") {
			w.pending = strings.Repeat(w.unit, max(1, min(w.left, 4096)/len(w.unit)))
		}
		w.left -= len(w.pending)
	}
	return true
}

func (w *worst) numbered(unit string) string {
	w.number++
	return strings.ReplaceAll(unit, "#", fmt.Sprint(w.number))
}

// answering returns a vendor that answers each request so, with other numbers each time: pages of a list differ.
func answering(p Place, s shape, size int) RoundTripper {
	var last *worst
	return func(r *http.Request) (*http.Response, error) {
		w := newWorst(p, s, size)
		if last != nil {
			w.number = last.number
		}
		last = w
		return Response(r, http.StatusOK, nil, w, -1), nil
	}
}

// maxAnswer is the max_response_bytes that places are read with.
const maxAnswer = 128 << 10

// streamedTimes is by how many times an answer that is streamed is longer than max_response_bytes, if it consists of
// parts that are kept.
const streamedTimes = 8

// besideAnswers is how much of what is in use has nothing to do with the size of an answer.
const besideAnswers = 128 << 10

// RunShapes reads each place with each shape, as large as an answer may be, and expects that no more than four times
// max_response_bytes are in use meanwhile.
func RunShapes(t *testing.T, places []Place) {
	for _, p := range places {
		t.Run(p.Name, func(t *testing.T) {
			for name, s := range shapes(maxAnswer) {
				expectBounded(t, p, name, s, maxAnswer, 1)
			}
			for _, unit := range p.Units {
				if strings.HasPrefix(unit, `"`) {
					expectBounded(t, p, "{"+unit+",…}", object(unit), maxAnswer, streamedTimes)
				} else {
					expectBounded(t, p, "["+unit+",…]", array(unit), maxAnswer, streamedTimes)
				}
			}
		})
	}
}

// FuzzShapes looks for parts of answers of which many take too much memory.
func FuzzShapes(f *testing.F, places []Place) {
	for i, p := range places {
		f.Add(uint8(i), `"":0`, true)
		f.Add(uint8(i), `{}`, false)
		for _, unit := range p.Units {
			f.Add(uint8(i), unit, strings.HasPrefix(unit, `"`))
		}
	}
	f.Fuzz(func(t *testing.T, place uint8, unit string, inObject bool) {
		if unit == "" || len(unit) > 1000 {
			return
		}
		s := array(unit)
		if inObject {
			s = object(unit)
		}
		expectBounded(t, places[int(place)%len(places)], unit, s, maxAnswer, 1)
	})
}

// expectBounded reads a place with a shape once.
func expectBounded(t *testing.T, p Place, name string, s shape, most int64, times int) {
	t.Helper()
	size := int(most)
	if p.Streamed { // its garbage would be much beside less
		most *= 4
		size *= 4 * times
	}
	var grown int64
	var err error
	for range 10 { // what is allocated while garbage is collected counts as in use: how much that is differs
		grown = HeapPeak(func() {
			err = p.Read(t.Context(), transport.Options{RoundTripper: answering(p, s, size), MaxResponseBytes: most})
		})
		ExpectKind(t, err, transport.Malformed, transport.TooLarge, transport.Rejected)
		if grown <= 4*most+besideAnswers {
			return
		}
	}
	t.Errorf("%s: %d KiB in use for answers of %d KiB: %v", name, grown>>10, size>>10, err)
}

// HeapPeak returns by how many bytes at most the heap is larger while read runs than before, as each of many garbage
// collections finds it.
func HeapPeak(read func()) int64 {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC() // pools keep what they have until the second collection
	before := Heap()
	done, sampled := make(chan struct{}), make(chan int64)
	go func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		most := int64(0)
		for {
			metrics.Read(live)
			most = max(most, int64(live[0].Value.Uint64()))
			select {
			case <-ticker.C:
			case <-done:
				sampled <- most
				return
			}
		}
	}()
	read()
	close(done)
	return <-sampled - before
}
