package collector_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

const (
	pathFunnel  = "GET /v1/reports/funnel"
	pathStreams = "GET /v1/streams"
	pathReports = "HEAD /v1/reports"
	pathLog     = "GET /v1/reports/log"
	pathAccount = "GET /v1/account"
)

func newAdspect(t *testing.T, a *api, keys string) *exporter {
	t.Helper()
	return newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K3y-planted\n    time_zone: Asia/Dubai\n"+keys)
}

// adspectAPI answers every endpoint.
func adspectAPI() *api {
	a := newVendorAPI()
	a.handle(pathFunnel, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		for i, stream := range []any{"s-1", "s-2", nil} {
			row := []string{}
			for range q["group_by[]"] {
				if stream == nil {
					row = append(row, "null")
				} else {
					row = append(row, fmt.Sprintf("%q", stream))
				}
			}
			for j, metric := range q["metrics[]"] {
				switch metric {
				case "quality", "cr":
					row = append(row, fmt.Sprint(0.25*float64(i)))
				case "roi", "profit":
					row = append(row, fmt.Sprint(0.25*float64(i)-0.25))
				case "money_hits", "safe_hits":
					row = append(row, fmt.Sprintf(`"%d"`, 10*(i+1)+j))
				default:
					row = append(row, fmt.Sprintf(`"%d"`, 100*(i+1)+j))
				}
			}
			fmt.Fprintf(w, "[%s]\n", strings.Join(row, ", "))
			if len(q["group_by[]"]) == 0 {
				return // totals are one row
			}
		}
	})
	a.handle(pathStreams, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Pagination-Total-Count", "3")
		w.Header().Set("X-Pagination-Page-Count", "1")
		io.WriteString(w, `[{"stream_id":"s-1","name":"Поток \"А\"","mode":"Filter","filter_level":"High","tags":["x"],"money_pages":[{"page":"https://example.com"}]},
			{"stream_id":"s-2","name":"B","mode":"Filter","filter_level":0},{"stream_id":"s-3","name":"C","mode":"Autopilot","filter_level":3,"tags":["x","Тег"]}]`)
	})
	a.handle(pathReports, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Pagination-Total-Count", "97")
		w.WriteHeader(200)
	})
	a.answer(pathAccount, `{"account_id":"a","timezone":"Asia/Dubai","balance":"-12.50","expires":1262304000,"expires_comsign":1264982400,"comsign_limit":50,"comsign_extra_limit":"5"}`)
	a.handle(pathLog, logOf(`["2000-01-02 00:00:01","s-1",0,0]`, `["2000-01-02 03:00:00","s-1",1,2]`, `["2000-01-02 03:00:00","s-1",255,1]`, `["2000-01-02 03:00:00","s-2",7,null]`))
	return a
}

// logOf answers with those of the rows that lie in the span that is asked for.
func logOf(rows ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
		for _, row := range rows {
			if at := timeOfRow(row); at >= from && at < to {
				io.WriteString(w, row+"\n")
			}
		}
	}
}

// timeOfRow is when the event of a row was, in Unix seconds.
func timeOfRow(row string) int64 {
	when, err := time.Parse(`["`+time.DateTime, row[:21])
	if err != nil {
		panic(err)
	}
	return when.Unix()
}

const everyAdspectEndpoint = "    endpoints: {click_log: {enabled: true}, account: {enabled: true}}\n"

func TestAdspectExposition(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		p := newAdspect(t, adspectAPI(), everyAdspectEndpoint).scrape(time.Minute)
		wantGolden(t, "adspect", p.text(t))
		wantEveryFamily(t, p, "adspect")
	})
}

