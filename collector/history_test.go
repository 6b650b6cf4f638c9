package collector_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// history returns the past of the only account.
func (e *exporter) history(endpoints ...string) *history.Account {
	e.t.Helper()
	h, err := e.set.History(e.set.Targets()[0], endpoints...)
	if err != nil {
		e.t.Fatal(err)
	}
	return h
}

// part returns an endpoint's part.
func part(t *testing.T, h *history.Account, endpoint string) history.Part {
	t.Helper()
	for _, p := range h.Parts {
		if p.Endpoint == endpoint {
			return p
		}
	}
	t.Fatalf("no part for %s", endpoint)
	return history.Part{}
}

// dayOf is the day on which an instant falls.
func dayOf(at time.Time, loc *time.Location) metric.Day {
	year, month, day := at.In(loc).Date()
	return metric.DayOf(year, month, day, loc)
}

// samplesOf returns the samples of the parts for the days, one after the other.
func samplesOf(t *testing.T, h *history.Account, days ...metric.Day) []history.Sample {
	t.Helper()
	var samples []history.Sample
	for _, day := range days {
		for _, p := range h.Parts {
			read, err := p.Read(t.Context(), day)
			if err != nil {
				t.Fatalf("%s of %s: %v", p.Endpoint, day.Start, err)
			}
			samples = append(samples, read.Samples...)
		}
	}
	for _, s := range samples {
		if !s.From.Before(time.Now()) {
			t.Errorf("%s from %s on has not been yet", seriesOf(s), s.From)
		}
	}
	wantNoOverlap(t, samples)
	return samples
}

// lastDays are the last n days, today included.
func lastDays(n int, loc *time.Location) []metric.Day {
	var days []metric.Day
	year, month, day := time.Now().In(loc).Date()
	for back := n - 1; back >= 0; back-- {
		days = append(days, metric.DayOf(year, month, day-back, loc))
	}
	return days
}

func seriesOf(s history.Sample) string {
	var b strings.Builder
	b.WriteString(s.Family.Name)
	for i, name := range s.Family.Labels {
		fmt.Fprintf(&b, " %s=%q", name, s.Labels[i])
	}
	return b.String()
}

// wantNoOverlap checks that a series has no more than one value at a time, in the order of time.
func wantNoOverlap(t *testing.T, samples []history.Sample) {
	t.Helper()
	until := make(map[string]time.Time)
	told := make(map[string]bool) // the start of a window's day comes with each of its parts
	for _, s := range samples {
		if same := fmt.Sprint(seriesOf(s), s.Value, s.From, s.Until); strings.HasSuffix(s.Family.Name, "_start_timestamp_seconds") {
			if told[same] {
				continue
			}
			told[same] = true
		}
		if !s.From.Before(s.Until) {
			t.Errorf("%s lasts from %s until %s", seriesOf(s), s.From, s.Until)
		}
		if s.From.Before(until[seriesOf(s)]) {
			t.Errorf("%s from %s overlaps what came before, until %s", seriesOf(s), s.From, until[seriesOf(s)])
		}
		until[seriesOf(s)] = s.Until
	}
}

// wantAsLive checks that the history shows now what the page does: the families of its parts with the same HELP, the
// same series, the same values.
func wantAsLive(t *testing.T, h *history.Account, samples []history.Sample, live page) {
	t.Helper()
	now := time.Now()
	got := make(map[string]float64)
	for _, s := range samples {
		if !now.Before(s.From) && now.Before(s.Until) {
			got[seriesOf(s)] = s.Value
		}
	}
	families := make(map[string]*metric.Family)
	for _, p := range h.Parts {
		for _, f := range p.Families {
			if families[f.Name] != nil && !strings.HasSuffix(f.Name, "_start_timestamp_seconds") {
				t.Errorf("two parts give %s", f.Name)
			}
			families[f.Name] = f
		}
	}
	compared := 0
	for _, f := range live {
		family := families[f.GetName()]
		if family == nil {
			continue
		}
		if f.GetHelp() != family.Help {
			t.Errorf("%s: help %q, live %q", f.GetName(), family.Help, f.GetHelp())
		}
		for _, m := range f.GetMetric() {
			s := history.Sample{Family: family}
			for _, name := range family.Labels {
				for _, pair := range m.GetLabel() {
					if pair.GetName() == name {
						s.Labels = append(s.Labels, pair.GetValue())
					}
				}
			}
			value, ok := got[seriesOf(s)]
			if !ok || value != m.GetGauge().GetValue() {
				t.Errorf("%s: %v (there: %t), live %v", seriesOf(s), value, ok, m.GetGauge().GetValue())
			}
			delete(got, seriesOf(s))
			compared++
		}
	}
	for series := range got {
		t.Errorf("%s is in the history alone", series)
	}
	if compared == 0 {
		t.Error("nothing to compare")
	}
}

