package sensorsdata_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

func TestDocumentedTags(t *testing.T) {
	want := sensorsdata.Tag{
		ID: "2", DirectoryID: "8", Name: "user_tag_xionghuacheng1_1", DisplayName: "xionghuacheng1_1", DataType: "STRING", Unit: "DAY",
		SourceType: "1", Routine: wire.BoolOf(true), Status: "RUNNING", Cron: "0 0 0 * * ? *", CreateTime: timeAt("2019-11-27 12:02:24"), FailedPartitions: n(0),
		LastSuccess: sensorsdata.Partition{
			BaseTime: timeAt("2019-12-18 00:00:00"), FinishedTime: timeAt("2019-12-18 01:01:02"), Users: n(0), Status: "SUCCEED",
		},
		LastPartition: sensorsdata.Partition{
			BaseTime: timeAt("2019-12-18 00:00:00"), StartTime: timeAt("2019-12-18 01:00:59"), FinishedTime: timeAt("2019-12-18 01:01:02"), Users: n(0), Status: "SUCCEED",
		},
		NextBaseTime: timeAt("2019-12-19 00:00:00"),
	}
	list, err := client(answering("GET /v2/user_tags", tagsDocument)).Tags(t.Context())
	got := list.Tags
	if err != nil || !reflect.DeepEqual(got, []sensorsdata.Tag{want}) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestDocumentedTag(t *testing.T) {
	want := sensorsdata.Tag{
		ID: "15", DirectoryID: "1", Name: "user_tag_biaoqian12", DisplayName: "标签12", DataType: "STRING", Unit: "DAY",
		SourceType: "1", Routine: wire.BoolOf(true), Status: "RUNNING", Cron: "0 0 0 * * ? *", CreateTime: timeAt("2019-12-05 20:46:56"), FailedPartitions: n(0),
		LastSuccess: sensorsdata.Partition{
			BaseTime: timeAt("2019-12-18 00:00:00"), FinishedTime: timeAt("2019-12-18 01:00:30"), Users: n(0), Status: "SUCCEED",
		},
		LastPartition: sensorsdata.Partition{
			BaseTime: timeAt("2019-12-18 00:00:00"), StartTime: timeAt("2019-12-18 01:00:26"), FinishedTime: timeAt("2019-12-18 01:00:30"), Users: n(0), Status: "SUCCEED",
		},
		NextBaseTime: timeAt("2019-12-19 00:00:00"),
	}
	got, err := client(answering("GET /v2/user_tags/15", tagDocument)).Tag(t.Context(), "15")
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestTags(t *testing.T) {
	for _, test := range []struct {
		name string
		body string
		want []sensorsdata.Tag
	}{
		{"none", `[]`, nil},
		{"id alone", `[{"id":7}]`, []sensorsdata.Tag{{ID: "7"}}},
		{"one twice", `[{"id":7,"cname":"甲"},{"id":"8"},{"id":7,"cname":"乙"}]`, []sensorsdata.Tag{{ID: "7", DisplayName: "甲"}, {ID: "8"}}},
		{"whole numbers with a point", `[{"id":2.0,"dir_id":"3.0","source_type":21.0},{"id":1e1,"dir_id":0}]`, []sensorsdata.Tag{{ID: "2", DirectoryID: "3", SourceType: "21"}, {ID: "10", DirectoryID: "0"}}},
		{"a source and a directory that are no whole numbers", `[{"id":7,"dir_id":2.5,"source_type":1.5},{"id":8,"dir_id":"-1","source_type":"rule"}]`, []sensorsdata.Tag{
			{ID: "7", Unusable: []string{"2.5", "1.5"}}, {ID: "8", SourceType: "rule", Unusable: []string{"-1"}},
		}},
		{
			"numbers as strings and the reverse", `[{"id":"7","dir_id":"3","source_type":"13","is_routine":1,"name":5,"failed_partition_count":"2",
				"last_succeed_partition":{"user_count":"26829"}}]`,
			[]sensorsdata.Tag{{
				ID: "7", DirectoryID: "3", SourceType: "13", Routine: wire.BoolOf(true), Name: "5", FailedPartitions: n(2),
				LastSuccess: sensorsdata.Partition{Users: n(26829)},
			}},
		},
		{
			"null", `[{"id":7,"dir_id":null,"name":null,"cname":null,"is_routine":null,"status":null,"create_time":null,"failed_partition_count":null,
				"rule_content_list":null,"last_succeed_partition":null,"last_partition_info":null}]`, []sensorsdata.Tag{{ID: "7"}},
		},
		{
			"odd", `[{"id":7,"dir_id":[1],"name":{"x":1},"cname":true,"status":["RUNNING"],"create_time":"yesterday","failed_partition_count":"many",
				"last_succeed_partition":[1],"last_partition_info":{"user_count":{"x":1},"base_time":7.5,"status":null}}]`,
			[]sensorsdata.Tag{{
				ID: "7", CreateTime: sensorsdata.UnusableTime("yesterday"), FailedPartitions: wire.InvalidNumber("many"),
				LastPartition: sensorsdata.Partition{BaseTime: sensorsdata.UnusableTime("7.5"), Users: wire.InvalidNumber("{…}")},
				Unusable:      []string{"[…]", "{…}", "true", "[…]", "[…]"},
			}},
		},
		{
			"rules of any shape before and after", `[{"rule_content_list":{"a":[[[[1]]],{"b":"\u0000"}]},"x":[{"id":5}],"id":7,"rule_content_list":"x","last_partition_info":{
				"rule_content_list":[{"status":"NEW"}],"status":"COMPUTING","rule_content_list":7}}]`,
			[]sensorsdata.Tag{{ID: "7", LastPartition: sensorsdata.Partition{Status: "COMPUTING"}}},
		},
		{"bytes that are no UTF-8", "[{\"id\":7,\"cname\":\"\xff标\\ud800\"}]", []sensorsdata.Tag{{ID: "7", DisplayName: "\ufffd标\ufffd"}}},
		{"name twice", `[{"id":7,"cname":"甲","cname":"乙"}]`, []sensorsdata.Tag{{ID: "7", DisplayName: "乙"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			got := list.Tags
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestTagsWithoutID(t *testing.T) {
	for _, test := range []struct {
		name, body string
		without    []string
	}{
		{"all have one", `[{"id":7}]`, nil},
		{"left out", `[{"id":7},{"name":"b"}]`, []string{""}},
		{"null, empty and odd", `[{"id":null},{"id":""},{"id":7},{"id":{"x":1}},{},{"id":true}]`, []string{"", "", "{…}", "", "true"}},
		{"no whole numbers", `[{"id":7},{"id":2.5},{"id":-1},{"id":"x"},{"id":"0x10"},{"id":1e300}]`, []string{"2.5", "-1", "x", "0x10", "1e300"}},
		{"beyond all ids", `[{"id":7},{"id":` + strings.Repeat("1", 60) + `}]`, []string{strings.Repeat("1", 60)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			if err != nil || len(list.Tags) != 1 || list.Tags[0].ID != "7" || !slices.Equal(list.WithoutID, test.without) {
				t.Errorf("got %v and %q without an id, %v; want 7 and %q", list.Tags, list.WithoutID, err, test.without)
			}
		})
	}
}

func TestRepeatedTags(t *testing.T) {
	list, err := client(answering("GET /v2/user_tags", `[{"id":7},{"id":8},{"id":7.0},{"id":"8"},{"id":9}]`)).Tags(t.Context())
	if want := []string{"7", "8"}; err != nil || len(list.Tags) != 3 || !slices.Equal(list.Repeated, want) {
		t.Errorf("got %v, %q again, %v; want three tags, and %q again", list.Tags, list.Repeated, err, want)
	}
}

// TestFieldsThatNoTagHas takes documented fields away.
func TestFieldsThatNoTagHas(t *testing.T) {
	const success, last = `"last_succeed_partition":{"base_time":null,"finished_time":null,"user_count":null}`, `"last_partition_info":{"base_time":null,"start_time":null,"finished_time":null,"status":"SUCCEED","next_partition_base_time":null}`
	const first = `"id":1,"dir_id":null,"name":null,"cname":null,"data_type":null,"unit":null,"source_type":null,"is_routine":true,"status":"RUNNING","failed_partition_count":null`
	for _, test := range []struct {
		name, body string
		want       []string
	}{
		{"all there", `[{` + first + `,` + success + `,` + last + `}]`, nil},
		{"all there, in several", `[{` + first + `,` + last + `},{"id":2,` + success + `}]`, nil},
		{"no tags", `[]`, nil},
		{"partitions are null", `[{` + first + `,"last_succeed_partition":null,"last_partition_info":null}]`, nil},
		{"new, as documented", `[{` + first + `,"last_succeed_partition":{"rule_content_list":[]},"last_partition_info":{"base_time":"","status":"NEW","next_partition_base_time":""}}]`, nil},
		{"without partitions", `[{` + first + `}]`, []string{"last_succeed_partition", "last_partition_info"}},
		{"id alone", `[{"id":1}]`, []string{
			"dir_id", "name", "cname", "data_type", "unit", "source_type", "is_routine", "status", "failed_partition_count", "last_succeed_partition", "last_partition_info",
		}},
		{"a success without numbers", `[{` + first + `,"last_succeed_partition":{"status":"SUCCEED"},` + last + `}]`, []string{
			"last_succeed_partition.base_time", "last_succeed_partition.finished_time", "last_succeed_partition.user_count",
		}},
		{"a success that does not come", `[{` + first + `,"last_succeed_partition":{},` + last + `}]`, []string{
			"last_succeed_partition.base_time", "last_succeed_partition.finished_time", "last_succeed_partition.user_count",
		}},
		{"a partition that has ended, without times", `[{` + first + `,` + success + `,"last_partition_info":{"status":"FAILED"}}]`, []string{
			"last_partition_info.base_time", "last_partition_info.start_time", "last_partition_info.finished_time", "last_partition_info.next_partition_base_time",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			if err != nil || !slices.Equal(list.Missing, test.want) {
				t.Errorf("%q are missing, %v, want %q", list.Missing, err, test.want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	moment := at("2019-12-18 01:00:26")
	for _, test := range []struct {
		text  string
		want  time.Time
		state string
	}{
		{`"2019-12-18 01:00:26"`, moment, "valid"},
		{`" 2019-12-18 01:00:26 "`, moment, "valid"},
		{`"2019-12-18 01:00:26.0"`, moment, "valid"},
		{`"2019-12-18T01:00:26"`, moment, "valid"},
		{`"2019-12-17T17:00:26Z"`, moment, "valid"},
		{`"2019-12-17T19:00:26+02:00"`, moment, "valid"},
		{`1576602026`, moment, "valid"},
		{`1576602026000`, moment, "valid"},
		{`"1576602026000"`, moment, "valid"},
		{`1000000000`, time.Unix(1e9, 0), "valid"},
		{`"2019-12-18"`, at("2019-12-18 00:00:00"), "valid"},
		{text: `"1970-01-01 08:00:00"`, state: "invalid"}, // as programs write a time that they do not know
		{text: `"0000-00-00 00:00:00"`, state: "absent"},
		{text: `"0001-01-01 00:00:00"`, state: "invalid"},
		{text: `0`, state: "invalid"}, {text: `-1`, state: "absent"}, {text: `""`, state: "absent"}, {text: `" "`, state: "absent"}, {text: `null`, state: "absent"},
		{text: `"2019-13-18 01:00:26"`, state: "invalid"},
		{text: `"2019-12-10 00:00:00:00"`, state: "invalid"},
		{text: `"2019/12/18 00:00"`, state: "invalid"},
		{text: `"Dec 18, 2019 1:00:30 AM"`, state: "invalid"},
		{text: `20191218`, state: "invalid"}, // a date, and no second of 1970
		{text: `999999999`, state: "invalid"},
		{text: `99999999999999999999`, state: "invalid"}, {text: `9007199254740993`, state: "invalid"}, {text: `1.5e9`, state: "invalid"},
		{text: `true`, state: "invalid"}, {text: `{"time":1576602026}`, state: "invalid"}, {text: `"yesterday"`, state: "invalid"},
	} {
		list, err := client(answering("GET /v2/user_tags", `[{"id":1,"create_time":`+test.text+`}]`)).Tags(t.Context())
		got := list.Tags
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: got %v, %v", test.text, got, err)
		}
		created := got[0].CreateTime
		value, ok := created.Get()
		state := "invalid"
		switch {
		case ok:
			state = "valid"
		case created.Absent():
			state = "absent"
		}
		if !value.Equal(test.want) || state != test.state {
			t.Errorf("%s: got %s %v, want %s %v", test.text, state, value, test.state, test.want)
		}
	}
}

// TestTimesThatClocksSkip reads such times as the first instant that there is after them.
func TestTimesThatClocksSkip(t *testing.T) {
	for _, test := range []struct{ zone, text, want string }{
		{"America/Sao_Paulo", "2000-10-08 00:00:00", "2000-10-08T01:00:00-02:00"},
		{"America/Sao_Paulo", "2000-10-08 00:59:59", "2000-10-08T01:00:00-02:00"},
		{"America/Sao_Paulo", "2000-10-08", "2000-10-08T01:00:00-02:00"},
		{"America/Sao_Paulo", "2000-10-08 01:00:00", "2000-10-08T01:00:00-02:00"},
		{"America/Sao_Paulo", "2000-10-07 23:59:59.5", "2000-10-07T23:59:59.5-03:00"},
		{"America/New_York", "2000-04-02T02:30:00", "2000-04-02T03:00:00-04:00"},
		{"Europe/Berlin", "2026-03-29 02:00:00", "2026-03-29T03:00:00+02:00"},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		c := client(answering("GET /v2/user_tags/1", `{"id":1,"create_time":"`+test.text+`"}`), func(o *sensorsdata.Options) { o.Location = zone })
		tag, err := c.Tag(t.Context(), "1")
		if got, _ := tag.CreateTime.Get(); err != nil || got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s in %s: got %v, %v, want %s", test.text, test.zone, got, err, test.want)
		}
	}
}

func TestTagsThatAreNone(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"object", `{"tags":[]}`, "want an array, got object"},
		{"null", `null`, "want an array, got null"},
		{"page", `<html>`, "want JSON, got an HTML page"},
		{"empty", ``, "want JSON, got an empty answer"},
		{"blank", " \n", "want JSON, got an empty answer"},
		{"cut between", `[{"id":1},`, "the answer ends in the middle"},
		{"cut in a tag", `[{"id":1,"cna`, "the answer ends in the middle"},
		{"cut in the rules", `[{"id":1,"rule_content_list":[{"value":`, "the answer ends in the middle"},
		{"page within", `[{"id":1},<html>`, "invalid character '<' at start of value"},
		{"page within the rules", `[{"id":1,"rule_content_list":[<html>`, "invalid character '<' at start of value"},
		{"data after the end", `[{"id":1}]{}`, "want the end of the answer after its value, got another value"},
		{"page after the end", `[{"id":1}]<html>`, "invalid character '<' at start of value"},
		{"no id", `[{"name":"a"},{"name":"b"}]`, "want tags with ids, got 2 without"},
		{"id is null", `[{"id":null}]`, "want tags with ids, got 1 without"},
		{"id is an object", `[{"id":{"x":1}}]`, "want tags with ids, got 1 without"},
		{"one level too deep", `[[{"id":1}]]`, "/0: want an object, got array"},
		{"under a name", `{"data":[{"id":1}]}`, "want an array, got object"},
		{"tag is null", `[null]`, "/0: want an object, got null"},
		{"tag is a string", `["a"]`, "/0: want an object, got string"},
		{"tag is a list", `[[]]`, "/0: want an object, got array"},
		{"text without end", `[{"id":1,"cname":"` + strings.Repeat("x", 5<<20), "got a value of more than 1048576 bytes"},
		{"text without end in the rules", `[{"id":1,"rule_content_list":["` + strings.Repeat("x", 5<<20), "got a value of more than 1048576 bytes"},
		{"deep rules", `[{"id":1,"rule_content_list":` + strings.Repeat("[", 1<<20), "exceeded max depth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			got := list.Tags
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) || got != nil {
				t.Errorf("got %v, %v, want %q", got, e, test.want)
			}
		})
	}
}

func TestTagThatIsAnother(t *testing.T) {
	for body, want := range map[string]string{
		`{"id":2}`:   "want tag 1, got tag 2",
		`{"id":2.5}`: `/id: want a whole number, got "2.5"`,
		`{"id":{}}`:  `/id: want a whole number, got "{…}"`,
		`{"id":` + strings.Repeat("1", 10_000) + `}`: `/id: want a whole number, got "` + strings.Repeat("1", 60) + `"`,
	} {
		_, err := client(answering("GET /v2/user_tags/1", body)).Tag(t.Context(), "1")
		if e := failure(t, err, transport.Malformed); e.Err.Error() != want {
			t.Errorf("got %v, want %s", e, want)
		}
	}
	if tag, err := client(answering("GET /v2/user_tags/1", `{"id":"1.0"}`)).Tag(t.Context(), "1"); err != nil || tag.ID != "1" {
		t.Errorf("got %v, %v", tag, err)
	}
}

func TestTagThatIsNone(t *testing.T) {
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"tag":{"id":1}}`, `{"id":null}`, `<html>`, `{"id":1`, `{"id":1}{}`} {
		got, err := client(answering("GET /v2/user_tags/1", body)).Tag(t.Context(), "1")
		failure(t, err, transport.Malformed)
		if !reflect.DeepEqual(got, sensorsdata.Tag{}) {
			t.Errorf("got %v beside the error", got)
		}
	}
}

// paged answers with pages of tags: page gives the numbers of those from start (−1 = not said), at most
// count of them; call counts the requests from 0 on.
func paged(page func(call, start, count int) []int) *vendor {
	v := newVendor()
	calls := 0
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		start := -1
		if text := r.URL.Query().Get("start"); text != "" {
			start, _ = strconv.Atoi(text)
		}
		count, _ := strconv.Atoi(r.URL.Query().Get("count"))
		list := []string{}
		for _, id := range page(calls, start, count) {
			list = append(list, fmt.Sprintf(`{"id":%d}`, id))
		}
		calls++
		fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
		return true
	}
	return v
}

// cut is a page of a list.
func cut(list []int, start, count int) []int {
	start = min(max(start, 0), len(list))
	return list[start:min(start+count, len(list))]
}

// upTo is the numbers of so many tags, but for some.
func upTo(total int, but ...int) (list []int) {
	for id := 1; id <= total; id++ {
		if !slices.Contains(but, id) {
			list = append(list, id)
		}
	}
	return list
}

func TestPagesOfTags(t *testing.T) {
	const each = sensorsdata.TagsPerPage
	of := func(total, base int) func(int, int, int) []int {
		return func(_, start, count int) []int { return cut(upTo(total), start-base, count) }
	}
	for _, test := range []struct {
		name  string
		page  func(call, start, count int) []int
		tags  int
		calls int
	}{
		{"no tags", of(0, 0), 0, 2},
		{"the first 250 tags left out", func(_, start, count int) []int {
			return slices.DeleteFunc(slices.Clone(cut(upTo(900), start, count)), func(id int) bool { return id <= 250 })
		}, 650, 14}, // read twice, with the same tags
		{"one tag", of(1, 0), 1, 2},
		{"one tag, counted from one", of(1, 1), 1, 3},
		{"two tags", of(2, 0), 2, 2},
		{"two tags, counted from one", of(2, 1), 2, 3},
		{"three tags, counted from one", of(3, 1), 3, 2},
		{"one page, not full", of(each-1, 0), each - 1, 2},
		{"one that is full", of(each, 0), each, 3},
		{"three", of(2*each+50, 0), 2*each + 50, 5},
		{"counted from one", of(2*each+50, 1), 2*each + 50, 7}, // with two that find that out
		{"counted from one, and full", of(2*each, 1), 2 * each, 7},
		{"counted from one, and one beyond", of(2*each+1, 1), 2*each + 1, 7},
		{"one page, counted from one", of(each, 1), each, 3},
		{"no pages at all", func(int, int, int) []int { return upTo(3 * each) }, 3 * each, 2},
		{"pages of more than are asked for", func(_, start, _ int) []int { return cut(upTo(1200), start, 500) }, 1200, 5},
		{"no pages at all, and few tags", func(int, int, int) []int { return upTo(150) }, 150, 3},
		{"no pages at all, and two tags", func(int, int, int) []int { return upTo(2) }, 2, 4},
		{"no pages at all, and one tag", func(int, int, int) []int { return upTo(1) }, 1, 3},
		{"pages of a hundred at most", func(_, start, count int) []int { return cut(upTo(350), start, min(count, 100)) }, 350, 6},
		{"pages of a hundred at most, counted from one", func(_, start, count int) []int { return cut(upTo(350), start-1, min(count, 100)) }, 350, 8},
		{"pages of one", func(_, start, _ int) []int { return cut(upTo(5), start, 1) }, 5, 6},
		{"pages of one, counted from one", func(_, start, _ int) []int { return cut(upTo(5), start-1, 1) }, 5, 7},
		{"pages of two", func(_, start, _ int) []int { return cut(upTo(5), start, 2) }, 5, 5},
		{"pages of two, counted from one", func(_, start, _ int) []int { return cut(upTo(5), start-1, 2) }, 5, 6},
		{"pages of three, counted from one", func(_, start, count int) []int { return cut(upTo(7), start-1, min(count, 3)) }, 7, 7},
		{"a tag left out of a page after it was cut", func(_, start, count int) []int {
			page := cut(upTo(600), start, count)
			return slices.DeleteFunc(slices.Clone(page), func(id int) bool { return id == 5 || id == 300 })
		}, 598, 12}, // read twice, with the same tags
		{"most tags left out of pages after they were cut", func(_, start, count int) []int {
			return slices.DeleteFunc(slices.Clone(cut(upTo(190), start, count)), func(id int) bool { return id%50 != 0 })
		}, 3, 8},
		{"most tags left out of many pages after they were cut", func(_, start, count int) []int {
			return slices.DeleteFunc(slices.Clone(cut(upTo(900), start, count)), func(id int) bool { return id%60 != 0 })
		}, 15, 26},
		{"250 tags left out after the first page", func(_, start, count int) []int {
			return slices.DeleteFunc(slices.Clone(cut(upTo(900), start, count)), func(id int) bool { return id > 200 && id <= 450 })
		}, 650, 14}, // read twice, with the same tags
		{"a tag less meanwhile", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start, count)
			}
			return cut(upTo(400, 4), start, count)
		}, 399, 6}, // read again from the start
		{"a tag less meanwhile, counted from one", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start-1, count)
			}
			return cut(upTo(400, 4), start-1, count)
		}, 400, 5}, // with the one that is gone
		{"a tag more meanwhile", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start, count)
			}
			return cut(append([]int{1000}, upTo(400)...), start, count)
		}, 401, 12}, // read again, and two requests find out from which number tags are counted
		{"a tag more meanwhile, counted from one", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start-1, count)
			}
			return cut(append([]int{1000}, upTo(400)...), start-1, count)
		}, 401, 12},
		{"a tag more at the end meanwhile", func(call, start, count int) []int {
			return cut(upTo(400+min(call, 1)), start, count)
		}, 401, 5},
		{"a tag that moves to the front meanwhile", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start, count)
			}
			return cut(append([]int{350}, upTo(400, 350)...), start, count)
		}, 400, 12},
		{"a list that shrinks by half meanwhile", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start, count)
			}
			return cut(upTo(150), start, count)
		}, 150, 4},
		{"a list that is empty meanwhile", func(call, start, count int) []int {
			if call == 0 {
				return cut(upTo(400), start, count)
			}
			return nil
		}, 0, 4},
		{"almost too many", of(each+98*(each-1), 0), each + 98*(each-1), 101},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.page)
			list, err := client(v).Tags(t.Context())
			got := list.Tags
			if err != nil || len(got) != test.tags {
				t.Errorf("got %d tags, %v, want %d", len(got), err, test.tags)
			}
			seen := map[string]bool{}
			for _, tag := range got {
				if seen[tag.ID] {
					t.Fatalf("tag %s twice", tag.ID)
				}
				seen[tag.ID] = true
			}
			v.ExpectCalls(t, test.calls)
		})
	}
}

// TestListsOfTagsThatCannotBeRead lets pages repeat, go missing and change, so that it is not known whether a tag is
// left out.
func TestListsOfTagsThatCannotBeRead(t *testing.T) {
	const each = sensorsdata.TagsPerPage
	for _, test := range []struct {
		name  string
		page  func(call, start, count int) []int
		want  string
		calls int
	}{
		{
			"a tag less between any two pages", func(call, start, count int) []int { return cut(upTo(1000)[2*call:], start, count) },
			"the list of tags changes while it is read: its pages did not fit together 3 times", 6,
		},
		{
			"another tag moves to the front between any two pages", func(call, start, count int) []int {
				return cut(append([]int{900 + call}, upTo(1000, 900+call)...), start, count)
			}, "the list of tags changes while it is read: its pages did not fit together 3 times", 24,
		},
		{
			"the first page for ever", func(_, _, count int) []int { return cut(upTo(each+1), 0, count) },
			"the list of tags cannot be read beyond its first 200: the request for the next ones returned the first page again", 4,
		},
		{
			"the first page for ever, with a bound of its own", func(_, _, count int) []int { return cut(upTo(500), 0, min(count, 100)) },
			"the list of tags cannot be read beyond its first 100: the request for the next ones returned the first page again", 4,
		},
		{
			"the second page for ever", func(_, start, count int) []int { return cut(upTo(1000), min(start, each-1), count) },
			"the list of tags changes while it is read: its pages did not fit together 3 times", 12,
		},
		{
			"the second page for ever, two at a time", func(_, start, count int) []int { return cut(upTo(1000), min(start, 1), min(count, 2)) },
			"the list of tags changes while it is read: its pages did not fit together 3 times", 15,
		},
		{
			"start counts pages", func(_, start, count int) []int { return cut(upTo(500), start*count, count) },
			"the list of tags changes while it is read: its pages did not fit together 3 times", 6,
		},
		{
			"nothing behind the first page", func(_, start, count int) []int {
				if start > 0 {
					return nil
				}
				return cut(upTo(500), 0, count)
			}, "the list of tags changes while it is read: its pages did not fit together 3 times", 6,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.page)
			list, err := client(v).Tags(t.Context())
			e := failure(t, err, transport.Malformed)
			if e.Err.Error() != test.want || list.Tags != nil {
				t.Errorf("got  %d tags, %v\nwant %s", len(list.Tags), e, test.want)
			}
			v.ExpectCalls(t, test.calls)
		})
	}
}

// TestPagesOfTagsWithoutID has rows without ids at the ends of pages, where they come again.
func TestPagesOfTagsWithoutID(t *testing.T) {
	const each = sensorsdata.TagsPerPage
	for _, test := range []struct {
		name    string
		base    int
		odd     []int
		tags    int
		without int
		want    string // of the error
	}{
		{"in the middle of a page", 0, []int{7, 250}, 398, 2, ""},
		{"last of a page", 0, []int{each}, 399, 1, ""},
		{"last of a page, counted from one", 1, []int{each}, 399, 1, ""},
		{"last but one of a page, counted from one", 1, []int{each - 1}, 399, 1, ""},
		{"last of all", 0, []int{400}, 399, 1, ""},
		{"last of all, counted from one", 1, []int{400}, 399, 1, ""},
		{"a page of them", 0, upTo(400)[each:], 0, 0, "want tags with ids, got a page with none but 199 without"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				start, err := strconv.Atoi(r.URL.Query().Get("start"))
				if err != nil {
					start = test.base
				}
				var rows []string
				for _, id := range cut(upTo(400), start-test.base, each) {
					row := fmt.Sprintf(`{"id":%d}`, id)
					if slices.Contains(test.odd, id) {
						row = `{"id":"x"}`
					}
					rows = append(rows, row)
				}
				fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
				return true
			}
			list, err := client(v).Tags(t.Context())
			if test.want != "" {
				if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) {
					t.Errorf("got  %v\nwant %s", e, test.want)
				}
				return
			}
			if err != nil || len(list.Tags) != test.tags || len(list.WithoutID) != test.without {
				t.Errorf("got %d tags and %d without an id, %v; want %d and %d", len(list.Tags), len(list.WithoutID), err, test.tags, test.without)
			}
		})
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	v := paged(func(_, start, count int) []int { return upTo(max(start, 0) + count)[max(start, 0):] })
	list, err := client(v).Tags(t.Context())
	got := list.Tags
	e := failure(t, err, transport.TooLarge)
	if want := "sensorsdata GET /v2/user_tags: too_large: the list of tags goes on after 100 pages with 19901 tags"; e.Error() != want || got != nil {
		t.Errorf("got  %d tags, %v\nwant %s", len(got), e, want)
	}
	v.ExpectCalls(t, 100)
}

func TestPageThatFails(t *testing.T) {
	v := paged(func(_, start, count int) []int { return cut(upTo(1000), start, count) })
	full := v.onCall
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("start") != "" {
			return vendortest.Always(503, "")(w, r)
		}
		return full(w, r)
	}
	list, err := client(v).Tags(t.Context())
	got := list.Tags
	failure(t, err, transport.HTTP)
	if got != nil {
		t.Errorf("got %d tags beside the error", len(got))
	}
	v.ExpectCalls(t, 2)
}
