package collector_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// onPC are the labels of a latest hour's sample on pc.
var onPC = []string{"account", "academy", "platform", "pc"}

// The latest hour is the newest that ended at least 2 h ago. The stand-in has 10 plays an hour of the day on pc.
func TestPolyvLatestHour(t *testing.T) {
	for _, tt := range []struct {
		name, now, zone string
		start           string
	}{
		{"as its second hour ends", "2000-01-02T13:00:00+08:00", "Asia/Shanghai", "2000-01-02T10:00:00+08:00"},
		{"just before", "2000-01-02T12:59:59+08:00", "Asia/Shanghai", "2000-01-02T09:00:00+08:00"},
		{"the first of the day", "2000-01-02T03:00:00+08:00", "Asia/Shanghai", "2000-01-02T00:00:00+08:00"},
		{"the last of the day before", "2000-01-02T02:59:59+08:00", "Asia/Shanghai", "2000-01-01T23:00:00+08:00"},
		{"the last but one of the day before", "2000-01-02T01:30:00+08:00", "Asia/Shanghai", "2000-01-01T22:00:00+08:00"},
		{"at midnight", "2000-01-02T00:00:00+08:00", "Asia/Shanghai", "2000-01-01T21:00:00+08:00"},
		{"across the new year", "2001-01-01T02:30:00+08:00", "Asia/Shanghai", "2000-12-31T23:00:00+08:00"},
		{"a zone of half an hour", "2000-01-02T13:10:00+05:30", "Asia/Kolkata", "2000-01-02T10:00:00+05:30"},
		{"an hour that comes twice has not ended", "2000-10-29T03:30:00-05:00", "America/New_York", "2000-10-29T00:00:00-04:00"},
		{"an hour that comes twice is one", "2000-10-29T04:30:00-05:00", "America/New_York", "2000-10-29T01:00:00-04:00"},
		{"after an hour that does not come", "2000-04-02T05:30:00-04:00", "America/New_York", "2000-04-02T01:00:00-05:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a := polyvAPI()
				p := newPolyv(t, a, "    time_zone: "+tt.zone+"\n").scrape(time.Second)
				start := instant(t, tt.start)
				p.want(t, float64(start.Unix()), "polyv_latest_hour_start_timestamp_seconds", "account", "academy")
				p.want(t, float64(10*start.Hour()), "polyv_latest_hour_plays", onPC...)
				p.want(t, float64(start.Hour()+1), "polyv_latest_hour_viewers", onPC...)
				p.want(t, float64(60*start.Hour()), "polyv_latest_hour_play_duration_seconds", onPC...)
				p.want(t, float64(start.Hour()), "polyv_latest_hour_plays", "platform", "mobile")
			})
		})
	}
}

// More than a day of scrapes: the latest hour is always there, once, and never older than the reads allow.
func TestPolyvLatestHourFollowsTheClock(t *testing.T) {
	at(t, "2000-01-02T10:07:11+08:00", func(t *testing.T) {
		a := polyvAPI()
		e := newPolyv(t, a, "")
		zone := time.FixedZone("", 8*60*60)
		for end := time.Now().Add(26 * time.Hour); time.Now().Before(end); time.Sleep(time.Minute) {
			p := e.scrape(time.Second) // a pedantic registry: no sample twice
			now := time.Now().In(zone)
			seconds, ok := p.value("polyv_latest_hour_start_timestamp_seconds")
			if !ok {
				t.Fatalf("%s: no latest hour", now)
			}
			start := time.Unix(int64(seconds), 0).In(zone)
			late := now.Sub(start) - 4*time.Hour // the next hour has ended more than 2 h ago for so long
			most := 11 * time.Minute
			if now.Hour() < 3 {
				most = 61 * time.Minute
			}
			if late >= most || now.Sub(start) < 3*time.Hour {
				t.Fatalf("%s: the latest hour began at %s", now, start)
			}
			p.want(t, float64(10*start.Hour()), "polyv_latest_hour_plays", onPC...)
			p.want(t, float64(60*start.Hour()), "polyv_latest_hour_play_duration_seconds", onPC...)
		}
		// One every 9 minutes and two every 54, and three more at midnight.
		if got, most := a.count(pathHourly), 26*60/9+1+2*(26*60/54+1)+3; got > most {
			t.Errorf("%d requests, want no more than the %d that the endpoints make anyway", got, most)
		}
	})
}

