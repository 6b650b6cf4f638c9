package collector_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	pathToken  = "POST /eventopenapi/token/create"
	pathSearch = "POST /eventopenapi/user/search/email"
	pathEvents = "POST /eventopenapi/event/public/list"
	pathEvent  = "POST /eventopenapi/event/report/details"
	pathStats  = "POST /eventopenapi/event/report/stats"
)

// quanshiNoon is when the events of these tests are looked at, and quanshiPersonal what no one may find anywhere.
const quanshiNoon = "2022-10-27T12:00:00+08:00"

var quanshiPersonal = []string{
	"+86-19000101106", "19000101106", "planted@example.com", "网友1009", "用户6", "117.39.199.234", "192.168.40.44", "18811782156", "新建管理中心测试25", "planted-ext", "planted-viewer",
	"S3cret-planted", "K3y-planted", "t0ken-planted", "host@example.com",
}

// quanshiAPI answers with the shapes of the vendor's document, for any event.
func quanshiAPI() *api {
	a := newVendorAPI()
	a.answer(pathSearch, `{"timeStamp":1,"requestId":"r-search","code":200,"msg":"ok","data":{"userId":19533553}}`)
	a.answer(pathToken, `{"timeStamp":1,"requestId":"r-token","code":200,"msg":"ok","data":{"token":"t0ken-planted","createTime":1666843200000,"expire":86400}}`)
	a.handle(pathEvents, quanshiEventList(
		quanshiEvent(609768, "2022-10-26T16:20:00+08:00", "2022-10-26T17:40:00+08:00"),
		quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"),
	))
	a.handle(pathEvent, quanshiReports(func(int) string { return quanshiReport }))
	a.answer(pathStats, quanshiStatsAnswer)
	return a
}

func quanshiEvent(id int, start, end string) string {
	at := func(text string) int64 {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		return t.Unix()
	}
	return fmt.Sprintf(`{"eventId":%d,"title":"发布会 \"%d\"","startTime":%d,"endTime":%d,"length":80,"eventForm":%d}`, id, id, at(start), at(end), []int{4, 7, 9}[id%3])
}

// quanshiEventList answers with the events as one page. Whether there is another is asked for: see quanshiLists.
func quanshiEventList(events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Page int }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			panic(err)
		}
		list := strings.Join(events, ",")
		if body.Page > 0 {
			list = ""
		}
		answering(200, fmt.Sprintf(`{"timeStamp":1,"requestId":"r-list","code":200,"msg":"ok","data":{"count":%d,"list":[%s]}}`, len(events), list))(w, r)
	}
}

// quanshiLists is how often the list was read, if it always was one page: each time, another page is asked for, which
// brings nothing.
func quanshiLists(a *api) int { return a.count(pathEvents) / 2 }

// quanshiReports answers with the report of the event that is asked for.
func quanshiReports(report func(event int) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			EventID int `json:"eventId"`
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			panic(err)
		}
		answering(200, fmt.Sprintf(`{"timeStamp":1,"requestId":"r-report","code":200,"msg":"ok","data":{"eventId":%d,"report":%s}}`, body.EventID, report(body.EventID)))(w, r)
	}
}

// quanshiReport has a row of each kind that is distinguished, and a person in each.
const quanshiReport = `{
	"lives":[
		{"viewerId":"planted-viewer","live_type":0,"device_type":"IOS","client_type":"WEB","call_duration":0,"distinctId":"+86-19000101106","online_time":1666772823,"offline_time":1666772880,"praise_num":3,"chat_num":"2",
		 "share_num":null,"goods_sum_hits":null,"auth_type":"0","ip":"117.39.199.234","mobile":"+86-19000101106","email":"planted@example.com","watch_duration":57,"extId":"planted-ext","name":"网友1009","location":"中国-陕西-西安",
		 "prize_num":null,"question_num":null,"raise_hand_num":null,"sign_num":null,"vote_num":null,"envelope_num":null,"quiz_num":null},
		{"live_type":1,"device_type":"PC","client_type":"WEB","watch_duration":10,"online_time":1666776018,"offline_time":1666776028,"auth_type":4,"chat_num":1,"location":"本地局域网"},
		{"live_type":1,"device_type":"PC","client_type":"WEB","watch_duration":5,"online_time":1666776018,"offline_time":null,"auth_type":9,"location":"中国-陕西-渭南"},
		{"live_type":7,"device_type":"Toaster","client_type":null,"watch_duration":"abc","online_time":1666776018,"offline_time":1666776028,"location":null}],
	"interactions":[
		{"role":4,"live_type":0,"device_type":"MAC","client_type":"CLIENT","call_duration":30,"online_time":1666772492,"offline_time":1666774552,"company":"新建管理中心测试25","group":"新建管理中心测试25","ip":"192.168.40.44",
		 "mobile":"19000101106","name":"用户6","online_duration":2060,"raise_hand_num":4,"sign_num":1,"vote_num":1,"envelope_num":1,"quiz_num":2,"prize_num":1,"question_num":1,"goods_sum_hits":6,"share_num":1,"location":"新加坡",
		 "chat_num":null,"praise_num":null,"auth_type":null},
		{"role":6,"live_type":0,"device_type":"TEL","client_type":"TEL","call_duration":"12","online_time":1666772492,"online_duration":100,"phoneNumber":"18811782156","location":"-"}],
	"viewerDetails":[
		{"live_type":"直播","name":"用户6","type":"互动端","dialedIn":"外呼入会","dialoutSource":"主持人外呼","phoneNumber":"18811782156","online_time":1666772492,"offline_time":1666774552,"times":1,"liveTimes":1,"replayTimes":0,
		 "watchDuration":"00:34:20","liveWatchDuration":"00:34:20","replayWatchDuration":"00:00:00","chat_num":5,"praise_num":7,"raise_hand_num":4,"quiz_num":null,"goods_sum_hits":null,"call_duration":300,
		 "survey":"Y","vote":"N","sign":"Y","envelope":"N"},
		{"live_type":"直播+回放","mobile":"+86-19000101106","type":"直播端","dialedIn":"-","liveTimes":1,"replayTimes":2,"liveWatchDuration":"00:00:57","replayWatchDuration":"00:00:29","chat_num":2,"praise_num":0,
		 "survey":"Y","vote":"Y","sign":"N","envelope":"N"},
		{"live_type":"直播+回放","type":"直播端,互动端","dialedIn":"主动拨号入会","liveWatchDuration":"1小时2秒"},{"live_type":"回放","type":"小程序"},{"live_type":"离线","dialedIn":"扫码"},{"live_type":null}]}`

