package sensorsdata_test

import (
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var odd = wire.NumberOf(math.NaN())

func TestDocumentedTags(t *testing.T) {
	want := sensorsdata.Tag{
		ID: "2", DirectoryID: "8", Name: "user_tag_xionghuacheng1_1", DisplayName: "xionghuacheng1_1", DataType: "STRING", Unit: "DAY",
		SourceType: "1", Routine: wire.BoolOf(true), Status: "RUNNING", Cron: "0 0 0 * * ? *", CreateTime: at("2019-11-27 12:02:24"), FailedPartitions: n(0),
		LastSuccess: sensorsdata.Partition{
			BaseTime: at("2019-12-18 00:00:00"), FinishedTime: at("2019-12-18 01:01:02"), Users: n(0), Status: "SUCCEED",
		},
		LastPartition: sensorsdata.Partition{
			BaseTime: at("2019-12-18 00:00:00"), StartTime: at("2019-12-18 01:00:59"), FinishedTime: at("2019-12-18 01:01:02"), Users: n(0), Status: "SUCCEED",
		},
		NextBaseTime: at("2019-12-19 00:00:00"),
	}
	got, err := client(answering("GET /v2/user_tags", tagsDocument)).Tags(t.Context())
	if err != nil || !reflect.DeepEqual(got, []sensorsdata.Tag{want}) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestDocumentedTag(t *testing.T) {
	want := sensorsdata.Tag{
		ID: "15", DirectoryID: "1", Name: "user_tag_biaoqian12", DisplayName: "标签12", DataType: "STRING", Unit: "DAY",
		SourceType: "1", Routine: wire.BoolOf(true), Status: "RUNNING", Cron: "0 0 0 * * ? *", CreateTime: at("2019-12-05 20:46:56"), FailedPartitions: n(0),
		LastSuccess: sensorsdata.Partition{
			BaseTime: at("2019-12-18 00:00:00"), FinishedTime: at("2019-12-18 01:00:30"), Users: n(0), Status: "SUCCEED",
		},
		LastPartition: sensorsdata.Partition{
			BaseTime: at("2019-12-18 00:00:00"), StartTime: at("2019-12-18 01:00:26"), FinishedTime: at("2019-12-18 01:00:30"), Users: n(0), Status: "SUCCEED",
		},
		NextBaseTime: at("2019-12-19 00:00:00"),
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
			[]sensorsdata.Tag{{ID: "7", FailedPartitions: odd, LastPartition: sensorsdata.Partition{Users: odd}}},
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
			got, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	moment := at("2019-12-18 01:00:26")
	for _, test := range []struct {
		text string
		want time.Time
	}{
		{`"2019-12-18 01:00:26"`, moment},
		{`" 2019-12-18 01:00:26 "`, moment},
		{`"2019-12-18 01:00:26.0"`, moment},
		{`"2019-12-18T01:00:26"`, moment},
		{`"2019-12-17T17:00:26Z"`, moment},
		{`"2019-12-17T19:00:26+02:00"`, moment},
		{`1576602026`, moment},
		{`1576602026000`, moment},
		{`"1576602026000"`, moment},
		{`"2019-12-18"`, at("2019-12-18 00:00:00")},
		{`"1970-01-01 08:00:00"`, time.Time{}},
		{`"0000-00-00 00:00:00"`, time.Time{}},
		{`"0001-01-01 00:00:00"`, time.Time{}},
		{`"2019-13-18 01:00:26"`, time.Time{}},
		{`"2019-12-10 00:00:00:00"`, time.Time{}},
		{`0`, time.Time{}}, {`-1`, time.Time{}}, {`99999999999999999999`, time.Time{}}, {`9007199254740993`, time.Time{}}, {`1.5e9`, time.Time{}},
		{`""`, time.Time{}}, {`null`, time.Time{}}, {`true`, time.Time{}}, {`{"time":1576602026}`, time.Time{}},
	} {
		got, err := client(answering("GET /v2/user_tags", `[{"id":1,"create_time":`+test.text+`}]`)).Tags(t.Context())
		if err != nil || len(got) != 1 || !got[0].CreateTime.Equal(test.want) || got[0].CreateTime.IsZero() != test.want.IsZero() {
			t.Errorf("%s: got %v, %v, want %s", test.text, got, err, test.want)
		}
	}
}

func TestTagsThatAreNone(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"object", `{"tags":[]}`, "want an array, got object"},
		{"null", `null`, "want an array, got null"},
		{"page", `<html>`, "invalid character '<' at start of value"},
		{"empty", ``, "the answer is empty"},
		{"blank", " \n", "the answer is empty"},
		{"cut between", `[{"id":1},`, "the answer ends in the middle"},
		{"cut in a tag", `[{"id":1,"cna`, "the answer ends in the middle"},
		{"cut in the rules", `[{"id":1,"rule_content_list":[{"value":`, "the answer ends in the middle"},
		{"page within", `[{"id":1},<html>`, "invalid character '<' at start of value"},
		{"page within the rules", `[{"id":1,"rule_content_list":[<html>`, "invalid character '<' at start of value"},
		{"data after the end", `[{"id":1}]{}`, "want the end of the answer after its value, got another value"},
		{"page after the end", `[{"id":1}]<html>`, "invalid character '<' at start of value"},
		{"no id", `[{"id":1},{"name":"b"}]`, "/1/id: want an id, got none"},
		{"id is null", `[{"id":null}]`, "/0/id: want an id, got none"},
		{"id is an object", `[{"id":{"x":1}}]`, "/0/id: want an id, got none"},
		{"tag is null", `[null]`, "/0: want an object, got null"},
		{"tag is a string", `["a"]`, "/0: want an object, got string"},
		{"tag is a list", `[[]]`, "/0: want an object, got array"},
		{"text without end", `[{"id":1,"cname":"` + strings.Repeat("x", 5<<20), "got a value of more than 1048576 bytes"},
		{"text without end in the rules", `[{"id":1,"rule_content_list":["` + strings.Repeat("x", 5<<20), "got a value of more than 1048576 bytes"},
		{"deep rules", `[{"id":1,"rule_content_list":` + strings.Repeat("[", 1<<20), "exceeded max depth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(answering("GET /v2/user_tags", test.body)).Tags(t.Context())
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.want) || got != nil {
				t.Errorf("got %v, %v, want %q", got, e, test.want)
			}
		})
	}
}

