package collector_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	pathTags       = "GET /api/v2/user_tags"
	pathDirs       = "GET /api/v2/user_tags/dirs"
	pathReport     = "POST /api/v2/user_tags/"
	pathPartitions = "GET /api/v2/user_tags/"
	pathTag        = "GET /api/v2/user_tags/"
	pathUsers      = "POST /api/v2/reports/user_analytics/users"
)

// tagsNoon is when tests of tags run: what they show began in the year 2000.
const tagsNoon = "2000-02-02T12:00:00+08:00"

// sensorsdataAPI answers with the shapes of the vendor's document.
func sensorsdataAPI() *api {
	a := newVendorAPI()
	a.handle(pathTags, tagPages(`[
		{"id":15,"dir_id":1,"name":"user_tag_vip","cname":"会员等级","user_name":"someone@example.com","data_type":"STRING","unit":"DAY","source_type":1,"is_routine":true,"status":"RUNNING",
		 "rule_content_list":[{"value":"分层1","rules":[{"params":["13800000000"]}]}],"failed_partition_count":2,
		 "last_succeed_partition":{"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:30","user_count":1234,"status":"SUCCEED"},
		 "last_partition_info":{"base_time":"2000-02-02 00:00:00","start_time":"2000-02-02 01:00:26","finished_time":"2000-02-02 01:00:56","user_count":0,"status":"FAILED","next_partition_base_time":"2000-02-03 00:00:00"}},
		{"id":16,"dir_id":1,"name":"user_tag_new","cname":"new","data_type":"NUMBER","source_type":99,"is_routine":false,"status":"PENDING","failed_partition_count":0,
		 "last_succeed_partition":null,"last_partition_info":{"base_time":"2000-02-02 00:00:00","start_time":"2000-02-02 00:10:00","finished_time":"2000-02-02 00:10:00","status":"NEW"}},
		{"id":17,"name":"user_tag_odd","status":"Frozen","source_type":21,"last_partition_info":{"status":"COMPUTING","start_time":"2000-02-02 00:10:00","finished_time":null}}]`))
	a.answer(pathDirs, `[{"id":1,"cname":"用户价值","type":"DIR","items":[{"id":15,"type":"USER_TAG"},{"id":9,"cname":"会员","type":"DIR","items":[{"id":16,"type":"USER_TAG"}]}]},{"id":17,"type":"USER_TAG"}]`)
	a.answer(pathTag+"15", sensorsdataTag("2000-02-01 00:00:00"))
	a.answer(pathReport+"15/report", `{"aggregate_result":{"series":["2000-02-01 00:00:00"],"rows":[{"by_value":"$ALL","partition_values":[{"user_count":1000,"percent":100,"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:00"}]}]},
		"non_aggregate_result":{"series":["2000-02-01 00:00:00"],"rows":[
		{"by_value":"金卡","partition_values":[{"user_count":250,"percent":25,"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:00"}]},
		{"by_value":null,"partition_values":[{"user_count":750,"percent":75,"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:00"}]}]}}`)
	a.answer(pathPartitions+"15/partitions", `[{"base_time":"2000-02-01 00:00:00","status":"SUCCEED","user_count":1},{"base_time":"2000-01-31 00:00:00","status":"FAILED"},{"base_time":"2000-01-30 00:00:00","status":"FAILED"}]`)
	a.answer(pathUsers, `{"size":4711,"users":[{"profile":{"name":"Zhang San"}}]}`)
	return a
}

// tagPages answers with the pages of a list.
func tagPages(list string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var rows []json.RawMessage
		if err := json.Unmarshal([]byte(list), &rows); err != nil {
			panic(err)
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("start")) // "" is 0
		count, err := strconv.Atoi(r.URL.Query().Get("count"))
		if err != nil {
			panic(err)
		}
		rows = rows[min(start, len(rows)):]
		page, err := json.Marshal(rows[:min(count, len(rows))])
		if err != nil {
			panic(err)
		}
		answering(200, string(page))(w, r)
	}
}