const quanshiStatsAnswer = `{"timeStamp":1,"requestId":"r-stats","code":200,"msg":"ok","data":{"stats":{"viewCnt":9,"viewLiveCnt":6,"viewReplayCnt":3,"viewerCnt":6,"eventTime":4800,"viewTime":38}}}`

const quanshiKeys = "    user_email: host@example.com\n    event_ids: [609768]\n    discover: {past: 24h, ahead: 1h}\n"

// quanshiAccount is a configuration up to the keys of its account.
const quanshiAccount = "quanshi:\n  - account: events\n    app_key: K3y-planted\n    app_secret: S3cret-planted\n"

func newQuanshi(t *testing.T, a http.RoundTripper, keys string) *exporter {
	t.Helper()
	return newExporterOf(t, a, quanshiAccount+keys)
}

func TestQuanshiExposition(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		e := newQuanshi(t, quanshiAPI(), quanshiKeys+"    regions: true\n    endpoints: {event_stats: {enabled: true}}\n")
		p := e.scrape(time.Minute)
		text := p.text(t)
		wantGolden(t, "quanshi", text)
		wantEveryFamily(t, p, "quanshi")
		for _, personal := range quanshiPersonal {
			if strings.Contains(text+e.log.String(), personal) {
				t.Errorf("%q got out", personal)
			}
		}
	})
}

// The list is read once for both endpoints, and each event once, also where it is configured as well.
func TestQuanshiReadsEachEventOnce(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		e := newQuanshi(t, a, quanshiKeys)
		e.scrape(time.Minute)
		if l, r := quanshiLists(a), a.count(pathEvent); l != 1 || r != 2 {
			t.Errorf("%d lists and %d reports, want 1 and 2", l, r)
		}
		for range 10 {
			time.Sleep(5 * time.Minute)
			e.scrape(time.Minute)
		}
		if l, r := quanshiLists(a), a.count(pathEvent); l != 6 || r != 22 {
			t.Errorf("%d lists and %d reports after 50 minutes, want one list every 10 and two reports every 5", l, r)
		}
		if n := a.count(pathToken); n != 1 {
			t.Errorf("%d logins, want one", n)
		}
	})
}

// An event that leaves the span leaves the exposition, and one that is configured stays.
func TestQuanshiEventsLeaveTheSpan(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"), // of which the second day is looked at
			quanshiEvent(609773, "2022-10-28T15:00:00+08:00", "2022-10-28T16:00:00+08:00"), // to come
			quanshiEvent(609774, "2022-10-25T15:00:00+08:00", "2022-10-25T16:00:00+08:00"), // long over, though the vendor lists it
		))
		e := newQuanshi(t, a, quanshiKeys)
		p := e.scrape(time.Minute)
		p.want(t, 1, "quanshi_events")
		p.want(t, 1, "quanshi_event_viewers", "event_id", "609770", "audience", "live")
		p.want(t, 1, "quanshi_event_viewers", "event_id", "609768", "audience", "live")
		p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609774")
		time.Sleep(26 * time.Hour)
		p = e.scrape(time.Minute)
		p.want(t, 1, "quanshi_events")
		p.wantNone(t, "quanshi_event_info", "event_id", "609770")
		p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609770")
		p.want(t, 1, "quanshi_event_info", "event_id", "609773")
		p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609773") // begins in an hour
		time.Sleep(time.Hour)
		p = e.scrape(time.Minute)
		p.want(t, 1, "quanshi_event_viewers", "event_id", "609773", "audience", "live")
		p.want(t, 1, "quanshi_event_viewers", "event_id", "609768", "audience", "live")
	})
}

// A row of the list that is no event costs that row, and so does one with an id that is no whole number.
func TestQuanshiUnusualEvents(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			`{"eventId":null,"title":"x"}`, `"x"`, `{"eventId":"A-1","title":"y"}`, quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"),
		))
		p := newQuanshi(t, a, "    user_id: 1\n    discover: {}\n").scrape(time.Minute)
		p.want(t, 1, "quanshi_events")
		p.wantNone(t, "quanshi_event_info", "event_id", "A-1")
		p.want(t, 3, "engage_endpoint_dropped_samples", "api_endpoint", "event_list")
		p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609770", "side", "live_stream")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_list")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		if n := a.count(pathEvent); n != 1 {
			t.Errorf("%d reports, want one", n)
		}
	})
}

// Times that are none are dropped and counted, an end that is not known follows from the length, and a form beyond the
// document's is other.
func TestQuanshiUnusualTimesAndForms(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			`{"eventId":1,"title":"ms","startTime":1666839600000,"endTime":1666846800000,"eventForm":"live"}`,
			`{"eventId":2,"title":"length","startTime":1666839600,"length":60,"eventForm":9}`,
			`{"eventId":3,"title":"nothing"}`,
			`{"eventId":4,"title":"over","startTime":1666239600,"length":60,"eventForm":"7"}`,
		))
		p := newQuanshi(t, a, "    user_id: 1\n    discover: {}\n").scrape(time.Minute)
		p.want(t, 3, "quanshi_events") // the last one ended a week ago
		p.want(t, 2, "engage_endpoint_dropped_samples", "api_endpoint", "event_list")
		p.want(t, 1, "quanshi_event_info", "event_id", "1", "form", "other")
		p.want(t, 1, "quanshi_event_info", "event_id", "2", "form", "other")
		p.want(t, 1, "quanshi_event_info", "event_id", "3", "form", "")
		p.want(t, 1666839600, "quanshi_event_start_timestamp_seconds", "event_id", "2")
		p.want(t, 1666843200, "quanshi_event_end_timestamp_seconds", "event_id", "2")
		for _, id := range []string{"1", "3"} {
			p.wantNone(t, "quanshi_event_start_timestamp_seconds", "event_id", id)
			p.wantNone(t, "quanshi_event_end_timestamp_seconds", "event_id", id)
		}
	})
}