// What becomes of the latest hour while the vendor fails, from a minute on.
func TestPolyvLatestHourDoesNotOutliveItsReads(t *testing.T) {
	for _, tt := range []struct {
		name, began string
		fails       string // the endpoint's dr; "" = all
		start       string // of the hour that is served until then
		until       string // the first minute without it
		after       string // the start of the hour that is served then; "" = none
	}{
		{
			"by day: max_stale", "2000-01-02T12:30:00+08:00", "",
			"2000-01-02T09:00:00+08:00", "2000-01-02T15:31:00+08:00", "",
		},
		{
			"in the evening: midnight", "2000-01-02T22:30:00+08:00", "",
			"2000-01-02T19:00:00+08:00", "2000-01-03T00:00:00+08:00", "",
		},
		{
			"after midnight: one hour after the first hour of the day", "2000-01-02T02:30:00+08:00", "",
			"2000-01-01T23:00:00+08:00", "2000-01-02T04:00:00+08:00", "",
		},
		{
			"after midnight, today goes on", "2000-01-02T02:30:00+08:00", "yesterday",
			"2000-01-01T23:00:00+08:00", "2000-01-02T03:06:00+08:00", "2000-01-02T00:00:00+08:00",
		},
		{
			"after midnight, yesterday goes on", "2000-01-02T02:30:00+08:00", "today",
			"2000-01-01T23:00:00+08:00", "2000-01-02T03:24:00+08:00", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.began, func(t *testing.T) {
				a := polyvAPI()
				e := newPolyv(t, a, "")
				e.scrape(time.Second)
				a.handle(pathHourly, func(w http.ResponseWriter, r *http.Request) {
					if tt.fails == "" || r.URL.Query().Get("dr") == tt.fails {
						answering(502, "down")(w, r)
						return
					}
					polyvDay(w, r)
				})
				for until := instant(t, tt.until); time.Now().Before(until); time.Sleep(time.Minute) {
					e.scrape(time.Second).want(t, float64(instant(t, tt.start).Unix()), "polyv_latest_hour_start_timestamp_seconds")
					if t.Failed() {
						t.Fatalf("at %s", time.Now())
					}
				}
				p := e.scrape(time.Second)
				if tt.after != "" {
					p.want(t, float64(instant(t, tt.after).Unix()), "polyv_latest_hour_start_timestamp_seconds")
					return
				}
				for _, name := range []string{"start_timestamp_seconds", "plays", "viewers", "play_duration_seconds"} {
					p.wantNone(t, "polyv_latest_hour_"+name)
				}
			})
		})
	}
}

// Values of two hours are never served together: where today's first hour lacks a value, that of yesterday's last hour
// is not served either.
func TestPolyvLatestHourIsOneHour(t *testing.T) {
	at(t, "2000-01-02T02:58:00+08:00", func(t *testing.T) {
		a := polyvAPI()
		e := newPolyv(t, a, "")
		e.scrape(time.Second).want(t, 46, "polyv_latest_hour_viewers", "platform", "mobile")
		time.Sleep(10 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, float64(instant(t, "2000-01-02T00:00:00+08:00").Unix()), "polyv_latest_hour_start_timestamp_seconds")
		p.want(t, 0, "polyv_latest_hour_plays", "platform", "mobile")
		p.wantNone(t, "polyv_latest_hour_viewers", "platform", "mobile") // null in the first hour
	})
}

// Either endpoint may be off.
func TestPolyvLatestHourOfOneEndpoint(t *testing.T) {
	for off, there := range map[string][]string{
		"playback_today":     {"00", "01", "02"},
		"playback_yesterday": {"03", "04", "12", "23"},
	} {
		for _, hour := range []string{"00", "01", "02", "03", "04", "12", "23"} {
			t.Run(fmt.Sprintf("without %s at %s", off, hour), func(t *testing.T) {
				at(t, "2000-01-02T"+hour+":30:00+08:00", func(t *testing.T) {
					a := polyvAPI()
					p := newPolyv(t, a, "    endpoints: {"+off+": {enabled: false}}\n").scrape(time.Second)
					if _, ok := p.value("polyv_latest_hour_start_timestamp_seconds"); ok != slices.Contains(there, hour) {
						t.Errorf("latest hour: %t, want it at %v", ok, there)
					}
				})
			})
		}
	}
}