// sensorsdataTag is tag 15, that was computed for a day.
func sensorsdataTag(base string) string { return sensorsdataTagWithID("15", base) }

func sensorsdataTagWithID(id, base string) string {
	return `{"id":` + id + `,"last_succeed_partition":{"base_time":"` + base + `","finished_time":"2000-02-01 01:00:30","user_count":1000,"status":"SUCCEED"}}`
}

const sensorsdataKeys = "    tags: [15]\n    segments: [{name: vip, filter: {conditions: [{field: user.viplevel, function: equal, params: [gold]}]}}]\n"

func newSensorsdata(t *testing.T, a *api, keys string) *exporter {
	t.Helper()
	return newExporterOf(t, a, "sensorsdata:\n  - account: ebiz\n    base_url: https://ebiz.example\n    project: production\n    api_secret: S3cret-planted\n"+keys)
}

func TestSensorsdataExposition(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		e := newSensorsdata(t, sensorsdataAPI(), sensorsdataKeys)
		p := e.scrape(time.Minute)
		text := p.text(t)
		wantGolden(t, "sensorsdata", text)
		wantEveryFamily(t, p, "sensorsdata")
		for _, personal := range []string{"someone@example.com", "13800000000", "Zhang San", "S3cret-planted"} {
			if strings.Contains(text+e.log.String(), personal) {
				t.Errorf("%q got out", personal)
			}
		}
	})
}

func TestSensorsdataAsksForTheRightDaysAndAsFewUsersAsItCan(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		bodies := make(chan string, 3)
		record := func(path string) {
			answer := a.handler[path]
			a.handle(path, func(w http.ResponseWriter, r *http.Request) {
				var fields map[string]any
				if r.Body != nil {
					if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
						panic(err)
					}
				}
				bodies <- fmt.Sprint(r.URL.Path, " ", r.URL.Query().Get("from_date"), " ", r.URL.Query().Get("to_date"), " ", fields["from_date"], " ", fields["to_date"], " ", fields["limit"], " ", fields["num_per_page"])
				answer(w, r)
			})
		}
		record(pathReport + "15/report")
		record(pathPartitions + "15/partitions")
		record(pathUsers)
		newSensorsdata(t, a, sensorsdataKeys+"    partition_window: 48h\n    tag_value_limit: 7\n").scrape(time.Minute)
		got := map[string]bool{<-bodies: true, <-bodies: true, <-bodies: true}
		for _, want := range []string{
			"/api/v2/user_tags/15/report   2000-02-01 2000-02-01 1000 <nil>",
			"/api/v2/user_tags/15/partitions 2000-01-31 2000-02-02 <nil> <nil> <nil> <nil>",
			"/api/v2/reports/user_analytics/users   <nil> <nil> <nil> 1",
		} {
			if !got[want] {
				t.Errorf("asked %v, want %s among it", got, want)
			}
		}
	})
}

// Tags that the account may not read cost their own samples alone, and no time: those behind them are there in the same
// scrape, and are read as often as ever.
func TestSensorsdataForbiddenTags(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		var forbidden []string
		for id := 100; id < 112; id++ {
			forbidden = append(forbidden, strconv.Itoa(id))
			forbiddenPath := fmt.Sprintf("%s%d", pathTag, id)
			a.answer(forbiddenPath, sensorsdataTagWithID(strconv.Itoa(id), "2000-02-01 00:00:00"))
			if id%2 == 0 {
				forbiddenPath = fmt.Sprintf("%s%d/report", pathReport, id)
			}
			a.handle(forbiddenPath, answering(403, `{"error":"no right to this tag"}`))
		}
		e := newSensorsdata(t, a, "    tags: ["+strings.Join(forbidden, ", ")+", 15]\n    endpoints: {tag_partitions: {enabled: false}}\n")
		p := e.scrape(time.Minute)
		p.want(t, 250, "sensorsdata_tag_value_users", "tag_id", "15", "value", "金卡")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "tags")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "tag_directories")
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "tag_values")
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "tag_values", "reason", "rejected")
		p.wantNone(t, "engage_endpoint_failing", "api_endpoint", "tag_values", "reason", "auth")
		if logged := e.log.String(); !strings.Contains(logged, "whether the account may read this") {
			t.Errorf("the log does not say what to do:\n%s", logged)
		}
		before := a.count(pathReport + "15/report")
		for range 6 {
			time.Sleep(time.Hour)
			e.scrape(time.Minute)
		}
		if reads := a.count(pathReport+"15/report") - before; reads != 6 {
			t.Errorf("the tag that can be read was read %d times in 6 hours, want 6", reads)
		}
	})
}