// No report is asked for before an event begins, be it configured or found.
func TestQuanshiEventsToCome(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			quanshiEvent(609768, "2022-10-27T12:50:00+08:00", "2022-10-27T13:50:00+08:00"),
			quanshiEvent(609770, "2022-10-27T12:50:00+08:00", "2022-10-27T13:50:00+08:00"),
		))
		a.answer(pathEvent, `{"requestId":"r","code":4404,"msg":"no report yet"}`)
		e := newQuanshi(t, a, quanshiKeys)
		for range 50 {
			p := e.scrape(time.Minute)
			p.want(t, 2, "quanshi_events")
			p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
			p.want(t, 0, "engage_endpoint_missing_items", "api_endpoint", "event_report")
			time.Sleep(time.Minute)
		}
		if n := a.count(pathEvent); n != 0 {
			t.Errorf("%d reports, want none", n)
		}
		a.handle(pathEvent, quanshiReports(func(int) string { return quanshiReport }))
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Minute)
		for _, id := range []string{"609768", "609770"} {
			p.want(t, 1, "quanshi_event_open_sessions", "event_id", id, "side", "live_stream")
		}
	})
}

// A list that cannot be read costs the list alone: events that are known are read, and so are those of the
// configuration, once it has been read.
func TestQuanshiFailingList(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		e := newQuanshi(t, a, quanshiKeys)
		e.scrape(time.Minute)
		a.answer(pathEvents, `{"timeStamp":1,"requestId":"r-7","code":5001,"msg":"list is out of order"}`)
		time.Sleep(10 * time.Minute)
		p := e.scrape(time.Minute)
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "event_list")
		p.want(t, 2, "quanshi_events")                                     // until it is too old
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "event_report") // there may be events that it does not know of
		p.want(t, 4, "engage_endpoint_reads_total", "api_endpoint", "event_report", "result", "success")
		if !strings.Contains(e.log.String(), "request id r-7") {
			t.Errorf("the log does not name the request: %s", e.log)
		}
		if n := a.count(pathEvents); n != 2+1 { // two pages, and one refusal
			t.Errorf("%d lists, want one for both endpoints in each scrape", n)
		}
	})
}

// The events of the configuration need no list.
func TestQuanshiListThatNeverCame(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		list := a.handler[pathEvents]
		a.answer(pathEvents, `{"requestId":"r-7","code":5001,"msg":"list is out of order"}`)
		e := newQuanshi(t, a, quanshiKeys)
		for range 12 {
			p := e.scrape(time.Minute)
			p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609768", "side", "live_stream")
			p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609770")
			p.wantNone(t, "quanshi_events")
			p.want(t, 0, "engage_endpoint_up", "api_endpoint", "event_report") // there may be events that it does not know of
			time.Sleep(5 * time.Minute)
		}
		if n := a.count(pathEvent); n != 12 {
			t.Errorf("%d reports in an hour, want one every five minutes", n)
		}
		a.handle(pathEvents, list)
		time.Sleep(10 * time.Minute)
		p := e.scrape(time.Minute)
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609770", "side", "live_stream")
	})
}

// While the list fails, events leave with the span all the same, and with the list's max_stale at the latest. Those of
// the configuration stay.
func TestQuanshiEventsLeaveWhileTheListFails(t *testing.T) {
	for _, tt := range []struct {
		name, discover string
		stays          time.Duration // of the event that ends at 13:00, from 12:00
		answer         http.HandlerFunc
	}{
		{"the span passes", "{past: 1h}", 2 * time.Hour, answering(200, `{"requestId":"r-7","code":5001,"msg":"list is out of order"}`)},
		{"the list is too old", "{past: 24h}", 6 * time.Hour, answering(200, `{"requestId":"r-7","code":5001,"msg":"list is out of order"}`)},
		{"the list is to rest for long", "{past: 1h}", 2 * time.Hour, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "80000")
			answering(503, "")(w, r)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [609768]\n    discover: "+tt.discover+"\n")
				e.scrape(time.Minute)
				a.handle(pathEvents, tt.answer)
				began := time.Now()
				for time.Since(began) < tt.stays-6*time.Minute {
					time.Sleep(5 * time.Minute)
					p := e.scrape(time.Minute)
					p.want(t, 1, "quanshi_event_viewers", "event_id", "609770", "audience", "live")
				}
				time.Sleep(12 * time.Minute)
				p := e.scrape(time.Minute)
				p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609770")
				p.want(t, 1, "quanshi_event_viewers", "event_id", "609768", "audience", "live")
				before := a.count(pathEvent)
				time.Sleep(5 * time.Minute)
				e.scrape(time.Minute)
				if n := a.count(pathEvent) - before; n > 1 {
					t.Errorf("%d reports, want that of the configured event alone", n)
				}
			})
		})
	}
}

// Two endpoints of an account take their items from one list. The first of them that is due has it read, and the other
// takes it from there: the vendor is asked once in a min_interval, and sooner only after a failure.
func TestQuanshiListIsSharedAfterAFailure(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		list := a.handler[pathEvents]
		var asked []time.Time
		a.handle(pathEvents, func(w http.ResponseWriter, r *http.Request) {
			if n := len(asked); n == 0 || time.Since(asked[n-1]) > 0 { // a list has two pages
				asked = append(asked, time.Now())
			}
			if len(asked)%5 == 3 {
				answering(500, "")(w, r)
				return
			}
			list(w, r)
		})
		e := newQuanshi(t, a, quanshiKeys)
		for range 10 * 60 * 3 {
			e.scrape(time.Minute)
			time.Sleep(20 * time.Second)
		}
		for i, at := range asked[1:] {
			failed := i%5 == 2
			if since := at.Sub(asked[i]); since < 9*time.Minute && !failed || since < 9*time.Second {
				t.Errorf("the list was asked for at %s, %s after the time before", at.Format(time.TimeOnly), since)
			}
		}
		if n := len(asked); n < 60 || n > 85 {
			t.Errorf("%d lists in ten hours, want one every ten minutes, and one for each that failed", n)
		}
	})
}