// pushDays answers for any day, with values that follow the date.
func pushDays(a *api) {
	numberOf := func(r *http.Request) (date string, n int) {
		date = r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			panic(err)
		}
		return date, at.YearDay()
	}
	a.handle(pathPushDay, func(w http.ResponseWriter, r *http.Request) {
		date, n := numberOf(r)
		answering(200, fmt.Sprintf(`{"code":0,"data":{%q:{"total":{"target_num":%d,"display_num":-1},"gt":{"target_num":%d,"display_num":"7"}}}}`, date, 100*n, 60*n))(w, r)
	})
	a.handle(pathUserDay, func(w http.ResponseWriter, r *http.Request) {
		date, n := numberOf(r)
		answering(200, fmt.Sprintf(`{"code":0,"data":{%q:{"accumulative_num":%d,"register_num":null,"active_num":5}}}`, date, 1000+n))(w, r)
	})
}

const dayEndpoints = "    endpoints: {push_quota: {enabled: false}, online_users: {enabled: false}}\n"

func TestHistoryIsWhatWasShown(t *testing.T) {
	for _, tt := range []struct {
		name     string
		exporter func(t *testing.T) *exporter
	}{
		{"getui", func(t *testing.T) *exporter {
			a := newAPI()
			pushDays(a)
			return newExporter(t, a, dayEndpoints)
		}},
		{"polyv", func(t *testing.T) *exporter {
			a := newVendorAPI()
			a.handle(pathHourly, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("dr") == "yesterday" { // the same values as by its date
					r.URL.RawQuery = "start=yesterday"
				}
				polyvDay(w, r)
			})
			return newPolyv(t, a, "")
		}},
		{"adspect", func(t *testing.T) *exporter {
			return newAdspect(t, adspectAPI(), "    funnels: [{name: s, group_by: [stream_id], metrics: [clicks, quality, profit]}, {name: all, group_by: [], metrics: [clicks], windows: [yesterday]}]\n")
		}},
		{"sensorsdata", func(t *testing.T) *exporter {
			a := sensorsdataAPI()
			a.answer(pathPartitions+"15/partitions", `[
				{"base_time":"2000-01-02 00:00:00","start_time":"2000-01-02 01:00:26","finished_time":"2000-01-02 01:00:56","status":"FAILED","user_count":0},
				{"base_time":"2000-01-01 08:00:00","start_time":"2000-01-01 09:00:00","finished_time":"2000-01-01 09:00:30","status":"SUCCEED","user_count":1234}]`)
			a.answer(pathTags, `[{"id":15,"status":"RUNNING",
				"last_succeed_partition":{"base_time":"2000-01-01 08:00:00","finished_time":"2000-01-01 09:00:30","user_count":1234,"status":"SUCCEED"},
				"last_partition_info":{"base_time":"2000-01-02 00:00:00","start_time":"2000-01-02 01:00:26","finished_time":"2000-01-02 01:00:56","user_count":0,"status":"FAILED"}}]`)
			return newSensorsdata(t, a, "    tags: [15]\n")
		}},
		{"quanshi", func(t *testing.T) *exporter {
			a := quanshiAPI()
			a.handle(pathEvents, quanshiEventList(
				quanshiEvent(609768, "2000-01-01T16:20:00+08:00", "2000-01-01T17:40:00+08:00"),
				quanshiEvent(609770, "2000-01-02T11:00:00+08:00", "2000-01-02T13:00:00+08:00"),
				quanshiEvent(609771, "2000-01-02T15:00:00+08:00", "2000-01-02T16:00:00+08:00"), // to come
			))
			a.handle(pathEvent, quanshiReports(func(int) string {
				return `{"lives":[{"live_type":0,"online_time":946783800,"offline_time":946785000},{"live_type":0,"online_time":946783800,"offline_time":null}],
					"interactions":[],
					"viewerDetails":[{"live_type":"直播","online_time":946783800,"offline_time":946785000},{"live_type":"离线","online_time":946783800},{"live_type":"直播+回放","online_time":946783700,"offline_time":946783900}]}`
			}))
			return newQuanshi(t, a, quanshiKeys)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				e := tt.exporter(t)
				live := e.scrape(time.Minute)
				h := e.history()
				wantAsLive(t, h, samplesOf(t, h, lastDays(5, h.Location)...), live)
			})
		})
	}
}