func TestSensorsdataForbiddenSegment(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		users := a.handler[pathUsers]
		a.handle(pathUsers, func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "secret_field") {
				answering(403, `{"error":"no right to this field"}`)(w, r)
				return
			}
			users(w, r)
		})
		e := newSensorsdata(t, a, "    segments: [{name: hidden, filter: {field: secret_field}}, {name: vip, filter: {field: viplevel}}]\n    max_concurrent_requests: 1\n")
		p := e.scrape(time.Minute)
		p.want(t, 4711, "sensorsdata_segment_users", "segment", "vip")
		p.wantNone(t, "sensorsdata_segment_users", "segment", "hidden")
		p.want(t, 1, "engage_endpoint_failing", "api_endpoint", "segments", "reason", "rejected")
	})
}

// What is no time is counted, what is not there is not; a computation that has not ended has no duration.
func TestSensorsdataUnusualTimes(t *testing.T) {
	for _, tt := range []struct {
		name, partition string // of the last computation
		dropped         float64
		duration        bool
	}{
		{"ended", `{"base_time":"2000-02-02 00:00:00","status":"FAILED","start_time":"2000-02-02 01:00:00","finished_time":"2000-02-02 01:00:30"}`, 0, true},
		{"not there", `{"base_time":null,"status":"SUCCEED","start_time":"","finished_time":"0000-00-00 00:00:00"}`, 0, false},
		{"unreadable", `{"base_time":20191218,"status":"SUCCEED","start_time":"2000/01/02 01:00","finished_time":"2000-02-02 01:00:30"}`, 2, false},
		{"ended before it began", `{"status":"SUCCEED","start_time":"2000-02-02 01:00:30","finished_time":"2000-02-02 01:00:00"}`, 1, false},
		{"of a status that nobody knows", `{"status":"QUEUED","start_time":"2000-02-02 00:00:00","finished_time":"2000-02-02 00:00:00"}`, 0, false},
		{"still computing", `{"status":"COMPUTING","start_time":"2000-02-02 00:00:00","finished_time":"2000-02-02 00:00:00"}`, 0, false},
		{"unreadable next", `{"status":"NEW","next_partition_base_time":"tomorrow"}`, 1, false},
		{"unreadable success", `{"status":"NEW"}},{"id":16,"last_succeed_partition":{"base_time":"Dec 18, 2019","finished_time":"2019/12/18 01:00"}`, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tagsNoon, func(t *testing.T) {
				a := sensorsdataAPI()
				a.answer(pathTags, `[{"id":15,"status":"RUNNING","last_succeed_partition":{"finished_time":"2000-02-01 01:00:30"},"last_partition_info":`+tt.partition+`}]`)
				p := newSensorsdata(t, a, "").scrape(time.Minute)
				p.want(t, tt.dropped, "engage_endpoint_dropped_samples", "api_endpoint", "tags")
				if _, given := p.value("sensorsdata_tag_last_partition_duration_seconds", "tag_id", "15"); given != tt.duration {
					t.Errorf("a duration is given: %v, want %v", given, tt.duration)
				}
				p.want(t, 949338030, "sensorsdata_tag_last_success_finished_timestamp_seconds", "tag_id", "15")
				p.wantNone(t, "sensorsdata_tag_last_success_base_timestamp_seconds")
			})
		})
	}
}