// A list that fails is asked for no more often than its own settings and the vendor allow, however many go by it.
func TestQuanshiFailingListIsSpared(t *testing.T) {
	for _, tt := range []struct {
		name, keys  string
		answer      http.HandlerFunc
		least, most int // lists in ten hours
	}{
		{"as configured", "", answering(500, ""), 55, 67},
		{"rarely", "    endpoints: {event_list: {min_interval: 1h, max_stale: 6h}}\n", answering(500, ""), 55, 67}, // one in ten minutes
		{"often", "    endpoints: {event_list: {min_interval: 1m}}\n", answering(500, ""), 540, 600},
		{"for the reports alone", "    endpoints: {event_list: {enabled: false}}\n", answering(500, ""), 55, 67},
		{"as the vendor asks", "global: {max_retry_after: 3h}\n", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7200")
			answering(429, "")(w, r)
		}, 4, 5},
		{"as the vendor asks, an hour at most", "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7200")
			answering(429, "")(w, r)
		}, 9, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, tt.answer)
				e := newQuanshi(t, a, quanshiKeys+tt.keys)
				for range 10 * 60 {
					e.scrape(50 * time.Second)
					time.Sleep(time.Minute)
				}
				if n := a.count(pathEvents); n < tt.least || n > tt.most {
					t.Errorf("%d lists in ten hours, want %d to %d", n, tt.least, tt.most)
				}
			})
		})
	}
}

// A reload asks again for a list that is backing off, also for one that is read for the reports alone.
func TestQuanshiReloadAsksAgainForAFailingList(t *testing.T) {
	for _, tt := range []struct{ name, keys string }{
		{"an endpoint", ""},
		{"for the reports alone", "    endpoints: {event_list: {enabled: false}}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				accepted := a.handler[pathEvents]
				a.handle(pathEvents, answering(500, ""))
				e := newQuanshi(t, a, quanshiKeys+tt.keys)
				for range 30 {
					e.scrape(50 * time.Second)
					time.Sleep(time.Minute)
				}
				a.handle(pathEvents, accepted)
				before := quanshiLists(a)
				e.reload(quanshiAccount + quanshiKeys + tt.keys)
				e.scrape(50*time.Second).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
				if quanshiLists(a) == before {
					t.Error("the list was not asked for")
				}
			})
		})
	}
}

// A corrected secret is tried at once, also by a list that is backing off.
func TestQuanshiCorrectedSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("wrong")
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		accepted := a.handler[pathToken]
		a.handle(pathToken, func(w http.ResponseWriter, r *http.Request) {
			sum := sha1.Sum([]byte("right" + r.Header.Get("Nonce") + r.Header.Get("CurTime")))
			if r.Header.Get("CheckSum") != hex.EncodeToString(sum[:]) {
				answering(200, `{"code":4004,"msg":"CheckSum is wrong"}`)(w, r)
				return
			}
			accepted(w, r)
		})
		e := newExporterOf(t, a, "quanshi:\n  - account: events\n    app_key: K\n    app_secret_file: "+path+"\n    user_id: 1\n    discover: {}\n")
		for range 3 {
			e.scrape(time.Minute).want(t, 1, "engage_endpoint_failing", "api_endpoint", "event_report", "reason", "auth")
			time.Sleep(time.Minute)
		}
		if n := a.count(pathToken); n != 1 {
			t.Errorf("%d logins with the same secret, want one", n)
		}
		write("right")
		p := e.scrape(time.Minute)
		p.want(t, 2, "quanshi_events")
		p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609770", "side", "live_stream")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
	})
}

// The list is read under event_list's own timeout, whoever asks for it, and who waits for it leaves when the account
// closes.
func TestQuanshiSlowList(t *testing.T) {
	const keys = "    user_id: 1\n    timeout: 7s\n    discover: {}\n"
	for _, tt := range []struct{ name, keys string }{
		{"for both endpoints", keys},
		{"for the reports alone", keys + "    endpoints: {event_list: {enabled: false}}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
				e := newQuanshi(t, a, tt.keys)
				began := time.Now()
				e.scrape(time.Minute).want(t, 1, "engage_endpoint_failing", "api_endpoint", "event_report", "reason", "timeout")
				if took := time.Since(began); took != 7*time.Second {
					t.Errorf("the scrape took %s, want one timeout of event_list", took)
				}
				if n := a.count(pathEvents); n != 1 {
					t.Errorf("%d lists, want one for both endpoints", n)
				}
			})
		})
	}
	t.Run("when it comes", func(t *testing.T) {
		at(t, quanshiNoon, func(t *testing.T) {
			a := quanshiAPI()
			list := quanshiEventList(quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"))
			a.handle(pathEvents, func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(6 * time.Second)
				list(w, r)
			})
			e := newQuanshi(t, a, keys)
			began := time.Now()
			p := e.scrape(time.Minute)
			p.want(t, 1, "quanshi_events")
			p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609770", "side", "live_stream")
			if took := time.Since(began); took != 12*time.Second { // a second page is asked for
				t.Errorf("the scrape took %s, want that of one list", took)
			}
		})
	})
	t.Run("while the account closes", func(t *testing.T) {
		at(t, quanshiNoon, func(t *testing.T) {
			a := quanshiAPI()
			a.handle(pathEvents, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			e := newQuanshi(t, a, "    user_id: 1\n    timeout: 1h\n    discover: {}\n")
			e.scrape(time.Second)
			began := time.Now()
			e.set.Close()
			if took := time.Since(began); took != 0 {
				t.Errorf("closing took %s", took)
			}
			e.scrape(time.Second).wantNone(t, "engage_endpoint_failing") // nobody failed
		})
	})
}

// One event of fifty that fails costs its own freshness alone.
func TestQuanshiFailingEvent(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		ids := make([]string, 50)
		for i := range ids {
			ids[i] = fmt.Sprint(609700 + i)
		}
		e := newQuanshi(t, a, "    user_id: 1\n    requests_per_minute: 600\n    event_ids: ["+strings.Join(ids, ", ")+"]\n")
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		a.handle(pathEvent, quanshiReports(func(event int) string {
			if event == 609725 {
				return `{"lives":[{"device_type":"PC"},{"device_type":"PC","device_type":"PC"}]}`
			}
			return strings.Replace(quanshiReport, `"直播+回放"`, `"直播"`, 1)
		}))
		time.Sleep(5 * time.Minute)
		p := e.scrape(time.Minute)
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "event_report")
		p.want(t, 1, "engage_endpoint_failing", "reason", "malformed")
		p.want(t, 1, "quanshi_event_viewers", "event_id", "609725", "audience", "live") // as it was
		for _, id := range slices.Delete(ids, 25, 26) {
			p.want(t, 2, "quanshi_event_viewers", "event_id", id, "audience", "live")
		}
		time.Sleep(56 * time.Minute)
		p = e.scrape(time.Minute)
		p.wantNone(t, "quanshi_event_viewers", "event_id", "609725")
		p.want(t, 2, "quanshi_event_viewers", "event_id", "609726", "audience", "live")
	})
}