func TestFunnelQueries(t *testing.T) {
	for _, tt := range []struct {
		name, funnels string
		want          []string // sorted queries, decoded
		family        string
		labels        []string
		value         float64
	}{
		{
			"columns, metrics and filters", "[{name: geo, group_by: [country_code, os], metrics: [uniques, quality], windows: [today], filters: {country_code: [AE, HK], asn: [1]}}]",
			[]string{"asn[]=1&country_code[]=AE&country_code[]=HK&date_from=946670400&date_to=946756800&group_by[]=country_code&group_by[]=os&metrics[]=uniques&metrics[]=quality&time_zone=Asia/Dubai"},
			"adspect_today_geo_quality_ratio", []string{"country_code", "s-2", "os", "s-2"}, 0.25,
		},
		{
			"yesterday", "[{name: s, group_by: [stream_id], metrics: [clicks], windows: [yesterday]}]",
			[]string{"date_from=946584000&date_to=946670400&group_by[]=stream_id&metrics[]=clicks&time_zone=Asia/Dubai"},
			"adspect_yesterday_s_clicks", []string{"stream_id", ""}, 300,
		},
		{
			"totals", "[{name: total, group_by: [], metrics: [clicks, profit, roi, cr], windows: [today]}]",
			[]string{"date_from=946670400&date_to=946756800&metrics[]=clicks&metrics[]=profit&metrics[]=roi&metrics[]=cr&time_zone=Asia/Dubai"},
			"adspect_today_total_profit", []string{"account", "media"}, -0.25,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2000-01-01T15:00:00+04:00", func(t *testing.T) {
				a := adspectAPI()
				answer := a.handler[pathFunnel]
				var queries []string
				a.handle(pathFunnel, func(w http.ResponseWriter, r *http.Request) {
					q := r.URL.Query()
					var parts []string
					for _, name := range slices.Sorted(func(yield func(string) bool) {
						for name := range q {
							if !yield(name) {
								return
							}
						}
					}) {
						for _, v := range q[name] {
							parts = append(parts, name+"="+v)
						}
					}
					queries = append(queries, strings.Join(parts, "&"))
					answer(w, r)
				})
				p := newAdspect(t, a, "    funnels: "+tt.funnels+"\n").scrape(time.Second)
				if !slices.Equal(queries, tt.want) {
					t.Errorf("asked\n%s\nwant\n%s", strings.Join(queries, "\n"), strings.Join(tt.want, "\n"))
				}
				p.want(t, tt.value, tt.family, tt.labels...)
			})
		})
	}
}

// Of a report that is too long the rows with the most of the first metric are served, the rest is counted; memory holds
// no more than those.
func TestFunnelKeepsTheRowsWithTheMost(t *testing.T) {
	const rows = 300_000
	at(t, noon, func(t *testing.T) {
		a := adspectAPI()
		var grown uint64
		a.handle(pathFunnel, func(w http.ResponseWriter, _ *http.Request) {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			before := m.HeapAlloc
			var chunk strings.Builder
			for i := range rows {
				fmt.Fprintf(&chunk, "[\"sub-%d\",\"%d\",\"1\"]\n", i, (i*7919)%rows) // every value below rows once
				if chunk.Len() > 32<<10 {
					io.WriteString(w, chunk.String())
					chunk.Reset()
				}
			}
			io.WriteString(w, chunk.String())
			runtime.GC()
			runtime.ReadMemStats(&m)
			grown = m.HeapAlloc - min(before, m.HeapAlloc)
		})
		e := newExporterOf(t, a, "global: {max_samples_per_endpoint: 1000}\nadspect:\n  - account: media\n    api_key: K\n"+
			"    funnels: [{name: sub, group_by: [asn], metrics: [clicks, conversions], windows: [today]}]\n")
		p := e.scrape(time.Minute)
		p.want(t, 1000, "engage_endpoint_samples", "api_endpoint", "funnel_today")
		p.want(t, 2*rows-1000, "engage_endpoint_dropped_samples", "api_endpoint", "funnel_today")
		least := float64(rows)
		for _, f := range p {
			if f.GetName() == "adspect_today_sub_clicks" {
				for _, m := range f.GetMetric() {
					least = min(least, m.GetGauge().GetValue())
				}
			}
		}
		if least != rows-500 {
			t.Errorf("the least row served has %v clicks, want %d", least, rows-500)
		}
		if grown > 4<<20 {
			t.Errorf("the heap held %d kB more at the end of the report", grown>>10)
		}
	})
}

// A report that breaks off costs no value: the last whole one stays.
func TestFunnelCutInTheMiddleKeepsTheLastOne(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newVendorAPI()
		a.answer(pathFunnel, "[\"s-1\",\"5\"]\n[\"s-2\",\"6\"]\n")
		e := newAdspect(t, a, "    funnels: [{name: s, group_by: [stream_id], metrics: [clicks], windows: [today]}]\n    endpoints: {streams: {enabled: false}, saved_queries: {enabled: false}}\n")
		e.scrape(time.Second).want(t, 6, "adspect_today_s_clicks", "stream_id", "s-2")
		a.answer(pathFunnel, "[\"s-1\",\"7\"]\n[\"s-2\",")
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, 5, "adspect_today_s_clicks", "stream_id", "s-1")
		p.want(t, 6, "adspect_today_s_clicks", "stream_id", "s-2")
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "funnel_today", "reason", "malformed")

		a.answer(pathFunnel, "")
		time.Sleep(10 * time.Minute)
		p = e.scrape(time.Second)
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "funnel_today")
		p.wantNone(t, "adspect_today_s_clicks") // no row is an answer
	})
}

