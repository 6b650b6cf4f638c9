package adspect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var (
	none = wire.Number{}
	odd  = wire.InvalidNumber
)

func n(v float64) wire.Number { return wire.NumberOf(v) }

func row(dimensions []string, metrics ...wire.Number) adspect.Row {
	return adspect.Row{Dimensions: dimensions, Metrics: metrics}
}

// collect copies all rows of a funnel.
func collect(ctx context.Context, c *adspect.Client, q adspect.FunnelQuery) (rows []adspect.Row, err error) {
	for r, err := range c.Funnel(ctx, q) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, adspect.Row{Dimensions: slices.Clone(r.Dimensions), Metrics: slices.Clone(r.Metrics)})
	}
	return rows, nil
}

// The examples of Adspect's document, as they stand there.
const (
	funnelByStream = `["1ec5880e-bcb6-49b8-9778-a31d22b70708", "1453", "754", "699", 0.5189263592567103]
["07ac03df-268e-41ff-84ba-adfe2241beb2", "3219", "2034", "1125", 0.6318732525629077]
["7a3d39f7-fe75-431e-8be6-9ea9b56b1e4a", "179", "0", "179", 0]
["9f79b75f-20ef-4654-8141-b8bbb2124ec4", "65", "0", "65", 0]`
	funnelByDay = `["2024-04-01", "931", "343", "582", 0.3684210526315789]
["2024-04-02", "1166", "829", "300", 0.7109777015437393]
["2024-04-03", "1113", "855", "243", 0.7681940700808625]
["2024-04-04", "9", "7", "0", 0.7777777777777778]`
)

func TestDocumentedFunnels(t *testing.T) {
	metrics := []string{"clicks", "money_hits", "safe_hits", "quality"}
	for _, test := range []struct {
		name    string
		groupBy string
		body    string
		want    []adspect.Row
	}{
		{"by stream", "stream_id", funnelByStream, []adspect.Row{
			row([]string{"1ec5880e-bcb6-49b8-9778-a31d22b70708"}, n(1453), n(754), n(699), n(0.5189263592567103)),
			row([]string{"07ac03df-268e-41ff-84ba-adfe2241beb2"}, n(3219), n(2034), n(1125), n(0.6318732525629077)),
			row([]string{"7a3d39f7-fe75-431e-8be6-9ea9b56b1e4a"}, n(179), n(0), n(179), n(0)),
			row([]string{"9f79b75f-20ef-4654-8141-b8bbb2124ec4"}, n(65), n(0), n(65), n(0)),
		}},
		{"by day", "date", funnelByDay, []adspect.Row{
			row([]string{"2024-04-01"}, n(931), n(343), n(582), n(0.3684210526315789)),
			row([]string{"2024-04-02"}, n(1166), n(829), n(300), n(0.7109777015437393)),
			row([]string{"2024-04-03"}, n(1113), n(855), n(243), n(0.7681940700808625)),
			row([]string{"2024-04-04"}, n(9), n(7), n(0), n(0.7777777777777778)),
		}},
	} {
		for form, body := range map[string]string{
			"lines": test.body,
			"list":  "[" + strings.ReplaceAll(test.body, "\n", ",\n") + "]",
		} {
			for _, zip := range []bool{false, true} {
				t.Run(test.name+" "+form, func(t *testing.T) {
					v := reporting("GET /reports/funnel", body)
					v.zip = zip
					got, err := collect(t.Context(), client(v), adspect.FunnelQuery{GroupBy: []string{test.groupBy}, Metrics: metrics})
					if err != nil || !reflect.DeepEqual(got, test.want) {
						t.Errorf("got  %v, %v\nwant %v", got, err, test.want)
					}
				})
			}
		}
	}
}

