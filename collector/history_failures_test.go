package collector_test

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/backfill"
)

// Of an item that is read once for all days, one failure that may pass costs no day. One that stays costs that item
// alone.
func TestBackfillOfItemsThatFailForAWhile(t *testing.T) {
	const (
		tag = `[{"base_time":"2000-12-01 00:00:00","start_time":"2000-12-01 01:00:00",` +
			`"finished_time":"2000-12-01 02:00:00","status":"SUCCEED","user_count":100}]`
		cutReport  = `{"timeStamp":1,"requestId":"r","code":200,"msg":"ok","data":{"eventId":609771,"report":{"lives":[{"live_type":0`
		failedHere = `{"timeStamp":1,"requestId":"r","code":500,"msg":"活动不存在"}`
		always     = 1000
	)
	tags := func() *api {
		a := newVendorAPI()
		a.answer("GET /api/v2/user_tags/", tag)
		return a
	}
	for _, tt := range []struct {
		name     string
		now      string
		api      func() *api
		path     string
		of       string // in the path or the body of the item's requests
		answer   string
		times    int
		config   string
		from, to string
		gaps     int // days
		partly   bool
		most     int // requests for the item
	}{
		{
			"a tag, cut twice", "2000-12-06T12:00:00+08:00", tags, "GET /api/v2/user_tags/", "/21/", tag[:60], 2,
			"sensorsdata:\n  - {account: ebiz, base_url: 'https://sd.example', api_secret: S, tags: [21, 19]}\n",
			"2000-12-02", "2000-12-05", 0, false, 3,
		},
		{
			"a tag, always cut", "2000-12-06T12:00:00+08:00", tags, "GET /api/v2/user_tags/", "/21/", tag[:60], always,
			"sensorsdata:\n  - {account: ebiz, base_url: 'https://sd.example', api_secret: S, tags: [21, 19]}\n",
			"2000-12-02", "2000-12-05", 4, true, 4,
		},
		{
			"a report, cut twice", "2022-10-29T12:00:00+08:00", quanshiAPI, pathEvent, "609771", cutReport, 2,
			"quanshi:\n  - {account: events, app_key: K, app_secret: S, user_id: 19533553, event_ids: [609768, 609771]}\n",
			"2022-10-25", "2022-10-28", 0, false, 3,
		},
		{
			"a report, always cut", "2022-10-29T12:00:00+08:00", quanshiAPI, pathEvent, "609771", cutReport, always,
			"quanshi:\n  - {account: events, app_key: K, app_secret: S, user_id: 19533553, event_ids: [609768, 609771]}\n",
			"2022-10-25", "2022-10-28", 4, true, 4,
		},
		{
			"a report that the server always fails for", "2022-10-29T12:00:00+08:00", quanshiAPI, pathEvent, "609771", failedHere, always,
			"quanshi:\n  - {account: events, app_key: K, app_secret: S, user_id: 19533553, event_ids: [609768, 609771]}\n",
			"2022-10-25", "2022-10-28", 4, true, 12,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a := tt.api()
				good, asked := a.handler[tt.path], 0
				a.handle(tt.path, func(w http.ResponseWriter, r *http.Request) {
					var body []byte
					if r.Body != nil {
						body, _ = io.ReadAll(r.Body) // it is in memory
						r.Body = io.NopCloser(strings.NewReader(string(body)))
					}
					if strings.Contains(r.URL.Path+string(body), tt.of) {
						asked++
						if asked <= tt.times {
							io.WriteString(w, tt.answer)
							return
						}
					}
					good(w, r)
				})
				e := newExporterOf(t, a, tt.config)
				h, err := e.set.History(e.set.Targets()[0])
				if err != nil {
					t.Fatal(err)
				}
				o := backfill.Options{
					History: h, Step: time.Hour, Recent: time.Hour, Output: filepath.Join(t.TempDir(), "h.om"), Account: "a",
				}
				if o.From, err = backfill.ParseDate(tt.from); err != nil {
					t.Fatal(err)
				}
				if o.To, err = backfill.ParseDate(tt.to); err != nil {
					t.Fatal(err)
				}
				s, err := backfill.Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if len(s.Gaps) != tt.gaps {
					t.Errorf("%d gaps, want %d: %v", len(s.Gaps), tt.gaps, s.Gaps)
				}
				for _, g := range s.Gaps {
					if g.Partial != tt.partly {
						t.Errorf("the gap %v: partial: %t", g, g.Partial)
					}
				}
				if asked > tt.most {
					t.Errorf("%d requests for the item, want at most %d", asked, tt.most)
				}
			})
		})
	}
}