func TestHistoryDaysAreTheAccounts(t *testing.T) {
	for _, tt := range []struct {
		name, zone, day string
		from, until     string
	}{
		{"an ordinary day", "Asia/Shanghai", "1999-12-30", "1999-12-31T00:00:00+08:00", "2000-01-01T00:00:00+08:00"},
		{"shown for 23 hours", "Europe/Berlin", "1999-03-27", "1999-03-28T00:00:00+01:00", "1999-03-29T00:00:00+02:00"},
		{"shown for 25 hours", "Europe/Berlin", "1999-10-30", "1999-10-31T00:00:00+02:00", "1999-11-01T00:00:00+01:00"},
		{"shown from one o'clock on, for midnight was left out", "America/Sao_Paulo", "1999-10-02", "1999-10-03T01:00:00-02:00", "1999-10-04T00:00:00-02:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				pushDays(a)
				h := newExporter(t, a, dayEndpoints+"    time_zone: "+tt.zone+"\n").history()
				date, err := time.ParseInLocation(time.DateOnly+" 15", tt.day+" 12", h.Location)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range samplesOf(t, h, dayOf(date, h.Location)) {
					if !s.From.Equal(instant(t, tt.from)) || !s.Until.Equal(instant(t, tt.until)) {
						t.Errorf("%s is shown from %s until %s", seriesOf(s), s.From, s.Until)
					}
					if want := float64(100 * date.YearDay()); s.Family.Name == "getui_yesterday_push_sent" && s.Value != want {
						t.Errorf("%s = %v, want %v", seriesOf(s), s.Value, want)
					}
				}
			})
		})
	}
}