// Streams that break leave the event as it was, whatever had been read of them.
func TestQuanshiBrokenReports(t *testing.T) {
	whole := `{"requestId":"r-9","code":200,"data":{"eventId":609768,"report":` + quanshiReport + `}}`
	for _, tt := range []struct{ name, body, reason string }{
		{"cut in the middle", whole[:len(whole)/2], "malformed"},
		{"turns into HTML", whole[:len(whole)/2] + "<html><body>502 Bad Gateway</body></html>", "malformed"},
		{"data after the end", whole + `{"code":200}`, "malformed"},
		{"two lists of lives", strings.Replace(whole, `"interactions"`, `"lives"`, 1), "malformed"},
		{"fails at its end", `{"data":{"eventId":609768,"report":` + quanshiReport + `},"requestId":"r-9","code":4711,"msg":"the report is being made"}`, "rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [609768]\n")
				before := e.scrape(time.Minute).text(t)
				a.answer(pathEvent, tt.body)
				time.Sleep(5 * time.Minute)
				p := e.scrape(time.Minute)
				p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "event_report", "reason", tt.reason)
				if quanshiLines(p.text(t)) != quanshiLines(before) {
					t.Errorf("the samples have changed:\n%s", p.text(t))
				}
				if !strings.Contains(e.log.String(), "request id r-9") {
					t.Errorf("the log does not name the request: %s", e.log)
				}
				for _, personal := range quanshiPersonal {
					if strings.Contains(e.log.String(), personal) {
						t.Errorf("%q got into the log: %s", personal, e.log)
					}
				}
			})
		})
	}
}

// What the vendor says of a failure may quote the viewer that it is about.
func TestQuanshiMessageThatQuotesAViewer(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.answer(pathEvent, `{"requestId":"r-7","code":5001,"msg":"report row of +86-19000101106 planted@example.com from 117.39.199.234 failed"}`)
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		e.scrape(time.Minute)
		for _, personal := range quanshiPersonal {
			if strings.Contains(e.log.String(), personal) {
				t.Errorf("%q got into the log: %s", personal, e.log)
			}
		}
		if !strings.Contains(e.log.String(), "report row of") || !strings.Contains(e.log.String(), "request id r-7") {
			t.Errorf("the log does not mention the failure: %s", e.log)
		}
	})
}

func quanshiLines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "quanshi_") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// What a report does not hold adds no sample; a list without rows is a true 0.
func TestQuanshiMissingAndEmptyLists(t *testing.T) {
	for _, tt := range []struct {
		name, report string
		want, none   []string // family, labels as in want: with the value 0
		missing      float64
	}{
		{"empty", `{"lives":[],"interactions":[],"viewerDetails":[]}`, []string{"viewers live", "viewers replay", "viewers both", "open live_stream", "open interactive"}, nil, 0},
		{"no viewers", `{"interactions":null,"lives":[]}`, []string{"open live_stream"}, []string{"viewers live", "open interactive"}, 0},
		{"null", `null`, nil, []string{"viewers live", "open live_stream", "open interactive"}, 1},
		{"nothing", `{"unknown":[{"mobile":"19000101106"}]}`, nil, []string{"viewers live", "open live_stream"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvent, quanshiReports(func(int) string { return tt.report }))
				p := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n").scrape(time.Minute)
				value := func(name string) (float64, bool) {
					family, label, _ := strings.Cut(name, " ")
					if family == "viewers" {
						return p.value("quanshi_event_viewers", "audience", label)
					}
					return p.value("quanshi_event_open_sessions", "side", label)
				}
				for _, name := range tt.want {
					if v, ok := value(name); !ok || v != 0 {
						t.Errorf("%s: %v %v, want 0", name, v, ok)
					}
				}
				for _, name := range tt.none {
					if v, ok := value(name); ok {
						t.Errorf("%s: %v, want none", name, v)
					}
				}
				p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
				p.want(t, tt.missing, "engage_endpoint_missing_items", "api_endpoint", "event_report")
			})
		})
	}
}

// A list that a report had, and has no more, is missing until it comes back.
func TestQuanshiListsThatGo(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		report := ""
		a.handle(pathEvent, quanshiReports(func(int) string { return report }))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		for _, step := range []struct {
			report  string
			missing float64
		}{
			{`{"lives":[],"interactions":null}`, 0},
			{`{"lives":[],"interactions":[],"viewerDetails":[]}`, 0},
			{`{"lives":[],"interactions":null,"viewerDetails":[]}`, 1},
			{`{"lives":[],"viewerDetails":null}`, 2},
			{`{"lives":[],"viewerDetails":null}`, 2},
			{`null`, 3},
			{`{"viewerDetails":[],"interactions":[]}`, 1},
			{`{"lives":[],"interactions":[],"viewerDetails":[]}`, 0},
		} {
			report = step.report
			p := e.scrape(time.Minute)
			p.want(t, step.missing, "engage_endpoint_missing_items", "api_endpoint", "event_report")
			p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
			time.Sleep(5 * time.Minute)
		}
	})
}