// The click log is read on from the newest event, and each event is counted once, also where more of the same second
// come later.
func TestClickLogCountsEachEventOnce(t *testing.T) {
	at(t, "2000-01-02T10:00:00Z", func(t *testing.T) {
		a := newVendorAPI()
		type event struct {
			at   string
			rest string
		}
		log := []event{
			{"2000-01-02 09:00:00", `"s",0,0`}, {"2000-01-02 09:30:00", `"s",0,1`}, {"2000-01-02 09:59:59", `"s",0,1`}, {"2000-01-02 09:59:59", `"s",0,1`},
		}
		var froms []string
		a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			froms = append(froms, q.Get("date_from"))
			if zone := q.Get("time_zone"); zone != "UTC" {
				t.Errorf("asked in the zone %q", zone)
			}
			if columns := strings.Join(q["columns[]"], ","); columns != "timestamp,stream_id,sequence,target" {
				t.Errorf("asked for the columns %s", columns)
			}
			from, to := mustInt(q.Get("date_from")), mustInt(q.Get("date_to"))
			for _, ev := range log {
				when, err := time.Parse(time.DateTime, ev.at)
				if err != nil {
					panic(err)
				}
				if when.Unix() >= from && when.Unix() < to {
					fmt.Fprintf(w, "[%q,%s]\n", ev.at, ev.rest)
				}
			}
		})
		e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K\n    funnels: []\n    endpoints: {click_log: {enabled: true}, streams: {enabled: false}, saved_queries: {enabled: false}}\n")
		want := func(basicMoney float64) page {
			t.Helper()
			p := e.scrape(time.Second)
			p.want(t, basicMoney, "adspect_today_log_events", "stream_id", "s", "stage", "basic", "page", "money")
			p.want(t, 1, "adspect_today_log_events", "stream_id", "s", "stage", "basic", "page", "safe")
			return p
		}
		want(3).want(t, float64(instant(t, "2000-01-02T09:59:59Z").Unix()), "adspect_last_event_timestamp_seconds", "stream_id", "s", "stage", "basic")

		log = append(log, event{"2000-01-02 09:59:59", `"s",0,2`}) // the same second, later
		time.Sleep(5 * time.Minute)
		want(4)

		time.Sleep(5 * time.Minute)
		want(4) // nothing new

		log = append(log, event{"2000-01-02 10:10:00", `"s",0,1`}, event{"2000-01-02 10:10:00", `"s",255,1`}, event{"2000-01-02 10:09:00", `"s",0,1`}) // not in order
		time.Sleep(5 * time.Minute)
		p := want(6)
		p.want(t, 1, "adspect_today_log_events", "stage", "conversion")
		p.want(t, float64(instant(t, "2000-01-02T10:10:00Z").Unix()), "adspect_last_event_timestamp_seconds", "stage", "basic")

		day := instant(t, "2000-01-02T00:00:00Z").Unix()
		// The first read comes in spans. The others begin 10 minutes before the last one, or with the newest event.
		var wantFroms []string
		for _, seconds := range []int64{0, 3 * 3600, 6 * 3600, 9 * 3600, 10*3600 - 600, 10*3600 - 300, 10*3600 - 1} {
			wantFroms = append(wantFroms, fmt.Sprint(day+seconds))
		}
		if !slices.Equal(froms, wantFroms) {
			t.Errorf("read from %v, want %v", froms, wantFroms)
		}

		time.Sleep(14 * time.Hour) // past midnight
		log = []event{{"2000-01-03 00:01:00", `"s",0,1`}}
		p = e.scrape(time.Second)
		p.want(t, 1, "adspect_today_log_events", "stage", "basic", "page", "money")
		p.wantNone(t, "adspect_today_log_events", "page", "safe")
		if last := froms[len(froms)-1]; last != fmt.Sprint(day+24*3600) {
			t.Errorf("the new day was read from %s", last)
		}
	})
}

// A read that breaks off is as if it had not been: its events are counted by the next.
func TestClickLogBrokenReadCountsNothing(t *testing.T) {
	at(t, "2000-01-02T10:00:00Z", func(t *testing.T) {
		a := newVendorAPI()
		a.answer(pathLog, "[\"2000-01-02 09:00:00\",\"s\",0,0]\n")
		e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K\n    funnels: []\n    endpoints: {click_log: {enabled: true}, streams: {enabled: false}, saved_queries: {enabled: false}}\n")
		e.scrape(time.Second).want(t, 1, "adspect_today_log_events")
		a.answer(pathLog, "[\"2000-01-02 09:00:00\",\"s\",0,0]\n[\"2000-01-02 10:01:00\",\"s\",0,0]\n[\"2000-")
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Second)
		p.want(t, 1, "adspect_today_log_events")
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "click_log", "reason", "malformed")
		a.answer(pathLog, "[\"2000-01-02 09:00:00\",\"s\",0,0]\n[\"2000-01-02 10:01:00\",\"s\",0,0]\n")
		time.Sleep(10 * time.Minute)
		e.scrape(time.Second).want(t, 2, "adspect_today_log_events")
	})
}