func TestHistoryParts(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		endpoints  []string
		want       []string // the parts
		keeps      int
	}{
		{"all", "", nil, []string{"push_day", "user_day"}, 90},
		{"one that is named", "", []string{"user_day"}, []string{"user_day"}, 90},
		{"one that is off", "    endpoints: {push_day: {enabled: false}}\n", nil, []string{"user_day"}, 90},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newExporter(t, newAPI(), tt.keys).history(tt.endpoints...)
			var got []string
			for _, p := range h.Parts {
				got = append(got, p.Endpoint)
				if p.RetentionDays != tt.keeps {
					t.Errorf("%s keeps %d days, want %d", p.Endpoint, p.RetentionDays, tt.keeps)
				}
				starts := slices.ContainsFunc(p.Families, func(f *metric.Family) bool { return f.Name == "getui_yesterday_start_timestamp_seconds" })
				if !starts {
					t.Errorf("%s has the start of the day: %t", p.Endpoint, starts)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("parts %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHistoryThatThereIsNot(t *testing.T) {
	for _, tt := range []struct {
		name, keys, target string
		endpoints          []string
		want               string
	}{
		{"no such account", "", "getui/shpo", nil, "no account getui/shpo in the configuration; it has getui/shop"},
		{"no such endpoint", "", "getui/shop", []string{"push_dya"}, `getui/shop has no endpoint "push_dya" with a history; it has push_day, user_day`},
		{"an endpoint of now", "", "getui/shop", []string{"push_day", "push_quota"}, `getui/shop has no endpoint "push_quota" with a history; it has push_day, user_day`},
		{"all of it off", "    endpoints: {push_day: {enabled: false}, user_day: {enabled: false}}\n", "getui/shop", nil, "getui/shop has no enabled endpoint with a history"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, ok := poll.ParseTarget(tt.target)
			if !ok {
				t.Fatal(tt.target)
			}
			if _, err := newExporter(t, newAPI(), tt.keys).set.History(target, tt.endpoints...); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// A day whose values are not shown yet may still change: no request is sent, and there are no samples.
func TestHistoryOfDaysThatAreNotOver(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := polyvAPI()
		h := newPolyv(t, a, "").history()
		days := lastDays(2, h.Location)
		yesterday, today := days[0], days[1]
		if samples := samplesOf(t, h, today, dayOf(today.End, h.Location)); len(samples) > 0 || a.count(pathHourly) > 0 {
			t.Errorf("%d samples and %d requests for days that are not over", len(samples), a.count(pathHourly))
		}
		for _, s := range samplesOf(t, h, yesterday) {
			if strings.Contains(s.Family.Name, "settled") {
				t.Errorf("%s of yesterday is not final", seriesOf(s))
			}
		}
	})
}

// Polyv's answer on a day has plays and traffic: the parts for them need one request.
func TestHistoryOfPolyvTakesOneRequestADay(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := polyvAPI()
		h := newPolyv(t, a, "").history()
		day := metric.DayOf(1999, time.December, 1, h.Location)
		samples := samplesOf(t, h, day, dayOf(day.End, h.Location))
		if got := a.count(pathHourly); got != 2 {
			t.Errorf("%d requests for two days", got)
		}
		shown := make(map[string]string)
		for _, s := range samples {
			if _, ok := shown[s.Family.Name]; !ok {
				shown[s.Family.Name] = s.From.Format(time.DateOnly) + "/" + s.Until.Format(time.DateOnly)
			}
		}
		for name, want := range map[string]string{
			"polyv_yesterday_plays": "1999-12-02/1999-12-03", "polyv_yesterday_start_timestamp_seconds": "1999-12-02/1999-12-03",
			"polyv_settled_traffic_bytes": "1999-12-03/1999-12-04", "polyv_settled_start_timestamp_seconds": "1999-12-03/1999-12-04",
		} {
			if shown[name] != want {
				t.Errorf("%s is shown %s, want %s", name, shown[name], want)
			}
		}
	})
}

func TestHistoryIsReadAtTheSameTime(t *testing.T) {
	for _, tt := range []struct {
		name     string
		api      *api
		exporter func(t *testing.T, a *api) *exporter
		path     string
		requests int // for one day in all parts, read ten times
	}{
		{"polyv", polyvAPI(), func(t *testing.T, a *api) *exporter { return newPolyv(t, a, "") }, pathHourly, 1},
		{"sensorsdata", sensorsdataAPI(), func(t *testing.T, a *api) *exporter { return newSensorsdata(t, a, sensorsdataKeys) }, pathPartitions + "15/partitions", 1},
		{"quanshi lists", quanshiAPI(), func(t *testing.T, a *api) *exporter { return newQuanshi(t, a, quanshiKeys) }, pathEvents, 2}, // two pages
		{"quanshi reports", quanshiAPI(), func(t *testing.T, a *api) *exporter { return newQuanshi(t, a, quanshiKeys) }, pathEvent, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.exporter(t, tt.api).history()
			day := metric.DayOf(2022, time.October, 26, h.Location)
			var readers sync.WaitGroup
			for range 10 {
				for _, p := range h.Parts {
					readers.Go(func() {
						if _, err := p.Read(t.Context(), day); err != nil {
							t.Error(err)
						}
					})
				}
			}
			readers.Wait()
			if got := tt.api.count(tt.path); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
		})
	}
}

// What the requests per minute do not allow is read a little later, and is no failure.
func TestHistoryWaitsForTheRateLimit(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		pushDays(a)
		began := time.Now()
		h := newExporter(t, a, "    requests_per_minute: 2\n").history("user_day")
		samplesOf(t, h, lastDays(30, h.Location)...)
		if took := time.Since(began); took < 13*time.Minute || a.count(pathUserDay) != 29 {
			t.Errorf("%d requests in %s, with two a minute", a.count(pathUserDay), took)
		}
	})
}

func TestHistoryFailures(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   transport.Kind
	}{
		{"a day that is too old", answering(400, `{"code":20001,"msg":"date is too early"}`), transport.Rejected},
		{"refused credentials", answering(401, `{"code":10002,"msg":"ip blacklist"}`), transport.Auth},
		{"too many calls", answering(401, `{"code":10005,"msg":"too frequent"}`), transport.RateLimited},
		{"an answer of another day", answering(200, `{"code":0,"data":{"1999-11-30":{}}}`), transport.Malformed},
		{"a vendor that is down", answering(502, "down"), transport.HTTP},
		{"a vendor that does not answer", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, transport.Timeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.handle(pathPushDay, tt.answer)
				h := newExporter(t, a, "").history("push_day")
				day, err := h.Parts[0].Read(t.Context(), metric.DayOf(1999, time.December, 1, h.Location))
				failure, ok := errors.AsType[*transport.Error](err)
				if !ok || failure.Kind != tt.want || failure.Vendor != "getui" {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				if len(day.Samples) > 0 {
					t.Errorf("%d samples of a day that failed", len(day.Samples))
				}
			})
		})
	}
}

