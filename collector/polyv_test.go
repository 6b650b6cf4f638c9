package collector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

const pathHourly = "GET /v2/hourly/U1"

// polyvDay answers as the vendor does: 24 hours, those of today that have not begun with zeros. Each other hour h has
// 10·h plays on pc and one viewer more than h.
func polyvDay(w http.ResponseWriter, r *http.Request) {
	traffic := 0
	if r.URL.Query().Get("start") != "" {
		traffic = 1_000_000
	}
	rows := make([]map[string]any, 24)
	for h := range rows {
		var viewers any // null in the first hour
		if h > 0 {
			viewers = 2 * h
		}
		rows[h] = map[string]any{
			"currentHour": h, "formatPcPlayDuration": "00:00:00",
			"pcPlayDuration": 60 * h, "pcFlowSize": traffic * h, "pcVideoView": 10 * h, "pcUniqueViewer": h + 1,
			"mobilePlayDuration": fmt.Sprint(h), "mobileFlowSize": traffic, "mobileVideoView": fmt.Sprint(h), "mobileUniqueViewer": viewers,
		}
		if r.URL.Query().Get("dr") == "today" && h > time.Now().In(time.FixedZone("", 8*60*60)).Hour() {
			rows[h] = polyvNothing(h)
		}
	}
	body, err := json.Marshal(map[string]any{"code": 200, "status": "success", "message": "success", "data": rows})
	if err != nil {
		panic(err)
	}
	answering(200, string(body))(w, r)
}

// polyvNothing returns the row of an hour in which nothing was played.
func polyvNothing(hour int) map[string]any {
	return map[string]any{
		"currentHour": hour, "pcPlayDuration": 0, "pcFlowSize": 0, "pcVideoView": 0, "pcUniqueViewer": 0,
		"mobilePlayDuration": 0, "mobileFlowSize": 0, "mobileVideoView": 0, "mobileUniqueViewer": 0,
	}
}

// polyvAPI answers each endpoint of Polyv.
func polyvAPI() *api {
	a := newVendorAPI()
	a.handle(pathHourly, polyvDay)
	return a
}

func newPolyv(t *testing.T, a *api, keys string) *exporter {
	t.Helper()
	return newExporterOf(t, a, "polyv:\n  - account: academy\n    user_id: U1\n    secret_key: S3cret-planted\n"+keys)
}

func TestPolyvExposition(t *testing.T) {
	at(t, "2000-01-02T03:30:00+08:00", func(t *testing.T) {
		p := newPolyv(t, polyvAPI(), "").scrape(time.Second)
		wantGolden(t, "polyv", p.text(t))
		wantEveryFamily(t, p, "polyv")
	})
}

func TestPolyvAsksForTheRightDays(t *testing.T) {
	at(t, "2000-03-01T00:30:00+08:00", func(t *testing.T) {
		a := newVendorAPI()
		asked := make(chan string, 3)
		a.handle(pathHourly, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			asked <- q.Get("dr") + q.Get("start") + "/" + q.Get("end")
			polyvDay(w, r)
		})
		p := newPolyv(t, a, "").scrape(time.Second)
		got := map[string]bool{<-asked: true, <-asked: true, <-asked: true}
		for _, want := range []string{"today/", "yesterday/", "2000-02-28/2000-02-28"} {
			if !got[want] {
				t.Errorf("asked for %v, want %s among them", got, want)
			}
		}
		p.want(t, float64(instant(t, "2000-02-28T00:00:00+08:00").Unix()), "polyv_settled_start_timestamp_seconds", "account", "academy")
	})
}