func TestSensorsdataTagsWithoutID(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		a.answer(pathTags, `[{"id":15,"name":"a","status":"RUNNING"},{"id":null,"name":"b","status":"RUNNING"}]`)
		a.answer(pathDirs, `[{"type":"DIR","id":1,"cname":"a","items":[]},{"type":"DIR","cname":"b","items":[]}]`)
		p := newSensorsdata(t, a, "").scrape(time.Minute)
		p.want(t, 1, "sensorsdata_tag_status", "tag_id", "15", "status", "running")
		p.want(t, 1, "sensorsdata_tags", "status", "running")
		p.want(t, 1, "engage_endpoint_dropped_samples", "api_endpoint", "tags")
		p.want(t, 0, "sensorsdata_tag_directory_tags", "directory_id", "1")
		p.want(t, 1, "engage_endpoint_dropped_samples", "api_endpoint", "tag_directories")
		p.want(t, 1, "engage_endpoint_up", "api_endpoint", "tags")
	})
}

func TestSensorsdataTagsWithoutStatus(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		a.answer(pathTags, `[{"id":15,"status":"RUNNING"},{"id":16,"status":null},{"id":17}]`)
		a.answer(pathPartitions+"15/partitions", `[{"base_time":"2000-02-01 00:00:00","status":"SUCCEED"},{"base_time":"2000-01-31 00:00:00"}]`)
		p := newSensorsdata(t, a, sensorsdataKeys).scrape(time.Minute)
		p.want(t, 1, "sensorsdata_tags", "status", "running")
		p.want(t, 2, "sensorsdata_tags", "status", "unknown")
		p.wantNone(t, "sensorsdata_tag_status", "tag_id", "16")
		p.want(t, 1, "sensorsdata_tag_partitions", "status", "succeeded")
		p.want(t, 1, "sensorsdata_tag_partitions", "status", "unknown")
	})
}

// The values are those of the day of the last successful computation, however long ago that is.
func TestSensorsdataValuesAreOfTheLastSuccess(t *testing.T) {
	const day = `"base_time":"2000-01-10 00:00:00","finished_time":"2000-01-10 01:00:00"`
	const total = `{"by_value":"$ALL","partition_values":[{"user_count":1000,"percent":100,` + day + `}]}`
	values := `{"aggregate_result":{"rows":[` + total + `]},"non_aggregate_result":{"rows":[{"by_value":"金卡","partition_values":[{"user_count":250,"percent":25,` + day + `}]}]}}`
	for _, tt := range []struct {
		name, tag, report string
		reports           int // requests
		up, missing       float64
		users, total      bool
	}{
		{"weeks ago, as of a tag computed by hand", sensorsdataTag("2000-01-10 00:00:00"), values, 1, 1, 0, true, true},
		{"in the middle of a day", sensorsdataTag("2000-01-10 11:00:00"), values, 1, 1, 0, true, true},
		{"none yet", `{"id":15,"last_succeed_partition":null,"last_partition_info":{"base_time":"2000-02-01 00:00:00","status":"FAILED"}}`, values, 0, 1, 1, false, false},
		{"a day that cannot be read", sensorsdataTag("30.11.1999"), values, 0, 0, 0, false, false},
		{"without values", sensorsdataTag("2000-01-10 00:00:00"), `{"aggregate_result":{"series":[],"rows":[]},"non_aggregate_result":{"series":[],"rows":[]}}`, 1, 1, 1, false, false},
		{"with a total alone", sensorsdataTag("2000-01-10 00:00:00"), `{"aggregate_result":{"rows":[` + total + `]},"non_aggregate_result":{"rows":[]}}`, 1, 1, 1, false, true},
		{"with no users", sensorsdataTag("2000-01-10 00:00:00"), `{"aggregate_result":{"rows":[{"by_value":"$ALL","partition_values":[{"user_count":0,"percent":100,` + day + `}]}]},"non_aggregate_result":{"rows":[]}}`, 1, 1, 0, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tagsNoon, func(t *testing.T) {
				a := sensorsdataAPI()
				a.answer(pathTag+"15", tt.tag)
				var asked []string
				a.handle(pathReport+"15/report", func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					asked = append(asked, string(body))
					answering(200, tt.report)(w, r)
				})
				p := newSensorsdata(t, a, "    tags: [15]\n    endpoints: {tag_partitions: {enabled: false}}\n").scrape(time.Minute)
				p.want(t, tt.up, "engage_endpoint_up", "api_endpoint", "tag_values")
				p.want(t, tt.missing, "engage_endpoint_missing_items", "api_endpoint", "tag_values")
				if _, given := p.value("sensorsdata_tag_distribution_users", "tag_id", "15"); given != tt.total {
					t.Errorf("a total is given: %v, want %v", given, tt.total)
				}
				if _, given := p.value("sensorsdata_tag_value_users", "tag_id", "15"); given != tt.users {
					t.Errorf("values are given: %v, want %v", given, tt.users)
				}
				if len(asked) != tt.reports {
					t.Errorf("%d reports were asked for, want %d", len(asked), tt.reports)
				}
				for _, body := range asked {
					if !strings.Contains(body, `"from_date":"2000-01-10","to_date":"2000-01-10"`) {
						t.Errorf("asked %s", body)
					}
				}
			})
		})
	}
}

