package collector_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector/sensorsdata"
)

// The regular answers that the unusual ones are made of. Times are those of the day of noon.
const (
	success15 = `{"base_time":"2000-01-02 00:00:00",
		  "finished_time":"2000-01-02 01:00:30","user_count":1234,"status":"SUCCEED"}`

	regularTags = `[
		{"id":15,"dir_id":1,"name":"vip","cname":"会员","data_type":"STRING","unit":"DAY","source_type":1,
		 "is_routine":true,"status":"RUNNING","failed_partition_count":2,
		 "last_succeed_partition":` + success15 + `,
		 "last_partition_info":{"base_time":"2000-01-02 00:00:00","start_time":"2000-01-02 01:00:00",
		  "finished_time":"2000-01-02 01:00:30","user_count":1234,"status":"SUCCEED",
		  "next_partition_base_time":"2000-01-03 00:00:00"}},
		{"id":16,"dir_id":2,"name":"new","cname":"新","data_type":"NUMBER","unit":"DAY","source_type":7,
		 "is_routine":false,"status":"SUSPEND","failed_partition_count":0,
		 "last_succeed_partition":{"base_time":"2000-01-01 12:00:00","finished_time":"2000-01-01 12:01:00",
		  "user_count":77,"status":"SUCCEED"},
		 "last_partition_info":{"base_time":"2000-01-01 12:00:00","start_time":"2000-01-01 12:00:20",
		  "finished_time":"2000-01-01 12:01:00","user_count":77,"status":"SUCCEED",
		  "next_partition_base_time":"2000-01-04 00:00:00"}},
		{"id":17,"dir_id":2,"name":"wait","cname":"待","data_type":"BOOL","unit":"DAY","source_type":7,
		 "is_routine":true,"status":"PENDING","failed_partition_count":0,
		 "last_succeed_partition":{"rule_content_list":[]},
		 "last_partition_info":{"base_time":"2000-01-02 00:00:00","status":"NEW"}}]`

	regularDirectories = `[{"type":"DIR","id":1,"cname":"甲","items":[
		 {"type":"USER_TAG","id":15},{"type":"USER_TAG","id":16},
		 {"type":"DIR","id":2,"cname":"乙","items":[]}]},
		{"type":"DIR","id":3,"cname":"丙","items":[{"type":"USER_TAG","id":17}]}]`

	regularTag = `{"id":15,"data_type":"STRING","last_succeed_partition":` + success + `}`
	success    = `{"base_time":"2000-01-02 00:00:00","finished_time":"2000-01-02 01:00:30","user_count":60}`

	day          = `"base_time":"2000-01-02 00:00:00","finished_time":"2000-01-02 01:00:00"`
	regularTotal = `{"by_value":"$ALL","partition_values":[{"user_count":60,"percent":100,` + day + `}]}`
	valueA       = `{"by_value":"a","partition_values":[{"user_count":10,"percent":16.5,` + day + `}]}`
	valueB       = `{"by_value":"b","partition_values":[{"user_count":20,"percent":33.5,` + day + `}]}`
	valueC       = `{"by_value":"c","partition_values":[{"user_count":30,"percent":50,` + day + `}]}`

	regularPartitions = `[{"base_time":"2000-01-02 00:00:00","status":"SUCCEED"},
		{"base_time":"2000-01-01 00:00:00","status":"FAILED"},{"base_time":"1999-12-31 00:00:00","status":"SUCCEED"}]`

	regularSegment = `{"page_num":4711,"size":4711,"column_name":[],"users":[{"id":"-1","first_id":"a","profiles":{}}]}`
)

// sensorsdataReport is the report on a tag with rows of totals and of values.
func sensorsdataReport(total, values string) string {
	return `{"aggregate_result":{"series":[],"rows":[` + total + `]},` +
		`"non_aggregate_result":{"series":[],"rows":[` + values + `]}}`
}

var regularReport = sensorsdataReport(regularTotal, valueA+","+valueB+","+valueC)

// unusual is an answer in which one text stands for another, wherever that is.
func unusual(answer string, oldNew ...string) string {
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(answer, oldNew[i]) {
			panic("the regular answer has no " + oldNew[i])
		}
		answer = strings.ReplaceAll(answer, oldNew[i], oldNew[i+1])
	}
	return answer
}

// sensorsdataOnly returns what runUnusualAnswers needs: an exporter that reads one endpoint alone, with the regular answer
// on each path but the unusual one.
func sensorsdataOnly(endpoint, unusualPath string) func(*testing.T, http.HandlerFunc) *exporter {
	return func(t *testing.T, answer http.HandlerFunc) *exporter {
		a := newVendorAPI()
		a.handle(pathTags, tagPages(regularTags))
		a.answer(pathDirs, regularDirectories)
		a.answer(pathTag+"15", regularTag)
		a.answer(pathReport+"15/report", regularReport)
		a.answer(pathPartitions+"15/partitions", regularPartitions)
		a.answer(pathUsers, regularSegment)
		if answer != nil {
			a.handle(unusualPath, answer)
		}
		limit := 3 // as many as there are
		if answer != nil {
			limit = 2
		}
		keys := fmt.Sprintf("    tags: [15]\n    tag_value_limit: %d\n", limit) +
			"    segments: [{name: vip, filter: {a: 1}}]\n" +
			onlyOf(sensorsdata.Vendor{}, map[string]string{endpoint: ""})
		return newSensorsdata(t, a, keys)
	}
}