// An event that ended a day ago and does not change any more is read once an hour at most, and its values stay
// meanwhile. One that changes again is read often again.
func TestQuanshiEndedEvents(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		most       int // reports in six hours
		least      int
	}{
		{"ended, by the list", "    user_id: 1\n    discover: {past: 30d}\n", 9, 8},
		{"ended, by its last session", "    user_id: 1\n    event_ids: [1]\n", 9, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, quanshiEventList(quanshiEvent(1, "2022-10-26T16:20:00+08:00", "2022-10-26T17:40:00+08:00")))
				visits := `{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}`
				report := `{"lives":[` + visits + `]}`
				a.handle(pathEvent, quanshiReports(func(int) string { return report }))
				e := newQuanshi(t, a, tt.keys)
				for range 6 * 60 {
					e.scrape(time.Minute).want(t, 1, "quanshi_event_sessions", "device", "pc")
					time.Sleep(time.Minute)
				}
				if n := a.count(pathEvent); n < tt.least || n > tt.most {
					t.Errorf("%d reports in six hours, want three and then one an hour", n)
				}

				report = `{"lives":[` + visits + `,` + visits + `]}`
				time.Sleep(time.Hour)
				e.scrape(time.Minute).want(t, 2, "quanshi_event_sessions", "device", "pc")
				before := a.count(pathEvent)
				for range 3 {
					time.Sleep(5 * time.Minute)
					e.scrape(time.Minute)
				}
				if n := a.count(pathEvent) - before; n < 2 {
					t.Errorf("%d reports in the quarter of an hour after a change, want one every five minutes", n)
				}
			})
		})
	}
	for name, offline := range map[string]string{"someone is there still": "null", "ended this morning": "1667005200"} {
		t.Run(name, func(t *testing.T) {
			at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvent, quanshiReports(func(int) string {
					return `{"lives":[{"device_type":"PC","online_time":1667001600,"offline_time":` + offline + `}]}`
				}))
				e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
				for range 12 {
					e.scrape(time.Minute)
					time.Sleep(5 * time.Minute)
				}
				if n := a.count(pathEvent); n != 12 {
					t.Errorf("%d reports in an hour, want one every five minutes", n)
				}
			})
		})
	}
}

// An event that is put off, or held again, is read as often as any other, although it had ended.
func TestQuanshiEventThatEndsLater(t *testing.T) {
	for _, tt := range []struct{ name, start, end string }{
		{"held again", "2022-10-29T14:12:00+08:00", "2022-10-29T16:00:00+08:00"},
		{"goes on", "2022-10-26T16:20:00+08:00", "2022-10-29T16:00:00+08:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, quanshiEventList(quanshiEvent(1, "2022-10-26T16:20:00+08:00", "2022-10-26T17:40:00+08:00")))
				report := `{"lives":[{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}]}`
				a.handle(pathEvent, quanshiReports(func(int) string { return report }))
				e := newQuanshi(t, a, "    user_id: 1\n    discover: {past: 30d}\n")
				for range 2*60 + 12 { // it is read once an hour by now
					e.scrape(time.Minute)
					time.Sleep(time.Minute)
				}
				before := a.count(pathEvent)
				a.handle(pathEvents, quanshiEventList(quanshiEvent(1, tt.start, tt.end)))
				report = `{"lives":[{"device_type":"PC","online_time":1667023920,"offline_time":null}]}`
				for minute := range 60 {
					p := e.scrape(time.Minute)
					if minute >= 15 { // the list is read every ten minutes, and the report every five
						p.want(t, 1, "quanshi_event_open_sessions", "event_id", "1", "side", "live_stream")
					}
					time.Sleep(time.Minute)
				}
				if n := a.count(pathEvent) - before; n < 9 || n > 12 {
					t.Errorf("%d reports in an hour, want one every five minutes", n)
				}
			})
		})
	}
}

// Without an end in the list, an event ended with the last time in its report. One without times has ended once it
// has not changed for a day.
func TestQuanshiEndsThatAreNotListed(t *testing.T) {
	const often, hourly = 12 * 6, 6
	for _, tt := range []struct {
		name, report           string
		firstSix, secondDaySix int // reports in six hours, about
		unusual                float64
	}{
		{"ended days ago", `{"lives":[{"online_time":1666776018,"offline_time":1666776028}]}`, hourly, hourly, 0},
		{"ended days ago, by its viewers", `{"lives":null,"interactions":null,"viewerDetails":[{"live_type":"直播","online_time":1666776018,"offline_time":1666776028}]}`, hourly, hourly, 0},
		{"a session that lost its end", `{"lives":[{"online_time":1666776018,"offline_time":null}]}`, hourly, hourly, 0},
		{"a session that goes on", `{"lives":[{"online_time":1669690800,"offline_time":null},{"online_time":1666776018,"offline_time":1666776028}]}`, often, hourly, 0}, // for a day
		{"a viewer's times are of no session", `{"lives":[],"viewerDetails":[{"online_time":1669690800,"offline_time":null}]}`, often, hourly, 0},
		{"ended this morning", `{"lives":[{"online_time":1669690800,"offline_time":1669690900}]}`, often, hourly, 0},
		{"no sessions", `{"lives":[],"interactions":[],"viewerDetails":[]}`, often, hourly, 0},
		{"no report", `null`, often, hourly, 0},
		{"no times", `{"lives":[{"device_type":"PC"}]}`, often, hourly, 0},
		{"times in milliseconds", `{"lives":[{"online_time":1666776018000,"offline_time":1666776028000}]}`, often, hourly, 2},
		{"a time to come", `{"lives":[{"online_time":1666776018,"offline_time":1766776028}]}`, hourly, hourly, 1},
		{"times that are text", `{"lives":[{"online_time":"2022-10-26","offline_time":{}},{"online_time":1666776018,"offline_time":1666776028}]}`, hourly, hourly, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2022-11-29T12:00:00+08:00", func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvent, quanshiReports(func(int) string { return tt.report }))
				e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
				reads := func(d, scrapeInterval time.Duration) int {
					before := a.count(pathEvent)
					for range d / scrapeInterval {
						e.scrape(time.Minute)
						time.Sleep(scrapeInterval)
					}
					return a.count(pathEvent) - before
				}
				about := func(want, got int) bool { return got >= want-1 && got <= want+3 }
				if n := reads(6*time.Hour, 5*time.Minute); !about(tt.firstSix, n) {
					t.Errorf("%d reports in the first six hours, want about %d", n, tt.firstSix)
				}
				reads(19*time.Hour, 30*time.Minute)
				if n := reads(6*time.Hour, 5*time.Minute); !about(tt.secondDaySix, n) {
					t.Errorf("%d reports in six hours of the second day, want about %d", n, tt.secondDaySix)
				}
				e.scrape(time.Minute).want(t, tt.unusual, "engage_endpoint_dropped_samples", "api_endpoint", "event_report")
			})
		})
	}
}