// Accounts may have the same funnel with other metrics: each family is described once.
func TestFunnelsOfTwoAccountsShareFamilies(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		e := newExporterOf(t, adspectAPI(), "adspect:\n  - {account: one, api_key: K, funnels: [{name: s, group_by: [stream_id], metrics: [clicks, mia]}]}\n"+
			"  - {account: two, api_key: K2, funnels: [{name: s, group_by: [stream_id], metrics: [clicks], windows: [today]}], endpoints: {funnel_today: {min_interval: 1m}}}\n")
		p := e.scrape(time.Second)
		p.want(t, 100, "adspect_today_s_clicks", "account", "one", "stream_id", "s-1")
		p.want(t, 100, "adspect_today_s_clicks", "account", "two", "stream_id", "s-1")
		p.want(t, 100, "adspect_yesterday_s_clicks", "account", "one", "stream_id", "s-1")
		p.wantNone(t, "adspect_yesterday_s_clicks", "account", "two")
		p.wantNone(t, "adspect_today_s_mia", "account", "two")
		for _, f := range p {
			if f.GetName() == "adspect_today_s_clicks" && !strings.HasSuffix(f.GetHelp(), " (GET /reports/funnel)") {
				t.Errorf("HELP is %q", f.GetHelp())
			}
		}
	})
}

// What the vendor's own lists do not have is named, whatever the document says.
func TestCheckNamesColumnsTheVendorDoesNotKnow(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := adspectAPI()
		a.answer("GET /v1/collections/query-group-by", `["stream_id","os"]`)
		a.answer("GET /v1/collections/query-funnel-metrics", `["clicks"]`)
		e := newAdspect(t, a, "    funnels: [{name: geo, group_by: [country_code], metrics: [clicks, mia]}]\n")
		var got []string
		for _, r := range e.set.Check(t.Context()) {
			if r.Endpoint == "configuration" {
				got = append(got, r.Err.Error())
			} else if r.Err != nil {
				t.Errorf("%s: %v", r.Endpoint, r.Err)
			}
		}
		want := []string{
			`funnel geo: the vendor does not know "country_code" of group_by; it has stream_id, os`,
			`funnel geo: the vendor does not know "mia" of metrics; it has clicks`,
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// logAPI answers with the events whose time lies in the span that is asked for, unless told to leave out the second
// that it begins with.
func logAPI(log *[]string, leaveOutFirst *bool) *api {
	a := newVendorAPI()
	a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
		var from, to int64
		fmt.Sscan(r.URL.Query().Get("date_from"), &from)
		fmt.Sscan(r.URL.Query().Get("date_to"), &to)
		for _, row := range *log {
			if at := timeOfRow(row); at > from && at < to || at == from && !*leaveOutFirst {
				io.WriteString(w, row+"\n")
			}
		}
	})
	return a
}

const logOnly = "    funnels: []\n    endpoints: {click_log: {enabled: true}, streams: {enabled: false}, saved_queries: {enabled: false}}\n"

// Values of a running day must not fall because an answer does not repeat the second that was counted last.
func TestClickLogKeepsTheSecondThatIsNotRepeated(t *testing.T) {
	at(t, "2000-01-02T01:00:00Z", func(t *testing.T) {
		log := []string{`["2000-01-02 00:10:00","s",0,0]`, `["2000-01-02 00:20:00","s",0,0]`, `["2000-01-02 00:20:00","s",0,0]`}
		leaveOut := false
		e := newExporterOf(t, logAPI(&log, &leaveOut), "adspect:\n  - account: media\n    api_key: K\n"+logOnly)
		e.scrape(time.Second).want(t, 3, "adspect_today_log_events")
		leaveOut = true
		log = append(log, `["2000-01-02 01:01:00","s",0,0]`)
		time.Sleep(5 * time.Minute)
		e.scrape(time.Second).want(t, 4, "adspect_today_log_events")
	})
}

