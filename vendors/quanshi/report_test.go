package quanshi_test

import (
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// reporting returns an answer around the members of a report.
func reporting(lists string) string {
	return `{"code":200,"requestId":"request-9","data":{"eventId":609768,"report":{` + lists + `}}}`
}

func TestOrderOfMembers(t *testing.T) {
	const row = `{"device_type":"PC"}`
	for _, test := range []struct {
		name, answer string
		rows         int
		sections     quanshi.Sections
	}{
		{"code behind the rows", `{"data":{"report":{"lives":[` + row + `]},"eventId":"609768"},"requestId":"r","code":"200"}`, 1, quanshi.Sections{Lives: true}},
		{"unknown members everywhere", `{"a":[{"b":[1,{}]}],"code":200,"data":{"c":{"report":{"lives":[1]}},"report":{"d":[[]],"interactions":[` + row + `,` + row + `],"e":null},"f":"g"},"h":-1.5e+3}`, 2, quanshi.Sections{Interactions: true}},
		{"empty lists", reporting(`"lives":[],"viewerDetails":[ ]`), 0, quanshi.Sections{Lives: true, Viewers: true}},
		{"lists of null", reporting(`"lives":null,"interactions":null,"viewerDetails":null`), 0, quanshi.Sections{}},
		{"empty report", reporting(``), 0, quanshi.Sections{}},
		{"report of null", `{"code":200,"data":{"report":null}}`, 0, quanshi.Sections{}},
		{"no report", `{"code":200,"data":{}}`, 0, quanshi.Sections{}},
		{"an empty list for the report", `{"code":200,"data":{"report":[]}}`, 0, quanshi.Sections{}},
		{"no data", `{"code":200,"requestId":"r"}`, 0, quanshi.Sections{}},
		{"data of null", `{"code":200,"data":null}`, 0, quanshi.Sections{}},
		{"an empty list for the data", `{"data":[ ],"code":200}`, 0, quanshi.Sections{}},
		{"empty rows", reporting(`"lives":[{},{ }]`), 2, quanshi.Sections{Lives: true}},
		{"white space", " {\t\"code\" :\r\n200 , \"data\" : { \"report\" : { \"lives\" : [ " + row + " , " + row + " ] } } } \n", 2, quanshi.Sections{Lives: true}},
		{"escaped names", `{"\u0063ode":200,"d\u0061ta":{"report":{"li\u0076es":[` + row + `]}}}`, 1, quanshi.Sections{Lives: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, open := range map[string]func() io.Reader{
				"at once":         func() io.Reader { return strings.NewReader(test.answer) },
				"byte by byte":    func() io.Reader { return iotest.OneByteReader(strings.NewReader(test.answer)) },
				"end with a byte": func() io.Reader { return iotest.DataErrReader(strings.NewReader(test.answer)) },
			} {
				rows, sections, err := read(t.Context(), readyClient(vendortest.Streaming(nil, open)))
				if err != nil || len(rows) != test.rows || sections != test.sections {
					t.Errorf("%s: got %d rows of %+v, %v; want %d of %+v", name, len(rows), sections, err, test.rows, test.sections)
				}
			}
		})
	}
}

// TestWindows cuts rows in all places by what is read at one time.
func TestWindows(t *testing.T) {
	for pad := range 700 {
		var b strings.Builder
		for i := range 200 {
			fmt.Fprintf(&b, `{"name":"planted","online_time":%d,"device_type":"d%d","chat_num":"%d"},`, 1000+i, i, i)
		}
		answer := reporting(`"x":"` + strings.Repeat("x", 58_000+pad) + `","lives":[` + strings.TrimSuffix(b.String(), ",") + `]`)
		rows, _, err := read(t.Context(), readyClient(giving(answer)))
		if err != nil || len(rows) != 200 {
			t.Fatalf("%d rows, %v, want 200", len(rows), err)
		}
		for i, r := range rows {
			want := quanshi.Row{Online: number(float64(1000 + i)), Device: fmt.Sprint("d", i)}
			want.Actions[quanshi.ActionChat] = number(float64(i))
			if !reflect.DeepEqual(r, want) {
				t.Fatalf("row %d is %+v, want %+v", i, r, want)
			}
		}
	}
}

func TestRowsOfChangingNames(t *testing.T) {
	answer := reporting(`"lives":[{"chat_num":1,"a":0,"duration":5},{"a":0,"chat_num":2},{"chat_num":3},{"chat_num":4,"a":0,"duration":5,"watch_duration":6},{"chat\u005fnum":5}],` +
		`"viewerDetails":[{"chat_num":6,"a":0,"watch_duration":7,"duration":7,"live_type":"回放","auth_type":"是","role":4}],"interactions":[{"chat_num":8,"online_duration":9,"watch_duration":1}]`)
	rows, _, err := read(t.Context(), readyClient(giving(answer)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		chat, _ := r.Actions[quanshi.ActionChat].Float()
		duration, _ := r.Duration.Float()
		got = append(got, fmt.Sprintf("%s %v %v %s %v %v", r.Section, chat, duration, r.Audience, r.Auth.Absent(), r.Role.Absent()))
	}
	want := []string{
		"lives 1 0  true true", "lives 2 0  true true", "lives 3 0  true true", "lives 4 6  true true", "lives 5 0  true true",
		"viewerDetails 6 0 回放 true true", "interactions 8 9  true true",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestValues(t *testing.T) {
	odd := wire.NumberOf(math.NaN())
	for _, test := range []struct {
		sent string
		want wire.Number
		text string
		odd  int
	}{
		{`5`, number(5), "5", 0},
		{`"5"`, number(5), "5", 0},
		{`" 5 "`, number(5), " 5 ", 0},
		{`"007"`, number(7), "007", 0},
		{`-1`, number(-1), "-1", 0},
		{`1.5e1`, number(15), "1.5e1", 0},
		{`123456789012345`, number(123456789012345), "123456789012345", 0},
		{`9007199254740992`, number(9007199254740992), "9007199254740992", 0},
		{`9007199254740993`, odd, "9007199254740993", 0},
		{`"abc"`, odd, "abc", 0},
		{`"NaN"`, odd, "NaN", 0},
		{`"a\u00e4\n\"\\"`, odd, "aä\n\"\\", 0},
		{"\"\xff\"", odd, "\uFFFD", 0},
		{`"` + strings.Repeat("x", 257) + `"`, odd, "", 1},
		{`""`, wire.Number{}, "", 0},
		{`null`, wire.Number{}, "", 0},
		{`true`, odd, "", 1},
		{`{"a":[1,{}]}`, odd, "", 1},
		{`[]`, odd, "", 1},
	} {
		t.Run(test.sent[:min(len(test.sent), 20)], func(t *testing.T) {
			for _, space := range []string{"", " ", "\n"} {
				rows, _, err := read(t.Context(), readyClient(giving(reporting(`"lives":[{"offline_time":`+space+test.sent+space+`,"location":`+test.sent+`}]`))))
				if err != nil {
					t.Fatal(err)
				}
				r := rows[0]
				if r.Offline != test.want && (!r.Offline.Invalid() || !test.want.Invalid()) {
					t.Errorf("the number is %+v, want %+v", r.Offline, test.want)
				}
				if r.Location != test.text || r.UnusableTexts != test.odd {
					t.Errorf("the text is %q, %d odd, want %q, %d", r.Location, r.UnusableTexts, test.text, test.odd)
				}
			}
		})
	}
}

func TestClocks(t *testing.T) {
	odd := wire.InvalidNumber("odd")
	for sent, want := range map[string]wire.Number{
		`"00:34:20"`: number(2060), `"100:00:01"`: number(360001), `"0:00:09"`: number(9), `"00:00:00"`: number(0), `"34:20"`: odd, `"00:60:00"`: odd, `"00:00:61"`: odd,
		`"00:1:00"`: odd, `"00:00:00:00"`: odd, `"::"`: odd, `"00:00:"`: odd, `"-1:00:00"`: odd, `":00:00"`: odd, `"99999999999:00:00"`: odd,
		`"1小时2分3秒"`: number(3723), `"34分20秒"`: number(2060), `"34分钟"`: number(2040), `"2天1时"`: number(176400), `"86秒"`: number(86), `"3秒2分"`: odd, `"2分3"`: odd, `"分"`: odd, `"长"`: odd,
		`2060`: number(2060), `"2060"`: number(2060), `null`: {}, `""`: {}, `"-"`: {}, `{"a":1}`: odd, `[]`: odd, `true`: odd, `"\u0030\u0030:34:20"`: number(2060),
	} {
		rows, _, err := read(t.Context(), readyClient(giving(reporting(`"viewerDetails":[{"liveWatchDuration":`+sent+`,"replayWatchDuration": `+sent+` }]`))))
		if err != nil {
			t.Fatal(sent, err)
		}
		for _, got := range []wire.Number{rows[0].LiveWatch, rows[0].ReplayWatch} {
			if got != want && (!got.Invalid() || !want.Invalid()) {
				t.Errorf("%s: got %+v, want %+v", sent, got, want)
			}
		}
	}
}

func TestWordsOfViewers(t *testing.T) {
	const none, no, yes = 0, 1, 2
	for _, test := range []struct {
		sent   string
		entry  quanshi.Entry
		dialed quanshi.Dialed
		answer int
		odd    int // in the four activities, the entry and the dialing
	}{
		{`null`, quanshi.EntryUnknown, quanshi.DialedUnknown, none, 0},
		{`""`, quanshi.EntryUnknown, quanshi.DialedNot, none, 0},
		{`"-"`, quanshi.EntryUnknown, quanshi.DialedNot, none, 0},
		{`"互动端"`, quanshi.EntryInteractive, quanshi.DialedOther, none, 4},
		{`"直播端"`, quanshi.EntryLiveStream, quanshi.DialedOther, none, 4},
		{`"互动端,直播端"`, quanshi.EntryBoth, quanshi.DialedOther, none, 4},
		{`"直播端+互动端"`, quanshi.EntryBoth, quanshi.DialedOther, none, 4},
		{`"\u4e92\u52a8\u7aef"`, quanshi.EntryInteractive, quanshi.DialedOther, none, 4},
		{`"外呼入会"`, quanshi.EntryOther, quanshi.DialedOut, none, 4},
		{`"主动拨号入会"`, quanshi.EntryOther, quanshi.DialedIn, none, 4},
		{`"Y"`, quanshi.EntryOther, quanshi.DialedOther, yes, 0},
		{`"是"`, quanshi.EntryOther, quanshi.DialedOther, yes, 0},
		{`"N"`, quanshi.EntryOther, quanshi.DialedOther, no, 0},
		{`"否"`, quanshi.EntryOther, quanshi.DialedOther, no, 0},
		{`1`, quanshi.EntryUnknown, quanshi.DialedUnknown, yes, 2},
		{`false`, quanshi.EntryUnknown, quanshi.DialedUnknown, no, 2},
		{`{"a":"Y"}`, quanshi.EntryUnknown, quanshi.DialedUnknown, none, 6},
		{`"planted"`, quanshi.EntryOther, quanshi.DialedOther, none, 4},
	} {
		t.Run(test.sent, func(t *testing.T) {
			var members []string
			for _, name := range []string{"type", "dialedIn", "survey", "vote", "sign", "envelope"} {
				members = append(members, fmt.Sprintf("%q:%s", name, test.sent))
			}
			rows, _, err := read(t.Context(), readyClient(giving(reporting(`"viewerDetails":[{`+strings.Join(members, ",")+`}]`))))
			if err != nil {
				t.Fatal(err)
			}
			r := rows[0]
			want := wire.Bool{}
			if test.answer != none {
				want = wire.BoolOf(test.answer == yes)
			}
			if r.Entry != test.entry || r.Dialed != test.dialed || r.UnusableTexts != test.odd || r.TookPart != [quanshi.Activities]wire.Bool{want, want, want, want} {
				t.Errorf("got %d, %d, %+v, %d odd", r.Entry, r.Dialed, r.TookPart, r.UnusableTexts)
			}
		})
	}
}

// TestFieldsThatNoRowHas names what the document has and no row of a list does; null is there.
func TestFieldsThatNoRowHas(t *testing.T) {
	has := func(names ...string) string {
		var members []string
		for _, name := range names {
			members = append(members, `"`+name+`":null`)
		}
		return strings.Join(members, ",")
	}
	session := []string{"live_type", "device_type", "client_type", "location", "online_time", "offline_time", "call_duration", "auth_type", "chat_num", "praise_num", "prize_num",
		"question_num", "raise_hand_num", "share_num", "sign_num", "vote_num", "envelope_num", "quiz_num", "goods_sum_hits"}
	viewer := []string{"live_type", "online_time", "offline_time", "call_duration", "type", "dialedIn", "liveTimes", "replayTimes", "liveWatchDuration", "replayWatchDuration",
		"survey", "vote", "sign", "envelope", "chat_num", "praise_num", "raise_hand_num", "quiz_num", "goods_sum_hits"}
	for _, test := range []struct {
		name, lists string
		want        []string
	}{
		{"all", `"lives":[{"watch_duration":1,` + has(session...) + `}],"interactions":[{"role":null,"online_duration":1,` + has(session...) + `}],"viewerDetails":[{` + has(viewer...) + `}]`, nil},
		{"no rows", `"lives":[],"interactions":[],"viewerDetails":[]`, nil},
		{"two", `"interactions":[{"online_duration":1,` + has(session[1:]...) + `},{"a":1},{}]`, []string{"interactions.live_type", "interactions.role"}},
		{"in rows of different names", `"lives":[{` + has(session[:9]...) + `},{"watch_duration":1,` + has(session[9:]...) + `}]`, nil},
		{"one of viewers", `"lives":[],"viewerDetails":[{` + has(viewer[1:]...) + `}]`, []string{"viewerDetails.live_type"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readyClient(giving(reporting(test.lists))).EventReport(t.Context(), quanshi.ReportQuery{EventID: eventID}, func(*quanshi.Row) {})
			if err != nil || !reflect.DeepEqual(got.MissingFields, test.want) {
				t.Errorf("%q are missing, %v, want %q", got.MissingFields, err, test.want)
			}
		})
	}
}

func TestManyDifferentTexts(t *testing.T) {
	// More than are remembered, twice.
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, `{"location":"place %d"},`, i%10_000)
	}
	rows, _, err := read(t.Context(), readyClient(giving(reporting(`"lives":[`+b.String()+`{}]`))))
	if err != nil || len(rows) != 20_001 {
		t.Fatal(len(rows), err)
	}
	for i, r := range rows[:20_000] {
		if want := fmt.Sprint("place ", i%10_000); r.Location != want {
			t.Fatalf("row %d is of %q, want %q", i, r.Location, want)
		}
	}
}

func TestMalformedReports(t *testing.T) {
	for _, test := range []struct{ name, answer, says string }{
		{"nothing", ``, "want JSON, got an empty answer"},
		{"space", ` `, "want JSON, got an empty answer"},
		{"page", `<html>`, "want JSON"},
		{"number", `5`, "want an object, got number"},
		{"null", `null`, "want an object, got null"},
		{"no code", `{"data":{}}`, "got no code"},
		{"code of null", `{"code":null,"data":{}}`, "got no code"},
		{"data is a list", `{"data":[{"lives":[]}],"code":200}`, "data: want an object, got array"},
		{"data is a text", `{"data":"x","code":200}`, "data: want an object, got string"},
		{"report is a list", `{"code":200,"data":{"report":[{"lives":[]}]}}`, "data/report: want an object, got array"},
		{"report is a text", `{"code":200,"data":{"report":"x"}}`, "data/report: want an object, got string"},
		{"list is an object", reporting(`"lives":{}`), "data/report/lives: want an array, got object"},
		{"row is a text", reporting(`"lives":[{},"planted"]`), "data/report/lives/1: want an object, got string"},
		{"row is null", reporting(`"interactions":[null]`), "data/report/interactions/0: want an object, got null"},
		{"another event", `{"code":200,"data":{"eventId":1,"report":{"lives":[{}]}}}`, "of another one"},
		{"cut in a row", reporting(`"lives":[{},{"name":"pla`)[:80], "in the middle"},
		{"cut after a row", `{"requestId":"request-9","code":200,"data":{"report":{"lives":[{}`, "data/report/lives/1: the answer ends in the middle"},
		{"cut before its end", strings.TrimSuffix(reporting(`"lives":[{}]`), "}"), "in the middle"},
		{"turns into a page", `{"requestId":"request-9","code":200,"data":{"report":{"lives":[{},<html>`, "data/report/lives/1: want JSON"},
		{"turns into a page within", `{"requestId":"request-9","code":200,"data":{"report":{"lives":[{},{"a":<html>`, "data/report/lives/1: want JSON"},
		{"data after the end", reporting(``) + `{}`, "after its value"},
		{"page after the end", reporting(``) + `<html>`, "after its value"},
		{"envelope repeats", `{"code":200,"code":200,"data":{}}`, "appears twice"},
		{"envelope repeats the unknown", `{"x":1,"\u0078":2,"code":200,"data":{}}`, "appears twice"},
		{"data repeats", `{"code":200,"data":{"report":{},"report":{}}}`, "data: a name appears twice"},
		{"report repeats", reporting(`"lives":[],"lives":[]`), "data/report: a name appears twice"},
		{"row repeats", reporting(`"lives":[{"chat_num":1,"chat_num":1}]`), "lives/0: a name appears twice"},
		{"row repeats the unknown", reporting(`"lives":[{"planted":1,"b":2,"planted":1}]`), "lives/0: a name appears twice"},
		{"row repeats escaped", reporting(`"lives":[{"chat_num":1,"chat\u005fnum":1}]`), "appears twice"},
		{"later row repeats", reporting(`"lives":[{"a":1,"b":2},{"a":1,"b":2},{"a":1,"b":2,"a":3}]`), "lives/2: a name appears twice"},
		{"later row repeats in another order", reporting(`"lives":[{"a":1,"b":2},{"b":1,"b":2}]`), "lives/1: a name appears twice"},
		{"nested", `{"x":` + strings.Repeat("[", 100_000), "nested deeper"},
		{"nested in a row", reporting(`"lives":[{"x":` + strings.Repeat(`{"a":`, 100_000)), "nested deeper"},
		{"no comma", reporting(`"lives":[{} {}]`), "want JSON"},
		{"comma too many", reporting(`"lives":[{},]`), "want JSON"},
		{"comma in a row", reporting(`"lives":[{"a":1,}]`), "want JSON"},
		{"name without a value", reporting(`"lives":[{"a"}]`), "want JSON"},
		{"number with a zero", reporting(`"lives":[{"chat_num":01}]`), "want JSON"},
		{"number without digits", reporting(`"lives":[{"chat_num":1.}]`), "want JSON"},
		{"control character", reporting("\"lives\":[{\"name\":\"pla\nnted\"}]"), "want JSON"},
		{"escape", reporting(`"lives":[{"name":"\x"}]`), "want JSON"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := failure(t, report(t.Context(), readyClient(giving(test.answer))), transport.Malformed)
			if !strings.Contains(e.Error(), test.says) || strings.Contains(e.Error(), "planted") {
				t.Errorf("got %v, want %q", e, test.says)
			}
			if strings.Contains(test.answer, `"requestId":"request-9"`) && e.RequestID != "request-9" {
				t.Errorf("got %v, want the request id", e)
			}
		})
	}
}

// TestTooLargeReports holds reports to the bounds on what is kept of them at one time.
func TestTooLargeReports(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	var names strings.Builder
	for i := range 300 {
		fmt.Fprintf(&names, `"n%d":0,`, i)
	}
	for _, test := range []struct{ name, answer, says string }{
		{"row of many names", reporting(`"lives":[{` + names.String() + `"z":0}]`), "at most 256 names"},
		{"envelope of many names", `{` + names.String() + `"code":200}`, "at most 256 names"},
		{"text in a row too long", reporting(`"lives":[{"name":"` + long + `"}]`), "at most 1048576 bytes"},
		{"text in the envelope too long", `{"requestId":"request-9","x":"` + long + `"}`, "at most 1048576 bytes"},
		{"name in a row too long", reporting(`"lives":[{"` + long + `":1}]`), "at most 1048576 bytes"},
		{"number too long", reporting(`"lives":[{"chat_num":1` + strings.Repeat("0", 1<<20) + `}]`), "at most 1048576 bytes"},
		{"space too long", reporting(`"lives":[` + strings.Repeat(" ", 1<<20) + `]`), "at most 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := failure(t, report(t.Context(), readyClient(giving(test.answer))), transport.TooLarge)
			if !strings.Contains(e.Error(), test.says) {
				t.Errorf("got %v, want %q", e, test.says)
			}
			if strings.Contains(test.answer, `"requestId":"request-9"`) && e.RequestID != "request-9" {
				t.Errorf("got %v, want the request id", e)
			}
		})
	}
}

