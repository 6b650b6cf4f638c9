package getui_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A quota is of GeTui's today: near midnight, one that is read while the clocks are on different days is read again.
func TestQuotaOfTwoClocks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		clock  string        // ours, on 2 January 2000 in Shanghai
		ahead  time.Duration // theirs
		calls  int
		waited time.Duration
		fails  string
	}{
		{"in the middle of the day", "12:00:00", 2 * time.Minute, 1, 0, ""},
		{"theirs is still yesterday", "00:00:01", -5 * time.Second, 2, 5 * time.Second, ""},
		{"theirs is behind by less than a second", "00:00:00.2", -time.Second / 2, 2, 2 * time.Second, ""},
		{"theirs is tomorrow already", "23:59:58", 5 * time.Second, 2, 3 * time.Second, ""},
		{"by minutes", "00:00:30", -2 * time.Minute, 2, 91 * time.Second, ""},
		{"by hours", "00:00:30", -2 * time.Hour, 1, 0, "set this machine's clock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at, err := time.Parse(time.RFC3339, "2000-01-02T"+tt.clock+"+08:00")
				if err != nil {
					t.Fatal(err)
				}
				<-time.After(time.Until(at))
				v := reporting()
				v.reports[pushQuotaPath] = pushCountDocument
				v.onCall = func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Date", time.Now().Add(tt.ahead).UTC().Format(http.TimeFormat))
					return false
				}
				began := time.Now()
				quotas, _, err := client(v).PushQuota(t.Context())
				if tt.fails == "" && (err != nil || len(quotas) == 0) {
					t.Errorf("got %d quotas, %v", len(quotas), err)
				}
				if tt.fails != "" {
					if e := failure(t, err, transport.Rejected); !strings.Contains(e.Advice, tt.fails) || len(quotas) > 0 {
						t.Errorf("got %v and %d quotas", e, len(quotas))
					}
				}
				if waited := time.Since(began); waited != tt.waited {
					t.Errorf("waited %s, want %s", waited, tt.waited)
				}
				v.expect(t, 1, tt.calls)
			})
		})
	}
}