// An event that is dated ahead is wrong: it must not keep those that come before it from being counted.
func TestClickLogEventFromTheFuture(t *testing.T) {
	at(t, "2000-01-02T01:00:00Z", func(t *testing.T) {
		log := []string{`["2000-01-02 00:10:00","s",0,0]`, `["2000-01-02 23:59:00","s",0,0]`}
		e := newExporterOf(t, logAPI(&log, new(bool)), "adspect:\n  - account: media\n    api_key: K\n"+logOnly)
		p := e.scrape(time.Second)
		p.want(t, 1, "adspect_today_log_events")
		p.want(t, 1, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
		log = append(log, `["2000-01-02 01:01:00","s",0,0]`)
		time.Sleep(5 * time.Minute)
		e.scrape(time.Second).want(t, 2, "adspect_today_log_events")
	})
}

// What is counted once stays, whatever else comes; what there is no room for is reported at each read.
func TestClickLogCapKeepsWhatIsCounted(t *testing.T) {
	at(t, "2000-01-02T01:00:00Z", func(t *testing.T) {
		log := []string{`["2000-01-02 00:10:00","a",0,0]`, `["2000-01-02 00:20:00","b",0,0]`}
		e := newExporterOf(t, logAPI(&log, new(bool)), "global: {max_samples_per_endpoint: 4}\nadspect:\n  - account: media\n    api_key: K\n"+logOnly)
		e.scrape(time.Second).want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
		log = append(log, `["2000-01-02 01:01:00","c",0,0]`, `["2000-01-02 01:01:00","b",0,0]`)
		for range 2 {
			time.Sleep(5 * time.Minute)
			p := e.scrape(time.Second)
			p.want(t, 1, "adspect_today_log_events", "stream_id", "a")
			p.want(t, 2, "adspect_today_log_events", "stream_id", "b")
			p.wantNone(t, "adspect_today_log_events", "stream_id", "c")
			p.want(t, 1, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
			p.want(t, float64(instant(t, "2000-01-02T01:01:00Z").Unix()), "adspect_last_event_timestamp_seconds", "stream_id", "b")
		}
	})
}

// The key in the file becomes that of another account: also while the log is read. No event of the first account stays.
func TestClickLogOfAnotherAccount(t *testing.T) {
	for _, tt := range []struct {
		name   string
		during bool // the key changes between two requests of a read
	}{{"between two reads", false}, {"during a read", true}} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			write := func(key string) {
				if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("first")
			at(t, "2000-01-02T10:00:00Z", func(t *testing.T) {
				logs := map[string]*[]string{
					"first": {`["2000-01-02 01:00:00","a",0,0]`, `["2000-01-02 08:00:00","a",0,0]`, `["2000-01-02 09:30:00","a",0,0]`},
					"other": {`["2000-01-02 02:00:00","b",0,0]`, `["2000-01-02 09:00:00","b",0,0]`},
				}
				apis := map[string]*api{"first": logAPI(logs["first"], new(bool)), "other": logAPI(logs["other"], new(bool))}
				a := newVendorAPI()
				requests := 0
				a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
					key, _, _ := r.BasicAuth()
					apis[key].handler[pathLog](w, r)
					requests++
					if tt.during && requests == 2 {
						write("other")
					}
				})
				e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key_file: "+path+"\n"+logOnly)
				p := e.scrape(time.Minute)
				if !tt.during {
					p.want(t, 3, "adspect_today_log_events", "stream_id", "a")
					write("other")
					time.Sleep(5 * time.Minute)
					p = e.scrape(time.Minute)
				}
				p.want(t, 2, "adspect_today_log_events", "stream_id", "b")
				p.wantNone(t, "adspect_today_log_events", "stream_id", "a")

				*logs["other"] = append(*logs["other"], `["2000-01-02 10:06:00","b",0,0]`)
				before := requests
				time.Sleep(10 * time.Minute)
				e.scrape(time.Minute).want(t, 3, "adspect_today_log_events", "stream_id", "b")
				if n := requests - before; n != 1 {
					t.Errorf("%d requests with the same key, want 1: the log continues", n)
				}
			})
		})
	}
}

// An event may appear in the log later than its time says. It counts once, with one request a read.
func TestClickLogCountsLateEvents(t *testing.T) {
	const every = 5 * time.Minute
	for _, tt := range []struct {
		name    string
		late    time.Duration // how long after their time the checks of the fingerprint appear
		from    string        // date_from is inclusive, or exclusive as no document rules out
		restart bool
	}{
		{name: "at once", late: 0},
		{name: "8 seconds", late: 8 * time.Second},
		{name: "8 seconds, across a restart", late: 8 * time.Second, restart: true},
		{name: "9 minutes", late: 9 * time.Minute},
		{name: "9 minutes, date_from is exclusive", late: 9 * time.Minute, from: "exclusive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			at(t, "2000-01-02T02:00:00Z", func(t *testing.T) {
				start, asked := time.Now(), 0
				a := newVendorAPI()
				a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
					asked++
					from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
					if tt.from == "exclusive" {
						from++
					}
					for click := start; !click.After(time.Now()); click = click.Add(7 * time.Second) {
						if click.Unix() < from || click.Unix() >= to {
							continue
						}
						fmt.Fprintf(w, "[%q,\"s\",0,0]\n", click.UTC().Format(time.DateTime))
						if !click.Add(tt.late).After(time.Now()) {
							fmt.Fprintf(w, "[%q,\"s\",1,0]\n", click.UTC().Format(time.DateTime))
						}
					}
				})
				keys := "adspect:\n  - account: media\n    api_key: K\n" + logOnly
				e := startStored(t, a, folder, keys, collector.Shard{})
				defer func() { e.stop() }()
				for read := range 12 {
					before := asked
					p := e.scrape(time.Second)
					past := time.Duration(read) * every
					p.want(t, float64(past/(7*time.Second)+1), "adspect_today_log_events", "stage", "basic")
					if past >= tt.late {
						p.want(t, float64((past-tt.late)/(7*time.Second)+1), "adspect_today_log_events", "stage", "fingerprint")
					}
					p.want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
					if asked != before+1 {
						t.Errorf("read %d made %d requests, want 1", read, asked-before)
					}
					if tt.restart {
						e.stop()
						e = startStored(t, a, folder, keys, collector.Shard{})
					}
					time.Sleep(every)
				}
			})
		})
	}
}