// Days are asked for, and the window is one of hours: what is older counts no more.
func TestSensorsdataPartitionWindow(t *testing.T) {
	for _, tt := range []struct {
		window            string
		succeeded, failed float64
	}{
		{"168h", 1, 2}, {"60h1m", 1, 1}, {"60h", 1, 1}, {"48h", 1, 0}, {"36h", 1, 0}, {"24h", 0, 0},
	} {
		t.Run(tt.window, func(t *testing.T) {
			at(t, tagsNoon, func(t *testing.T) {
				p := newSensorsdata(t, sensorsdataAPI(), sensorsdataKeys+"    partition_window: "+tt.window+"\n").scrape(time.Minute)
				p.want(t, tt.succeeded, "sensorsdata_tag_partitions", "tag_id", "15", "status", "succeeded")
				p.want(t, tt.failed, "sensorsdata_tag_partitions", "tag_id", "15", "status", "failed")
			})
		})
	}
}

// A server that does not keep to the limit costs no more samples than were asked for.
func TestSensorsdataValueLimit(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		var rows []string
		for i := range 300 {
			rows = append(rows, fmt.Sprintf(`{"by_value":"v%d","partition_values":[{"user_count":1,"percent":1,"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:00"}]}`, i))
		}
		a.answer(pathReport+"15/report", `{"non_aggregate_result":{"rows":[`+strings.Join(rows, ",")+`]}}`)
		p := newSensorsdata(t, a, sensorsdataKeys+"    tag_value_limit: 7\n").scrape(time.Minute)
		p.want(t, 14, "engage_endpoint_samples", "api_endpoint", "tag_values")
		p.want(t, 2*293, "engage_endpoint_dropped_samples", "api_endpoint", "tag_values")
		p.want(t, 1, "sensorsdata_tag_value_users", "value", "v6")
	})
}

// Where a project has more tags than there is room for, those that are served have all their samples.
func TestSensorsdataManyTags(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		list := []string{`{"id":1,"status":"RUNNING"}`, `{"id":2,"status":"RUNNING"}`}
		for id := 3; id <= 1000; id++ {
			list = append(list, fmt.Sprintf(`{"id":%d,"status":"RUNNING","failed_partition_count":0,"last_succeed_partition":{"base_time":"2000-02-01 00:00:00","finished_time":"2000-02-01 01:00:30","user_count":1234},
				"last_partition_info":{"base_time":"2000-02-02 00:00:00","start_time":"2000-02-02 01:00:26","finished_time":"2000-02-02 01:00:56","status":"FAILED","next_partition_base_time":"2000-02-03 00:00:00"}}`, id))
		}
		a.answer(pathTags, "["+strings.Join(list, ",")+"]")
		p := newSensorsdata(t, a, "").scrape(time.Minute)
		p.want(t, 1000, "sensorsdata_tags", "status", "running")
		count := make(map[string]int)
		for _, f := range p {
			if name := f.GetName(); strings.HasPrefix(name, "sensorsdata_tag_") && name != "sensorsdata_tag_directory_tags" {
				count[name] = len(f.GetMetric())
			}
		}
		// 3 counts; 4 samples for each of the first two; 16 for each of those behind them.
		served := (10_000 - 3 - 2*4) / 16
		for name, want := range map[string]int{
			"sensorsdata_tag_info": 2 + served, "sensorsdata_tag_status": 3 * (2 + served), "sensorsdata_tag_users": served, "sensorsdata_tag_last_partition_status": 4 * served,
			"sensorsdata_tag_next_partition_base_timestamp_seconds": served,
		} {
			if count[name] != want {
				t.Errorf("%d samples of %s, want %d", count[name], name, want)
			}
		}
		p.want(t, float64(3+2*4+served*16), "engage_endpoint_samples", "api_endpoint", "tags")
		p.want(t, float64((998-served)*16), "engage_endpoint_dropped_samples", "api_endpoint", "tags")
	})
}

