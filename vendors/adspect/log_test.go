package adspect_test

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func events(ctx context.Context, c *adspect.Client, q adspect.LogQuery) (all []adspect.Event, err error) {
	for e, err := range c.Log(ctx, q) {
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
	return all, nil
}

func TestLog(t *testing.T) {
	at := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name string
		body string
		want []adspect.Event
	}{
		{"empty", "", nil},
		{
			"lines", "[\"2024-04-01 00:00:00\", \"07ac03df\", 0, 0]\n[\"2024-04-01 00:00:00\", \"07ac03df\", 1, 2]\n[\"2024-04-01 00:00:59\", \"b\", 255, 255]\n",
			[]adspect.Event{
				{Time: at, StreamID: "07ac03df", Sequence: 0, Target: 0},
				{Time: at, StreamID: "07ac03df", Sequence: 1, Target: 2},
				{Time: at.Add(59 * time.Second), StreamID: "b", Sequence: 255, Target: 255},
			},
		},
		{
			"list, with numbers as strings", `[["2024-04-01 00:00:00","s","1","7"]]`,
			[]adspect.Event{{Time: at, StreamID: "s", Sequence: 1, Target: 7}},
		},
		{
			"not in the order of time", "[\"2024-04-01 00:00:01\",\"s\",0,0]\n[\"2024-04-01 00:00:00\",\"s\",0,0]",
			[]adspect.Event{{Time: at.Add(time.Second), StreamID: "s"}, {Time: at, StreamID: "s"}},
		},
		{
			"nulls and what makes no sense", "[\"2024-04-01 00:00:00\",null,null,null]\n[\"2024-04-01 00:00:00\",5,-1,256]\n[\"2024-04-01 00:00:00\",true,1.5,\"x\"]" +
				"[\"2024-04-01 00:00:00\",2.0,0,0]\n[\"2024-04-01 00:00:00\",null,0,\"1,0\"]",
			[]adspect.Event{
				{Time: at, Sequence: -1, Target: -1},
				{Time: at, StreamID: "5", Sequence: -1, Target: -1, Unusable: adspect.Unusable{Field: "sequence", Text: "-1"}},
				{Time: at, StreamID: "true", Sequence: -1, Target: -1, Unusable: adspect.Unusable{Field: "stream_id", Text: "true"}},
				{Time: at, StreamID: "2.0", Unusable: adspect.Unusable{Field: "stream_id", Text: "2.0"}},
				{Time: at, Target: -1, Unusable: adspect.Unusable{Field: "target", Text: `"1,0"`}},
			},
		},
		{
			"Unix seconds", "[1711929600,\"s\",0,0]\n[\"1711929600\",\"s\",0,0]",
			[]adspect.Event{{Time: at, StreamID: "s"}, {Time: at, StreamID: "s"}},
		},
		{
			"fractions of a second", `["2024-04-01 00:00:00.25","s",0,0]`,
			[]adspect.Event{{Time: at, StreamID: "s"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := events(t.Context(), client(reporting("GET /reports/log", test.body)), adspect.LogQuery{})
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %v, %v\nwant %v", got, err, test.want)
			}
		})
	}
}

func TestLogsThatAreNone(t *testing.T) {
	const first = `["2024-04-01 00:00:00","s",0,0]` + "\n"
	const noTime = "timestamp: want a time as 2006-01-02 15:04:05, got none"
	for _, test := range []struct{ name, body, want string }{
		{"time is null", first + `[null,"s",0,0]`, "row 2: " + noTime},
		{"time is a word", `["today","s",0,0]`, "row 1: " + noTime},
		{"time is a day", `["2024-04-01","s",0,0]`, "row 1: " + noTime},
		{"time of another month", `["2024-13-01 00:00:00","s",0,0]`, "row 1: " + noTime},
		{"time is negative", `[-5,"s",0,0]`, "row 1: " + noTime},
		{"time is far off", `[1e15,"s",0,0]`, "row 1: " + noTime},
		{"more columns", `["2024-04-01 00:00:00","23.83.90.68","s",0,0]`, "row 1: want 4 values, got 5"},
		{"fewer columns", first + `["2024-04-01 00:00:00","s",0]`, "row 2: want 4 values, got 3"},
		{"list of tags", `["2024-04-01 00:00:00","s",0,["tag"]]`, "row 1: want strings and numbers, got a value within a value"},
		{"cut", first + `["2024-04-01 00:`, "row 2: the report ends in the middle: unexpected EOF"},
		{"page", first + `<html>`, "row 2: invalid character '<' at start of value"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := events(t.Context(), client(reporting("GET /reports/log", test.body)), adspect.LogQuery{})
			e := failure(t, err, transport.Malformed)
			if want := "adspect GET /reports/log: malformed: answered 200: " + test.want; e.Error() != want {
				t.Errorf("got  %s\nwant %s", e, want)
			}
		})
	}
}

func TestLogQueries(t *testing.T) {
	columns := []string{"timestamp", "stream_id", "sequence", "target"}
	for _, test := range []struct {
		name string
		q    adspect.LogQuery
		want url.Values
	}{
		{"all", adspect.LogQuery{}, url.Values{"columns[]": columns, "time_zone": {"UTC"}}},
		{
			"a span",
			adspect.LogQuery{From: time.Unix(1711929600, 5), To: time.Unix(1712016000, 0).In(time.FixedZone("+04", 4*3600))},
			url.Values{"columns[]": columns, "time_zone": {"UTC"}, "date_from": {"1711929600"}, "date_to": {"1712016000"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /reports/log", "")
			if _, err := events(t.Context(), client(v), test.q); err != nil {
				t.Fatal(err)
			}
			path, raw, _ := strings.Cut(v.Calls[0], "?")
			got, err := url.ParseQuery(raw)
			if err != nil || path != "GET api.adspect.net/v1/reports/log" || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %s %v, %v\nwant %v", path, got, err, test.want)
			}
		})
	}
}

func TestMemoryOfALog(t *testing.T) {
	b := &body{Reader: &repeated{text: `["2024-04-01 00:00:00","07ac03df-268e-41ff-84ba-adfe2241beb2",0,1]` + "\n", times: manyRows}}
	growth := vendortest.HeapGrowth(t, manyRows, func(each func()) {
		for _, err := range client(vendortest.RoundTripper(b.answer)).Log(t.Context(), adspect.LogQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			each()
		}
	})
	if growth > 1<<20 {
		t.Errorf("the heap grew by %d bytes", growth)
	}
}

func BenchmarkLog(b *testing.B) {
	text := strings.Repeat(`["2024-04-01 00:00:00","07ac03df-268e-41ff-84ba-adfe2241beb2",0,1]`+"\n", manyRows)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
		return (&body{Reader: strings.NewReader(text)}).answer(r)
	}))
	for b.Loop() {
		rows := 0
		for _, err := range c.Log(b.Context(), adspect.LogQuery{}) {
			if err != nil {
				b.Fatal(err)
			}
			rows++
		}
		if rows != manyRows {
			b.Fatal(rows)
		}
	}
}