// tagsListed answers with the rows of the regular list of tags from one on, so many of them; call counts the requests
// from 0 on.
func tagsListed(page func(call, start, count int) (from, rows int)) http.HandlerFunc {
	call := 0
	return func(w http.ResponseWriter, r *http.Request) {
		var rows []json.RawMessage
		if err := json.Unmarshal([]byte(regularTags), &rows); err != nil {
			panic(err)
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("start"))
		count, _ := strconv.Atoi(r.URL.Query().Get("count"))
		from, most := page(call, start, count)
		call++
		from = min(max(from, 0), len(rows))
		body, err := json.Marshal(rows[from:min(from+most, len(rows))])
		if err != nil {
			panic(err)
		}
		answering(http.StatusOK, string(body))(w, r)
	}
}

const digits60 = "123456789012345678901234567890123456789012345678901234567890"

// Each way in which tags may be listed is served as it is, counted, or makes the endpoint fail.
func TestSensorsdataUnusualTags(t *testing.T) {
	tag := func(family, id string) string { return fmt.Sprintf("sensorsdata_tag_%s{tag_id=%q}", family, id) }
	const info15 = `sensorsdata_tag_info{data_type="STRING",directory_id="1",display_name="会员",name="vip",` +
		`routine="true",source="rule",tag_id="15",unit="DAY"}`
	noTag15 := map[string]float64{`sensorsdata_tags{status="running"}`: 0, info15: absent}
	for _, family := range []string{
		"users", "failed_partitions", "due_timestamp_seconds", "last_success_base_timestamp_seconds",
		"last_success_finished_timestamp_seconds", "last_partition_base_timestamp_seconds",
		"last_partition_duration_seconds", "next_partition_base_timestamp_seconds",
	} {
		noTag15[tag(family, "15")] = absent
	}
	for _, status := range []string{"pending", "running", "suspended"} {
		noTag15[fmt.Sprintf("sensorsdata_tag_status{status=%q,tag_id=%q}", status, "15")] = absent
	}
	for _, status := range []string{"new", "computing", "succeeded", "failed"} {
		noTag15[fmt.Sprintf("sensorsdata_tag_last_partition_status{status=%q,tag_id=%q}", status, "15")] = absent
	}
	without := func(series ...string) map[string]float64 {
		changes := make(map[string]float64)
		for _, s := range series {
			changes[s] = absent
		}
		return changes
	}
	with := func(changes map[string]float64, series string, value float64) map[string]float64 {
		changes[series] = value
		return changes
	}

	runUnusualAnswers(t, "tags", sensorsdataOnly("tags", pathTags), []unusualAnswer{
		{kind: "nothing", name: "an empty list", answer: `[]`, samples: map[string]float64{
			`sensorsdata_tags{status="pending"}`: 0, `sensorsdata_tags{status="running"}`: 0,
			`sensorsdata_tags{status="suspended"}`: 0,
		}},
		{kind: "nothing", name: "null", answer: `null`, want: down, reason: "malformed"},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{kind: "nothing", name: "no bytes", answer: ``, want: down, reason: "malformed"},

		{kind: "paging", name: "no pages: all tags for ever", answer: regularTags},
		{
			kind: "paging", name: "two at a time",
			respond: tagsListed(func(_, start, count int) (int, int) { return start, min(count, 2) }),
		},
		{
			kind: "paging", name: "two at a time, counted from one",
			respond: tagsListed(func(_, start, count int) (int, int) { return start - 1, min(count, 2) }),
		},
		{
			kind: "paging", name: "one at a time, counted from one",
			respond: tagsListed(func(_, start, count int) (int, int) { return start - 1, min(count, 1) }),
		},
		{
			kind: "paging", name: "counted from one",
			respond: tagsListed(func(_, start, count int) (int, int) { return start - 1, count }),
		},
		{
			kind: "paging", name: "the first page for ever",
			respond: tagsListed(func(_, _, count int) (int, int) { return 0, min(count, 2) }),
			want:    down, reason: "malformed",
		},
		{
			kind: "paging", name: "the second page for ever",
			respond: tagsListed(func(_, start, count int) (int, int) { return min(start, 1), min(count, 2) }),
			want:    down, reason: "malformed",
		},
		{
			kind: "paging", name: "start counts pages",
			respond: tagsListed(func(_, start, count int) (int, int) { return 2 * start, min(count, 2) }),
			want:    down, reason: "malformed",
		},
		{
			kind: "paging", name: "nothing behind the first page",
			respond: tagsListed(func(_, start, _ int) (int, int) { return 3 * start, 2 }),
			want:    down, reason: "malformed",
		},
		{
			kind: "paging", name: "a list that shrinks while it is read",
			respond: tagsListed(func(call, start, count int) (int, int) {
				if call == 1 {
					return 3, 0
				}
				return start, min(count, 2)
			}),
		},

		{
			kind: "wrong shape", name: "under a name",
			answer: `{"data":` + regularTags + `}`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: `[` + regularTags + `]`, want: down, reason: "malformed",
		},
		{kind: "wrong shape", name: "texts in place of tags", answer: `["15","16"]`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "a refusal under 200",
			answer: `{"error":"no right to tags"}`, want: down, reason: "rejected",
		},
		{
			kind: "wrong shape", name: "a page for people",
			answer: `<html>login</html>`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list in place of a partition", want: counted, dropped: 1,
			answer: unusual(regularTags, success15, `[{}]`),
			changes: without(
				tag("users", "15"), tag("last_success_base_timestamp_seconds", "15"),
				tag("last_success_finished_timestamp_seconds", "15"), tag("due_timestamp_seconds", "15"),
			),
		},
		{
			kind: "wrong shape", name: "an object in place of a name",
			answer: unusual(regularTags, `"name":"vip"`, `"name":{"zh":"vip"}`),
			want:   counted, dropped: 1,
			changes: with(without(info15), unusual(info15, `name="vip"`, `name=""`), 1),
		},
		{
			kind: "wrong shape", name: "a list in place of a status",
			answer: unusual(regularTags, `"status":"RUNNING"`, `"status":["RUNNING"]`),
			want:   counted, dropped: 1,
			changes: map[string]float64{
				`sensorsdata_tag_status{status="pending",tag_id="15"}`:   absent,
				`sensorsdata_tag_status{status="running",tag_id="15"}`:   absent,
				`sensorsdata_tag_status{status="suspended",tag_id="15"}`: absent,
				`sensorsdata_tags{status="running"}`:                     0,
				`sensorsdata_tags{status="unknown"}`:                     1,
			},
		},
		{
			kind: "wrong shape", name: "a text in place of a flag",
			answer: unusual(regularTags, `"is_routine":true,"status":"RUNNING"`, `"is_routine":"often","status":"RUNNING"`),
			want:   counted, dropped: 1,
			changes: with(without(info15), unusual(info15, `routine="true"`, `routine=""`), 1),
		},

		{kind: "ids", name: "a whole number with a point", answer: unusual(regularTags, `"id":15`, `"id":15.0`)},
		{kind: "ids", name: "digits in a text", answer: unusual(regularTags, `"id":15`, `"id":"15"`)},
		{
			kind: "ids", name: "a directory with a point",
			answer: unusual(regularTags, `"dir_id":1,`, `"dir_id":1.0,`, `"source_type":1,`, `"source_type":1.0,`),
		},
		{
			kind: "ids", name: "60 digits",
			answer: unusual(regularTags, `"id":15`, `"id":`+digits60), want: counted, dropped: 1,
			changes: noTag15,
		},
		{
			kind: "ids", name: "no whole number",
			answer: unusual(regularTags, `"id":15`, `"id":15.5`), want: counted, dropped: 1,
			changes: noTag15,
		},
		{
			kind: "ids", name: "none",
			answer: unusual(regularTags, `"id":15,`, ``), want: counted, dropped: 1,
			changes: noTag15,
		},
		{
			kind: "ids", name: "none at all",
			answer: unusual(regularTags, `"id":1`, `"ID":1`), want: down, reason: "malformed",
		},
		{
			kind: "ids", name: "a directory of 60 digits",
			answer: unusual(regularTags, `"dir_id":1,`, `"dir_id":`+digits60+`,`),
			want:   counted, dropped: 1,
			changes: with(without(info15), unusual(info15, `directory_id="1"`, `directory_id=""`), 1),
		},

		{
			kind: "repeated", name: "a tag twice on a page",
			answer: unusual(regularTags, `"NEW"}}]`, `"NEW"}},{"id":15,"status":"SUSPEND"}]`), want: counted, dropped: 1,
			changes: map[string]float64{},
		},

		{
			kind: "out of range", name: "a time in 2609",
			answer: unusual(regularTags, `"2000-01-03 00:00:00"`, `"2609-01-03 00:00:00"`),
			want:   counted, dropped: 1,
			changes: without(tag("next_partition_base_timestamp_seconds", "15"), tag("due_timestamp_seconds", "15")),
		},
		{
			kind: "out of range", name: "a time of 0",
			answer: unusual(regularTags, `"2000-01-03 00:00:00"`, `0`),
			want:   counted, dropped: 1,
			changes: without(tag("next_partition_base_timestamp_seconds", "15"), tag("due_timestamp_seconds", "15")),
		},
		{
			kind: "out of range", name: "a time in 1970",
			answer: unusual(
				regularTags, `"last_succeed_partition":{"base_time":"2000-01-02 00:00:00"`,
				`"last_succeed_partition":{"base_time":"1970-01-01 08:00:00"`,
			),
			want: counted, dropped: 1,
			changes: without(tag("last_success_base_timestamp_seconds", "15"), tag("due_timestamp_seconds", "15")),
		},
		{
			kind: "out of range", name: "times in milliseconds",
			answer: unusual(regularTags, `"2000-01-03 00:00:00"`, `946828800000`),
		},
		{
			kind: "out of range", name: "done before its time",
			answer: unusual(
				regularTags, `"2000-01-02 01:00:30","user_count":1234,"status":"SUCCEED"},`,
				`"2000-01-01 23:00:00","user_count":1234,"status":"SUCCEED"},`,
			),
			want: counted, dropped: 1,
			changes: with(without(tag("due_timestamp_seconds", "15")),
				tag("last_success_finished_timestamp_seconds", "15"), 946738800),
		},
		{
			kind: "out of range", name: "ended before it began",
			answer: unusual(regularTags, `"start_time":"2000-01-02 01:00:00"`, `"start_time":"2000-01-02 01:30:00"`),
			want:   counted, dropped: 1,
			changes: without(tag("last_partition_duration_seconds", "15")),
		},
		{
			kind: "out of range", name: "fewer than no users",
			answer: unusual(regularTags, `"user_count":1234`, `"user_count":-5`),
			want:   counted, dropped: 1,
			changes: without(tag("users", "15")),
		},

		{
			kind: "numbers", name: "with a separator",
			answer: unusual(regularTags, `"user_count":1234`, `"user_count":"1,234"`),
			want:   counted, dropped: 1,
			changes: without(tag("users", "15")),
		},
		{
			kind: "numbers", name: "none of them usable",
			answer: unusual(
				regularTags, `"user_count":1234`, `"user_count":"1,234"`, `"user_count":77`, `"user_count":"7.7e"`,
			),
			want: down, reason: "malformed", dropped: 2,
		},
		{
			kind: "numbers", name: "in texts",
			answer: unusual(
				regularTags, `"user_count":1234`, `"user_count":"1234"`, `"failed_partition_count":2`,
				`"failed_partition_count":"2"`,
			),
		},
		{
			kind: "numbers", name: "not provided",
			answer:  unusual(regularTags, `"failed_partition_count":2`, `"failed_partition_count":-1`),
			changes: without(tag("failed_partitions", "15")),
		},

		{
			kind: "missing fields", name: "of no tag",
			answer: unusual(regularTags, `"failed_partition_count":`, `"failed_count":`), want: counted, missing: 1,
			changes: without(
				tag("failed_partitions", "15"), tag("failed_partitions", "16"), tag("failed_partitions", "17"),
			),
		},
		{
			kind: "missing fields", name: "of no partition",
			answer: unusual(regularTags, `"next_partition_base_time":`, `"next":`), want: counted, missing: 1,
			changes: without(
				tag("next_partition_base_timestamp_seconds", "15"), tag("due_timestamp_seconds", "15"),
				tag("next_partition_base_timestamp_seconds", "16"), tag("due_timestamp_seconds", "16"),
			),
		},

		{
			kind: "spelling", name: "statuses in other letters",
			answer: unusual(regularTags, `"RUNNING"`, `"Running"`, `"SUSPEND"`, `"SUSPENDED"`, `"NEW"`, `"new"`),
		},
		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + regularTags},
	})
}

