package polyv_test

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var (
	none = wire.Number{}
	odd  = wire.NumberOf(math.NaN())
)

func values(plays, viewers, seconds, bytes float64) polyv.Playback {
	return polyv.Playback{
		Plays: wire.NumberOf(plays), Viewers: wire.NumberOf(viewers),
		PlayDurationSeconds: wire.NumberOf(seconds), TrafficBytes: wire.NumberOf(bytes),
	}
}

func TestDocumentedHours(t *testing.T) {
	want := make([]polyv.Hour, 24)
	for i := range want {
		want[i] = polyv.Hour{Hour: i, PC: values(0, 0, 0, 0), Mobile: values(0, 0, 0, 0)}
	}
	for hour, f := range map[int][2]polyv.Playback{
		9:  {values(9, 5, 731, 1503824), values(2, 2, 148, 0)},
		10: {values(5, 5, 25, 7048405), values(2, 2, 29, 0)},
		11: {values(7, 6, 128, 5549169), values(0, 0, 0, 0)},
		13: {values(3, 2, 14, 4640879), values(0, 0, 0, 0)},
		14: {values(8, 4, 173, 1633231), values(0, 0, 0, 0)},
		15: {values(2, 2, 84, 0), values(1, 1, 9, 0)},
		16: {values(7, 2, 34, 1461340), values(0, 0, 0, 0)},
		17: {values(10, 4, 132, 3809560), values(1, 1, 19, 0)},
		18: {values(1, 1, 377, 0), values(0, 0, 0, 0)},
	} {
		want[hour].PC, want[hour].Mobile = f[0], f[1]
	}
	got, err := client(newVendor()).Hourly(t.Context(), polyv.Yesterday)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestHours(t *testing.T) {
	for _, test := range []struct {
		name string
		data string
		want []polyv.Hour
	}{
		{"none", `[]`, []polyv.Hour{}},
		{
			"some, in the answer's order, one twice",
			`[{"currentHour":23},{"currentHour":0},{"currentHour":23}]`,
			[]polyv.Hour{{Hour: 23}, {Hour: 0}, {Hour: 23}},
		},
		{
			"numbers as strings",
			`[{"currentHour":"07","pcVideoView":"9","pcUniqueViewer":" 5 ","pcPlayDuration":"7.31e2","pcFlowSize":"1503824",
				"mobileVideoView":"2","mobileUniqueViewer":"2","mobilePlayDuration":"148","mobileFlowSize":"0"}]`,
			[]polyv.Hour{{Hour: 7, PC: values(9, 5, 731, 1503824), Mobile: values(2, 2, 148, 0)}},
		},
		{
			"missing, null, empty, odd, too large",
			`[{"currentHour":7,"pcVideoView":null,"pcUniqueViewer":"","pcPlayDuration":"00:12:11","pcFlowSize":{"x":[1]},
				"mobileVideoView":true,"mobileUniqueViewer":"NaN","mobilePlayDuration":9007199254740993,"mobileFlowSize":-1}]`,
			[]polyv.Hour{{
				Hour: 7,
				PC:   polyv.Playback{Plays: none, Viewers: none, PlayDurationSeconds: wire.InvalidNumber("00:12:11"), TrafficBytes: wire.InvalidNumber("{…}")},
				Mobile: polyv.Playback{
					Plays: wire.InvalidNumber("true"), Viewers: odd, PlayDurationSeconds: wire.InvalidNumber("9007199254740993"), TrafficBytes: wire.NumberOf(-1),
				},
			}},
		},
		{
			"names nobody knows",
			`[{"currentHour":1,"tvVideoView":5,"videoView":6,"pcVideoView":7,"x":[{"currentHour":99}]}]`,
			[]polyv.Hour{{Hour: 1, PC: polyv.Playback{Plays: wire.NumberOf(7)}}},
		},
		{
			"the document's other spelling",
			`[{"currentHour":9,"PCFlowSize":1503824,"mobileFlowSize":12}]`,
			[]polyv.Hour{{
				Hour: 9, PC: polyv.Playback{TrafficBytes: wire.NumberOf(1503824)}, Mobile: polyv.Playback{TrafficBytes: wire.NumberOf(12)},
			}},
		},
		{
			"every name in another case",
			`[{"CurrentHour":7,"PCVideoView":9,"PCUniqueViewer":5,"PCPlayDuration":731,"PCFlowSize":1503824,
				"MobileVideoView":2,"MobileUniqueViewer":2,"MobilePlayDuration":148,"MobileFlowSize":0}]`,
			[]polyv.Hour{{Hour: 7, PC: values(9, 5, 731, 1503824), Mobile: values(2, 2, 148, 0)}},
		},
		{
			"both spellings, alike or one of them null",
			`[{"currentHour":1,"pcFlowSize":7,"PCFlowSize":"7","mobileFlowSize":null,"MobileFlowSize":3},
				{"currentHour":2,"pcFlowSize":7,"PCFlowSize":null}]`,
			[]polyv.Hour{
				{Hour: 1, PC: polyv.Playback{TrafficBytes: wire.NumberOf(7)}, Mobile: polyv.Playback{TrafficBytes: wire.NumberOf(3)}},
				{Hour: 2, PC: polyv.Playback{TrafficBytes: wire.NumberOf(7)}},
			},
		},
		{
			"two values of one field that disagree",
			`[{"currentHour":1,"pcFlowSize":7,"PCFlowSize":8,"pcVideoView":7,"pcVideoView":8,"mobileVideoView":"x","MobileVideoView":8}]`,
			[]polyv.Hour{{
				Hour:   1,
				PC:     polyv.Playback{Plays: wire.InvalidNumber("7 ≠ 8"), TrafficBytes: wire.InvalidNumber("7 ≠ 8")},
				Mobile: polyv.Playback{Plays: wire.InvalidNumber("x ≠ 8")},
			}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.data = test.data
			got, err := client(v).Hourly(t.Context(), polyv.Today)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	const envelope = `{"code":200,"status":"success","data":`
	for _, test := range []struct {
		name string
		body string
		want string // in the error
	}{
		{"data is missing", `{"code":200}`, "data: want an array, got nothing"},
		{"data is null", envelope + `null}`, "data: want an array, got null"},
		{"data is a string", envelope + `""}`, "data: want an array, got string"},
		{"data is an object", envelope + `{"list":[]}}`, "data: want an array, got object"},
		{"no code", `{"data":[]}`, `want an object with "code" and "data", got no code`},
		{"code is an object", `{"code":{},"data":[]}`, `want an object with "code" and "data", got no code`},
		{"no object", `[]`, "unexpected array"},
		{"page", `<html>`, "want JSON, got an HTML page; check base_url, and whether a proxy or a login page answers instead of the vendor"},
		{"jsonp", `callback({"code":200,"data":[]})`, "want JSON, got plain text"},
		{"empty", ``, "want JSON, got an empty answer"},
		{"cut", envelope + `[{"currentHour":0},{"curr`, "unexpected EOF"},
		{"two answers", envelope + `[]}{}`, "invalid character '{' after top-level value"},

		{"row is null", envelope + `[{"currentHour":0},null]}`, "data: /1: want an object, got null"},
		{"row is an array", envelope + `[[]]}`, "data: /0: want an object, got array"},
		{"row is a number", envelope + `[5]}`, "data: /0: want an object, got number"},
		{"no hour", envelope + `[{"currentHour":0},{"pcVideoView":5}]}`, "data: /1/currentHour: want an hour from 0 to 23, got none"},
		{"hour is null", envelope + `[{"currentHour":null}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{"hour is a word", envelope + `[{"currentHour":"noon"}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{"hour is 24", envelope + `[{"currentHour":24}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{"hour is below 0", envelope + `[{"currentHour":-1}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{"two hours that disagree", envelope + `[{"currentHour":7,"CurrentHour":8}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{"rows one level too deep", envelope + `{"list":[{"currentHour":7}]}}`, "data: want an array, got object"},
		{"hour is in between", envelope + `[{"currentHour":7.5}]}`, "data: /0/currentHour: want an hour from 0 to 23, got none"},
		{
			"too many rows", envelope + `[` + strings.Repeat(`{"currentHour":1},`, 1000) + `{"currentHour":1}]}`,
			"data: want the hours of a day, got more than 1000",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.onCall = vendortest.Always(200, test.body)
			got, err := client(v).Hourly(t.Context(), polyv.Today)
			e := failure(t, err, transport.Malformed)
			if e.Status != 200 || !strings.HasSuffix(e.Error(), test.want) && !strings.Contains(e.Error(), test.want+" ") {
				t.Errorf("got %v, want %q in it", e, test.want)
			}
			if got != nil {
				t.Errorf("got hours beside the error: %+v", got)
			}
			v.ExpectCalls(t, 1)
		})
	}
}

func TestQueries(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	start := time.Date(2026, 11, 17, 23, 30, 0, 0, shanghai) // the 17th there, 15:30 in UTC
	for _, test := range []struct {
		name string
		days polyv.Range
		want url.Values // but for the time and the signature
	}{
		{"today", polyv.Today, url.Values{"dr": {"today"}}},
		{"yesterday", polyv.Yesterday, url.Values{"dr": {"yesterday"}}},
		{"one day", polyv.Days(start, start), url.Values{"start": {"2026-11-17"}, "end": {"2026-11-17"}}},
		{"days", polyv.Days(start, start.AddDate(0, 1, 0)), url.Values{"start": {"2026-11-17"}, "end": {"2026-12-17"}}},
		{
			"days where they begin late", polyv.Days(time.Date(2026, 11, 17, 1, 0, 0, 0, shanghai), start.UTC()),
			url.Values{"start": {"2026-11-17"}, "end": {"2026-11-17"}},
		},
		{"the vendor's own choice", polyv.Range{}, url.Values{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor()
				if _, err := client(v).Hourly(t.Context(), test.days); err != nil {
					t.Fatal(err)
				}
				v.ExpectCalls(t, 1)
				r := v.requests[0]
				if r.Method != http.MethodGet || r.URL.Scheme != "https" || r.Host != "api.polyv.net" || r.URL.Path != "/v2/hourly/0a1b2c3d4e" {
					t.Errorf("got %s %s", r.Method, r.URL)
				}
				got := r.URL.Query()
				test.want["ptime"] = []string{fmt.Sprint(time.Now().UnixMilli())}
				test.want["sign"] = []string{signatureOf(got, secretKey)}
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
			})
		})
	}
}

func TestEachRequestIsSignedForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		c := client(v)
		for range 100 {
			if err := today(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct{ base, user, want string }{
		{"http://vendor.test/polyv", "u", "http://vendor.test/polyv/v2/hourly/u"},
		{"http://vendor.test/polyv//", "u", "http://vendor.test/polyv/v2/hourly/u"},
		{"http://vendor.test", "a/b?c=1#d", "http://vendor.test/v2/hourly/a%2Fb%3Fc=1%23d"},
		{"http://vendor.test", ".", "http://vendor.test/v2/hourly/%2E"},
		{"http://vendor.test", "..", "http://vendor.test/v2/hourly/%2E%2E"},
		{"http://vendor.test", "\r\nHost: x", "http://vendor.test/v2/hourly/%0D%0AHost:%20x"},
	} {
		t.Run(test.want, func(t *testing.T) {
			v := newVendor()
			v.onCall = vendortest.Always(200, `{"code":200,"data":[]}`)
			c := client(v, func(o *polyv.Options) { o.BaseURL, o.UserID = test.base, test.user })
			if err := today(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if got, _, _ := strings.Cut(v.requests[0].URL.String(), "?"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestUserOfAnotherForm(t *testing.T) {
	// The path is not signed.
	v := newVendor()
	c := client(v, func(o *polyv.Options) { o.UserID = "somebody" })
	if e := failure(t, today(t.Context(), c), transport.Auth); e.Message != "Could not find user by userid." || e.Advice != "check user_id" {
		t.Errorf("got %v", e)
	}
}