func TestRows(t *testing.T) {
	two := []adspect.Row{row([]string{"iOS"}, n(5), n(0.5)), row([]string{"macOS"}, n(6), n(0.25))}
	one := func(dimension string, metrics ...wire.Number) []adspect.Row {
		return []adspect.Row{row([]string{dimension}, metrics...)}
	}
	for _, test := range []struct {
		name string
		body string
		want []adspect.Row
	}{
		{"empty", ``, nil},
		{"blank", " \r\n\n\t", nil},
		{"empty list", `[]`, nil},
		{"empty list with blanks", " [ \n ] \n", nil},
		{"lines", "[\"iOS\",\"5\",0.5]\n[\"macOS\",\"6\",0.25]\n", two},
		{"lines without the last end", "[\"iOS\",\"5\",0.5]\n[\"macOS\",\"6\",0.25]", two},
		{"lines of Windows", "[\"iOS\",\"5\",0.5]\r\n[\"macOS\",\"6\",0.25]\r\n", two},
		{"blank lines", "\n\n[\"iOS\",\"5\",0.5]\n\n \n[\"macOS\",\"6\",0.25]\n\n", two},
		{"rows on one line", `["iOS","5",0.5]["macOS","6",0.25]`, two},
		{"rows over several lines", "[\n\"iOS\" ,\n\"5\"\t,0.5\n]\n[ \"macOS\", \"6\" , 0.25 ]", two},
		{"list", `[["iOS","5",0.5],["macOS","6",0.25]]`, two},
		{"list over several lines", "[\n [\"iOS\",\"5\",0.5],\n [\"macOS\",\"6\",0.25]\n]\n", two},
		{"list of one", ` [ [ "iOS" , "5" , 0.5 ] ] `, two[:1]},

		{"null dimension", `[null,"5",0.5]`, one("", n(5), n(0.5))},
		{"empty dimension", `["","5",0.5]`, one("", n(5), n(0.5))},
		{"number as dimension", `[65536,"5",0.5]`, one("65536", n(5), n(0.5))},
		{"large number as dimension", `[4294967295999999999999,"5",0.5]`, one("4294967295999999999999", n(5), n(0.5))},
		{"fraction as dimension", `[1.10,"5",0.5]`, one("1.10", n(5), n(0.5))},
		{"bool as dimension", `[true,"5",0.5]`, one("true", n(5), n(0.5))},
		{"dimension of brackets and quotes", `["],[\"\\","5",0.5]`, one(`],["\`, n(5), n(0.5))},
		{"dimension that is escaped", `["\u0421\u0430\u0439\u0442\n\ud83d\ude00","5",0.5]`, one("Сайт\n😀", n(5), n(0.5))},
		{"dimension that is not", `["Сайт 😀","5",0.5]`, one("Сайт 😀", n(5), n(0.5))},
		{"dimension that is no UTF-8", "[\"a\xffb\",\"5\",0.5]", one("a\uFFFDb", n(5), n(0.5))},
		{"half a surrogate", `["a\ud800","5",0.5]`, one("a\uFFFD", n(5), n(0.5))},
		{"dimension in two forms", "[\"\\u0061\",1,0]\n[\"a\",2,0]", []adspect.Row{row([]string{"a"}, n(1), n(0)), row([]string{"a"}, n(2), n(0))}},
		{"dimensions twice", "[\"a\",1,0]\n[\"a\",2,0]", []adspect.Row{row([]string{"a"}, n(1), n(0)), row([]string{"a"}, n(2), n(0))}},
		{"null after a value", "[\"a\",1,0]\n[null,2,0]\n[\"a\",3,0]", []adspect.Row{
			row([]string{"a"}, n(1), n(0)), row([]string{""}, n(2), n(0)), row([]string{"a"}, n(3), n(0)),
		}},

		{"number as count", `["a",5,0.5]`, one("a", n(5), n(0.5))},
		{"null as value", `["a",null,null]`, one("a", none, none)},
		{"empty value", `["a",""," "]`, one("a", none, none)},
		{"odd values", `["a","many",true]`, one("a", odd("many"), odd("true"))},
		{"not a number", `["a","NaN","Infinity"]`, one("a", odd("NaN"), odd("Infinity"))},
		{"other spellings of numbers", `["a","0x10","1_000"]`, one("a", odd("0x10"), odd("1_000"))},
		{"blanks around a value", `["a"," 5 ","\t0.5\n"]`, one("a", n(5), n(0.5))},
		{"escapes in a value", `["a","\u0035","0\u002e5"]`, one("a", n(5), n(0.5))},
		{"negative", `["a","-5",-0.5]`, one("a", n(-5), n(-0.5))},
		{"exponent", `["a","5e3",5E-1]`, one("a", n(5000), n(0.5))},
		{"many digits", `["a","000000000000000000000000000000000000005","0.50000000000000000000000000000000000000"]`, one("a", n(5), n(0.5))},
		{"money", `["a","1234567890.12","0.10"]`, one("a", n(1234567890.12), n(0.1))},
		{"point at an end", `["a","5.",".5"]`, one("a", n(5), n(0.5))},
		{"two points", `["a","1.2.3","."]`, one("a", odd("1.2.3"), odd("."))},
		{"largest", `["a","9007199254740992",9007199254740991]`, one("a", n(1<<53), n(1<<53-1))},
		{"too large", `["a","9007199254740993",1e400]`, one("a", odd("9007199254740993"), odd("1e400"))},
		{"row of its own words", `["clicks","clicks","quality"]`, one("clicks", odd("clicks"), odd("quality"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := collect(t.Context(), client(reporting("GET /reports/funnel", test.body)), query)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %v, %v\nwant %v", got, err, test.want)
			}
		})
	}
}

func TestTotals(t *testing.T) {
	for _, body := range []string{`["5",0.5]`, `[["5",0.5]]`, "[\"5\",0.5]\n"} {
		got, err := collect(t.Context(), client(reporting("GET /reports/funnel", body)), adspect.FunnelQuery{Metrics: query.Metrics})
		want := []adspect.Row{row([]string{}, n(5), n(0.5))}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v, want %v", body, got, err, want)
		}
	}
}

func TestReportsThatAreNone(t *testing.T) {
	const first = `["iOS","5",0.5]`
	for _, test := range []struct {
		name string
		body string
		rows int    // before the error
		want string // how the error ends
	}{
		{"row too short", first + `["a","5"]`, 1, "row 2: want 3 values, got 2"},
		{"row too long", first + `["a","5",0.5,1]`, 1, "row 2: want 3 values, got 4"},
		{"empty row", first + `[]`, 1, "row 2: want 3 values, got 0"},
		{"first row too short", `["a"]`, 0, "row 1: want 3 values, got 1"},
		{"row of a list too short", `[` + first + `,["a"]]`, 1, "row 2: want 3 values, got 1"},
		{"empty row of a list", `[[]]`, 0, "row 1: want 3 values, got 0"},
		{"empty list and more", `[]` + first, 0, "row 1: want the end of the report after its list of rows, got array"},

		{"list after a line", first + "\n[" + first + "]", 1, "row 2: want strings and numbers, got a value within a value"},
		{"line after a list", "[" + first + "]\n" + first, 1, "row 2: want the end of the report after its list of rows, got array"},
		{"two lists", "[" + first + "]\n[" + first + "]", 1, "row 2: want the end of the report after its list of rows, got array"},
		{"word after a list", "[" + first + "]\nnull", 1, "row 2: want the end of the report after its list of rows, got null"},
		{"commas after lines", first + ",\n" + first, 1, "row 2: invalid character ',' at start of value"},

		{"nested object", first + `[{"a":1},"5",0.5]`, 1, "row 2: want strings and numbers, got a value within a value"},
		{"nested array", first + `["a",["5"],0.5]`, 1, "row 2: want strings and numbers, got a value within a value"},
		{"nested in the first row", `["a",["5"],0.5]`, 0, "row 1: want strings and numbers, got a value within a value"},
		{"list of one list too many", `[[` + first + `]]`, 0, "row 1: want strings and numbers, got a value within a value"},
		{"dimension that is a list", `[["iOS"],"5",0.5]`, 0, "row 1: want 3 values, got 1"},

		{"cut in a row", first + "\n[\"a\",\"5", 1, "row 2: the report ends in the middle: unexpected EOF"},
		{"cut between values", first + "\n[\"a\",", 1, "row 2: the report ends in the middle: unexpected EOF"},
		{"cut in the first row", `["a",`, 0, "row 1: the report ends in the middle: unexpected EOF"},
		{"cut at once", `[`, 0, "row 1: the report ends in the middle: unexpected EOF"},
		{"list cut in a row", "[" + first + ",\n[\"a\"", 1, "row 2: the report ends in the middle: unexpected EOF"},
		{"list cut after a row", "[" + first, 1, "row 2: the report ends in the middle: unexpected EOF"},
		{"list cut after a comma", "[" + first + ",", 1, "row 2: the report ends in the middle: unexpected EOF"},

		{"object", `{"rows":[]}`, 0, "row 1: want an array, got object"},
		{"null", `null`, 0, "row 1: want an array, got null"},
		{"text", `"none"`, 0, "row 1: want an array, got string"},
		{"null after a row", first + "\nnull", 1, "row 2: want an array, got null"},
		{"object in a list", "[" + first + ",{}]", 1, "row 2: want an array, got object"},
		{"page", `<html><body>503`, 0, "want JSON, got an HTML page (Content-Type text/html); check base_url, and whether a proxy or a login page answers instead of the vendor"},
		{"page after rows", first + "\n" + first + "\n<html><body>504 Gateway", 2, "row 3: invalid character '<' at start of value"},
		{"page within a list", "[" + first + "<html>", 1, "row 2: invalid character '<' after array element (expecting ',' or ']')"},
		{"zero byte", first + "\x00", 1, `row 2: invalid character '\x00' at start of value`},
		{"row that is no JSON", `['a',5,0.5]`, 0, `row 1: invalid character '\'' at start of value`},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /reports/funnel", test.body)
			got, err := collect(t.Context(), client(v), query)
			e := failure(t, err, transport.Malformed)
			if want := "adspect GET /reports/funnel: malformed: answered 200: " + test.want; e.Error() != want {
				t.Errorf("got  %s\nwant %s", e, want)
			}
			if len(got) != test.rows {
				t.Errorf("%d rows before the error, want %d", len(got), test.rows)
			}
			v.ExpectCalls(t, 1)
		})
	}
}

func TestCutCompression(t *testing.T) {
	whole := vendortest.Gzip(strings.Repeat(funnelByStream+"\n", 1000))
	for _, test := range []struct {
		name string
		body []byte
		want string
	}{
		{"cut", whole[:len(whole)/2], "the answer ends early"},
		{"cut at the end", whole[:len(whole)-1], "the answer ends early"},
		{"not compressed", []byte(funnelByStream), "gzip: invalid header"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
				return vendortest.Response(r, 200, http.Header{"Content-Encoding": {"gzip"}}, strings.NewReader(string(test.body)), -1), nil
			}))
			_, err := collect(t.Context(), c, adspect.FunnelQuery{GroupBy: []string{"stream_id"}, Metrics: []string{"a", "b", "c", "d"}})
			if e := failure(t, err, transport.Malformed); !strings.HasSuffix(e.Error(), test.want) {
				t.Errorf("got %v, want %s", e, test.want)
			}
		})
	}
}

func TestQueries(t *testing.T) {
	dubai := time.FixedZone("+04", 4*3600)
	for _, test := range []struct {
		name string
		q    adspect.FunnelQuery
		want string
	}{
		{
			"documented",
			adspect.FunnelQuery{GroupBy: []string{"stream_id"}, Metrics: []string{"clicks", "money_hits", "safe_hits", "quality"}},
			"group_by[]=stream_id&metrics[]=clicks&metrics[]=money_hits&metrics[]=safe_hits&metrics[]=quality",
		},
		{
			"all of it",
			adspect.FunnelQuery{
				From: time.Date(2023, 1, 1, 0, 0, 0, 0, dubai), To: time.Date(2023, 2, 1, 0, 0, 0, 0, dubai), TimeZone: "Asia/Dubai",
				GroupBy: []string{"date", "stream_id"}, Metrics: []string{"quality", "clicks"},
				Filters: map[string][]string{"os": {"iOS", "macOS"}, "country_code": {"AE"}, "asn": {"AS1.10"}, "target": {}, "query_id": {"q&1"}},
			},
			"asn[]=AS1.10&country_code[]=AE&date_from=1672516800&date_to=1675195200&group_by[]=date&group_by[]=stream_id" +
				"&metrics[]=quality&metrics[]=clicks&os[]=iOS&os[]=macOS&query_id=q%261&time_zone=Asia%2FDubai",
		},
		{"totals", adspect.FunnelQuery{Metrics: []string{"clicks"}}, "metrics[]=clicks"},
		{"nothing", adspect.FunnelQuery{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := reporting("GET /reports/funnel", "")
			if _, err := collect(t.Context(), client(v), test.q); err != nil {
				t.Fatal(err)
			}
			want := "GET api.adspect.net/v1/reports/funnel"
			if test.want != "" {
				want += "?" + strings.NewReplacer("[", "%5B", "]", "%5D").Replace(test.want)
			}
			if v.Calls[0] != want {
				t.Errorf("got  %s\nwant %s", v.Calls[0], want)
			}
		})
	}
}

func TestEveryNameIsSent(t *testing.T) {
	q := adspect.FunnelQuery{GroupBy: adspect.GroupByColumns(), Metrics: adspect.FunnelMetrics(), Filters: map[string][]string{}}
	for _, name := range adspect.FilterNames() {
		q.Filters[name] = []string{"x " + name, "y"}
	}
	if len(q.GroupBy) != 13 || len(q.Metrics) != 22 || len(q.Filters) != 12 {
		t.Fatalf("%d columns, %d metrics, %d filters", len(q.GroupBy), len(q.Metrics), len(q.Filters))
	}
	cells := slices.Repeat([]string{`"1"`}, 13+22)
	v := reporting("GET /reports/funnel", "["+strings.Join(cells, ",")+"]")
	rows, err := collect(t.Context(), client(v), q)
	if err != nil || len(rows) != 1 || len(rows[0].Dimensions) != 13 || len(rows[0].Metrics) != 22 {
		t.Fatalf("got %v, %v", rows, err)
	}
	_, raw, _ := strings.Cut(v.Calls[0], "?")
	got, err := url.ParseQuery(raw)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{"group_by[]": q.GroupBy, "metrics[]": q.Metrics}
	for name, values := range q.Filters {
		if name == "query_id" { // the one that takes a single value
			want[name] = values
			continue
		}
		want[name+"[]"] = values
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// body is an answer's body that can be watched.
type body struct {
	io.Reader
	read   int
	closed int
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

func (b *body) Close() error { b.closed++; return nil }

func (b *body) answer(r *http.Request) (*http.Response, error) {
	return vendortest.Response(r, 200, nil, b, -1), nil
}

func TestEarlyStop(t *testing.T) {
	b := &body{Reader: newBigReport(manyRows)}
	c := client(vendortest.RoundTripper(b.answer))
	rows := 0
	for _, err := range c.Funnel(t.Context(), bigFunnel) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
		if rows == 3 {
			break
		}
	}
	if b.closed != 1 || b.read > 64<<10 {
		t.Errorf("the body was closed %d times, with %d bytes read", b.closed, b.read)
	}
	if rows != 3 {
		t.Errorf("%d rows, want 3", rows)
	}
}

func TestEarlyStopOfALog(t *testing.T) {
	b := &body{Reader: strings.NewReader(strings.Repeat(`["2024-04-01 00:00:00","s",0,0]`+"\n", 1e5))}
	for _, err := range client(vendortest.RoundTripper(b.answer)).Log(t.Context(), adspect.LogQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if b.closed != 1 || b.read > 64<<10 {
		t.Errorf("the body was closed %d times, with %d bytes read", b.closed, b.read)
	}
}

func TestBodyIsClosed(t *testing.T) {
	for _, text := range []string{"", funnelByStream, "[", `{"a":1}`} {
		b := &body{Reader: strings.NewReader(text)}
		funnel(t.Context(), client(vendortest.RoundTripper(b.answer)))
		if b.closed != 1 {
			t.Errorf("%q: the body was closed %d times", text, b.closed)
		}
	}
}

func TestPanicOfTheReader(t *testing.T) {
	b := &body{Reader: newBigReport(10)}
	c := client(vendortest.RoundTripper(b.answer))
	func() {
		defer func() {
			if recover() != "enough" {
				t.Error("the panic is gone")
			}
		}()
		for range c.Funnel(t.Context(), bigFunnel) {
			panic("enough")
		}
	}()
	if b.closed != 1 {
		t.Errorf("the body was closed %d times", b.closed)
	}
}

func TestSequencesStartAnew(t *testing.T) {
	v := reporting("GET /reports/funnel", `["iOS","5",0.5]`)
	rows := client(v).Funnel(t.Context(), query)
	v.ExpectCalls(t, 0)
	for range 2 {
		for r, err := range rows {
			if err != nil || r.Dimensions[0] != "iOS" {
				t.Errorf("got %v, %v", r, err)
			}
			r.Dimensions[0] = "changed" // the row is the caller's
		}
	}
	v.ExpectCalls(t, 2)
}

func TestRowsAreTheCallersToChange(t *testing.T) {
	v := reporting("GET /reports/funnel", "[\"iOS\",1,0]\n[\"iOS\",2,0]\n[\"\\u0069OS\",3,0]")
	for r, err := range client(v).Funnel(t.Context(), query) {
		if err != nil || r.Dimensions[0] != "iOS" {
			t.Errorf("got %v, %v", r, err)
		}
		r.Dimensions[0], r.Metrics[0] = "changed", none
	}
}

func TestStringsMayBeKept(t *testing.T) {
	// The slices of a row are reused, its strings are not.
	var kept, want []string
	for r, err := range client(vendortest.Streaming(nil, func() io.Reader { return newBigReport(2000) })).Funnel(t.Context(), bigFunnel) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, r.Dimensions...)
		for _, d := range r.Dimensions {
			want = append(want, string([]byte(d)))
		}
	}
	if !slices.Equal(kept, want) {
		t.Error("strings have changed")
	}
}

func TestTimeoutWithinAReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			reader, writer := io.Pipe()
			go func() {
				io.WriteString(writer, `["iOS","5",0.5]`+"\n")
				<-r.Context().Done()
				writer.CloseWithError(r.Context().Err())
			}()
			return vendortest.Response(r, 200, nil, reader, -1), nil
		}))
		rows, err := collect(t.Context(), c, query)
		e := failure(t, err, transport.Timeout)
		if len(rows) != 1 || e.Error() != "adspect GET /reports/funnel: timeout: answered 200: answer not complete within 10s" {
			t.Errorf("got %v, %v", rows, e)
		}

		began := time.Now()
		_, err = collect(transport.WithLimits(t.Context(), transport.Limits{Timeout: time.Minute}), c, query)
		failure(t, err, transport.Timeout)
		if time.Since(began) != time.Minute {
			t.Errorf("it took %s, want a minute", time.Since(began))
		}

		ctx, cancel := context.WithCancel(t.Context())
		for r, err := range c.Funnel(ctx, query) {
			if err == nil {
				cancel() // while the next row is waited for
			} else if !errors.Is(err, context.Canceled) || err.Error() != "adspect GET /reports/funnel: context canceled" {
				t.Errorf("got %v, %v", r, err)
			}
		}
		cancel()
	})
}

func TestStopWhenTheBodyHasFailed(t *testing.T) {
	// What the decoder has read ahead may hold the error already; nobody asks any more.
	b := &body{Reader: io.MultiReader(strings.NewReader(`["iOS","5",0.5]["a",1,1]`), failing{})}
	for _, err := range client(vendortest.RoundTripper(b.answer)).Funnel(t.Context(), query) {
		if err != nil {
			t.Error(err)
		}
		break
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("read: connection reset by peer") }

func TestResetWithinAReport(t *testing.T) {
	b := &body{Reader: io.MultiReader(strings.NewReader(`["iOS","5",0.5]["a",1`), failing{})}
	rows, err := collect(t.Context(), client(vendortest.RoundTripper(b.answer)), query)
	e := failure(t, err, transport.Network)
	if len(rows) != 1 || e.Error() != "adspect GET /reports/funnel: network: answered 200: read: connection reset by peer" {
		t.Errorf("got %v, %v", rows, e)
	}
}

func TestMemoryOfAFunnel(t *testing.T) {
	text, err := io.ReadAll(newBigReport(1000))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		header http.Header
		part   string
	}{
		{"plain", http.Header{}, string(text)},
		{"gzip", http.Header{"Content-Encoding": {"gzip"}}, string(vendortest.Gzip(string(text)))}, // its parts make one stream
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(vendortest.Streaming(test.header, func() io.Reader { return &repeated{text: test.part, times: manyRows / 1000} }))
			growth := vendortest.HeapGrowth(t, manyRows, func(each func()) {
				for _, err := range c.Funnel(t.Context(), bigFunnel) {
					if err != nil {
						t.Fatal(err)
					}
					each()
				}
			})
			if growth > 1<<20 {
				t.Errorf("the heap grew by %d bytes", growth)
			}
		})
	}
}

// repeated says the same again and again, without end if times is negative.
type repeated struct {
	text  string
	times int
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.at == len(r.text) {
		r.times--
		r.at = 0
	}
	if r.times == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	r.at += n
	return n, nil
}

func TestAllocations(t *testing.T) {
	// A row costs one allocation for each dimension that is another one than in the row
	// before, and its text.
	read := func(rows int) float64 {
		text := "[" + strings.Repeat(`["07ac03df-268e-41ff-84ba-adfe2241beb2","1453","0.25"],`, rows-1) + `["other","1",0]]`
		c := client(vendortest.Streaming(nil, func() io.Reader { return strings.NewReader(text) }))
		return testing.AllocsPerRun(5, func() {
			if err := funnel(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := read(10), read(10000); many > few+50 {
		t.Errorf("%v allocations for 10 rows, %v for 10000", few, many)
	}
}

func TestEndlessAnswers(t *testing.T) {
	for _, test := range []struct{ name, begin, more, want string }{
		{"string", `["`, strings.Repeat("x", 1000), "row 1: want a row, got more than 1048576 bytes of it"},
		{"string in a list", `[["iOS","5",0.5],["`, strings.Repeat("x", 1000), "row 2: want a row, got more than 1048576 bytes of it"},
		{"number", `["iOS",`, strings.Repeat("7", 1000), "row 1: want a row, got more than 1048576 bytes of it"},
		{"first row", `["iOS"`, strings.Repeat(`,"x"`, 250), "row 1: want a row, got more than 1048576 bytes of it"},
		{"second row", "[\"iOS\",\"5\",0.5]\n[\"iOS\"", strings.Repeat(`,"x"`, 250), "row 2: want a row, got more than 1048576 bytes of it"},
		{"row of a list", `[["iOS"`, strings.Repeat(`,"x"`, 250), "row 1: want a row, got more than 1048576 bytes of it"},
		{"brackets", `["iOS","5",0.5]`, strings.Repeat(`[`, 1000), "row 2: exceeded max depth"},
		{"blanks", ``, strings.Repeat("\n", 1000), "row 1: want a row, got more than 1048576 bytes of it"},
		{"blanks after a list", `[["iOS","5",0.5]]`, strings.Repeat("\n", 1000), "row 2: want a row, got more than 1048576 bytes of it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := &body{Reader: io.MultiReader(strings.NewReader(test.begin), &repeated{text: test.more, times: -1})}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := collect(t.Context(), client(vendortest.RoundTripper(b.answer)), query)
			runtime.ReadMemStats(&after)
			if e := failure(t, err, transport.Malformed); !strings.HasSuffix(e.Error(), test.want) {
				t.Errorf("got %v, want %s", e, test.want)
			}
			if b.read > 4<<20 || after.TotalAlloc-before.TotalAlloc > 16<<20 {
				t.Errorf("%d bytes read, %d allocated", b.read, after.TotalAlloc-before.TotalAlloc)
			}
		})
	}
}

// What goes wrong with a report may be reported where the answer had begun as a success.
func TestErrorInThePlaceOfARow(t *testing.T) {
	q := adspect.FunnelQuery{GroupBy: []string{"os"}, Metrics: []string{"clicks"}}
	for _, tt := range []struct {
		name, body string
		want       transport.Kind
		code       string
	}{
		{"at once", `{"message":"query timed out"}`, transport.Rejected, ""},
		{"at once, of the request", `{"message":"query timed out","status":400}`, transport.Rejected, ""},
		{"at once, of the server", `{"message":"query timed out","status":500}`, transport.HTTP, "500"},
		{"after rows", "[\"iOS\",\"1\"]\n{\"error\":\"query timed out\"}\n", transport.HTTP, ""},
		{"in a list, at last", `[["iOS","1"],{"error":{"message":"query timed out"}}]`, transport.HTTP, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := collect(t.Context(), client(reporting("GET /reports/funnel", tt.body)), q)
			e := failure(t, err, tt.want)
			if e.Message != "query timed out" || e.Code != tt.code || e.ServerFailed() != (tt.want == transport.HTTP) {
				t.Errorf("got %v", e)
			}
		})
	}
}