// The time of an event's report says how old its values are. An event that ended an hour ago has none: its values do
// not change.
func TestQuanshiReportTimes(t *testing.T) {
	at(t, "2022-11-29T12:00:00+08:00", func(t *testing.T) {
		const family = "quanshi_event_report_timestamp_seconds"
		a := quanshiAPI()
		a.handle(pathEvents, quanshiEventList(
			quanshiEvent(1, "2022-11-29T11:00:00+08:00", "2022-11-29T14:00:00+08:00"),
			quanshiEvent(2, "2022-11-29T11:00:00+08:00", "2022-11-29T14:00:00+08:00"),
			quanshiEvent(3, "2022-11-29T10:00:00+08:00", "2022-11-29T10:50:00+08:00"),
		))
		broken := 0
		report := func(event int) string {
			if event == broken {
				return "17"
			}
			online := map[int]string{4: "1669690800", 5: "1666776018"}[event]
			if online == "" {
				return `{"lives":[]}`
			}
			return `{"lives":[{"online_time":` + online + `,"offline_time":null}]}`
		}
		a.handle(pathEvent, quanshiReports(report))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [4, 5]\n    discover: {past: 24h, ahead: 1h}\n")
		began := float64(time.Now().Unix())
		p := e.scrape(time.Minute)
		p.want(t, began, family, "event_id", "1")
		p.want(t, began, family, "event_id", "2")
		p.wantNone(t, family, "event_id", "3")    // ended
		p.want(t, began, family, "event_id", "4") // with a session that goes on
		p.wantNone(t, family, "event_id", "5")

		broken = 1
		time.Sleep(20 * time.Minute)
		p = e.scrape(time.Minute)
		p.want(t, began, family, "event_id", "1")
		p.want(t, began+1200, family, "event_id", "2")
		time.Sleep(3 * time.Hour)
		e.scrape(time.Minute).wantNone(t, family, "event_id", "2")
	})
}

// A session without an end that began more than 24 hours ago lost it, and is no audience. If it is not known when it began,
// it is open.
func TestQuanshiSessionsThatLostTheirEnd(t *testing.T) {
	at(t, "2022-11-29T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(int) string {
			return `{"lives":[{"online_time":1666776018,"offline_time":null},{"online_time":1669690800,"offline_time":null}],` +
				`"interactions":[{"online_time":1669690800,"offline_time":0},{"device_type":"PC"}]}`
		}))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		audience := func(live, interactive float64) {
			t.Helper()
			p := e.scrape(time.Minute)
			p.want(t, live, "quanshi_event_open_sessions", "side", "live_stream")
			p.want(t, interactive, "quanshi_event_open_sessions", "side", "interactive")
		}
		audience(1, 2)
		time.Sleep(24 * time.Hour)
		audience(0, 1)
	})
}

// While reads fail, an event that ended is soon asked for no more often than while they succeed: once an hour.
func TestQuanshiEndedEventThatFails(t *testing.T) {
	at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(int) string {
			return `{"lives":[{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}]}`
		}))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		for range 3 {
			e.scrape(time.Minute)
			time.Sleep(5 * time.Minute)
		}
		a.handle(pathEvent, answering(500, ""))
		for range 10 * 60 {
			e.scrape(time.Minute)
			time.Sleep(time.Minute)
		}
		if n := a.count(pathEvent) - 3; n > 10+10 { // the shorter waits are over after an hour and a half
			t.Errorf("%d reports in ten hours", n)
		}
		e.scrape(time.Minute).wantNone(t, "quanshi_event_sessions")
	})
}

// Values that do not change stay no longer for that while the event runs, or ended a short time ago.
func TestQuanshiUnchangedEventGrowsStale(t *testing.T) {
	for name, end := range map[string]string{"runs": "2022-10-27T13:00:00+08:00", "ended this morning": "2022-10-27T11:30:00+08:00"} {
		t.Run(name, func(t *testing.T) {
			at(t, quanshiNoon, func(t *testing.T) {
				a := quanshiAPI()
				a.handle(pathEvents, quanshiEventList(quanshiEvent(609770, "2022-10-27T11:00:00+08:00", end)))
				e := newQuanshi(t, a, "    user_id: 1\n    discover: {}\n")
				for range 4 {
					e.scrape(time.Minute)
					time.Sleep(5 * time.Minute)
				}
				a.handle(pathEvent, answering(500, ""))
				time.Sleep(55 * time.Minute) // an hour since the last read
				e.scrape(time.Minute).want(t, 1, "quanshi_event_open_sessions", "event_id", "609770", "side", "live_stream")
				time.Sleep(time.Minute)
				e.scrape(time.Minute).wantNone(t, "quanshi_event_open_sessions", "event_id", "609770")
			})
		})
	}
}

// An event that has been discovered and is not read yet is no failure: the last read succeeded.
func TestQuanshiNewEventIsNoFailure(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		e := newQuanshi(t, a, "    user_id: 1\n    discover: {}\n")
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		a.handle(pathEvents, quanshiEventList(
			quanshiEvent(609768, "2022-10-26T16:20:00+08:00", "2022-10-26T17:40:00+08:00"),
			quanshiEvent(609770, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"),
			quanshiEvent(609771, "2022-10-27T11:00:00+08:00", "2022-10-27T13:00:00+08:00"),
		))
		report := a.handler[pathEvent]
		a.handle(pathEvent, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(5 * time.Second)
			report(w, r)
		})
		time.Sleep(10 * time.Minute)
		p := e.scrape(time.Second)
		p.wantNone(t, "quanshi_event_open_sessions", "event_id", "609771", "side", "live_stream")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		time.Sleep(time.Minute)
		p = e.scrape(time.Minute)
		p.want(t, 1, "quanshi_event_open_sessions", "event_id", "609771", "side", "live_stream")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
	})
}

// One read that fails leaves no gap in the values of an event that is read once an hour.
func TestQuanshiStableEventThatFailsOnce(t *testing.T) {
	at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		good := quanshiReports(func(int) string {
			return `{"lives":[{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}]}`
		})
		a.handle(pathEvent, good)
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		for minute := range 8 * 60 {
			if minute%180 == 60 { // the next read fails
				failed := false
				a.handle(pathEvent, func(w http.ResponseWriter, r *http.Request) {
					if failed {
						good(w, r)
						return
					}
					failed = true
					answering(500, "")(w, r)
				})
			}
			e.scrape(time.Minute).want(t, 1, "quanshi_event_sessions", "device", "pc")
			time.Sleep(time.Minute)
		}
		e.scrape(time.Minute).want(t, 3, "engage_endpoint_reads_total", "api_endpoint", "event_report", "result", "http")
	})
}

