package sensorsdata_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestTagAnswer(t *testing.T) {
	b := newTestProject(t, nil)
	whole := b.send("GET", "/user_tags/21", "").Body.Bytes()
	want := []string{
		"id", "dir_id", "name", "cname", "user_name", "create_time", "data_type", "unit", "source_type", "is_routine",
		"status", "comment", "cron",
		"rule_content_list", "failed_partition_count", "last_succeed_partition", "last_partition_info",
	}
	if got := simtest.Keys(t, whole); !slices.Equal(got, want) {
		t.Errorf("fields are %v, want %v", got, want)
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(whole, &parts); err != nil {
		t.Fatal(err)
	}
	if got, want := simtest.Keys(t, parts["last_succeed_partition"]),
		[]string{"base_time", "finished_time", "user_count", "status", "rule_content_list"}; !slices.Equal(got, want) {
		t.Errorf("fields of last_succeed_partition are %v, want %v", got, want)
	}
	if got, want := simtest.Keys(t, parts["last_partition_info"]),
		[]string{"base_time", "start_time", "finished_time", "user_count", "status", "next_partition_base_time"}; !slices.Equal(got, want) {
		t.Errorf("fields of last_partition_info are %v, want %v", got, want)
	}
	tag := b.tag("21")
	if tag.CName != "用户生命周期" || tag.Status != "RUNNING" || !tag.Routine || tag.Last.Base != "2026-11-17 00:00:00" || tag.Last.Next != "2026-11-18 00:00:00" {
		t.Errorf("tag is %+v", tag)
	}
	var list []json.RawMessage
	b.decode("/user_tags?start=12&count=1", "", &list)
	if len(list) != 1 || string(list[0]) != b.send("GET", fmt.Sprintf("/user_tags/%d", b.tagIDs("?start=12&count=1")[0]), "").Body.String() {
		t.Error("a tag alone is another than in the list")
	}
}

func TestTagPages(t *testing.T) {
	for _, tc := range []struct {
		query string
		zero  bool
		want  string
	}{
		{"", false, "[1 2 3 4 5]"},
		{"?invisible=false", false, "[1 2 3 4 5]"},
		{"?invisible=true", false, "[1 2 3 4 5 6 7]"},
		{"?start=1&count=2", false, "[1 2]"},
		{"?start=3&count=2", false, "[3 4]"},
		{"?start=5&count=2", false, "[5]"},
		{"?start=6&count=2", false, "[]"},
		{"?start=4000", false, "[]"},
		{"?start=0&count=2", false, "[1 2]"},
		{"?count=3", false, "[1 2 3]"},
		{"?start=0&count=2", true, "[1 2]"},
		{"?start=2&count=2", true, "[3 4]"},
		{"?start=4&count=9223372036854775807", true, "[5]"},
	} {
		t.Run(fmt.Sprint(tc.query, tc.zero), func(t *testing.T) {
			b := newTestProject(t, func(p *sensorsdata.Project) {
				p.TagsFromZero = tc.zero
				p.Directories = []sensorsdata.Directory{{ID: 1, Name: "一"}, {ID: 2, Name: "二", Hidden: true}, {ID: 3, Name: "三", Parent: 2}}
				for _, id := range []int64{4, 2, 3, 5, 1} {
					p.Tags = append(p.Tags, sensorsdata.Tag{ID: id})
				}
				p.Tags = append(p.Tags, sensorsdata.Tag{ID: 6, Directory: 2}, sensorsdata.Tag{ID: 7, Directory: 3})
			})
			if got := fmt.Sprint(b.tagIDs(tc.query)); got != tc.want {
				t.Errorf("tags are %s, want %s", got, tc.want)
			}
		})
	}
}

func TestTagPagesHaveABound(t *testing.T) {
	for query, want := range map[string]string{"": "[1 2 3]", "?count=2": "[1 2]", "?start=3&count=200": "[3 4 5]", "?start=5": "[5]"} {
		b := newTestProject(t, func(p *sensorsdata.Project) {
			p.MaxTagsPerPage = 3
			for id := range int64(5) {
				p.Tags = append(p.Tags, sensorsdata.Tag{ID: id + 1})
			}
		})
		if got := fmt.Sprint(b.tagIDs(query)); got != want {
			t.Errorf("%q: tags are %s, want %s", query, got, want)
		}
	}
}

func TestRulesHaveTheirSize(t *testing.T) {
	for _, source := range []int{1, 9, 10, 11, 12, 13, 2, 5, 6, 7, 21} {
		for _, bytes := range []int{0, 20_000} {
			b := newTestProject(t, func(p *sensorsdata.Project) {
				p.RuleBytes = bytes
				p.Tags = []sensorsdata.Tag{{ID: 1, Source: source}}
			})
			tag := b.tag("1")
			rules := string(tag.Rules)
			if string(tag.Succeeded.Rules) != rules {
				t.Errorf("source %d: the last partition has other rules", source)
			}
			if slices.Contains([]int{2, 5, 6, 7, 21}, source) {
				if rules != "null" {
					t.Errorf("source %d has rules: %.80s", source, rules)
				}
				continue
			}
			if bytes == 0 && len(rules) > 3_000 || bytes > 0 && (len(rules) < bytes || len(rules) > bytes*11/10) {
				t.Errorf("source %d: %d bytes of rules, want about %d", source, len(rules), bytes)
			}
			if strings.HasPrefix(rules, `[{"value":"分层1","type":"rules_relation"`) != (source == 1) {
				t.Errorf("source %d: rules begin %.80s", source, rules)
			}
		}
	}
}

// directoryItem is a directory or a tag in one.
type directoryItem struct {
	Type      string
	ID        int64
	Name      *string
	CName     string
	IsDefault *bool `json:"is_default"`
	Permitted *bool `json:"is_permitted"`
	Items     []directoryItem
}

// outline writes directories as ID(…) and tags as their ids.
func outline(items []directoryItem) string {
	var parts []string
	for _, item := range items {
		text := fmt.Sprint(item.ID)
		if item.Type == "DIR" {
			text += "(" + outline(item.Items) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

func TestDirectories(t *testing.T) {
	b := newTestProject(t, nil)
	for _, tc := range []struct{ query, want string }{
		{"", "1(18) 8(9(7 17) 10 15 20 21 24) 14(11 13 16(22() 25 26 27) 19 23)"},
		{"?need_user_tag=false", "1() 8(9()) 14(16(22()))"},
		{"?tag_status=SUSPEND", "1() 8(9()) 14(16(22() 26))"},
		{"?tag_status=PENDING&need_user_tag=true&unit=DAY", "1() 8(9()) 14(16(22() 27))"},
		{"?source_type=9", "1() 8(9()) 14(16(22()) 19)"},
		{"?is_routine=0", "1(18) 8(9(17)) 14(16(22() 25))"},
		{"?is_routine=1&last_partition_status=SUCCEED&source_type=21", "1() 8(9() 24) 14(16(22()))"},
		{"?last_partition_status=NEW", "1() 8(9()) 14(16(22()))"},
	} {
		t.Run(tc.query, func(t *testing.T) {
			var list []directoryItem
			b.decode("/user_tags/dirs"+tc.query, "", &list)
			if got := outline(list); got != tc.want {
				t.Errorf("directories are %s, want %s", got, tc.want)
			}
		})
	}
	var list []directoryItem
	b.decode("/user_tags/dirs", "", &list)
	first := list[0]
	if first.CName != "未分类" || first.IsDefault == nil || !*first.IsDefault || list[1].IsDefault != nil {
		t.Errorf("the default directory is %+v", first)
	}
	if tag := first.Items[0]; tag.Type != "USER_TAG" || *tag.Name != "user_tag_zhongziyonghu" || !*tag.Permitted {
		t.Errorf("its tag is %+v", tag)
	}
}

func TestPartitions(t *testing.T) {
	b := newTestProject(t, nil)
	for _, tc := range []struct{ query, want string }{
		{"from_date=2026-11-16&to_date=2026-11-17", "16 17"},
		{"from_date=2026-11-16&to_date=2026-11-30", "16 17"},
		{"from_date=2026-11-14+00:00:01&to_date=2026-11-16+00:00:00", "15 16"},
		{"from_date=2026-11-14&to_date=2026-11-17&order=desc", "17 16 15 14"},
		{"from_date=2026-11-14&to_date=2026-11-17&start=2&count=2", "15 16"},
		{"from_date=2026-11-14&to_date=2026-11-17&start=4&count=2", "17"},
		{"from_date=2026-11-14&to_date=2026-11-17&start=5", ""},
		{"order=desc&count=3", "17 16 15"},
		{"from_date=2027-01-01&to_date=2027-01-02", ""},
		{"from_date=0001-01-01&to_date=9999-01-02&start=90", "17"},
	} {
		t.Run(tc.query, func(t *testing.T) {
			var list []partition
			b.decode("/user_tags/21/partitions?"+tc.query, "", &list)
			var days []string
			for _, p := range list {
				days = append(days, p.Base[8:10])
				if len(p.Rules) < 100 {
					t.Errorf("rules are %s", p.Rules)
				}
			}
			if got := strings.Join(days, " "); got != tc.want {
				t.Errorf("partitions are of %s, want %s", got, tc.want)
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		for _, id := range []int64{20, 26, 17, 27} {
			want := b.data().Partitions(id, simtest.Noon)
			var list []partition
			b.decode(fmt.Sprintf("/user_tags/%d/partitions", id), "", &list)
			if !slices.EqualFunc(list, want, partition.is) {
				t.Errorf("partitions of %d are\n%+v, want\n%+v", id, list, want)
			}
		}
	})
	t.Run("status", func(t *testing.T) {
		var list []partition
		b.decode("/user_tags/20/status?base_time_list=2026-11-16,2026-11-17%2000:00:00,2026-11-18", "", &list)
		if want := b.data().Partitions(20, simtest.Noon); !slices.EqualFunc(list, want[len(want)-2:], partition.is) {
			t.Errorf("partitions are %+v", list)
		}
	})
}

// result is half of a report.
type result struct {
	Series []string
	Rows   []struct {
		Value string `json:"by_value"`
		Days  []struct {
			Users   int64 `json:"user_count"`
			Percent float64
			Base    string `json:"base_time"`
		} `json:"partition_values"`
	}
}

type report struct {
	All    result `json:"aggregate_result"`
	Values result `json:"non_aggregate_result"`
}

func TestReport(t *testing.T) {
	b := newTestProject(t, nil)
	read := func(id int64, from, to, more string) report {
		t.Helper()
		var got report
		b.decode(fmt.Sprintf("/user_tags/%d/report", id), fmt.Sprintf(`{"from_date":%q,"to_date":%q%s}`, from, to, more), &got)
		return got
	}
	for _, id := range []int64{7, 11, 13, 19, 20} {
		got := read(id, "2026-11-10", "2026-11-17", "")
		var days []sensorsdata.Partition
		for _, p := range b.data().Partitions(id, simtest.Noon) {
			if p.Status == "SUCCEED" && !p.Base.Before(time.Date(2026, time.November, 10, 0, 0, 0, 0, simtest.Noon.Location())) {
				days = append(days, p)
			}
		}
		newest := days[len(days)-1]
		if len(days) == 8 == (id == 20) || len(got.All.Series) != len(days) || !slices.Equal(got.All.Series, got.Values.Series) ||
			got.All.Series[len(days)-1] != newest.Base.Format(time.DateTime) {
			t.Errorf("tag %d: %d days, series is %v", id, len(days), got.All.Series)
		}
		all := got.All.Rows[0]
		if len(got.All.Rows) != 1 || all.Value != "$ALL" || len(all.Days) != len(days) || all.Days[len(days)-1].Users != newest.Users || all.Days[0].Percent != 100 {
			t.Errorf("tag %d: total is %+v", id, got.All.Rows)
		}
		want := b.data().Values(id, newest.Base)
		if len(got.Values.Rows) != len(want) {
			t.Fatalf("tag %d: %d values, want %d", id, len(got.Values.Rows), len(want))
		}
		for i, row := range got.Values.Rows {
			last := row.Days[len(days)-1]
			if len(row.Days) != len(days) || (sensorsdata.Value{Value: row.Value, Users: last.Users, Percent: last.Percent}) != want[i] || last.Base != got.Values.Series[len(days)-1] {
				t.Errorf("tag %d: row %d is %+v, want %+v", id, i, row, want[i])
			}
		}
	}
	if got := read(13, "2026-11-17", "2026-11-17", `,"limit":5,"bucket_param":[0]`); len(got.Values.Rows) != 5 || len(got.All.Rows) != 1 {
		t.Errorf("%d values with a limit of 5", len(got.Values.Rows))
	}
	if got := read(13, "2026-11-17", "2026-11-17", `,"limit":0`); len(got.Values.Rows) != 60 {
		t.Errorf("%d values without a limit", len(got.Values.Rows))
	}
	if got := b.send("POST", "/user_tags/13/report", `{"from_date":"2026-11-18","to_date":"2026-11-18"}`).Body.String(); got !=
		`{"aggregate_result":{"series":[],"rows":[]},"non_aggregate_result":{"series":[],"rows":[]}}` {
		t.Errorf("report of a day to come is %s", got)
	}
}

// users is an answer with users.
type users struct {
	Pages   int64    `json:"page_num"`
	Size    int64    `json:"size"`
	Columns []string `json:"column_name"`
	Users   []struct {
		ID       string
		FirstID  string `json:"first_id"`
		Profiles map[string]string
	}
}

func TestUsers(t *testing.T) {
	b := newTestProject(t, nil)
	const gold = `{"conditions":[{"field":"user.viplevel","function":"equal","params":["黄金"]}]}`
	size, err := b.data().Segment([]byte(gold), simtest.Noon)
	if err != nil || size < 5_000 || size > 700_000 {
		t.Fatalf("size is %d (%v)", size, err)
	}
	for _, tc := range []struct {
		name, more         string
		size, pages, users int64
	}{
		{"as few as there may be", `,"num_per_page":1`, size, size, 1},
		{"usual page", "", size, (size + 49) / 50, 50},
		{"last page", fmt.Sprintf(`,"num_per_page":1000,"page":%d`, size/1000), size, size/1000 + 1, size % 1000},
		{"beyond", `,"page":9000000000000`, size, (size + 49) / 50, 0},
		{"a limit bounds the size", `,"limit":70,"page":1,"use_cache":true`, 70, 2, 20},
		{"all pages", `,"limit":70,"all_page":true`, 70, 1, 70},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got users
			b.decode("/reports/user_analytics/users", `{"filter":`+gold+tc.more+`,"profiles":["user.$name","user.city","user.mobile","user.$device_id_list"]}`, &got)
			if got.Size != tc.size || got.Pages != tc.pages || int64(len(got.Users)) != tc.users {
				t.Errorf("size %d, %d pages, %d users; want %d, %d, %d", got.Size, got.Pages, len(got.Users), tc.size, tc.pages, tc.users)
			}
			if want := []string{"$name", "city", "mobile", "$device_id_list"}; !slices.Equal(got.Columns, want) {
				t.Errorf("columns are %v", got.Columns)
			}
			for _, user := range got.Users {
				if user.ID == "" || len(user.FirstID) != 16 || len(user.Profiles) != 3 || user.Profiles["$name"] == "" {
					t.Fatalf("user is %+v", user)
				}
			}
		})
	}
}

func TestSegments(t *testing.T) {
	b := newTestProject(t, nil)
	segment := func(relation, conditions string) int64 {
		t.Helper()
		filter := `{"conditions":[` + conditions + `]` + relation + `}`
		var got users
		b.decode("/reports/user_analytics/users", `{"num_per_page":1,"filter":`+filter+`}`, &got)
		if want, err := b.data().Segment([]byte(filter), b.Clock.Now()); err != nil || got.Size != want {
			t.Errorf("size is %d, want %d (%v)", got.Size, want, err)
		}
		return got.Size
	}
	const city, level = `{"field":"user.city","function":"equal","params":["上海"]}`, `{"field":"user.viplevel","function":"equal","params":["黄金"]}`
	one, other := segment("", city), segment("", level)
	both, either := segment(`,"relation":"and"`, city+","+level), segment(`,"relation":"or"`, city+","+level)
	if both <= 0 || both >= min(one, other) || either <= max(one, other) || either > one+other || segment("", city+","+level) != both {
		t.Errorf("%d and %d make %d together and %d in all", one, other, both, either)
	}
	b.Clock.Advance(time.Hour)
	if later := segment("", city); later == one || later < one*8/10 || later > one*12/10 {
		t.Errorf("size an hour later is %d after %d", later, one)
	}
	partitions := b.data().Partitions(24, simtest.Noon)
	newest, before := partitions[len(partitions)-1], partitions[len(partitions)-2]
	for field, want := range map[string]int64{
		"user.user_tag_rfm":                     newest.Users,
		"user.user_tag_rfm@2026-11-16 00:00:00": before.Users,
		"user.user_tag_rfm@2026-11-16":          before.Users,
	} {
		if got := segment("", `{"field":"`+field+`","function":"isSet"}`); got < want-want/100 || got > want+want/100 {
			t.Errorf("%s: %d users, want about %d", field, got, want)
		}
	}
	set, unset := segment("", `{"field":"user.user_tag_rfm","function":"isSet"}`), segment("", `{"field":"user.user_tag_rfm","function":"notSet"}`)
	if equal := segment("", `{"field":"user.user_tag_rfm","function":"equal","params":["重要价值"]}`); equal <= 0 || equal >= set || set+unset < 1_000_000 {
		t.Errorf("%d have a tag, %d have not, %d have one value", set, unset, equal)
	}
}

func TestPersonaTags(t *testing.T) {
	b := newTestProject(t, nil)
	type persona struct {
		Tags []struct {
			ID        int64 `json:"tag_id"`
			CName     string
			Value     string
			Type      int       `json:"data_type"`
			Partition partition `json:"partition_info"`
		} `json:"user_tags"`
	}
	// Everybody has 21 and 15; 23 is forbidden, 27 was never computed, 99 does not exist.
	for user := range 20 {
		var got persona
		b.decode("/persona_info/user_tags", fmt.Sprintf(`{"user_id":"%d","user_tag_ids":[21,23,27,99,15]}`, -5568802382350089752+user), &got)
		if len(got.Tags) != 2 || got.Tags[0].ID != 21 || got.Tags[1].ID != 15 {
			t.Fatalf("tags are %+v", got)
		}
		tag := got.Tags[0]
		partitions := b.data().Partitions(21, simtest.Noon)
		if tag.CName != "用户生命周期" || tag.Type != 2 || !tag.Partition.is(partitions[len(partitions)-1]) ||
			!slices.ContainsFunc(b.data().Values(21, simtest.Noon), func(v sensorsdata.Value) bool { return v.Value == tag.Value }) {
			t.Errorf("tag is %+v", tag)
		}
	}
	with := 0
	for user := range 100 {
		var got persona
		b.decode("/persona_info/user_tags", fmt.Sprintf(`{"user_id":"%d","user_tag_ids":[10]}`, user), &got)
		with += len(got.Tags)
	}
	if with < 30 || with > 70 {
		t.Errorf("%d of 100 users have a tag that half of them have", with)
	}
}
