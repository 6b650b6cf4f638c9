package reliability

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// TestSecondPageFails lets the second page of a list fail while the first comes: half a list is none, and what is
// known of all of it stays.
func TestSecondPageFails(t *testing.T) {
	catalogue := readCatalogue(t)
	s := settings{catalogue: catalogue, row: row{vendor: "sensorsdata", target: "tags", endpoint: "tags"}, secrets: t.TempDir()}
	writeSecrets(t, s)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		b := newFixture(t, s, make(map[simulator.FaultKind]bool))
		pages := 0
		b.meet(fault{name: "second page", begin: func(b *fixture) func() {
			b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
				if r.Host == host("sensorsdata", mainAccount) && r.URL.Path == "/sensorsdata/api/v2/user_tags" && r.URL.Query().Has("start") {
					pages++
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				b.system.sim.ServeHTTP(w, r)
			})
			return func() { b.system.setInterfere(nil) }
		}}, outcome{result: "http", within: usualRecovery})
		if pages == 0 {
			t.Error("no second page was asked for")
		}
	})
}