// A day of which the vendor has nothing is no failure: it is missing.
func TestHistoryOfADayWithoutAReport(t *testing.T) {
	for _, data := range []string{`{}`, `null`, `[]`, `{"1999-12-01":{}}`} {
		t.Run(data, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := newAPI()
				a.answer(pathPushDay, `{"code":0,"data":`+data+`}`)
				h := newExporter(t, a, "").history("push_day")
				day, err := h.Parts[0].Read(t.Context(), metric.DayOf(1999, time.December, 1, h.Location))
				if err != nil || day.Missing != 1 || day.Dropped != 0 || len(day.Gaps) > 0 {
					t.Errorf("got %+v, %v, want a day that is missing", day, err)
				}
			})
		})
	}
}

// Of several funnels one that the vendor refuses is a gap; one that it is too slow for holds up the others for three
// attempts.
func TestHistoryOfSeveralItemsOfWhichOneFails(t *testing.T) {
	const funnels = "    funnels: [{name: good, group_by: [stream_id], metrics: [clicks]}, {name: bad, group_by: [os], metrics: [clicks]}]\n"
	for _, tt := range []struct {
		name     string
		answer   http.HandlerFunc
		failures int // of the day before the others' values come
	}{
		{"refused", answering(422, `{"error":"unknown column os"}`), 0},
		{"malformed", answering(200, `{"rows": "none"}`), 0},
		{"cut", answering(200, `["iOS","1"`), 2},
		{"failed within the report", answering(200, "[\"iOS\",\"1\"]\n{\"message\":\"query timed out\"}"), 2},
		{"down", answering(503, ""), 2},
		{"too slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				a := adspectAPI()
				good := a.handler[pathFunnel]
				a.handle(pathFunnel, func(w http.ResponseWriter, r *http.Request) {
					if slices.Contains(r.URL.Query()["group_by[]"], "os") {
						tt.answer(w, r)
						return
					}
					good(w, r)
				})
				h := newAdspect(t, a, funnels).history()
				read := part(t, h, "funnel_yesterday").Read
				first := metric.DayOf(1999, time.December, 1, h.Location)
				for i := range tt.failures {
					if _, err := read(t.Context(), first); err == nil {
						t.Fatalf("attempt %d succeeded", i)
					}
				}
				for _, day := range []metric.Day{first, dayOf(first.End, h.Location)} {
					got, err := read(t.Context(), day)
					if err != nil || len(got.Gaps) != 1 || len(got.Samples) != 4 {
						t.Errorf("%s: %d samples, gaps %v, err %v; want 3 rows, the day's start and a gap", day.Start.Format(time.DateOnly), len(got.Samples), got.Gaps, err)
					}
				}
			})
		})
	}
}

// Rows beyond the cap are dropped and counted, those with the least first, as live.
func TestHistoryHasNoMoreThanAPage(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		e := newExporterOf(t, adspectAPI(), "global: {max_samples_per_endpoint: 4}\nadspect:\n  - account: media\n    api_key: K3y-planted\n    funnels: [{name: a, group_by: [stream_id], metrics: [clicks]}, {name: b, group_by: [stream_id], metrics: [clicks]}]\n")
		h := e.history()
		got, err := part(t, h, "funnel_yesterday").Read(t.Context(), metric.DayOf(1999, time.December, 1, h.Location))
		if err != nil || len(got.Samples) != 5 || got.Dropped != 2 {
			t.Errorf("%d samples, %d dropped, err %v; want 4 and the day's start, and 2", len(got.Samples), got.Dropped, err)
		}
		live := e.scrape(time.Minute)
		live.want(t, 2, "engage_endpoint_dropped_samples", "api_endpoint", "funnel_yesterday")
		wantAsLive(t, h, samplesOf(t, h, lastDays(2, h.Location)...), live)
	})
}