func TestSensorsdataLogNamesWhatFails(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		a.answer(pathTag+"17", sensorsdataTagWithID("17", "2000-02-01 00:00:00"))
		a.handle(pathReport+"17/report", answering(404, `{"error":"tag not found"}`))
		a.handle(pathUsers, answering(400, `{"error":"invalid value of field"}`))
		e := newSensorsdata(t, a, "    tags: [15, 17]\n    segments: [{name: vip, filter: {a: 1}}, {name: other, filter: {a: 2}}]\n    endpoints: {tag_partitions: {enabled: false}}\n")
		e.scrape(time.Minute)
		logged := e.log.String()
		for _, want := range []string{"failing_items=1 items=2 item=17 ", "failing_items=2 items=2 item=vip "} {
			if !strings.Contains(logged, want) {
				t.Errorf("no %q in\n%s", want, logged)
			}
		}
	})
}

// A failing endpoint affects only its own metrics, and the reason is visible.
func TestSensorsdataFailingEndpoints(t *testing.T) {
	failures := []struct {
		status       int
		body, reason string
	}{
		{400, `{"error":"no"}`, "rejected"}, {403, `{"error":"no"}`, "rejected"}, {404, `<html>`, "rejected"}, {429, `{"error":"slow down"}`, "rate_limited"},
		{500, `{"error":"oops"}`, "http"}, {200, `<html>`, "malformed"}, {200, `{"error":"no"}`, "rejected"}, {200, ``, "malformed"},
	}
	endpoints := map[string]string{
		"tags": pathTags, "tag_directories": pathDirs, "tag_values": pathReport + "15/report", "tag_partitions": pathPartitions + "15/partitions", "segments": pathUsers,
	}
	for failing, path := range endpoints {
		for _, f := range failures {
			t.Run(fmt.Sprint(failing, " ", f.status, " ", f.reason), func(t *testing.T) {
				at(t, tagsNoon, func(t *testing.T) {
					a := sensorsdataAPI()
					a.handle(path, answering(f.status, f.body))
					p := newSensorsdata(t, a, sensorsdataKeys).scrape(time.Minute)
					for endpoint := range endpoints {
						up := 1.0
						if endpoint == failing {
							up = 0
						}
						p.want(t, up, "engage_endpoint_up", "api_endpoint", endpoint)
					}
					p.want(t, 1, "engage_endpoint_failing", "api_endpoint", failing, "reason", f.reason)
				})
			})
		}
	}
}

func TestSensorsdataRefusedSecretStopsAll(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		for _, path := range []string{pathTags, pathDirs, pathTag + "15", pathPartitions + "15/partitions", pathUsers} {
			a.handle(path, answering(401, `{"error":"token is invalid"}`))
		}
		e := newSensorsdata(t, a, sensorsdataKeys)
		sent := func() (n int) {
			for path := range a.handler {
				n += a.count(path)
			}
			return n
		}
		e.scrape(time.Minute)
		atFirst := sent() // the endpoints' reads begin together
		for range 9 {
			p := e.scrape(time.Minute)
			for _, endpoint := range []string{"tags", "tag_directories", "tag_values", "tag_partitions", "segments"} {
				p.want(t, 1, "engage_endpoint_failing", "api_endpoint", endpoint, "reason", "auth")
			}
			time.Sleep(time.Minute)
		}
		if atFirst > 5 || sent() != atFirst {
			t.Errorf("%d requests with a refused secret at first and %d in 9 minutes, want one for each endpoint at most and none after", atFirst, sent())
		}
	})
}

