package sensorsdata_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

func directory(id, name string, tags int) sensorsdata.Directory {
	return sensorsdata.Directory{ID: id, Name: name, Tags: tags, HasItems: true}
}

func TestDirectories(t *testing.T) {
	type list = sensorsdata.DirectoryList
	type directories = []sensorsdata.Directory
	for _, test := range []struct {
		name string
		body string
		want list
	}{
		{"documented", directoriesDocument, list{Directories: directories{directory("1", "未分类", 2), directory("8", "目录1", 1), directory("9", "目录2", 1)}}},
		{"none", `[]`, list{}},
		{
			"empty, and without items", `[{"type":"DIR","id":1,"cname":"空","items":[]},{"type":"DIR","id":"2","items":null},{"type":"DIR","id":3}]`,
			list{Directories: directories{directory("1", "空", 0), {ID: "2"}, {ID: "3"}}},
		},
		{
			"nested, items first, mixed", `[{"items":[{"type":"USER_TAG","id":1},{"items":[{"id":5,"type":"USER_TAG"},{"type":"DIR","id":30,"cname":"丙","items":[]},{"type":"USER_TAG","id":6}],
				"cname":"乙","id":20,"type":"DIR"},{"type":"USER_TAG","id":2},{"type":"USER_TAG","id":3}],"id":10,"cname":"甲","type":"DIR"},{"type":"DIR","id":40,"items":[]}]`,
			list{Directories: directories{directory("10", "甲", 3), directory("20", "乙", 2), directory("30", "丙", 0), directory("40", "", 0)}},
		},
		{
			"tags in none", `[{"type":"USER_TAG","id":1},{"type":"DIR","id":1,"cname":"甲","items":[]},{"type":"user_tag"}]`,
			list{Directories: directories{directory("1", "甲", 0), directory("", "", 2)}},
		},
		{
			"tags again", `[{"type":"DIR","id":1,"cname":"甲","items":[{"type":"USER_TAG","id":7},{"type":"USER_TAG","id":8},{"type":"USER_TAG","id":"7"},{"type":"USER_TAG","id":7.0}]},
				{"type":"DIR","id":2,"cname":"乙","items":[{"type":"USER_TAG","id":7}]}]`,
			list{Directories: directories{directory("1", "甲", 2), directory("2", "乙", 1)}, Repeated: []string{"7", "7"}},
		},
		{
			"directories again", `[{"type":"DIR","id":1,"cname":"甲","items":[{"type":"USER_TAG","id":7}]},{"type":"DIR","id":2,"cname":"乙","items":[{"type":"DIR","id":"1","cname":"丙","items":[]}]}]`,
			list{Directories: directories{directory("1", "甲", 1), directory("2", "乙", 0)}, Repeated: []string{"1"}},
		},
		{
			"other things", `[{"type":"FOLDER","id":1,"items":[{"type":"USER_TAG"}]},{"type":"DIR","id":2,"cname":"甲","items":[{"type":"USER_GROUP","id":1},{"x":1},{"type":"USER_TAG"}]},
				{"id":3,"items":[{"type":"USER_TAG"}]},{"id":4},{"type":null}]`,
			list{Directories: directories{directory("2", "甲", 1), directory("3", "", 1)}, Unusable: []string{"FOLDER", "USER_GROUP", "", "", ""}},
		},
		{
			"nothing but other things", `[{"type":"DIR","id":2,"cname":"甲","items":[{"type":"LABEL","id":1},{"type":"LABEL","id":2}]}]`,
			list{Directories: directories{{ID: "2", Name: "甲"}}, Unusable: []string{"LABEL", "LABEL"}},
		},
		{
			"whole numbers with a point", `[{"type":"DIR","id":2.0,"cname":"甲","items":[]},{"type":"DIR","id":2.5,"cname":"乙","items":[]},{"type":"DIR","id":` + strings.Repeat("1", 60) + `,"items":[]}]`,
			list{Directories: directories{directory("2", "甲", 0)}, WithoutID: []string{"2.5", strings.Repeat("1", 60)}},
		},
		{"names that are none", `[{"type":"DIR","id":1,"cname":{"x":1},"items":[]}]`, list{Directories: directories{directory("1", "", 0)}, Unusable: []string{"{…}"}}},
		{"no names at all", `[{"type":"DIR","id":1,"items":[]},{"type":"DIR","id":2,"items":[]}]`, list{Directories: directories{directory("1", "", 0), directory("2", "", 0)}, Missing: []string{"cname"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(answering("GET /v2/user_tags/dirs", test.body)).TagDirectories(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
	for _, test := range []struct{ name, body, want string }{
		{"object", `{"items":[]}`, "want an array, got object"},
		{"null within", `[{"type":"DIR","id":1,"items":[{"type":"DIR","id":2,"items":[null]}]}]`, "/0: items/0: items/0: want an object, got null"},
		{"items of another type", `[{"type":"DIR","id":1,"items":{}}]`, "/0: want an array, got object"},
		{"one level too deep", `[[{"type":"DIR","id":1,"items":[]}]]`, "/0: want an object, got array"},
		{"no ids", `[{"type":"DIR","items":[{"type":"DIR","id":null}]},{"type":"USER_TAG","id":1}]`, "want directories with ids, got 2 without"},
		{"data after the end", `[{"type":"DIR","id":1}]1`, "want the end of the answer"},
		{"too deep", strings.Repeat(`[{"type":"DIR","id":1,"items":`, 200), "answered 200: want at most 100 directories within each other, got more"},
		{"cut", `[{"type":"DIR","id":1,"items":[`, "the answer ends in the middle"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(answering("GET /v2/user_tags/dirs", test.body)).TagDirectories(t.Context())
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) || got.Directories != nil {
				t.Errorf("got %v, %v, want %q", got, e, test.want)
			}
		})
	}
}

func TestDirectoriesWithoutID(t *testing.T) {
	body := `[{"type":"DIR","cname":"甲","items":[{"type":"USER_TAG","id":1},{"type":"DIR","id":2,"cname":"乙","items":[{"type":"USER_TAG","id":3}]}]},{"type":"DIR","id":{"x":1}},{"type":"DIR","id":4,"items":[]}]`
	got, err := client(answering("GET /v2/user_tags/dirs", body)).TagDirectories(t.Context())
	want := sensorsdata.DirectoryList{Directories: []sensorsdata.Directory{directory("2", "乙", 1), directory("4", "", 0)}, WithoutID: []string{"", "{…}"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func share(users, percent float64) sensorsdata.Share {
	return sensorsdata.Share{Users: n(users), Percent: n(percent)}
}

func value(text string, users, percent float64) sensorsdata.TagValue {
	return sensorsdata.TagValue{Value: wire.TextOf(text), Share: share(users, percent)}
}

// computed returns the values of a day in December 2019, computed an hour later.
func computed(day, users int, percent float64) string {
	return fmt.Sprintf(`{"user_count":%d,"percent":%v,"base_time":"2019-12-%d 00:00:00","finished_time":"2019-12-%d 01:00:00"}`, users, percent, day, day)
}

func TestReports(t *testing.T) {
	done18 := at("2019-12-18 01:00:00")
	row := func(by string, values ...string) string {
		return `{"by_value":` + by + `,"partition_values":[` + strings.Join(values, ",") + `]}`
	}
	halves := func(total string, rows ...string) string {
		return `{"non_aggregate_result":{"rows":[` + strings.Join(rows, ",") + `]},"aggregate_result":{"series":[],"rows":[` + total + `]}}`
	}
	for _, test := range []struct {
		name string
		body string
		want sensorsdata.TagReport
	}{
		{"documented", reportDocument, sensorsdata.TagReport{
			BaseTime: day18, FinishedTime: at("2019-12-18 01:01:02"), Rows: 2, Total: share(0, 100),
			Values: []sensorsdata.TagValue{value("分层2", 0, 0), value("分层1", 0, 0)},
		}},
		{
			"the day among others, in any order", halves(row(`"$ALL"`, computed(17, 99, 100), computed(18, 100, 100), computed(16, 98, 100)),
				row(`"a"`, computed(18, 60, 60), computed(17, 59, 59)), row(`"b"`, computed(16, 1, 1), computed(18, 40, 40)), row(`"gone"`, computed(17, 5, 5))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 3, Total: share(100, 100), Values: []sensorsdata.TagValue{value("a", 60, 60), value("b", 40, 40)}},
		},
		{
			"computed twice that day", halves(row(`"$ALL"`, computed(18, 9, 100), `{"user_count":0,"percent":100,"base_time":"2019-12-18 11:00:00","finished_time":null}`),
				row(`"a"`, `{"user_count":0,"percent":0,"base_time":"2019-12-18 11:00:00"}`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 1, Total: share(9, 100), Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{
			"not finished", halves("", row(`"a"`, `{"user_count":1,"percent":10,"base_time":"2019-12-18 00:00:00"}`, `{"user_count":2,"percent":20,"base_time":"2019-12-18 12:00:00"}`)),
			sensorsdata.TagReport{BaseTime: at("2019-12-18 12:00:00"), Rows: 1, Values: []sensorsdata.TagValue{value("a", 2, 20)}},
		},
		{"other days alone", halves(row(`"$ALL"`, computed(17, 9, 100)), row(`"a"`, computed(17, 9, 90))), sensorsdata.TagReport{Rows: 1}},
		{
			"a value without numbers", halves("", row(`"a"`, computed(18, 9, 90)), row(`"b"`), row(`"c"`, `{"user_count":null,"percent":"","base_time":"2019-12-18 00:00:00","finished_time":"2019-12-18 01:00:00"}`)),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 3, Empty: 2, Values: []sensorsdata.TagValue{value("a", 9, 90)}},
		},
		{
			"values of every type", halves("", row(`true`, computed(18, 1, 10)), row(`false`, computed(18, 2, 20)), row(`3.50`, computed(18, 3, 30)), row(`null`, computed(18, 4, 40)), row(`["x"]`, computed(18, 5, 50)), row(`""`, computed(18, 6, 60)),
				`{"partition_values":[`+computed(18, 7, 70)+`]}`),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 7, Unusable: []string{"[…]", ""}, Values: []sensorsdata.TagValue{
				value("true", 1, 10), value("false", 2, 20), value("3.50", 3, 30), {Share: share(4, 40)}, value("", 6, 60),
			}},
		},
		{
			"numbers as strings, one odd", `{"non_aggregate_result":{"rows":[{"partition_values":[{"base_time":"2019-12-18","user_count":"12","percent":"many"}],"by_value":"a"}]}}`,
			sensorsdata.TagReport{BaseTime: day18, Rows: 1, Values: []sensorsdata.TagValue{{Value: wire.TextOf("a"), Share: sensorsdata.Share{Users: n(12), Percent: wire.InvalidNumber("many")}}}},
		},
		{
			"fields that no value has", halves(row(`"$ALL"`, computed(18, 9, 100)), row(`"a"`, `{"percent":90}`), row(`"b"`, `{"percent":10}`)),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 2, Total: share(9, 100), Missing: []string{"user_count", "base_time"}, Values: []sensorsdata.TagValue{
				{Value: wire.TextOf("a"), Share: sensorsdata.Share{Percent: n(90)}}, {Value: wire.TextOf("b"), Share: sensorsdata.Share{Percent: n(10)}},
			}},
		},
		{
			"a day that cannot be read", halves("", row(`"a"`, computed(18, 9, 90)), row(`"b"`, `{"user_count":1,"percent":10,"base_time":"18.12.2019"}`)),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 2, Unusable: []string{"18.12.2019"}, Values: []sensorsdata.TagValue{value("a", 9, 90)}},
		},
		{"total alone", halves(row(`"$ALL"`, computed(18, 9, 100))), sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Total: share(9, 100)}},
		{
			"total under another name", halves(row(`"ALL"`, computed(18, 9, 100)), row(`"a"`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 1, Total: share(9, 100), Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{
			"total among the values alone", halves("", row(`"$ALL"`, computed(18, 9, 100)), row(`"a"`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 2, Total: share(9, 100), Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{
			"total among the values too", halves(row(`"$ALL"`, computed(18, 9, 100)), row(`"$ALL"`, computed(18, 9, 100)), row(`"a"`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 2, Total: share(9, 100), Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{
			"another total among the values", halves(row(`"$ALL"`, computed(18, 9, 100)), row(`"$ALL"`, computed(18, 8, 100)), row(`"a"`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 2, Total: share(9, 100), Unusable: []string{"8"}, Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{
			"others beside the total", halves(row(`"x"`, computed(18, 1, 10))+","+row(`"$ALL"`, computed(18, 9, 100)), row(`"a"`, computed(18, 9, 100))),
			sensorsdata.TagReport{BaseTime: day18, FinishedTime: done18, Rows: 1, Total: share(9, 100), Unusable: []string{"x"}, Values: []sensorsdata.TagValue{value("a", 9, 100)}},
		},
		{"not computed", halves(""), sensorsdata.TagReport{}},
		{"null", `{"aggregate_result":null,"non_aggregate_result":null}`, sensorsdata.TagReport{}},
		{"rows are null", `{"non_aggregate_result":{"rows":null}}`, sensorsdata.TagReport{}},
		{"numbers are null", halves("", `{"by_value":"a","partition_values":null}`), sensorsdata.TagReport{Rows: 1, Empty: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(answering("POST /v2/user_tags/15/report", test.body)).TagReport(t.Context(), "15", day18, 0)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"aggregate_result":null}`, `{"non_aggregate_result":[]}`, `{"non_aggregate_result":{"rows":{}}}`, `{"non_aggregate_result":{"rows":[null]}}`,
		`{"non_aggregate_result":{"rows":[{"partition_values":[1]}]}}`, `{"non_aggregate_result":{"rows":[{"partition_values":{}}]}}`, `{"non_aggregate_result":{"rows":[[{}]]}}`,
		`{"aggregate_result":[],"non_aggregate_result":null}`, `{"non_aggregate_result":{"rows":[]}`, `{"non_aggregate_result":{"rows":[]}}{}`, `<html>`,
	} {
		got, err := client(answering("POST /v2/user_tags/15/report", body)).TagReport(t.Context(), "15", day18, 0)
		failure(t, err, transport.Malformed)
		if !reflect.DeepEqual(got, sensorsdata.TagReport{}) {
			t.Errorf("%s: got %v beside the error", body, got)
		}
	}
}

func TestDaysAreThoseOfTheAccount(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(200, `[]`)
	c := client(v)
	from, to := time.Date(2019, 12, 15, 16, 0, 0, 0, time.UTC), time.Date(2019, 12, 18, 15, 59, 0, 0, time.UTC)
	if _, err := c.TagPartitions(t.Context(), "15", from, to); err != nil {
		t.Error(err)
	}
	v.onCall = vendortest.Always(200, `{"non_aggregate_result":null}`)
	if _, err := c.TagReport(t.Context(), "15", to, 0); err != nil {
		t.Error(err)
	}
	const host = "ebiz.cloud.sensorsdata.cn/api/v2/user_tags/15"
	if want := []string{
		"GET " + host + "/partitions?from_date=2019-12-16&project=production&to_date=2019-12-18",
		"POST " + host + `/report?project=production {"from_date":"2019-12-18","to_date":"2019-12-18"}`,
	}; !reflect.DeepEqual(v.Calls, want) {
		t.Errorf("got  %q\nwant %q", v.Calls, want)
	}
}

func TestPartitions(t *testing.T) {
	want := []sensorsdata.Partition{
		{BaseTime: timeAt("2019-12-17 00:00:00"), StartTime: timeAt("2019-12-17 01:00:46"), FinishedTime: timeAt("2019-12-17 01:00:49"), Users: n(0), Status: "SUCCEED"},
		{BaseTime: timeAt("2019-12-18 00:00:00"), StartTime: timeAt("2019-12-18 01:00:26"), FinishedTime: timeAt("2019-12-18 01:00:30"), Users: n(0), Status: "SUCCEED"},
	}
	got, err := client(answering("GET /v2/user_tags/15/partitions", partitionsDocument)).TagPartitions(t.Context(), "15", weekFrom, weekTo)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v, %v\nwant %v", got, err, want)
	}
}

func TestSpansOfPartitions(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(200, `[{"status":"COMPUTING","user_count":null},{}]`)
	c := client(v)
	for _, span := range [][2]time.Time{{weekFrom, {}}, {{}, weekTo}} {
		_, err := c.TagPartitions(t.Context(), "15", span[0], span[1])
		e := failure(t, err, transport.Rejected)
		if want := "sensorsdata GET /v2/user_tags/ID/partitions: rejected: want both ends of the span of days or neither, got one"; e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
	}
	v.ExpectCalls(t, 0)
	got, err := c.TagPartitions(t.Context(), "15", time.Time{}, time.Time{})
	if want := []sensorsdata.Partition{{Status: "COMPUTING"}, {}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if want := "/partitions?project=production"; !strings.HasSuffix(v.Calls[0], want) {
		t.Errorf("got %s, want %s", v.Calls[0], want)
	}
	for _, body := range []string{``, `null`, `{}`, `[null]`, `[[]]`, `[{}`, `[{}]{}`, `<html>`} {
		v.onCall = vendortest.Always(200, body)
		got, err := c.TagPartitions(t.Context(), "15", weekFrom, weekTo)
		failure(t, err, transport.Malformed)
		if got != nil {
			t.Errorf("%s: got %v beside the error", body, got)
		}
	}
}

func TestSegmentUsers(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       wire.Number
	}{
		{"documented", usersDocument, n(2)},
		{"size last", `{"users":[{"id":"1","size":9,"profiles":{"$name":["x",{"y":1}]}}],"size":"26829"}`, n(26829)},
		{"none", `{"size":0,"users":[]}`, n(0)},
		{"odd", `{"size":{"x":1}}`, wire.InvalidNumber("{…}")},
		{"error is null", `{"error":null,"size":3}`, n(3)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(answering("POST /v2/reports/user_analytics/users", test.body)).SegmentUsers(t.Context(), []byte(`{}`))
			if err != nil || got != test.want {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
		})
	}
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"size":null}`, `{"users":[]}`, `{"size":1`, `{"size":1}{}`, `<html>`} {
		got, err := client(answering("POST /v2/reports/user_analytics/users", body)).SegmentUsers(t.Context(), []byte(`{}`))
		failure(t, err, transport.Malformed)
		if !got.Absent() {
			t.Errorf("%s: got %v beside the error", body, got)
		}
	}
}

func TestFilterIsPassedOn(t *testing.T) {
	filter := `{"conditions":[{"field":"user.viplevel","function":"equal","params":["黄金",1.50,9007199254740993,null,"<&>"]}]}`
	v := answering("POST /v2/reports/user_analytics/users", usersDocument)
	if _, err := client(v).SegmentUsers(t.Context(), []byte(filter)); err != nil {
		t.Error(err)
	}
	if len(v.Calls) != 1 || !strings.Contains(v.Calls[0], `{"filter":`+filter+`,`) {
		t.Errorf("got %q", v.Calls)
	}
	for _, filter := range []string{``, `null`, `[]`, `"x"`, `{`, `{"a":1}}`, `{"a":1},"all_page":true,"x":{}`} {
		_, err := client(v).SegmentUsers(t.Context(), []byte(filter))
		failure(t, err, transport.Rejected)
	}
	v.ExpectCalls(t, 1)
}

// TestMuchIsKeptOfNoAnswer lets answers have far more in them than anyone needs.
func TestMuchIsKeptOfNoAnswer(t *testing.T) {
	many := func(item string) string {
		var b strings.Builder
		for i := range 70_000 {
			b.WriteString("," + strings.ReplaceAll(item, "N", strconv.Itoa(i)))
		}
		return "[" + b.String()[1:] + "]"
	}
	for i, body := range map[int]string{
		0: many(`{"id":N}`),
		2: many(`{"type":"DIR","id":N}`),
		3: many(`{}`),
		4: `{"non_aggregate_result":{"rows":` + many(`{"partition_values":[{"percent":1}]}`) + `}}`,
	} {
		request := requests[i]
		t.Run(request.call, func(t *testing.T) {
			e := failure(t, request.do(t.Context(), client(answering(request.call, body))), transport.TooLarge)
			if want := "sensorsdata " + request.endpoint + ": too_large: answered 200: rows: too many elements, or too long ones: " +
				"each counts as 768 bytes and its texts, all together may take 16777216; request less, or raise max_response_bytes"; e.Error() != want {
				t.Errorf("got  %s\nwant %s", e, want)
			}
		})
	}
}

// TestPagesCountTogether lets each page be small enough, but not all of them.
func TestPagesCountTogether(t *testing.T) {
	name := `,"name":"` + strings.Repeat("x", 40_000) + `"}`
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		start, _ := strconv.Atoi(r.URL.Query().Get("start"))
		list := make([]string, sensorsdata.TagsPerPage)
		for i := range list {
			list[i] = `{"id":` + strconv.Itoa(start+i) + name
		}
		fmt.Fprint(w, "["+strings.Join(list, ",")+"]")
		return true
	}
	failure(t, tags(t.Context(), client(v)), transport.TooLarge)
	v.ExpectCalls(t, 3)
}
