package vendortest

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const (
	accountsTogether = 100
	// memoryTogether is the memory for answers of all of them, and listsTogether the part that is for lists.
	memoryTogether = 16 << 20
	listsTogether  = memoryTogether / 4
	// smallList is what each account may keep of a list beside, smallAnswer what it uses in any case.
	smallList   = 256 << 10
	smallAnswer = 64 << 10
)

// RunTogether lets a hundred accounts read the first page of a list at once, and expects that the memory for answers
// bounds what they keep: those for which there is no room fail and name the setting, the others ask for the next page.
// The page has so many units at the place, which together must use more than 512 KiB.
func RunTogether(t *testing.T, p Place, unit string, units int) {
	global := transport.NewGlobal(accountsTogether)
	global.SetResponseMemory(memoryTogether)
	page := func() io.Reader {
		w := &worst{shape: array(unit)}
		var text strings.Builder
		text.WriteString(p.Before + "[" + w.numbered(unit))
		for range units - 1 {
			text.WriteString("," + w.numbered(unit))
		}
		text.WriteString("]" + p.After)
		return strings.NewReader(text.String())
	}
	// read reads the first page, and calls wait when the next one is asked for.
	read := func(wait func()) (asked bool, err error) {
		pages := 0
		err = p.Read(t.Context(), transport.Options{
			Global: global, Timeout: time.Hour,
			RoundTripper: RoundTripper(func(r *http.Request) (*http.Response, error) {
				pages++
				if pages > 1 {
					asked = true
					wait()
					return nil, errors.New("there is no next page")
				}
				return Response(r, http.StatusOK, nil, page(), -1), nil
			}),
		})
		return asked, err
	}

	runtime.GC() // pools keep what they have until the second collection
	before := Heap()
	arrived, measured := make(chan struct{}, accountsTogether), make(chan struct{})
	failures := make([]error, accountsTogether)
	var accounts sync.WaitGroup
	for i := range failures {
		accounts.Go(func() {
			arrive := sync.OnceFunc(func() { arrived <- struct{}{} })
			asked, err := read(func() {
				arrive()
				<-measured
			})
			if !asked {
				failures[i] = err
			}
			arrive()
		})
	}
	for range accountsTogether {
		<-arrived
	}
	grown := Heap() - before
	close(measured)
	accounts.Wait()

	failed := 0
	for _, err := range failures {
		if err == nil {
			continue
		}
		failed++
		ExpectKind(t, err, transport.TooLarge)
		if !strings.Contains(err.Error(), "global.max_response_memory") {
			t.Errorf("%v does not name the setting", err)
		}
	}
	if failed == 0 || failed == accountsTogether {
		t.Errorf("%d of %d accounts had no room for their lists", failed, accountsTogether)
	}
	if most := int64(listsTogether + accountsTogether*(smallList+smallAnswer)); grown > most {
		t.Errorf("%d KiB in use for the lists of %d accounts, want at most %d", grown>>10, accountsTogether, most>>10)
	}
	t.Logf("%d KiB in use, %d accounts without room", grown>>10, failed)
	if asked, err := read(func() {}); !asked {
		t.Errorf("there is no room for a list after all others were read: %v", err)
	}
}