func TestSensorsdataUnusualDirectories(t *testing.T) {
	directory := func(id, name string) string {
		return fmt.Sprintf("sensorsdata_tag_directory_tags{directory=%q,directory_id=%q}", name, id)
	}
	runUnusualAnswers(t, "tag_directories", sensorsdataOnly("tag_directories", pathDirs), []unusualAnswer{
		{kind: "nothing", name: "an empty list", answer: `[]`, samples: map[string]float64{}},
		{kind: "nothing", name: "null", answer: `null`, want: down, reason: "malformed"},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{
			kind: "nothing", name: "a directory without items",
			answer: unusual(regularDirectories, `"cname":"乙","items":[]`, `"cname":"乙"`), want: counted, missing: 1,
			changes: map[string]float64{directory("2", "乙"): absent},
		},
		{
			kind: "nothing", name: "items that are null",
			answer: unusual(regularDirectories, `"cname":"乙","items":[]`, `"cname":"乙","items":null`),
			want:   counted, missing: 1,
			changes: map[string]float64{directory("2", "乙"): absent},
		},
		{
			kind: "nothing", name: "no directory has items",
			answer: `[{"type":"DIR","id":1,"cname":"甲"},{"type":"DIR","id":3,"cname":"丙"}]`,
			want:   counted, missing: 2,
			samples: map[string]float64{},
		},
		{
			kind: "repeated", name: "a tag in a directory",
			answer: unusual(
				regularDirectories, `{"type":"USER_TAG","id":15}`,
				`{"type":"USER_TAG","id":15},{"type":"USER_TAG","id":15}`,
			),
			want: counted, dropped: 1,
			changes: map[string]float64{},
		},
		{
			kind: "repeated", name: "a tag, once as a text",
			answer: unusual(
				regularDirectories, `{"type":"USER_TAG","id":15}`,
				`{"type":"USER_TAG","id":15},{"type":"USER_TAG","id":"15"}`,
			),
			want: counted, dropped: 1,
			changes: map[string]float64{},
		},
		{
			kind: "repeated", name: "a directory",
			answer: unusual(regularDirectories, `"cname":"丙"`, `"cname":"甲"`, `"id":3`, `"id":1`),
			want:   counted, dropped: 1,
			changes: map[string]float64{directory("3", "丙"): absent},
		},
		{
			kind: "repeated", name: "a directory, with another name",
			answer: unusual(regularDirectories, `"id":3`, `"id":1`), want: counted, dropped: 1,
			changes: map[string]float64{directory("3", "丙"): absent},
		},
		{kind: "ids", name: "with a point", answer: unusual(regularDirectories, `"id":3`, `"id":3.0`)},
		{
			kind: "ids", name: "60 digits",
			answer: unusual(regularDirectories, `"id":3`, `"id":`+digits60), want: counted, dropped: 1,
			changes: map[string]float64{directory("3", "丙"): absent},
		},
		{
			kind: "ids", name: "none at all",
			answer: unusual(regularDirectories, `"id"`, `"key"`), want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "under a name",
			answer: `{"data":` + regularDirectories + `}`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: `[` + regularDirectories + `]`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "one directory alone",
			answer: `{"type":"DIR","id":1,"cname":"甲","items":[]}`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "an object in place of items",
			answer: unusual(regularDirectories, `"items":[]`, `"items":{}`), want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a number in place of items",
			answer: unusual(regularDirectories, `"items":[]`, `"items":0`), want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "texts in place of items",
			answer: unusual(regularDirectories, `"items":[]`, `"items":["17"]`), want: down, reason: "malformed",
		},
		{
			kind: "spelling", name: "types in other letters",
			answer: unusual(regularDirectories, `"DIR"`, `"Dir"`, `"USER_TAG"`, `"user_tag"`),
		},
		{
			kind: "spelling", name: "types that are not documented",
			answer: unusual(regularDirectories, `{"type":"USER_TAG","id":17}`, `{"type":"LABEL","id":17}`),
			want:   counted, dropped: 1, missing: 1,
			changes: map[string]float64{directory("3", "丙"): absent},
		},
		{
			kind: "missing fields", name: "names",
			answer: unusual(regularDirectories, `"cname"`, `"title"`), want: counted, missing: 1,
			samples: map[string]float64{directory("1", ""): 2, directory("2", ""): 0, directory("3", ""): 1},
		},
		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + regularDirectories},
	})
}