// A log that has more than one answer in the time in which events may be late is not read much more often for that.
func TestClickLogLateEventsOfABusyLog(t *testing.T) {
	for _, tt := range []struct {
		name          string
		every, answer int // every how many milliseconds a click comes, and how many rows an answer has at most
		requests      int // of twelve reads; those of events without any overlap come first
	}{
		{"an event a second, answers are whole", 1000, 1 << 20, 12 + 12},
		{"an event a second, answers are cut", 1000, 1000, 12 + 12},
		{"ten events a second, answers are cut", 100, 1000, 12*4 + 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2000-01-02T02:00:00Z", func(t *testing.T) {
				start, asked := time.Now(), 0
				each := time.Duration(tt.every) * time.Millisecond
				a := newVendorAPI()
				a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
					asked++
					from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
					sent := 0
					for click := start; !click.After(time.Now()) && sent < tt.answer; click = click.Add(each) {
						if click.Unix() >= from && click.Unix() < to {
							fmt.Fprintf(w, "[%q,\"s\",0,0]\n", click.UTC().Format(time.DateTime))
							sent++
						}
					}
				})
				e := newAdspect(t, a, "    requests_per_minute: 1000\n"+logOnly)
				for range 12 {
					p := e.scrape(time.Minute)
					p.want(t, float64(time.Since(start)/each+1), "adspect_today_log_events", "stage", "basic")
					p.want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
					time.Sleep(5 * time.Minute)
				}
				if asked > tt.requests {
					t.Errorf("%d requests, want at most %d", asked, tt.requests)
				}
			})
		})
	}
}

// A busy day's log is read in spans: one that fails costs no more than itself, and the next read goes on from there.
func TestClickLogGoesOnWhereItBroke(t *testing.T) {
	at(t, "2000-01-02T10:00:00Z", func(t *testing.T) {
		log := []string{`["2000-01-02 01:00:00","s",0,0]`, `["2000-01-02 05:00:00","s",0,0]`, `["2000-01-02 08:00:00","s",0,0]`}
		a := logAPI(&log, new(bool))
		whole := a.handler[pathLog]
		broken := true
		var froms []string
		a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
			from := r.URL.Query().Get("date_from")
			froms = append(froms, time.Unix(mustInt(from), 0).UTC().Format(time.TimeOnly))
			if broken && len(froms) == 3 {
				answering(500, "oops")(w, r)
				return
			}
			whole(w, r)
		})
		e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K\n"+logOnly)
		e.scrape(time.Second).want(t, 1, "engage_endpoint_failing", "api_endpoint", "click_log", "reason", "http")
		broken = false
		time.Sleep(5 * time.Minute)
		e.scrape(time.Second).want(t, 3, "adspect_today_log_events")
		if want := []string{"00:00:00", "03:00:00", "06:00:00", "06:00:00", "09:00:00"}; !slices.Equal(froms, want) {
			t.Errorf("read from %v, want %v", froms, want)
		}
	})
}

func mustInt(text string) (n int64) {
	fmt.Sscan(text, &n)
	return n
}