// An event that is read once an hour does not keep the endpoint down for that long when it fails once: it is tried
// again as others are.
func TestQuanshiStableEventRecovers(t *testing.T) {
	at(t, "2022-10-29T12:00:00+08:00", func(t *testing.T) {
		a := quanshiAPI()
		good := quanshiReports(func(int) string {
			return `{"lives":[{"device_type":"PC","online_time":1666776018,"offline_time":1666776028}]}`
		})
		a.handle(pathEvent, good)
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		for range 3 { // after which it is stable
			e.scrape(time.Minute)
			time.Sleep(5 * time.Minute)
		}
		a.handle(pathEvent, answering(500, ""))
		time.Sleep(time.Hour)
		e.scrape(time.Minute).want(t, 0, "engage_endpoint_up", "api_endpoint", "event_report")
		a.handle(pathEvent, good)
		time.Sleep(5 * time.Minute)
		e.scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
	})
}

// Regions are bounded, whatever the vendor sends.
func TestQuanshiManyRegions(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(int) string {
			var rows []string
			for i := range 5000 {
				rows = append(rows, fmt.Sprintf(`{"location":"国%d-省-市"}`, i))
			}
			return `{"lives":[` + strings.Join(rows, ",") + `]}`
		}))
		p := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n    regions: true\n").scrape(time.Minute)
		p.want(t, 3000, "quanshi_event_region_sessions", "country", "other", "province", "other")
		p.want(t, 1, "quanshi_event_region_sessions", "country", "国7", "province", "省")
		p.want(t, 5000, "quanshi_event_sessions", "mode", "other", "device", "other", "client", "other")
	})
}

// Many large events share the cap on samples: what is small of each stays, and all give up as many of what is large.
func TestQuanshiManyLargeEvents(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		const events, regions = 20, 1500
		a.handle(pathEvent, quanshiReports(func(event int) string {
			if event == events+1 {
				return quanshiReport
			}
			var rows []string
			for i := range regions {
				rows = append(rows, fmt.Sprintf(`{"chat_num":1,"watch_duration":2,"auth_type":0,"location":"国%d-省-市"}`, i))
			}
			return `{"lives":[` + strings.Join(rows, ",") + `],"interactions":[],"viewerDetails":[{"live_type":"直播"}]}`
		}))
		ids := make([]string, events+1)
		for i := range ids {
			ids[i] = fmt.Sprint(i + 1)
		}
		p := newQuanshi(t, a, "    user_id: 1\n    requests_per_minute: 600\n    event_ids: ["+strings.Join(ids, ", ")+"]\n    regions: true\n").scrape(time.Minute)
		perEvent := make(map[string]int)
		all := 0
		for _, f := range p {
			if !strings.HasPrefix(f.GetName(), "quanshi_event_") {
				continue
			}
			for _, m := range f.GetMetric() {
				all++
				for _, pair := range m.GetLabel() {
					if pair.GetName() == "event_id" {
						perEvent[pair.GetValue()]++
					}
				}
			}
		}
		small := perEvent[ids[events]]
		share := (10_000 - small) / events
		for _, id := range ids[:events] {
			if perEvent[id] != share {
				t.Errorf("%d samples of event %s, want %d", perEvent[id], id, share)
			}
			p.want(t, 1, "quanshi_event_viewers", "event_id", id, "audience", "live")
			p.want(t, regions, "quanshi_event_open_sessions", "event_id", id, "side", "live_stream")
			p.want(t, regions, "quanshi_event_interactions", "event_id", id, "action", "chat")
			p.want(t, regions, "quanshi_event_sessions", "event_id", id)
			p.want(t, 2*regions, "quanshi_event_watch_duration_seconds", "event_id", id)
		}
		p.want(t, 2, "quanshi_event_region_sessions", "event_id", ids[events], "country", "中国", "province", "陕西")
		p.want(t, float64(all), "engage_endpoint_samples", "api_endpoint", "event_report")
		perLarge := 3 + 2 + 1 + 1 + 1 + 1 + regions                                                                        // viewers, open sessions, chat, auth, sessions, watch duration, regions
		p.want(t, float64(events*perLarge+small-all)+1, "engage_endpoint_dropped_samples", "api_endpoint", "event_report") // and the duration "abc"
	})
}

// A ready token needs no login.
func TestQuanshiReadyToken(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		newQuanshi(t, a, "    token: t0ken-planted\n    event_ids: [1]\n").scrape(time.Minute).want(t, 1, "engage_endpoint_up", "api_endpoint", "event_report")
		if n := a.count(pathToken) + a.count(pathSearch); n != 0 {
			t.Errorf("%d logins, want none", n)
		}
	})
}

// The log names a value that is dropped by its family and labels. Of a name in the place of a number it shows the shape
// alone.
func TestQuanshiDroppedValuesAreNamed(t *testing.T) {
	at(t, quanshiNoon, func(t *testing.T) {
		a := quanshiAPI()
		a.handle(pathEvent, quanshiReports(func(int) string {
			return `{"lives":[{"watch_duration":5,"chat_num":3},{"watch_duration":"1,234","device_type":"PC","chat_num":"网友1009"}]}`
		}))
		e := newQuanshi(t, a, "    user_id: 1\n    event_ids: [1]\n")
		p := e.scrape(time.Minute)
		p.want(t, 2, "engage_endpoint_dropped_samples", "api_endpoint", "event_report")
		p.want(t, 5, "quanshi_event_watch_duration_seconds")
		log := strings.ReplaceAll(e.log.String(), `\"`, `"`)
		for _, want := range []string{`quanshi_event_watch_duration_seconds{`, `device=\"pc\"`, `1,234`, `quanshi_event_interactions{`, `action=\"chat\"`} {
			if !strings.Contains(log, strings.ReplaceAll(want, `\"`, `"`)) {
				t.Errorf("the log does not have %s: %s", want, e.log)
			}
		}
		for _, personal := range quanshiPersonal {
			if strings.Contains(log, personal) {
				t.Errorf("%q got into the log: %s", personal, e.log)
			}
		}
	})
}
