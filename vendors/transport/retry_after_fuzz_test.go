package transport_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// FuzzRetryAfter takes any header for what a vendor asks to wait: it is never negative, and never more than a day.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range [][2]string{
		{"30", ""}, {"-1", ""}, {"1e300", ""}, {"NaN", ""}, {"+Inf", ""}, {"0x1p4", ""}, {"", "x"}, {" 5 ", ""},
		{"Mon, 23 Nov 2026 00:00:30 GMT", "Mon, 23 Nov 2026 00:00:00 GMT"}, {"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		header := http.Header{"Retry-After": {after}, "Date": {date}}
		err := do(t.Context(), client(transport.Options{RoundTripper: answer(http.StatusTooManyRequests, header, "")}))
		e, ok := errors.AsType[*transport.Error](err)
		if !ok || e.Kind != transport.RateLimited {
			t.Fatalf("429 is taken for %v", err)
		}
		if e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour {
			t.Errorf("%q of %q is %s", after, date, e.RetryAfter)
		}
	})
}