// The counts of streams stand however many streams there are, and large funnels leave room for small ones.
func TestAdspectCaps(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := adspectAPI()
		a.handle(pathFunnel, func(w http.ResponseWriter, r *http.Request) {
			rows := 20
			if r.URL.Query().Get("group_by[]") == "os" {
				rows = 2
			}
			for i := range rows {
				fmt.Fprintf(w, "[\"v%02d\",\"%d\"]\n", i, 100+i)
			}
		})
		a.handle(pathStreams, func(w http.ResponseWriter, _ *http.Request) {
			rows := make([]string, 20)
			for i := range rows {
				rows[i] = fmt.Sprintf(`{"stream_id":"s%d","name":"n","mode":"Filter","filter_level":1}`, i)
			}
			w.Header().Set("X-Pagination-Total-Count", "20")
			fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
		})
		e := newExporterOf(t, a, "global: {max_samples_per_endpoint: 9}\nadspect:\n  - account: media\n    api_key: K\n"+
			"    funnels: [{name: a, group_by: [stream_id], metrics: [clicks], windows: [today]}, {name: b, group_by: [os], metrics: [clicks], windows: [today]}, {name: c, group_by: [tag], metrics: [revenue], windows: [today]}]\n")
		p := e.scrape(time.Second)
		p.want(t, 20, "adspect_streams", "mode", "Filter")
		p.want(t, 15, "engage_endpoint_dropped_samples", "api_endpoint", "streams")
		p.want(t, 101, "adspect_today_b_clicks", "os", "v01")
		p.want(t, 119, "adspect_today_a_clicks", "stream_id", "v19")
		p.want(t, 119, "adspect_today_c_revenue", "tag", "v19")
		if got, _ := p.value("engage_endpoint_samples", "api_endpoint", "funnel_today"); got != 8 { // 2 and twice a half of what is left, whole
			t.Errorf("%v samples, want 8", got)
		}
	})
}

// A report that is cut shows no sign of it: after a long answer the log is read on from its newest event, also in a
// span that is past.
func TestClickLogReadsOnAfterALongAnswer(t *testing.T) {
	at(t, "2000-01-02T05:00:00Z", func(t *testing.T) {
		const cut, all = 1200, 3000 // one event a second
		var rows []string
		start := instant(t, "2000-01-02T00:30:00Z")
		for i := range all {
			rows = append(rows, fmt.Sprintf("[%q,\"s\",0,0]", start.Add(time.Duration(i)*time.Second).Format(time.DateTime)))
		}
		var asked []string
		a := newVendorAPI()
		a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
			from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
			asked = append(asked, time.Unix(from, 0).UTC().Format(time.TimeOnly))
			sent := 0
			for _, row := range rows {
				if at := timeOfRow(row); at >= from && at < to && sent < cut {
					io.WriteString(w, row+"\n")
					sent++
				}
			}
		})
		e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K\n"+logOnly)
		p := e.scrape(time.Minute)
		p.want(t, all, "adspect_today_log_events", "stream_id", "s")
		p.want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
		if want := []string{"00:00:00", "00:49:59", "01:09:58", "04:09:58"}; !slices.Equal(asked, want) {
			t.Errorf("read from %v, want %v", asked, want)
		}
	})
}

// An answer that may have been cut, and of which it is not known which events are lacking, is not counted: shorter spans
// are requested until the answers are complete.
func TestClickLogInAnotherOrder(t *testing.T) {
	seconds := func(n int) (rows []int64) {
		for i := range n {
			rows = append(rows, instant(t, "2000-01-02T00:30:00Z").Unix()+int64(i))
		}
		return rows
	}
	oneSecond := func(n int) []int64 { return slices.Repeat(seconds(1), n) }
	mixed := seconds(2500)
	for i := range mixed {
		mixed[i], mixed[i*7%2500] = mixed[i*7%2500], mixed[i]
	}
	slices.Reverse(mixed[:1250])
	newestFirst := seconds(2500)
	slices.Reverse(newestFirst)
	for _, tt := range []struct {
		name   string
		now    string
		events []int64 // in the order of the answers
		want   float64 // events that are exported
		reason string  // if the read fails
	}{
		{"newest first", "2000-01-02T05:00:00Z", newestFirst, 2500, ""},
		{"newest first, until now", "2000-01-02T01:11:40Z", newestFirst, 2500, ""},
		{"newest first, the vendor's clock a minute ahead", "2000-01-02T01:10:40Z", newestFirst, 2500, ""},
		{"in no order", "2000-01-02T05:00:00Z", mixed, 2500, ""},
		{"newest first and complete", "2000-01-02T05:00:00Z", newestFirst[:900], 900, ""},
		{"999 of one second", "2000-01-02T05:00:00Z", oneSecond(999), 999, ""},
		{"1500 of one second", "2000-01-02T05:00:00Z", oneSecond(1500), 0, "malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a := newVendorAPI()
				requests := 0
				a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
					requests++
					from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
					sent := 0
					for _, at := range tt.events {
						if at >= from && at < to && sent < 1000 {
							fmt.Fprintf(w, "[%q,\"s\",0,0]\n", time.Unix(at, 0).UTC().Format(time.DateTime))
							sent++
						}
					}
				})
				e := newAdspect(t, a, "    requests_per_minute: 1000\n"+logOnly)
				p := e.scrape(time.Minute)
				if tt.reason != "" {
					p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "click_log", "reason", tt.reason)
					return
				}
				time.Sleep(5 * time.Minute) // the next read has what was ahead of our clock
				e.scrape(time.Minute).want(t, tt.want, "adspect_today_log_events", "stream_id", "s")
				if requests > 40 {
					t.Errorf("%d requests", requests)
				}
			})
		})
	}
}

