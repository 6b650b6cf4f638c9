package adspect_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// FuzzCounts takes anything for the counts that stand in headers: of saved queries, and of pages of streams. A list
// ends, whatever number of pages it is said to have.
func FuzzCounts(f *testing.F) {
	for _, seed := range []string{"", "0", "1", "7", " 12 ", "-1", "+5", "1e3", "0x10", "1_000", "4294967295", "4294967296", "NaN", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, total, pages string) {
		requests := 0
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			requests++
			header := http.Header{"X-Pagination-Total-Count": {total}, "X-Pagination-Page-Count": {pages}}
			body := "[" + streamDocument + "]"
			if r.Method == http.MethodHead {
				body = ""
			}
			return vendortest.Response(r, 200, header, strings.NewReader(body), -1), nil
		}))
		count, err := c.SavedQueries(t.Context())
		checkError(t, err)
		if n, ok := count.Float(); err == nil && (!ok || n < 0 || n != float64(uint32(n))) {
			t.Errorf("%q is taken for %v", total, count)
		}
		requests = 0
		list, err := c.Streams(t.Context())
		checkError(t, err)
		if err == nil && len(list.Streams) != 1 || requests > 4 { // each page twice, as the list may have changed meanwhile
			t.Errorf("%d requests for %q streams on %q pages give %d streams, %v", requests, total, pages, len(list.Streams), err)
		}
	})
}