// The baseline has room for all values; the cases have room for two.
func TestSensorsdataUnusualReports(t *testing.T) {
	users := func(value string) string {
		return fmt.Sprintf("sensorsdata_tag_value_users{tag_id=%q,value=%q}", "15", value)
	}
	ratio := func(value string) string {
		return fmt.Sprintf("sensorsdata_tag_value_users_ratio{tag_id=%q,value=%q}", "15", value)
	}
	const total = `sensorsdata_tag_distribution_users{tag_id="15"}`
	two := sensorsdataReport(unusual(regularTotal, `:60`, `:50`), valueB+","+valueC)
	served := func(changes ...any) map[string]float64 { // two, with changes
		samples := map[string]float64{total: 50, users("b"): 20, users("c"): 30, ratio("b"): 0.335, ratio("c"): 0.5}
		for i := 0; i < len(changes); i += 2 {
			if value, ok := changes[i+1].(float64); ok {
				samples[changes[i].(string)] = value
			} else {
				delete(samples, changes[i].(string))
			}
		}
		return samples
	}
	runUnusualAnswers(t, "tag_values", sensorsdataOnly("tag_values", pathReport+"15/report"), []unusualAnswer{
		{
			kind: "limit", name: "three values of 10, 20 and 30 users, limit 2",
			answer: regularReport, want: counted, dropped: 2,
			samples: served(total, 60.0),
		},
		{
			kind: "limit", name: "the largest first",
			answer: sensorsdataReport(regularTotal, valueC+","+valueB+","+valueA), want: counted, dropped: 2,
			samples: served(total, 60.0),
		},
		{
			kind: "limit", name: "the smallest has no ratio",
			answer: sensorsdataReport(regularTotal, unusual(valueA, `"percent":16.5,`, ``)+","+valueB+","+valueC),
			want:   counted, dropped: 1,
			samples: served(total, 60.0),
		},
		{kind: "limit", name: "no more than the limit", answer: two, samples: served()},
		{
			kind: "limit", name: "as many as the API gives",
			answer: sensorsdataReport(unusual(regularTotal, `:60`, `:5000`), manyValues(1000)),
			want:   counted, dropped: 2 * 998, missing: 1,
			samples: map[string]float64{total: 5000, users("v0"): 1, ratio("v0"): 0, users("v1"): 1, ratio("v1"): 0},
		},
		{
			kind: "limit", name: "as many as the API gives, and all of them",
			answer: sensorsdataReport(unusual(regularTotal, `:60`, `:1000`), manyValues(1000)),
			want:   counted, dropped: 2 * 998,
			samples: map[string]float64{total: 1000, users("v0"): 1, ratio("v0"): 0, users("v1"): 1, ratio("v1"): 0},
		},

		{
			kind: "total", name: "among the values alone",
			answer:  sensorsdataReport("", valueB+","+unusual(regularTotal, `:60`, `:50`)+","+valueC),
			samples: served(),
		},
		{
			kind: "total", name: "among the values too",
			answer: sensorsdataReport(
				unusual(regularTotal, `:60`, `:50`), valueB+","+unusual(regularTotal, `:60`, `:50`)+","+valueC,
			),
			samples: served(),
		},
		{
			kind: "total", name: "another among the values",
			answer: sensorsdataReport(unusual(regularTotal, `:60`, `:50`), valueB+","+regularTotal+","+valueC),
			want:   counted, dropped: 1,
			samples: served(),
		},
		{kind: "total", name: "under another name", answer: unusual(two, `"$ALL"`, `"ALL"`), samples: served()},
		{
			kind: "total", name: "none",
			answer: sensorsdataReport("", valueB+","+valueC), want: counted, missing: 1,
			samples: served(total, nil),
		},
		{
			kind: "total", name: "null",
			answer: `{"aggregate_result":null,"non_aggregate_result":{"rows":[` + valueB + "," + valueC + `]}}`,
			want:   counted, missing: 1,
			samples: served(total, nil),
		},
		{
			kind: "total", name: "less than a value",
			answer: unusual(two, `"user_count":50`, `"user_count":25`), want: down, dropped: 1, reason: "malformed",
			samples: served(total, nil),
		},
		{
			kind: "total", name: "less than the values, of which a user has one",
			answer: unusual(two, `"user_count":50`, `"user_count":49`), want: down, dropped: 1, reason: "malformed",
			samples: served(total, nil),
		},
		{
			kind: "total", name: "with a separator",
			answer: unusual(two, `"user_count":50`, `"user_count":"1,250"`), want: down, dropped: 1, reason: "malformed",
			samples: served(total, nil),
		},

		{
			kind: "nothing", name: "no values",
			answer: sensorsdataReport(unusual(regularTotal, `:60`, `:50`), ""), want: counted, missing: 1,
			samples: map[string]float64{total: 50},
		},
		{
			kind: "nothing", name: "no values and no users",
			answer:  sensorsdataReport(unusual(regularTotal, `:60`, `:0`), ""),
			samples: map[string]float64{total: 0},
		},
		{
			kind: "nothing", name: "no rows",
			answer: sensorsdataReport("", ""), want: counted, missing: 1,
			samples: map[string]float64{},
		},
		{
			kind: "nothing", name: "null",
			answer: `{"aggregate_result":null,"non_aggregate_result":null}`, want: counted, missing: 1,
			samples: map[string]float64{},
		},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{
			kind: "nothing", name: "a value without numbers",
			answer: sensorsdataReport(
				unusual(regularTotal, `:60`, `:20`), valueB+`,{"by_value":"c","partition_values":[]}`,
			),
			want: counted, missing: 1,
			samples: served(total, 20.0, users("c"), nil, ratio("c"), nil),
		},

		{kind: "wrong shape", name: "under a name", answer: `{"data":` + two + `}`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "a list in place of an object",
			answer: unusual(
				two, `"non_aggregate_result":{"series":[],"rows":[`, `"non_aggregate_result":[{"series":[],"rows":[`,
				`]}}`, `]}]}`,
			),
			want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "an object in place of rows",
			answer: `{"aggregate_result":null,"non_aggregate_result":{"rows":{"a":10}}}`,
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a number in place of an object",
			answer: sensorsdataReport("", `{"by_value":"a","partition_values":[10]}`),
			want:   down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list in place of a value",
			answer: unusual(two, `"by_value":"c"`, `"by_value":["c"]`), want: counted, dropped: 1,
			samples: served(users("c"), nil, ratio("c"), nil),
		},
		{
			kind: "wrong shape", name: "no value",
			answer: unusual(two, `"by_value":"c",`, ``), want: counted, dropped: 1,
			samples: served(users("c"), nil, ratio("c"), nil),
		},

		{
			kind: "out of range", name: "a ratio of 1700 percent",
			answer: unusual(two, `"percent":50`, `"percent":1700`), want: counted, dropped: 1,
			samples: served(ratio("c"), nil),
		},
		{
			kind: "out of range", name: "rounded up beyond all",
			answer:  unusual(two, `"percent":50`, `"percent":100.01`),
			samples: served(ratio("c"), 1.0),
		},
		{
			kind: "out of range", name: "fewer than no users",
			answer: unusual(two, `"user_count":30`, `"user_count":-30`), want: counted, dropped: 1,
			samples: served(users("c"), nil),
		},

		{
			kind: "numbers", name: "with a separator",
			answer: unusual(two, `"user_count":30`, `"user_count":"1,030"`), want: counted, dropped: 1,
			samples: served(users("c"), nil),
		},
		{
			kind: "numbers", name: "in texts",
			answer:  unusual(two, `"user_count":30`, `"user_count":"30"`, `"percent":50`, `"percent":"50"`),
			samples: served(),
		},
		{
			kind: "numbers", name: "with a percent sign",
			answer: unusual(two, `"percent":33.5`, `"percent":"33.5%"`, `"percent":50`, `"percent":"50%"`),
			want:   down, dropped: 2, reason: "malformed",
			samples: served(ratio("b"), nil, ratio("c"), nil),
		},

		{
			kind: "repeated", name: "a value",
			answer: sensorsdataReport(unusual(regularTotal, `:60`, `:50`), valueC+","+valueC),
			want:   down, reason: "malformed", dropped: 0,
			samples: map[string]float64{users("c"): 30, ratio("c"): 0.5},
		},
		{
			kind: "repeated", name: "a value, within the total",
			answer: sensorsdataReport(regularTotal, valueC+","+valueC), want: counted, dropped: 2,
			samples: map[string]float64{total: 60, users("c"): 30, ratio("c"): 0.5},
		},

		{
			kind: "days", name: "another one",
			answer: unusual(two, `2000-01-02`, `2000-01-01`), want: counted, missing: 1,
			samples: map[string]float64{},
		},
		{
			kind: "days", name: "more than were asked for",
			answer: sensorsdataReport(
				unusual(regularTotal, `:60`, `:50`), valueB+","+valueC+","+unusual(valueA, `2000-01-02`, `2000-01-01`),
			),
			samples: served(),
		},
		{
			kind: "days", name: "not readable",
			answer: sensorsdataReport(
				unusual(regularTotal, `:60`, `:50`), valueB+","+unusual(valueC, `2000-01-02 00`, `2000/01/02 00`),
			),
			want: counted, dropped: 1,
			samples: served(users("c"), nil, ratio("c"), nil),
		},

		{
			kind: "missing fields", name: "users",
			answer: sensorsdataReport(
				unusual(regularTotal, `:60`, `:50`),
				unusual(valueB, `"user_count":20,`, ``)+","+unusual(valueC, `"user_count":30,`, ``),
			),
			want: counted, missing: 1,
			samples: served(users("b"), nil, users("c"), nil),
		},
		{
			kind: "missing fields", name: "ratios",
			answer: unusual(two, `"percent"`, `"rate"`), want: counted, missing: 1,
			samples: served(ratio("b"), nil, ratio("c"), nil),
		},
		{
			kind: "missing fields", name: "days",
			answer: unusual(two, `"base_time":"2000-01-02 00:00:00",`, ``), want: counted, missing: 1,
			samples: served(),
		},

		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + two, samples: served()},
	})
}