// A log of which each answer advances by a second only costs no more than 100 requests per read, and the next read goes
// on from there.
func TestClickLogThatAdvancesSlowly(t *testing.T) {
	at(t, "2000-01-02T05:00:00Z", func(t *testing.T) {
		const seconds = 150 // with 600 events each, so 1200 events in an answer of two seconds
		start := instant(t, "2000-01-02T00:30:00Z")
		asked := 0
		a := newVendorAPI()
		a.handle(pathLog, func(w http.ResponseWriter, r *http.Request) {
			asked++
			from, to := mustInt(r.URL.Query().Get("date_from")), mustInt(r.URL.Query().Get("date_to"))
			second := max(from, start.Unix())
			for range 2 { // this second and the next one
				if second >= start.Unix() && second < start.Unix()+seconds && second < to {
					row := fmt.Sprintf("[%q,\"s\",0,0]\n", time.Unix(second, 0).UTC().Format(time.DateTime))
					io.WriteString(w, strings.Repeat(row, 600))
				}
				second++
			}
		})
		e := newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K\n    requests_per_minute: 100000\n"+logOnly)
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_failing", "api_endpoint", "click_log", "reason", "too_large")
		if asked != 100 {
			t.Errorf("the first read made %d requests, want 100", asked)
		}
		time.Sleep(time.Minute)
		p := e.scrape(time.Minute)
		p.want(t, 600*seconds, "adspect_today_log_events", "stream_id", "s")
		p.want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
	})
}

// What could not be counted stays missing in the day's counts: it is shown until midnight, also where later answers do
// not have it.
func TestClickLogShowsLostEventsUntilMidnight(t *testing.T) {
	at(t, "2000-01-02T02:00:00Z", func(t *testing.T) {
		log := []string{`["2000-01-02 00:10:00","s",0,0]`, `["2000-01-02 00:15:00","s",300,0]`, `["2000-01-02 00:20:00","s",0,0]`}
		e := newExporterOf(t, logAPI(&log, new(bool)), "adspect:\n  - account: media\n    api_key: K\n"+logOnly)
		for range 3 {
			p := e.scrape(time.Second)
			p.want(t, 2, "adspect_today_log_events")
			p.want(t, 1, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
			time.Sleep(5 * time.Minute)
		}
		if !strings.Contains(e.log.String(), `adspect_today_log_events{stream_id=\"s\",stage=\"\",page=\"safe\"}: \"300\"`) {
			t.Errorf("the log does not name the value:\n%s", e.log)
		}
		log = []string{`["2000-01-03 00:10:00","s",0,0]`}
		time.Sleep(22 * time.Hour)
		e.scrape(time.Second).want(t, 0, "engage_endpoint_dropped_samples", "api_endpoint", "click_log")
	})
}

// A vendor that quotes the account's credentials as the name of an object does not put them on the page.
func TestCredentialsInLabels(t *testing.T) {
	const key = "K3y-planted"
	for _, tt := range []struct{ name, stream, want string }{
		{"alone", key, "<secret>"},
		{"within a text", "stream of " + key + ", the first", "stream of <secret>, the first"},
		{"twice", key + " and " + key, "<secret> and <secret>"},
		{"in another case", "k3Y-PLANTED", "<secret>"},
		{"in base64", "SzN5LXBsYW50ZWQ=", "<secret>="},
		{"percent-encoded", "K3y%2Dplanted", "<secret>"},
		{"a part of it, as a word may be", "planted trees", "planted trees"},
		{"another text", "Поток А", "Поток А"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := adspectAPI()
				a.handle(pathStreams, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-Pagination-Total-Count", "1")
					w.Header().Set("X-Pagination-Page-Count", "1")
					fmt.Fprintf(w, `[{"stream_id":"s-1","name":%q,"mode":"Filter","filter_level":0,"tags":[%[1]q]}]`, tt.stream)
				})
				e := newAdspect(t, a, "    funnels: []\n")
				p := e.scrape(time.Minute)
				p.want(t, 1, "adspect_stream_info", "stream_id", "s-1", "stream", tt.want)
				p.want(t, 1, "adspect_stream_tag_info", "stream_id", "s-1", "tag", tt.want)
				p.want(t, 1, "engage_endpoint_up", "api_endpoint", "streams")
			})
		})
	}
}