func TestTagThatIsNone(t *testing.T) {
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"tag":{"id":1}}`, `{"id":null}`, `<html>`, `{"id":1`, `{"id":1}{}`} {
		got, err := client(answering("GET /v2/user_tags/1", body)).Tag(t.Context(), "1")
		failure(t, err, transport.Malformed)
		if got != (sensorsdata.Tag{}) {
			t.Errorf("got %v beside the error", got)
		}
	}
}

// paged answers with pages of tags: page gives the numbers of those from start (−1 = not said).
func paged(page func(start int) (first, count int)) *vendor {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		start := -1
		if text := r.URL.Query().Get("start"); text != "" {
			start, _ = strconv.Atoi(text)
		}
		first, count := page(start)
		list := make([]string, count)
		for i := range list {
			list[i] = fmt.Sprintf(`{"id":%d}`, first+i)
		}
		fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
		return true
	}
	return v
}

func TestPagesOfTags(t *testing.T) {
	const each = sensorsdata.TagsPerPage
	of := func(total, base int) func(int) (int, int) {
		return func(start int) (int, int) {
			first := min(max(start, base)-base, total)
			return first, min(each, total-first)
		}
	}
	for _, test := range []struct {
		name  string
		page  func(int) (int, int)
		tags  int
		calls int
	}{
		{"no tags", of(0, 0), 0, 1},
		{"one, not full", of(each-1, 0), each - 1, 1},
		{"one that is full", of(each, 0), each, 2},
		{"three", of(2*each+50, 0), 2*each + 50, 3},
		{"counted from one", of(2*each+50, 1), 2*each + 50, 3},
		{"counted from one, and full", of(2*each, 1), 2 * each, 3},
		{"counted from one, and one beyond", of(2*each+1, 1), 2*each + 1, 3},
		{"no pages at all", func(int) (int, int) { return 0, 3 * each }, 3 * each, 1},
		{"the first page for ever", func(int) (int, int) { return 0, each }, each, 2},
		{"a tag less meanwhile", func(start int) (int, int) {
			if start < 0 {
				return 0, each
			}
			return each + 1, 10
		}, each + 10, 2},
		{"almost too many", of(100*each-1, 0), 100*each - 1, 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := paged(test.page)
			got, err := client(v).Tags(t.Context())
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
			v.expect(t, test.calls)
		})
	}
}

func TestPagesWithoutEnd(t *testing.T) {
	v := paged(func(start int) (int, int) { return max(start, 0), sensorsdata.TagsPerPage })
	got, err := client(v).Tags(t.Context())
	e := failure(t, err, transport.TooLarge)
	if want := "sensorsdata GET /v2/user_tags: too_large: the project has 20000 tags or more"; e.Error() != want || got != nil {
		t.Errorf("got  %d tags, %v\nwant %s", len(got), e, want)
	}
	v.expect(t, 100)
}

func TestPageThatFails(t *testing.T) {
	v := paged(func(start int) (int, int) { return max(start, 0), sensorsdata.TagsPerPage })
	full := v.onCall
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("start") != "" {
			return always(503, "")(w, r)
		}
		return full(w, r)
	}
	got, err := client(v).Tags(t.Context())
	failure(t, err, transport.HTTP)
	if got != nil {
		t.Errorf("got %d tags beside the error", len(got))
	}
	v.expect(t, 2)
}
