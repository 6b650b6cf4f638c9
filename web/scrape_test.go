package web

import (
	"net/http"
	"testing"
	"time"
)

func TestScrapeTimeout(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		offset       time.Duration
		want         time.Duration
	}{
		{"none given", "", 500 * time.Millisecond, 9500 * time.Millisecond},
		{"less the offset", "30", 500 * time.Millisecond, 29500 * time.Millisecond},
		{"a fraction of a second", "1.5", 500 * time.Millisecond, time.Second},
		{"an offset of most of it", "1", 900 * time.Millisecond, 500 * time.Millisecond},
		{"an offset of more than it", "1", time.Minute, 500 * time.Millisecond},
		{"no offset", "5", 0, 5 * time.Second},
		{"zero", "0", 0, 10 * time.Second},
		{"negative", "-3", 0, 10 * time.Second},
		{"no number", "soon", 0, 10 * time.Second},
		{"not a number", "NaN", 0, 10 * time.Second},
		{"as long as may be", "300", 500 * time.Millisecond, 5*time.Minute - 500*time.Millisecond},
		{"longer than may be", "301", 0, 5 * time.Minute},
		{"years", "1e9", 0, 5 * time.Minute},
		{"beyond any duration", "1e300", 0, 5 * time.Minute},
		{"infinite", "+Inf", 0, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{Header: http.Header{timeoutHeader: {tt.header}}}
			if got := scrapeTimeout(r, 10*time.Second, tt.offset); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