// A segment that fails keeps its old size for a while; the others go on.
func TestSensorsdataSegmentFailsBesideAnother(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		e := newSensorsdata(t, a, "    segments: [{name: vip, filter: {a: vip}}, {name: other, filter: {a: other}}]\n")
		e.scrape(time.Minute).want(t, 4711, "sensorsdata_segment_users", "segment", "vip")
		a.handle(pathUsers, func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "vip") {
				answering(500, "oops")(w, r)
				return
			}
			answering(200, `{"size":5}`)(w, r)
		})
		time.Sleep(time.Hour)
		p := e.scrape(time.Minute)
		p.want(t, 4711, "sensorsdata_segment_users", "segment", "vip")
		p.want(t, 5, "sensorsdata_segment_users", "segment", "other")
		p.want(t, 0, "engage_endpoint_up", "api_endpoint", "segments")
		for range 25 {
			time.Sleep(time.Hour)
			p = e.scrape(time.Minute)
		}
		p.wantNone(t, "sensorsdata_segment_users", "segment", "vip")
		p.want(t, 5, "sensorsdata_segment_users", "segment", "other")
	})
}

// A tag that is deleted leaves with the next list.
func TestSensorsdataTagIsGone(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		e := newSensorsdata(t, a, "")
		e.scrape(time.Minute).want(t, 1, "sensorsdata_tag_status", "tag_id", "17", "status", "frozen")
		a.answer(pathTags, `[{"id":15,"status":"RUNNING"}]`)
		time.Sleep(10 * time.Minute)
		p := e.scrape(time.Minute)
		p.want(t, 1, "sensorsdata_tag_status", "tag_id", "15", "status", "running")
		for _, gone := range []string{"16", "17"} {
			p.wantNone(t, "sensorsdata_tag_info", "tag_id", gone)
			p.wantNone(t, "sensorsdata_tag_status", "tag_id", gone)
		}
		p.wantNone(t, "sensorsdata_tags", "status", "frozen")
		p.want(t, 0, "sensorsdata_tags", "status", "pending")
	})
}

