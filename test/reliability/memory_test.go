//go:build !race

// The race detector takes memory of its own.

package reliability

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/simulator"
)

const (
	// maxGrowth is by how much the heap may grow while answers of max_response_bytes come: 4 times that for each of the
	// requests that an account sends at a time.
	maxGrowth = 4 * maxResponseBytes * maxConcurrentRequests
	// maxBackoff is longer than the backoff of an endpoint after any failure.
	maxBackoff = 2 * time.Hour
	// hostileSamples bounds the samples of an endpoint, which take memory of their own.
	hostileSamples = 500
)

// TestMemory lets each endpoint of each vendor, and each login, get answers that are as large as they may be: the true
// ones, of which each list and each object is filled with copies of its first element or with empty ones. The memory
// stays within a bound, and all is well afterwards.
func TestMemory(t *testing.T) {
	catalogue := readCatalogue(t)
	makeCertificates()
	defer debug.SetGCPercent(debug.SetGCPercent(30))
	for _, r := range rowsOf(catalogue) {
		t.Run(r.name(), func(t *testing.T) {
			s := settings{catalogue: catalogue, row: r, always: !r.login, maxSamples: hostileSamples, secrets: t.TempDir()}
			writeSecrets(t, s)
			heap := watchLiveHeap(t) // its clock is the real one
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(start))
				b := &fixture{
					t: t, settings: s, row: r, account: simulatedVendor(r.vendor).Accounts[0].ID,
					kinds: make(map[simulator.FaultKind]bool), system: build(t, s),
				}
				b.page = b.system.scrape()
				shapes := hostileShapes(t, b.trueAnswer())
				if len(shapes) == 0 && r.target != "saved_queries" { // which is the header of an answer without a body
					t.Fatal("no answer has a list or an object")
				}
				for name, text := range shapes {
					time.Sleep(maxBackoff)
					if grown := b.growth(heap, text); grown > maxGrowth {
						t.Errorf("%s: %d KiB more in use while answers of %d KiB came", name, grown>>10, len(text)>>10)
					}
				}
				time.Sleep(maxBackoff)
				b.system.scrape()
				if down := b.mainDown(b.system.scrape()); len(down) > 0 {
					t.Errorf("down after the last hostile answer: %v", down)
				}
				t.Logf("%d shapes", len(shapes))
			})
		})
	}
}

// trueAnswer returns the first answer that the row's target gets in a scrape.
func (b *fixture) trueAnswer() (text []byte) {
	b.answerWith(func(answer []byte) []byte {
		if text == nil {
			text = answer
		}
		return answer
	})
	return text
}

// growth returns by how much the heap grows while the row's target gets an answer.
func (b *fixture) growth(heap *liveHeap, text string) int64 {
	heap.reset()
	b.answerWith(func([]byte) []byte { return []byte(text) })
	return heap.growth()
}

// answerWith scrapes once, and lets the row's target get other answers.
func (b *fixture) answerWith(change func(answer []byte) []byte) {
	b.t.Helper()
	time.Sleep(time.Minute)
	if b.row.login { // then the watched endpoint alone is due
		b.system.scrape()
		time.Sleep(oftenInterval)
	}
	b.needLogin()
	b.prepare()
	first, one := b.calls(), sync.Mutex{}
	b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		before, answer := b.calls(), httptest.NewRecorder()
		b.system.sim.ServeHTTP(answer, r)
		text := answer.Body.Bytes()
		if b.calls() > before {
			text = change(text)
		}
		one.Unlock()
		maps.Copy(w.Header(), answer.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		w.Write(text)
	})
	b.system.scrape()
	b.system.setInterfere(nil)
	if b.calls() == first {
		b.t.Errorf("%s was not asked", b.row.name())
	}
}

// hostileShapes returns answers of nearly max_response_bytes that are JSON as a true one is, by what is in them.
func hostileShapes(t *testing.T, answer []byte) map[string]string {
	t.Helper()
	shapes, seen := make(map[string]string), make(map[jsontext.Pointer]bool)
	d := jsontext.NewDecoder(bytes.NewReader(answer), jsontext.AllowDuplicateNames(true))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return shapes
		}
		open, isObject := int(d.InputOffset()), token.Kind() == '{'
		if !isObject && token.Kind() != '[' {
			continue
		}
		place := d.StackPointer()
		parent := place.Parent()
		if place == "" {
			parent = "none"
		}
		if seen[parent] { // a sibling is alike
			continue
		}
		seen[parent] = true
		before, after := string(answer[:open]), string(answer[open:])
		units := []string{"{}"}
		if isObject {
			units = []string{`"":0`}
		}
		if element := firstElement(after, isObject); element != "" {
			units = append(units, numbered(element, isObject))
		}
		separator := ","
		if rest := strings.TrimLeft(after, " \n"); rest == "" || rest[0] == ']' || rest[0] == '}' {
			separator = ""
		}
		for _, unit := range units {
			shapes[fmt.Sprintf("%s of %.60s", place, unit)] = before + filled(unit, maxResponseBytes-len(answer)-100) + separator + after
		}
	}
}

// firstElement returns the first element of a list or the first member of an object, of which text begins with the
// contents; "" if there is none.
func firstElement(text string, isObject bool) string {
	opening := "["
	if isObject {
		opening = "{"
	}
	d := jsontext.NewDecoder(strings.NewReader(opening+text), jsontext.AllowDuplicateNames(true))
	d.ReadToken()
	for range map[bool]int{false: 1, true: 2}[isObject] {
		if err := d.SkipValue(); err != nil {
			return ""
		}
	}
	return strings.TrimSpace(text[:d.InputOffset()-1])
}

// numbered puts an N into the first name or value of an element, so that no two are alike.
func numbered(element string, isObject bool) string {
	if quote := strings.IndexByte(element, '"'); quote >= 0 && (isObject || element[0] == '"') {
		return element[:quote+1] + "N" + element[quote+1:]
	}
	for i, c := range element {
		if c == ':' && !isObject && i+1 < len(element) {
			value := strings.TrimLeft(element[i+1:], " ")
			start := len(element) - len(value)
			switch {
			case value[0] == '"':
				return element[:start+1] + "N" + element[start+1:]
			case value[0] >= '1' && value[0] <= '9':
				return element[:start] + "N" + element[start+1:]
			}
			return element
		}
	}
	return element
}

// filled repeats a unit up to a size. N is another number in each.
func filled(unit string, size int) string {
	var b strings.Builder
	for n := 1_000_000; b.Len()+len(unit)+10 < size; n++ {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.ReplaceAll(unit, "N", fmt.Sprint(n)))
	}
	return b.String()
}

// liveHeap knows the largest heap that a garbage collection found.
type liveHeap struct{ before, most atomic.Int64 }

// watchLiveHeap watches the heap until the end of the test.
func watchLiveHeap(t *testing.T) *liveHeap {
	h := &liveHeap{}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				h.look()
			case <-done:
				return
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		watching.Wait()
	})
	return h
}

func (h *liveHeap) look() int64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	now := int64(live[0].Value.Uint64())
	for most := h.most.Load(); now > most && !h.most.CompareAndSwap(most, now); most = h.most.Load() {
	}
	return now
}

// reset forgets what was, and measures the heap.
func (h *liveHeap) reset() {
	runtime.GC()
	runtime.GC() // pools keep what they have until the second collection
	h.before.Store(h.look())
	h.most.Store(0)
}

// growth returns by how many bytes the heap was larger than at the reset.
func (h *liveHeap) growth() int64 { return h.most.Load() - h.before.Load() }