// manyValues are rows of so many values, of one user each.
func manyValues(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"by_value":"v%d","partition_values":[{"user_count":1,"percent":0,%s}]}`, i, day)
	}
	return strings.Join(rows, ",")
}

// The tag itself says of which day its values are.
func TestSensorsdataUnusualTag(t *testing.T) {
	none := map[string]float64{}
	two := unusual(regularReport, valueA+",", ``)
	runUnusualAnswers(t, "tag_values", func(t *testing.T, unusual http.HandlerFunc) *exporter {
		a := sensorsdataAPI()
		a.answer(pathReport+"15/report", two)
		a.answer(pathTag+"15", regularTag)
		if unusual != nil {
			a.handle(pathTag+"15", unusual)
		}
		return newSensorsdata(t, a, "    tags: [15]\n    endpoints: {tags: {enabled: false}, "+
			"tag_directories: {enabled: false}, tag_partitions: {enabled: false}}\n")
	}, []unusualAnswer{
		{
			kind: "nothing", name: "not computed yet",
			answer: unusual(
				regularTag,
				success, `null`,
			),
			want: counted, missing: 1,
			samples: none,
		},
		{kind: "nothing", name: "no word of it", answer: `{"id":15}`, want: counted, missing: 1, samples: none},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{kind: "nothing", name: "null", answer: `null`, want: down, reason: "malformed"},
		{kind: "ids", name: "another tag", answer: unusual(regularTag, `15`, `16`), want: down, reason: "malformed"},
		{kind: "ids", name: "with a point", answer: unusual(regularTag, `15`, `15.0`)},
		{kind: "ids", name: "60 digits", answer: unusual(regularTag, `15`, digits60), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "in a list", answer: `[` + regularTag + `]`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "under a name",
			answer: `{"data":` + regularTag + `}`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list in place of a partition",
			answer: unusual(regularTag, `:{"base`, `:[{"base`, `60}`, `60}]`), want: counted, missing: 1,
			samples: none,
		},
		{
			kind: "out of range", name: "a day in 2609",
			answer: unusual(regularTag, `2000-01-02 00`, `2609-01-02 00`), want: down, reason: "malformed",
		},
		{
			kind: "out of range", name: "a day of 0",
			answer: unusual(regularTag, `"2000-01-02 00:00:00"`, `0`), want: down, reason: "malformed",
		},
		{
			kind: "out of range", name: "no day at all",
			answer: unusual(regularTag, `"2000-01-02 00:00:00"`, `"yesterday"`), want: down, reason: "malformed",
		},
		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + regularTag},
	})
}

func TestSensorsdataUnusualPartitions(t *testing.T) {
	partitions := func(status string) string {
		return fmt.Sprintf("sensorsdata_tag_partitions{status=%q,tag_id=%q}", status, "15")
	}
	served := func(succeeded, failed, fresh float64) map[string]float64 {
		return map[string]float64{
			partitions("succeeded"): succeeded, partitions("failed"): failed, partitions("new"): fresh,
			partitions("computing"): 0,
		}
	}
	with := func(status string, n float64, samples map[string]float64) map[string]float64 {
		samples[partitions(status)] = n
		return samples
	}
	runUnusualAnswers(t, "tag_partitions", sensorsdataOnly("tag_partitions", pathPartitions+"15/partitions"), []unusualAnswer{
		{kind: "nothing", name: "an empty list", answer: `[]`, samples: served(0, 0, 0)},
		{kind: "nothing", name: "null", answer: `null`, want: down, reason: "malformed"},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "one level too deep",
			answer: `[` + regularPartitions + `]`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "under a name",
			answer: `{"data":` + regularPartitions + `}`, want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a list in place of a status",
			answer:  unusual(regularPartitions, `"FAILED"`, `["FAILED"]`),
			samples: with("unknown", 1, served(2, 0, 0)),
		},
		{
			kind: "repeated", name: "a day",
			answer: unusual(
				regularPartitions, `"2000-01-01 00:00:00","status":"FAILED"}`,
				`"2000-01-01 00:00:00","status":"FAILED"},{"base_time":"2000-01-01","status":"FAILED"}`,
			),
			want: counted, dropped: 1,
			changes: map[string]float64{},
		},
		{
			kind: "days", name: "before those that were asked for",
			answer:  unusual(regularPartitions, `1999-12-31`, `1999-12-20`),
			samples: served(1, 1, 0),
		},
		{
			kind: "days", name: "after those that were asked for",
			answer:  unusual(regularPartitions, `1999-12-31`, `2000-01-20`),
			samples: served(1, 1, 0),
		},
		{
			kind: "days", name: "in 2609",
			answer: unusual(regularPartitions, `1999-12-31`, `2609-12-31`), want: counted, dropped: 1,
			samples: served(1, 1, 0),
		},
		{
			kind: "days", name: "not readable",
			answer: unusual(regularPartitions, `1999-12-31`, `31/12/1999`), want: counted, dropped: 1,
			samples: served(1, 1, 0),
		},
		{
			kind: "days", name: "not there",
			answer: unusual(regularPartitions, `"1999-12-31 00:00:00"`, `null`), want: counted, dropped: 1,
			samples: served(1, 1, 0),
		},
		{
			kind: "days", name: "none is readable",
			answer: unusual(regularPartitions, `00:00:00`, `midnight`), want: down, reason: "malformed",
		},
		{
			kind: "missing fields", name: "days",
			answer: unusual(regularPartitions, `"base_time"`, `"date"`), want: down, reason: "malformed",
		},
		{
			kind: "missing fields", name: "statuses",
			answer: unusual(regularPartitions, `"status"`, `"state"`), want: counted, missing: 1,
			samples: with("unknown", 3, served(0, 0, 0)),
		},
		{
			kind: "spelling", name: "statuses in other letters",
			answer: unusual(regularPartitions, `"SUCCEED"`, `"Succeed"`, `"FAILED"`, `"failed"`),
		},
		{
			kind: "spelling", name: "a status that is not documented",
			answer:  unusual(regularPartitions, `"FAILED"`, `"CANCELLED"`),
			samples: with("cancelled", 1, served(2, 0, 0)),
		},
		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + regularPartitions},
	})
}

func TestSensorsdataUnusualSegments(t *testing.T) {
	const size = `sensorsdata_segment_users{segment="vip"}`
	runUnusualAnswers(t, "segments", sensorsdataOnly("segments", pathUsers), []unusualAnswer{
		{kind: "nothing", name: "nobody", answer: `{"size":0,"users":[]}`, samples: map[string]float64{size: 0}},
		{
			kind: "nothing", name: "not provided",
			answer: unusual(regularSegment, `"size":4711`, `"size":-1`), want: counted, missing: 1,
			samples: map[string]float64{},
		},
		{
			kind: "nothing", name: "no size",
			answer: unusual(regularSegment, `"size":4711,`, ``), want: down, reason: "malformed",
		},
		{
			kind: "nothing", name: "null",
			answer: unusual(regularSegment, `"size":4711`, `"size":null`), want: down, reason: "malformed",
		},
		{kind: "nothing", name: "an object", answer: `{}`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "under a name",
			answer: `{"data":` + regularSegment + `}`, want: down, reason: "malformed",
		},
		{kind: "wrong shape", name: "in a list", answer: `[` + regularSegment + `]`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "an object in place of the size",
			answer: unusual(regularSegment, `"size":4711`, `"size":{"total":4711}`), want: down, reason: "malformed",
		},
		{
			kind: "wrong shape", name: "a refusal under 200",
			answer: `{"error":"no right to this field"}`, want: down, reason: "rejected",
		},
		{
			kind: "out of range", name: "fewer than nobody",
			answer: unusual(regularSegment, `"size":4711`, `"size":-4711`), want: down, reason: "malformed",
		},
		{
			kind: "out of range", name: "60 digits",
			answer: unusual(regularSegment, `"size":4711`, `"size":`+digits60), want: down, reason: "malformed",
		},
		{
			kind: "numbers", name: "with a separator",
			answer: unusual(regularSegment, `"size":4711`, `"size":"4,711"`), want: down, reason: "malformed",
		},
		{kind: "numbers", name: "in a text", answer: unusual(regularSegment, `"size":4711`, `"size":"4711"`)},
		{kind: "numbers", name: "with a point", answer: unusual(regularSegment, `"size":4711`, `"size":4711.0`)},
		{kind: "encoding", name: "a byte order mark", answer: "\ufeff" + regularSegment},
	})
}