// The days that are asked for are those of the account's zone, also where a day has 23 or 25 hours or no midnight.
func TestSensorsdataDays(t *testing.T) {
	for _, tt := range []struct{ name, zone, now, window, base, partitions, report string }{
		{"just before midnight", "Asia/Shanghai", "2000-02-02T23:59:59+08:00", "24h", "2000-02-02 00:00:00", "2000-02-01 2000-02-02", "2000-02-02 2000-02-02"},
		{"midnight", "Asia/Shanghai", "2000-02-03T00:00:00+08:00", "24h", "2000-02-03 00:00:00", "2000-02-02 2000-02-03", "2000-02-03 2000-02-03"},
		{"west of Greenwich", "America/New_York", "2000-02-02T23:30:00-05:00", "24h", "2000-02-02 00:00:00", "2000-02-01 2000-02-02", "2000-02-02 2000-02-02"},
		{"after a day of 23 hours", "America/New_York", "2000-04-03T00:30:00-04:00", "48h", "2000-04-02 00:00:00", "2000-03-31 2000-04-03", "2000-04-02 2000-04-02"},
		{"on a day of 25 hours", "America/New_York", "2000-10-29T23:30:00-05:00", "24h", "2000-10-29 01:30:00", "2000-10-29 2000-10-29", "2000-10-29 2000-10-29"},
		{"a time that does not exist", "America/New_York", "2000-04-02T12:00:00-04:00", "24h", "2000-04-02 02:30:00", "2000-04-01 2000-04-02", "2000-04-02 2000-04-02"},
		{"a midnight that does not exist", "America/Sao_Paulo", "2000-10-08T12:00:00-02:00", "24h", "2000-10-08 00:00:00", "2000-10-07 2000-10-08", "2000-10-08 2000-10-08"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, tt.now, func(t *testing.T) {
				a := sensorsdataAPI()
				a.answer(pathTag+"15", sensorsdataTag(tt.base))
				asked := make(chan string, 2)
				a.handle(pathPartitions+"15/partitions", func(w http.ResponseWriter, r *http.Request) {
					asked <- "partitions " + r.URL.Query().Get("from_date") + " " + r.URL.Query().Get("to_date")
					answering(200, `[{"base_time":"`+tt.base+`","status":"SUCCEED"}]`)(w, r)
				})
				a.handle(pathReport+"15/report", func(w http.ResponseWriter, r *http.Request) {
					var body struct {
						From string `json:"from_date"`
						To   string `json:"to_date"`
					}
					if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
						panic(err)
					}
					asked <- "report " + body.From + " " + body.To
					answering(200, `{"non_aggregate_result":{"rows":[{"by_value":"a","partition_values":[{"user_count":7,"percent":1,"base_time":"`+tt.base+`","finished_time":"`+tt.base+`"}]}]}}`)(w, r)
				})
				p := newSensorsdata(t, a, "    tags: [15]\n    time_zone: "+tt.zone+"\n    partition_window: "+tt.window+"\n").scrape(time.Minute)
				got := []string{<-asked, <-asked}
				slices.Sort(got)
				if want := []string{"partitions " + tt.partitions, "report " + tt.report}; !slices.Equal(got, want) {
					t.Errorf("asked %q, want %q", got, want)
				}
				p.want(t, 1, "sensorsdata_tag_partitions", "status", "succeeded")
				p.want(t, 7, "sensorsdata_tag_value_users", "value", "a")
			})
		})
	}
}

// Reports and segments are asked for one at a time, as the vendor wants it, while the other endpoints go on.
func TestSensorsdataHeavyReadsOneAtATime(t *testing.T) {
	at(t, tagsNoon, func(t *testing.T) {
		a := sensorsdataAPI()
		var mu sync.Mutex
		underWay, most, heavy := 0, 0, 0
		slow := func(answer http.HandlerFunc) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				underWay++
				heavy++
				most = max(most, underWay)
				mu.Unlock()
				time.Sleep(5 * time.Second)
				mu.Lock()
				underWay--
				mu.Unlock()
				answer(w, r)
			}
		}
		for _, id := range []string{"16", "17"} {
			a.answer(pathTag+id, sensorsdataTagWithID(id, "2000-02-01 00:00:00"))
			a.handle(pathReport+id+"/report", slow(a.handler[pathReport+"15/report"]))
			a.answer(pathPartitions+id+"/partitions", `[]`)
		}
		a.handle(pathReport+"15/report", slow(a.handler[pathReport+"15/report"]))
		a.handle(pathUsers, slow(a.handler[pathUsers]))
		e := newSensorsdata(t, a, "    tags: [15, 16, 17]\n    segments: [{name: vip, filter: {a: 1}}, {name: other, filter: {a: 2}}]\n")
		p := e.scrape(time.Second)
		for _, endpoint := range []string{"tags", "tag_directories", "tag_partitions"} {
			p.want(t, 1, "engage_endpoint_up", "api_endpoint", endpoint)
		}
		time.Sleep(time.Minute) // no further scrape waits for what the first has waited for in vain
		p = e.scrape(time.Minute)
		for _, endpoint := range []string{"tag_values", "segments"} {
			p.want(t, 1, "engage_endpoint_up", "api_endpoint", endpoint)
		}
		mu.Lock()
		defer mu.Unlock()
		if most != 1 || heavy != 5 {
			t.Errorf("%d heavy requests, %d of them at once; want 5, one at a time", heavy, most)
		}
		if waited, _ := p.value("engage_throttle_wait_seconds_total"); waited < 5+10+15+20 {
			t.Errorf("%v s of waiting were counted, want those in line among them", waited)
		}
	})
}
