package collector_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// However many endpoints and items need a token, a login that fails is tried as rarely as anything else that fails. The
// user is searched for again only if the vendor says something about the user.
func TestFailingLoginIsNotRepeatedForEachItem(t *testing.T) {
	ids := make([]string, 40)
	for i := range ids {
		ids[i] = fmt.Sprint(609000 + i)
	}
	items := strings.Join(ids, ",")
	down := answering(http.StatusServiceUnavailable, "<html>")
	quanshi := func(login http.HandlerFunc) func(t *testing.T) (*api, *exporter) {
		return func(t *testing.T) (*api, *exporter) {
			t.Helper()
			a := quanshiAPI()
			a.handle(pathToken, login)
			return a, newQuanshi(t, a, "    user_email: host@example.com\n    event_ids: ["+items+"]\n")
		}
	}
	for _, tt := range []struct {
		name     string
		start    func(t *testing.T) (*api, *exporter)
		login    string
		now      string
		searches int // at most
	}{
		{"quanshi", quanshi(down), pathToken, quanshiNoon, 1},
		{"quanshi, with a code", quanshi(answering(200, `{"code":500,"msg":"系统异常","requestId":"r"}`)), pathToken, quanshiNoon, 8},
		{"getui", func(t *testing.T) (*api, *exporter) {
			t.Helper()
			a := newAPI()
			a.handle(pathAuth, down)
			return a, newExporter(t, a, "    task_groups: ["+items+"]\n")
		}, pathAuth, noon, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a, e := tt.start(t)
				e.scrape(time.Second)
				time.Sleep(7 * time.Second)
				if n := a.count(tt.login); n != 1 {
					t.Errorf("%d logins for the first scrape, want one", n)
				}
				for range 11 {
					time.Sleep(30 * time.Second)
					e.scrape(time.Second)
				}
				// After 9, 18 and 36 seconds, and then once a minute.
				if logins := a.count(tt.login); logins < 6 || logins > 8 {
					t.Errorf("%d logins in six minutes, want 6 to 8", logins)
				}
				if searches := a.count(pathSearch); searches > tt.searches {
					t.Errorf("%d searches for the user, want at most %d", searches, tt.searches)
				}
			})
		})
	}
}