// TestBrokenTransfer names the request though it is the connection that failed.
func TestBrokenTransfer(t *testing.T) {
	c := readyClient(vendortest.Streaming(nil, func() io.Reader {
		return io.MultiReader(strings.NewReader(`{"requestId":"request-9 planted-ready-token","code":200,"data":{"report":{"lives":[{}`), iotest.ErrReader(io.ErrUnexpectedEOF))
	}))
	if e := failure(t, report(t.Context(), c), transport.Malformed); e.RequestID != "request-9?<secret>" {
		t.Errorf("got %v, want the request id without the token", e)
	}
}

// TestSkippedValuesAreNotHeld passes over more than any bound on one value.
func TestSkippedValuesAreNotHeld(t *testing.T) {
	big := `[` + strings.Repeat(`{"a":"0123456789"},`, 200_000) + `0]`
	for name, answer := range map[string]string{
		"in the envelope": `{"x":` + big + `,"code":200,"data":{}}`,
		"in the report":   reporting(`"x":` + big),
		"of a failure":    `{"code":5,"data":` + big + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			if err := report(t.Context(), readyClient(giving(answer))); err != nil && transport.KindOf(err) != transport.Rejected {
				t.Error(err)
			}
		})
	}
}

func TestRowsAreVoidAfterAFailure(t *testing.T) {
	// The code stands behind the rows.
	c := readyClient(giving(`{"data":{"report":{"lives":[{}]}},"code":500,"msg":"busy","requestId":"request-9"}`))
	rows, sections, err := read(t.Context(), c)
	e := failure(t, err, transport.HTTP)
	if len(rows) != 1 || sections != (quanshi.Sections{}) || e.Code != "500" || e.Message != "busy" || e.RequestID != "request-9" {
		t.Errorf("got %d rows, %+v, %v", len(rows), sections, err)
	}
	// It stands before them.
	rows, _, err = read(t.Context(), readyClient(giving(`{"code":500,"data":{"report":{"lives":[{}]}}}`)))
	failure(t, err, transport.HTTP)
	if len(rows) != 0 {
		t.Errorf("%d rows of a failure", len(rows))
	}
}