func TestPolyvHoursNotBegunGiveNoSample(t *testing.T) {
	for _, tt := range []struct {
		name, now string
		last      string // the last hour with samples
		none      string
	}{
		{"the first minute of the day", "2000-01-02T00:00:30+08:00", "00", "01"},
		{"just before an hour begins", "2000-01-02T08:59:59+08:00", "08", "09"},
		{"as an hour begins", "2000-01-02T09:00:00+08:00", "09", "10"},
		{"the last hour", "2000-01-02T23:00:00+08:00", "23", "24"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a := polyvAPI()
				p := newPolyv(t, a, "").scrape(time.Second)
				if _, ok := p.value("polyv_today_plays", "platform", "pc", "hour", tt.last); !ok {
					t.Errorf("hour %s has no sample", tt.last)
				}
				p.wantNone(t, "polyv_today_plays", "platform", "pc", "hour", tt.none)
				p.want(t, 230, "polyv_yesterday_plays", "platform", "pc", "hour", "23")
				p.wantNone(t, "polyv_today_viewers", "platform", "mobile", "hour", "00") // null
			})
		})
	}
}

// Values of hours that have not begun are of another day: the account's time zone is wrong, or the vendor's answer is.
func TestPolyvValuesOfHoursNotBegunAreDropped(t *testing.T) {
	for _, tt := range []struct {
		name, now, zone string
		last            int // the last hour for which the vendor has plays
		dropped         float64
	}{
		{"the same time zone", "2000-01-02T17:00:00+08:00", "Asia/Shanghai", 17, 0},
		{"a time zone 8 hours behind", "2000-01-02T17:00:00+08:00", "UTC", 17, 8},
		{"a time zone 1 hour behind", "2000-01-02T17:30:00+08:00", "Asia/Bangkok", 17, 1},
		{"a time zone 2 hours ahead, after midnight", "2000-01-02T23:30:00+08:00", "Australia/Brisbane", 23, 22},
		{"yesterday's answer", "2000-01-02T00:10:00+08:00", "Asia/Shanghai", 23, 23},
		{"a clock 5 minutes behind", "2000-01-02T16:55:00+08:00", "Asia/Shanghai", 17, 0},
		{"a clock 6 minutes behind", "2000-01-02T16:54:00+08:00", "Asia/Shanghai", 17, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				rows := make([]map[string]any, 24)
				for h := range rows {
					if rows[h] = polyvNothing(h); h <= tt.last {
						rows[h]["pcVideoView"] = 10
					}
				}
				a := newVendorAPI()
				a.answer(pathHourly, polyvBody(rows))
				e := newPolyv(t, a, "    time_zone: "+tt.zone+"\n")
				e.scrape(time.Second).want(t, tt.dropped, "engage_endpoint_dropped_samples", "api_endpoint", "playback_today")
				if problem := tt.zone + "; check time_zone"; tt.dropped > 0 && !strings.Contains(e.log.String(), problem) {
					t.Errorf("no %q in the log:\n%s", problem, e.log.String())
				}
			})
		})
	}
}

func TestPolyvValuesEndAtMidnight(t *testing.T) {
	at(t, "2000-01-02T23:59:00+08:00", func(t *testing.T) {
		a := polyvAPI()
		e := newPolyv(t, a, "")
		e.scrape(time.Second).want(t, 230, "polyv_today_plays", "platform", "pc", "hour", "23")
		a.handle(pathHourly, answering(502, "down"))
		time.Sleep(time.Minute)
		p := e.scrape(time.Second)
		for _, name := range []string{"polyv_today_plays", "polyv_yesterday_plays", "polyv_settled_traffic_bytes", "polyv_today_start_timestamp_seconds"} {
			p.wantNone(t, name)
		}
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "playback_today", "reason", "http")
	})
}

func TestPolyvRefusedCredentials(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newVendorAPI()
		a.answer(pathHourly, `{"code":400,"status":"error","message":"the sign is not right.","data":""}`)
		e := newPolyv(t, a, "")
		e.scrape(time.Second)
		time.Sleep(9 * time.Minute)
		p := e.scrape(time.Second)
		for _, endpoint := range testkit.DefaultEndpoints(polyv.Vendor{}.Config()) {
			p.want(t, 1, "engage_endpoint_failing", "api_endpoint", endpoint, "reason", "auth")
		}
		if got := a.count(pathHourly); got > len(testkit.DefaultEndpoints(polyv.Vendor{}.Config())) {
			t.Errorf("%d requests with refused credentials in nine minutes, want no more than were under way together", got)
		}
	})
}
