package collector_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/adspect"
)

// secretFile returns a file with a secret, and what writes another one to it.
func secretFile(t *testing.T, secret string) (path string, write func(secret string)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "secret")
	write = func(secret string) {
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(secret)
	return path, write
}

// After a secret has changed, all that was read with the one before is read again at the next scrape: also an event that
// is read once an hour, because its report has not changed.
func TestStableItemIsReadAgainWithOtherCredentials(t *testing.T) {
	path, write := secretFile(t, "first")
	at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
		var mu sync.Mutex
		reads := map[int]int{}
		rows := 1
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(event int) string {
			mu.Lock()
			defer mu.Unlock()
			reads[event]++
			n := rows
			if event == 2 {
				n = reads[event] // it changes each time
			}
			row := `,{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}`
			return `{"lives":[` + strings.Repeat(row, n)[1:] + `]}`
		}))
		e := newExporterOf(t, a, "quanshi:\n  - account: events\n    app_key: K\n    app_secret: S\n"+
			"    token_file: "+path+"\n    event_ids: [1, 2]\n")
		for range 4 {
			e.scrape(time.Minute).want(t, 1, "quanshi_event_sessions", "event_id", "1", "device", "pc")
			time.Sleep(5 * time.Minute)
		}
		if reads[1] != 3 || reads[2] != 4 {
			t.Fatalf("reads of the events: %v, want 3 of the stable one and 4 of the other", reads)
		}
		write("other")
		rows = 2
		e.scrape(time.Minute) // reads the other event
		time.Sleep(15 * time.Second)
		e.scrape(time.Minute).want(t, 2, "quanshi_event_sessions", "event_id", "1", "device", "pc")
		if reads[1] != 4 {
			t.Errorf("%d reads of the stable event, want one more", reads[1])
		}
	})
}

// A secret that changes more than once within a read leaves no value of one account beside those of another.
func TestCredentialsThatChangeTwiceDuringARead(t *testing.T) {
	for _, tt := range []struct {
		name   string
		write  map[int]string // by the number of the request after which it is written
		failed bool
	}{
		{"and are the first again", map[int]string{2: "other", 3: "first"}, false},
		{"also when it is read again", map[int]string{2: "other", 6: "first"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path, write := secretFile(t, "first")
			at(t, "2000-01-02T10:00:00Z", func(t *testing.T) {
				first := []string{`["2000-01-02 01:00:00","a",0,0]`, `["2000-01-02 04:00:00","a",0,0]`, `["2000-01-02 09:30:00","a",0,0]`}
				other := []string{`["2000-01-02 02:00:00","b",0,0]`, `["2000-01-02 07:00:00","b",0,0]`, `["2000-01-02 09:00:00","b",0,0]`}
				apis := map[string]*api{"first": logAPI(&first, new(bool)), "other": logAPI(&other, new(bool))}
				a := newVendorAPI()
				requests := 0
				a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
					key, _, _ := r.BasicAuth()
					apis[key].handler[pathLog](w, r)
					requests++
					if secret := tt.write[requests]; secret != "" {
						write(secret)
					}
				})
				e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key_file: "+path+"\n"+logOnly)
				p := e.scrape(time.Minute)
				p.wantNone(t, "adspect_today_log_events", "stream_id", "b")
				if tt.failed {
					p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "click_log", "reason", "malformed")
					p.wantNone(t, "adspect_today_log_events", "stream_id", "a")
					time.Sleep(time.Minute)
					p = e.scrape(time.Minute)
					p.wantNone(t, "adspect_today_log_events", "stream_id", "b")
				}
				p.want(t, 3, "adspect_today_log_events", "stream_id", "a")
			})
		})
	}
}

// What was read with a secret is not restored as if it had been read with the one after it.
func TestRestartWithOtherCredentials(t *testing.T) {
	path, write := secretFile(t, "first")
	folder := t.TempDir()
	at(t, noon, func(t *testing.T) {
		a := adspectAPI()
		var readWith string // the secret of the last read of the saved queries
		answer := a.handler[pathReports]
		a.handle(pathReports, func(w http.ResponseWriter, r *http.Request) {
			readWith, _, _ = r.BasicAuth()
			answer(w, r)
		})
		yaml := "adspect:\n  - account: media\n    api_key_file: " + path + "\n" + onlyOf(adspect.Vendor{},
			map[string]string{"streams": "min_interval: 1m", "saved_queries": "min_interval: 5m"})
		e := startStored(t, a, folder, yaml, collector.Shard{})
		e.scrape(time.Second)
		time.Sleep(time.Minute)
		write("other")
		e.scrape(time.Second) // reads streams with it
		time.Sleep(30 * time.Second)
		e.kill(folder)
		streams := a.count(pathStreams)
		e = startStored(t, a, folder, yaml, collector.Shard{})
		defer e.stop()
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "saved_queries")
		if n := a.count(pathStreams) - streams; n != 0 {
			t.Errorf("%d reads of what was read with the current secret, want none", n)
		}
		if readWith != "other" {
			t.Errorf("what is served was read with the secret %q", readWith)
		}
	})
}
