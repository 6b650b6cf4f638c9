package collector_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// unusualAdspect returns the setup of an account in UTC that reads one endpoint. Requests for a path that begins with one
// of the paths go to unusual, or else to regular.
func unusualAdspect(endpoint, funnels string, regular http.HandlerFunc, paths ...string) func(*testing.T, http.HandlerFunc) *exporter {
	return func(t *testing.T, unusual http.HandlerFunc) *exporter {
		a := newVendorAPI()
		for _, path := range paths {
			a.handle(path, regular)
			if unusual != nil {
				a.handle(path, unusual)
			}
		}
		var endpoints []string
		for _, name := range []string{"funnel_today", "funnel_yesterday", "streams", "saved_queries", "click_log", "account"} {
			endpoints = append(endpoints, fmt.Sprintf("%s: {enabled: %t}", name, name == endpoint))
		}
		return newExporterOf(t, a, "adspect:\n  - account: media\n    api_key: K3y-planted\n    funnels: ["+funnels+"]\n    endpoints: {"+strings.Join(endpoints, ", ")+"}\n")
	}
}

// streamRow is a stream as Adspect's document shows it, without what is not read.
func streamRow(id string) string {
	return fmt.Sprintf(`{"stream_id":%q,"name":"Stream %s","tags":["x"],"mode":"Filter","filter_level":"High"}`, id, id)
}

// streamPages answers GET /streams by the number of the page, and HEAD with the headers alone. A page is the numbers of
// its streams.
type streamPages struct {
	total, pages string   // headers; "" for none
	of           [][2]int // first and last number of each page, from 1
	ignorePage   bool     // the parameter page has no effect
	totals       []string // the total of each page; total where there are fewer
}

func (p streamPages) respond(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if p.ignorePage {
		number = 1
	}
	total := p.total
	if number > 0 && number <= len(p.totals) {
		total = p.totals[number-1]
	}
	for name, value := range map[string]string{"Total-Count": total, "Page-Count": p.pages} {
		if value != "" {
			w.Header().Set("X-Pagination-"+name, value)
		}
	}
	var rows []string
	if number > 0 && number <= len(p.of) {
		for n := p.of[number-1][0]; n <= p.of[number-1][1]; n++ {
			rows = append(rows, streamRow(fmt.Sprint("s-", n)))
		}
	}
	if r.Method == http.MethodGet {
		fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
	}
}

// inTurn answers each pass over a list with the next of the pages, and all later ones with the last.
func inTurn(passes ...streamPages) http.HandlerFunc {
	pass := -1
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "1" && pass < len(passes)-1 {
			pass++
		}
		passes[pass].respond(w, r)
	}
}

// listed answers GET /streams with one page of streams, and the number of them in the header.
func listed(total int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Pagination-Total-Count", strconv.Itoa(total))
		w.Header().Set("X-Pagination-Page-Count", "1")
		io.WriteString(w, body)
	}
}

// streamSamples are the samples of streams with the numbers from 1 to n, as streamRow shows them.
func streamSamples(n int) map[string]float64 {
	samples := map[string]float64{
		`adspect_streams{mode="Filter"}`: float64(n), `adspect_streams{mode="Review"}`: 0, `adspect_streams{mode="Money"}`: 0, `adspect_streams{mode="White"}`: 0,
	}
	for i := 1; i <= n; i++ {
		id := fmt.Sprint("s-", i)
		samples[fmt.Sprintf(`adspect_stream_info{filter_level="high",mode="Filter",stream="Stream %s",stream_id=%q}`, id, id)] = 1
		samples[fmt.Sprintf(`adspect_stream_tag_info{stream_id=%q,tag="x"}`, id)] = 1
	}
	return samples
}

func TestUnusualAdspectStreams(t *testing.T) {
	twoAnd := func(third string) http.HandlerFunc {
		return listed(3, "["+streamRow("s-1")+","+streamRow("s-2")+","+third+"]")
	}
	const info = `adspect_stream_info{filter_level="high",mode="Filter",stream="Stream s-3",stream_id="s-3"}`
	const tag = `adspect_stream_tag_info{stream_id="s-3",tag="x"}`
	all := streamPages{total: "3", pages: "1", of: [][2]int{{1, 3}}}
	three := [][2]int{{1, 100}, {101, 200}, {201, 250}}

	runUnusualAnswers(t, "streams", unusualAdspect("streams", "", all.respond, "GET /v1/streams", "HEAD /v1/streams"), []unusualAnswer{
		{kind: "paging", name: "three pages", respond: streamPages{total: "250", pages: "3", of: three}.respond, samples: streamSamples(250)},
		{kind: "paging", name: "too few pages in the header", respond: streamPages{total: "250", pages: "1", of: three}.respond, samples: streamSamples(250)},
		{kind: "paging", name: "too many pages in the header", respond: streamPages{total: "250", pages: "7", of: three}.respond, samples: streamSamples(250)},
		{kind: "paging", name: "pages that are no number", respond: streamPages{total: "250", pages: "many", of: three}.respond, samples: streamSamples(250)},
		{kind: "paging", name: "pages of 20 although 100 were asked for", respond: streamPages{total: "45", of: [][2]int{{1, 20}, {21, 40}, {41, 45}}}.respond, samples: streamSamples(45)},
		{kind: "paging", name: "a page that repeats", respond: streamPages{total: "250", pages: "3", of: three, ignorePage: true}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "a page that repeats once", respond: inTurn(streamPages{total: "250", pages: "3", of: three, ignorePage: true}, streamPages{total: "250", pages: "3", of: three}), samples: streamSamples(250)},
		{kind: "paging", name: "an empty page in the middle", respond: streamPages{total: "250", pages: "3", of: [][2]int{{1, 100}, {1, 0}, {101, 250}}}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "fewer streams than the header says", respond: streamPages{total: "5", pages: "1", of: [][2]int{{1, 3}}}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "more streams than the header says", respond: streamPages{total: "2", pages: "1", of: [][2]int{{1, 3}}}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "no streams of those that the header says", respond: streamPages{total: "3", pages: "1"}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "a list that shrinks while it is read", respond: inTurn(
			streamPages{totals: []string{"250", "249", "249"}, pages: "3", of: [][2]int{{1, 100}, {102, 201}, {202, 250}}}, streamPages{total: "249", pages: "3", of: [][2]int{{1, 100}, {101, 200}, {201, 249}}},
		), samples: streamSamples(249)},
		{kind: "paging", name: "a list that shrinks at each pass", respond: streamPages{totals: []string{"250", "249", "249"}, pages: "3", of: [][2]int{{1, 100}, {102, 201}, {202, 250}}}.respond, want: down, reason: "malformed"},
		{kind: "paging", name: "a list that grows while it is read", respond: inTurn(
			streamPages{totals: []string{"150", "151"}, pages: "2", of: [][2]int{{1, 100}, {100, 150}}}, streamPages{total: "151", pages: "2", of: [][2]int{{1, 100}, {101, 151}}},
		), samples: streamSamples(151)},
		{kind: "paging", name: "the number of streams from HEAD alone", respond: func(w http.ResponseWriter, r *http.Request) {
			p := streamPages{of: [][2]int{{1, 3}}}
			if r.Method == http.MethodHead {
				p.total = "3"
			}
			p.respond(w, r)
		}},
		{kind: "paging", name: "more streams by HEAD than there are", respond: func(w http.ResponseWriter, r *http.Request) {
			p := streamPages{of: [][2]int{{1, 3}}}
			if r.Method == http.MethodHead {
				p.total = "4"
			}
			p.respond(w, r)
		}, want: down, reason: "malformed"},
		{kind: "paging", name: "no number of streams anywhere", respond: streamPages{of: [][2]int{{1, 3}}}.respond, want: counted, missing: 1, changes: map[string]float64{}},
		{kind: "paging", name: "a number of streams that is none", respond: streamPages{total: "-3", of: [][2]int{{1, 3}}}.respond, want: counted, missing: 1, changes: map[string]float64{}},
		{kind: "paging", name: "a hundred and one pages", respond: streamPages{total: "10100", pages: "101", of: three}.respond, want: down, reason: "too_large"},

		{kind: "nothing there", name: "no streams", respond: listed(0, "[]"), samples: map[string]float64{
			`adspect_streams{mode="Filter"}`: 0, `adspect_streams{mode="Review"}`: 0, `adspect_streams{mode="Money"}`: 0, `adspect_streams{mode="White"}`: 0,
		}},
		{kind: "nothing there", name: "null", respond: listed(0, "null"), want: down, reason: "malformed"},
		{kind: "nothing there", name: "an empty body", respond: listed(0, ""), want: down, reason: "malformed"},
		{kind: "nothing there", name: "an empty object", respond: listed(0, "{}"), want: down, reason: "malformed"},

		{kind: "wrong shape", name: "one level too deep", respond: listed(1, "[["+streamRow("s-1")+"]]"), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "the list within an object", respond: listed(1, `{"items":[`+streamRow("s-1")+`],"_meta":{"totalCount":1}}`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a single stream", respond: listed(1, streamRow("s-1")), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "an HTML page", respond: listed(1, "<!DOCTYPE html><html></html>"), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a null stream", respond: twoAnd(`null`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a byte order mark", respond: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Pagination-Total-Count", "3")
			fmt.Fprint(w, "\ufeff["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-3")+"]")
		}},
		{kind: "wrong shape", name: "the name is an object", respond: twoAnd(`{"stream_id":"s-3","name":{"ru":"Поток"},"tags":["x"],"mode":"Filter","filter_level":"High"}`), want: counted, dropped: 1, changes: map[string]float64{
			info: absent, `adspect_stream_info{filter_level="high",mode="Filter",stream="",stream_id="s-3"}`: 1,
		}},
		{kind: "wrong shape", name: "the mode is a list", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":["x"],"mode":["Filter"],"filter_level":"High"}`), want: counted, dropped: 1, changes: map[string]float64{
			info: absent, `adspect_stream_info{filter_level="high",mode="",stream="Stream s-3",stream_id="s-3"}`: 1,
			`adspect_streams{mode="Filter"}`: 2, `adspect_streams{mode=""}`: 1,
			`adspect_streams{mode="Review"}`: absent, `adspect_streams{mode="Money"}`: absent, `adspect_streams{mode="White"}`: absent,
		}},
		{kind: "wrong shape", name: "the tags are a text", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":"x","mode":"Filter","filter_level":"High"}`), want: counted, dropped: 1, changes: map[string]float64{tag: absent}},
		{kind: "wrong shape", name: "tags that are none", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":["x",null,"",{"id":5}],"mode":"Filter","filter_level":"High"}`), want: counted, dropped: 3, changes: map[string]float64{}},

		{kind: "spelling", name: "filter levels as numbers", respond: listed(3, strings.ReplaceAll("["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-3")+"]", `"High"`, `3`))},
		{kind: "spelling", name: "filter levels as numbers in quotes", respond: listed(3, strings.ReplaceAll("["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-3")+"]", `"High"`, `"3"`))},
		{kind: "spelling", name: "modes in lower case", respond: listed(3, strings.ReplaceAll("["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-3")+"]", `"Filter"`, `"filter"`))},
		{kind: "spelling", name: "a mode that the document does not have", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":["x"],"mode":"Autopilot","filter_level":"High"}`), changes: map[string]float64{
			info: absent, `adspect_stream_info{filter_level="high",mode="Autopilot",stream="Stream s-3",stream_id="s-3"}`: 1,
			`adspect_streams{mode="Filter"}`: 2, `adspect_streams{mode="Autopilot"}`: 1,
		}},
		{kind: "spelling", name: "tags are null", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":null,"mode":"Filter","filter_level":"High"}`), changes: map[string]float64{tag: absent}},

		{kind: "missing", name: "no stream has tags", respond: listed(3, strings.ReplaceAll("["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-3")+"]", `"tags":["x"],`, ``)), want: counted, missing: 1, changes: map[string]float64{
			tag: absent, `adspect_stream_tag_info{stream_id="s-1",tag="x"}`: absent, `adspect_stream_tag_info{stream_id="s-2",tag="x"}`: absent,
		}},
		{kind: "missing", name: "no stream has a mode", respond: listed(1, `[{"stream_id":"s-1","name":"n","tags":[],"filter_level":1}]`), want: counted, missing: 1, samples: map[string]float64{
			`adspect_streams{mode=""}`: 1, `adspect_stream_info{filter_level="low",mode="",stream="n",stream_id="s-1"}`: 1,
		}},
		{kind: "missing", name: "ids alone", respond: listed(1, `[{"stream_id":"s-1"}]`), want: counted, missing: 4, samples: map[string]float64{
			`adspect_streams{mode=""}`: 1, `adspect_stream_info{filter_level="",mode="",stream="",stream_id="s-1"}`: 1,
		}},

		{kind: "ids", name: "no id", respond: twoAnd(`{"name":"Stream s-3","mode":"Filter"}`), want: down, reason: "malformed"},
		{kind: "ids", name: "2.0", respond: twoAnd(`{"stream_id":2.0,"name":"Stream s-3","mode":"Filter"}`), want: down, reason: "malformed"},
		{kind: "ids", name: "60 digits", respond: twoAnd(`{"stream_id":` + strings.Repeat("7", 60) + `,"name":"Stream s-3","mode":"Filter"}`), want: down, reason: "malformed"},

		{kind: "repeated", name: "a stream twice on a page", respond: listed(4, "["+streamRow("s-1")+","+streamRow("s-2")+","+streamRow("s-2")+","+streamRow("s-3")+"]"), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "repeated", name: "a tag twice", respond: twoAnd(`{"stream_id":"s-3","name":"Stream s-3","tags":["x","x"],"mode":"Filter","filter_level":"High"}`), want: counted, dropped: 1, changes: map[string]float64{}},
	})
}

func TestUnusualAdspectFunnels(t *testing.T) {
	const funnel = "{name: stream, group_by: [stream_id], metrics: [clicks, money_hits, quality, conversions, cr, expenses, profit, roi]}"
	const first, second = `["s-1","100","50",0.5,"10",0.1,"20.00","5.00",0.25]`, `["s-2","40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`
	series := func(metric, stream string) string {
		return fmt.Sprintf("adspect_today_stream_%s{stream_id=%q}", metric, stream)
	}
	metrics := []string{"clicks", "money_hits", "quality_ratio", "conversions", "conversion_ratio", "expenses", "profit", "roi_ratio"}
	// only is the page without the streams.
	without := func(streams ...string) map[string]float64 {
		gone := map[string]float64{}
		for _, stream := range streams {
			for _, metric := range metrics {
				gone[series(metric, stream)] = absent
			}
		}
		return gone
	}
	other := func(row string) string { return first + "\n" + row + "\n" }
	runUnusualAnswers(t, "funnel_today", unusualAdspect("funnel_today", funnel, answering(200, first+"\n"+second+"\n"), "GET /v1/reports/funnel"), []unusualAnswer{
		{kind: "nothing there", name: "an empty body", changes: without("s-1", "s-2")},
		{kind: "nothing there", name: "blank lines", answer: " \r\n\n", changes: without("s-1", "s-2")},
		{kind: "nothing there", name: "an empty list", answer: "[]", changes: without("s-1", "s-2")},
		{kind: "nothing there", name: "null", answer: "null", want: down, reason: "malformed"},
		{kind: "nothing there", name: "an empty object", answer: "{}", want: down, reason: "malformed"},
		{kind: "nothing there", name: "a row without values", answer: "[[]]", want: down, reason: "malformed"},

		{kind: "wrong shape", name: "all rows in a list", answer: "[" + first + ",\n" + second + "]"},
		{kind: "wrong shape", name: "rows without a line between", answer: first + second},
		{kind: "wrong shape", name: "one level too deep", answer: "[[" + first + "," + second + "]]", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "rows as objects", answer: `{"stream_id":"s-1","clicks":"100"}`, want: down, reason: "malformed"},
		{kind: "wrong shape", name: "an object around the rows", answer: `{"rows":[` + first + `]}`, want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a value within a value", answer: other(`["s-2",["40"],"10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a column less", answer: other(`["s-2","40","10",0.25,"2",0.05,"10.00","-5.00"]`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a column more", answer: other(`["s-2","2000-01-02","40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "no column of the breakdown", answer: `["100","50",0.5,"10",0.1,"20.00","5.00",0.25]`, want: down, reason: "malformed"},
		{
			kind: "wrong shape", name: "a message after the first row",
			answer: other(`{"name":"Error","message":"Query timed out."}`), want: down, reason: "http",
		},
		{kind: "wrong shape", name: "an HTML page", answer: "<html><body>Wait</body></html>", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "cut within a row", answer: first + "\n" + second[:20], want: down, reason: "malformed"},
		{kind: "wrong shape", name: "more after the list", answer: "[" + first + "]" + second, want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a row with the names of the columns", answer: `["stream_id","clicks","money_hits","quality","conversions","cr","expenses","profit","roi"]` + "\n" + first + "\n" + second, want: counted, dropped: 8, changes: map[string]float64{}},
		{kind: "wrong shape", name: "a byte order mark", answer: "\ufeff" + first + "\n" + second},

		{kind: "out of range", name: "quality 63", answer: other(`["s-2","40","10",63,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("quality_ratio", "s-2"): absent}},
		{kind: "out of range", name: "quality 1.7", answer: other(`["s-2","40","10",1.7,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("quality_ratio", "s-2"): absent}},
		{kind: "out of range", name: "quality −0.5", answer: other(`["s-2","40","10",-0.5,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("quality_ratio", "s-2"): absent}},
		{kind: "out of range", name: "quality 1.0000001 by rounding", answer: other(`["s-2","40","40",1.0000001,"2",0.05,"10.00","-5.00",-0.5]`), changes: map[string]float64{series("money_hits", "s-2"): 40, series("quality_ratio", "s-2"): 1}},
		{kind: "out of range", name: "quality as a percentage below 1", answer: other(`["s-2","400","2",0.5,"2",0.005,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{
			series("clicks", "s-2"): 400, series("money_hits", "s-2"): 2, series("conversion_ratio", "s-2"): 0.005, series("quality_ratio", "s-2"): absent,
		}},
		{kind: "out of range", name: "cr as a percentage", answer: other(`["s-2","40","10",0.25,"2",5,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("conversion_ratio", "s-2"): absent}},
		{kind: "out of range", name: "more conversions than clicks", answer: other(`["s-2","40","10",0.25,"50",1.25,"10.00","-5.00",-0.5]`), changes: map[string]float64{series("conversions", "s-2"): 50, series("conversion_ratio", "s-2"): 1.25}},
		{kind: "out of range", name: "cr without conversions", answer: other(`["s-2","40","10",0.25,"0",5,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("conversions", "s-2"): 0, series("conversion_ratio", "s-2"): absent}},
		{kind: "out of range", name: "roi as a percentage", answer: other(`["s-2","40","10",0.25,"2",0.05,"10.00","-5.00",-50]`), want: counted, dropped: 1, changes: map[string]float64{series("roi_ratio", "s-2"): absent}},
		{kind: "out of range", name: "roi of 7", answer: other(`["s-2","40","10",0.25,"2",0.05,"10.00","70.00",7]`), changes: map[string]float64{series("profit", "s-2"): 70, series("roi_ratio", "s-2"): 7}},
		{
			kind: "out of range", name: "far fewer clicks than pages shown",
			answer: other(`["s-2","9","20",0.25,"2",0.25,"10.00","-5.00",-0.5]`), want: counted, dropped: 1,
			changes: map[string]float64{
				series("clicks", "s-2"): absent, series("money_hits", "s-2"): 20, series("conversion_ratio", "s-2"): 0.25,
			},
		},
		{
			kind: "out of range", name: "pages shown after midnight for clicks before it",
			answer: other(`["s-2","9","19",0.25,"2",0.25,"10.00","-5.00",-0.5]`),
			changes: map[string]float64{
				series("clicks", "s-2"): 9, series("money_hits", "s-2"): 19, series("conversion_ratio", "s-2"): 0.25,
			},
		},
		{kind: "out of range", name: "negative clicks", answer: other(`["s-2","-40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("clicks", "s-2"): absent}},

		{kind: "no number", name: "1,234", answer: other(`["s-2","1,234","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 1, changes: map[string]float64{series("clicks", "s-2"): absent}},
		{kind: "no number", name: "true and NaN", answer: other(`["s-2",true,"NaN",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 2, changes: map[string]float64{series("clicks", "s-2"): absent, series("money_hits", "s-2"): absent}},
		{kind: "no number", name: "counts as numbers, quotients as texts", answer: other(`["s-2",40,10,"0.25",2,"0.05",10,-5,"-0.5"]`)},
		{kind: "no number", name: "every value of a family", answer: strings.ReplaceAll(first, `"100"`, `"1,234"`) + "\n" + strings.ReplaceAll(second, `"40"`, `"1,234"`), want: down, reason: "malformed"},

		{kind: "ids", name: "2.0", answer: other(`[2.0,"40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 8, changes: without("s-2")},
		{kind: "ids", name: "60 digits", answer: other(`["` + strings.Repeat("7", 60) + `","40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 8, changes: without("s-2")},
		{kind: "ids", name: "a bool", answer: other(`[true,"40","10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), want: counted, dropped: 8, changes: without("s-2")},
		{kind: "ids", name: "null", answer: other(strings.Replace(second, `"s-2"`, `null`, 1)), samples: map[string]float64{
			"adspect_today_start_timestamp_seconds": 946771200,
			series("clicks", "s-1"):                 100, series("money_hits", "s-1"): 50, series("quality_ratio", "s-1"): 0.5, series("conversions", "s-1"): 10,
			series("conversion_ratio", "s-1"): 0.1, series("expenses", "s-1"): 20, series("profit", "s-1"): 5, series("roi_ratio", "s-1"): 0.25,
			series("clicks", ""): 40, series("money_hits", ""): 10, series("quality_ratio", ""): 0.25, series("conversions", ""): 2,
			series("conversion_ratio", ""): 0.05, series("expenses", ""): 10, series("profit", ""): -5, series("roi_ratio", ""): -0.5,
		}},

		{kind: "missing", name: "one value is null", answer: other(`["s-2",null,"10",0.25,"2",0.05,"10.00","-5.00",-0.5]`), changes: map[string]float64{series("clicks", "s-2"): absent}},
		{kind: "missing", name: "a count is null in every row", answer: strings.ReplaceAll(first, `"50"`, `null`) + strings.ReplaceAll(second, `"10",`, `null,`), want: counted, missing: 1, changes: map[string]float64{
			series("money_hits", "s-1"): absent, series("money_hits", "s-2"): absent,
		}},
		{kind: "missing", name: "quality is null in every row", answer: strings.ReplaceAll(first, `0.5,`, `null,`) + strings.ReplaceAll(second, `0.25`, `null`), want: counted, missing: 1, changes: map[string]float64{
			series("quality_ratio", "s-1"): absent, series("quality_ratio", "s-2"): absent,
		}},
		{kind: "missing", name: "nothing was paid", answer: `["s-1","100","50",0.5,"10",0.1,null,null,null]` + "\n" + `["s-2","40","10",0.25,"2",0.05,null,null,null]`, changes: map[string]float64{
			series("expenses", "s-1"): absent, series("profit", "s-1"): absent, series("roi_ratio", "s-1"): absent,
			series("expenses", "s-2"): absent, series("profit", "s-2"): absent, series("roi_ratio", "s-2"): absent,
		}},

		{kind: "repeated", name: "a row twice", answer: first + "\n" + second + "\n" + second, want: counted, dropped: 8, changes: map[string]float64{}},
	})

	days := "{name: day, group_by: [date, month, target], metrics: [clicks]}"
	const regular = `["2000-01-02","2000-01",0,"10"]`
	const target = `adspect_today_day_clicks{date="2000-01-02",month="2000-01",target="1"}`
	runUnusualAnswers(t, "funnel_today", unusualAdspect("funnel_today", days, answering(200, regular), "GET /v1/reports/funnel"), []unusualAnswer{
		{kind: "columns", name: "the year 2609", answer: regular + `["2609-01-02","2609-01",1,"5"]`, want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "columns", name: "another month", answer: regular + `["2000-01-02","1970-01",1,"5"]`, want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "columns", name: "a date in another spelling", answer: regular + `["02.01.2000","2000-01",1,"5"]`, want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "columns", name: "the day before, in another zone", answer: regular + `["2000-01-01","2000-01",0,"5"]`, changes: map[string]float64{`adspect_today_day_clicks{date="2000-01-01",month="2000-01",target="0"}`: 5}},
		{kind: "columns", name: "a page as text", answer: regular + `["2000-01-02","2000-01","1","5"]`, changes: map[string]float64{target: 5}},
		{kind: "columns", name: "page 1.0", answer: regular + `["2000-01-02","2000-01",1.0,"5"]`, want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "columns", name: "page 256", answer: regular + `["2000-01-02","2000-01",256,"5"]`, want: counted, dropped: 1, changes: map[string]float64{}},
	})

	total := "{name: total, group_by: [], metrics: [clicks, cr]}"
	runUnusualAnswers(t, "funnel_today", unusualAdspect("funnel_today", total, answering(200, `["10",0.5]`), "GET /v1/reports/funnel"), []unusualAnswer{
		{kind: "totals", name: "no row", want: counted, missing: 1, changes: map[string]float64{"adspect_today_total_clicks": absent, "adspect_today_total_conversion_ratio": absent}},
		{kind: "totals", name: "two rows", answer: `["10",0.5]` + "\n" + `["7",0.25]`, want: counted, dropped: 2, changes: map[string]float64{}},
		{kind: "totals", name: "cr that no count bears out", answer: `["10",1.25]`, want: down, reason: "malformed"},
	})
}

func TestUnusualAdspectClickLog(t *testing.T) {
	rows := []string{`["2000-01-02 00:10:00","s-1",0,0]`, `["2000-01-02 03:30:00","s-1",1,2]`, `["2000-01-02 03:40:00","s-2",255,1]`}
	unusual := func(row string) http.HandlerFunc { // beside the others, in the second span
		return func(w http.ResponseWriter, r *http.Request) {
			logOf(rows...)(w, r)
			if mustInt(r.URL.Query().Get("date_from")) > timeOfRow(rows[0]) {
				io.WriteString(w, row)
			}
		}
	}
	whole := func(rows ...string) http.HandlerFunc { // whatever is asked for
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Join(rows, "\n")) }
	}
	events := func(stream, stage, page string) string {
		return fmt.Sprintf("adspect_today_log_events{page=%q,stage=%q,stream_id=%q}", page, stage, stream)
	}
	last := func(stream, stage string) string {
		return fmt.Sprintf("adspect_last_event_timestamp_seconds{stage=%q,stream_id=%q}", stage, stream)
	}
	at := func(row string) float64 { return float64(timeOfRow(row)) }
	nothing := map[string]float64{
		events("s-1", "basic", "safe"): absent, events("s-1", "fingerprint", "money"): absent, events("s-2", "conversion", "money"): absent,
		last("s-1", "basic"): absent, last("s-1", "fingerprint"): absent, last("s-2", "conversion"): absent,
	}

	runUnusualAnswers(t, "click_log", unusualAdspect("click_log", "", logOf(rows...), "GET /v1/reports/log"), []unusualAnswer{
		{kind: "nothing there", name: "an empty body", changes: nothing},
		{kind: "nothing there", name: "an empty list", answer: "[]", changes: nothing},
		{kind: "nothing there", name: "null", answer: "null", want: down, reason: "malformed"},

		{kind: "wrong shape", name: "a column less", respond: unusual(`["2000-01-02 03:50:00","s-1",0]`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a list of tags as well", respond: unusual(`["2000-01-02 03:50:00","s-1",0,0,["vpn"]]`), want: down, reason: "malformed"},
		{kind: "wrong shape", name: "rows as objects", answer: `{"timestamp":"2000-01-02 03:50:00"}`, want: down, reason: "malformed"},
		{kind: "wrong shape", name: "an HTML page", answer: "<html>", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "cut within a row", respond: unusual(`["2000-01-02 03:5`), want: down, reason: "malformed"},

		{kind: "spelling", name: "times in Unix seconds, numbers as texts", respond: unusual(`[946784400,"s-1","0","0"]`), changes: map[string]float64{events("s-1", "basic", "safe"): 2, last("s-1", "basic"): 946784400}},
		{kind: "spelling", name: "fractions of a second", respond: unusual(`["2000-01-02 03:40:00.75","s-2",255,1]`), changes: map[string]float64{events("s-2", "conversion", "money"): 2}},
		{kind: "spelling", name: "times in milliseconds", respond: unusual(`[946784400000,"s-1",0,0]`), want: down, reason: "malformed"},
		{kind: "spelling", name: "no time", respond: unusual(`[null,"s-1",0,0]`), want: down, reason: "malformed"},

		{kind: "out of range", name: "an event of the year 2609", respond: unusual(`["2609-01-02 03:50:00","s-1",0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "an event of 1970", respond: unusual(`["1970-01-01 00:00:00","s-1",0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "an event an hour ahead", respond: unusual(`["2000-01-02 05:00:00","s-1",0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "an event of the span before", respond: unusual(`["2000-01-02 01:00:00","s-1",0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "times of another zone", respond: whole(`["2000-01-01 19:10:00","s-1",0,0]`, `["2000-01-01 22:40:00","s-1",1,2]`), want: down, reason: "malformed", dropped: 0},
		{kind: "out of range", name: "all events whatever is asked for", respond: whole(rows...), want: counted, dropped: 3, changes: map[string]float64{}},
		{kind: "out of range", name: "stage 256", respond: unusual(`["2000-01-02 03:50:00","s-1",256,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "stage −1", respond: unusual(`["2000-01-02 03:50:00","s-1",-1,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "page 1.5", respond: unusual(`["2000-01-02 03:50:00","s-1",0,1.5]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "page as a word", respond: unusual(`["2000-01-02 03:50:00","s-1",0,"money"]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "out of range", name: "stage 7, which the document does not have", respond: unusual(`["2000-01-02 03:50:00","s-1",7,0]`), changes: map[string]float64{
			events("s-1", "7", "safe"): 1, last("s-1", "7"): at(`["2000-01-02 03:50:00"`),
		}},

		{kind: "ids", name: "2.0", respond: unusual(`["2000-01-02 03:50:00",2.0,0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "ids", name: "60 digits", respond: unusual(`["2000-01-02 03:50:00",` + strings.Repeat("7", 60) + `,0,0]`), want: counted, dropped: 1, changes: map[string]float64{}},
		{kind: "ids", name: "null", respond: unusual(`["2000-01-02 03:50:00",null,0,0]`), changes: map[string]float64{events("", "basic", "safe"): 1, last("", "basic"): at(`["2000-01-02 03:50:00"`)}},

		{kind: "missing", name: "no event has a stream", respond: logOf(`["2000-01-02 00:10:00",null,0,0]`), want: counted, missing: 1, samples: map[string]float64{
			"adspect_today_start_timestamp_seconds": 946771200, events("", "basic", "safe"): 1, last("", "basic"): at(rows[0]),
		}},
		{kind: "missing", name: "no event has a stage", respond: logOf(`["2000-01-02 00:10:00","s-1",null,0]`), want: counted, missing: 1, samples: map[string]float64{
			"adspect_today_start_timestamp_seconds": 946771200, events("s-1", "", "safe"): 1, last("s-1", ""): at(rows[0]),
		}},

		{kind: "repeated", name: "equal events", respond: unusual(rows[2]), changes: map[string]float64{events("s-2", "conversion", "money"): 2}},
	})
}

func TestUnusualAdspectAccounts(t *testing.T) {
	const regular = `{"account_id":"a","timezone":"UTC","balance":"12.50","expires":1262304000,"expires_comsign":1264982400,"comsign_limit":50,"comsign_extra_limit":5}`
	const balance, expiry = "adspect_account_balance", "adspect_account_expiry_timestamp_seconds"
	const comsignExpiry, limit, extra = "adspect_account_comsign_expiry_timestamp_seconds", "adspect_account_comsign_limit", "adspect_account_comsign_extra_limit"
	with := func(old, value string) string {
		answer := strings.Replace(regular, old, value, 1)
		if answer == regular {
			panic(old)
		}
		return answer
	}
	runUnusualAnswers(t, "account", unusualAdspect("account", "", answering(200, regular), "GET /v1/account"), []unusualAnswer{
		{kind: "out of range", name: "expiry 0", answer: with(`1262304000`, `0`), want: down, reason: "malformed", dropped: 1},
		{kind: "out of range", name: "expiry in the year 2609", answer: with(`1262304000`, `20165760000`), want: down, reason: "malformed", dropped: 1},
		{kind: "out of range", name: "expiry in milliseconds", answer: with(`1262304000`, `1262304000000`), want: down, reason: "malformed", dropped: 1},
		{kind: "out of range", name: "expiry of comsign 0", answer: with(`1264982400`, `"0"`), want: down, reason: "malformed", dropped: 1},
		{kind: "out of range", name: "a negative limit", answer: with(`:50,`, `:-50,`), want: down, reason: "malformed", dropped: 1},
		{kind: "out of range", name: "a negative balance", answer: with(`"12.50"`, `"-3.20"`), changes: map[string]float64{balance: -3.2}},

		{kind: "spelling", name: "numbers as texts", answer: with(`1262304000,"expires_comsign":1264982400,"comsign_limit":50`, `"1262304000","expires_comsign":"1264982400","comsign_limit":"50"`)},
		{kind: "spelling", name: "the balance as a number", answer: with(`"12.50"`, `12.5`)},
		{kind: "spelling", name: "a byte order mark", answer: "\ufeff" + regular},

		{kind: "no number", name: "1,234.50", answer: with(`"12.50"`, `"1,234.50"`), want: down, reason: "malformed", dropped: 1},
		{kind: "no number", name: "expiry as a date", answer: with(`1262304000`, `"2010-01-01"`), want: down, reason: "malformed", dropped: 1},
		{kind: "no number", name: "the balance as an object", answer: with(`"12.50"`, `{"USD":"12.50"}`), want: down, reason: "malformed", dropped: 1},

		{kind: "missing", name: "never expires", answer: with(`1262304000`, `null`), changes: map[string]float64{expiry: absent}},
		{kind: "missing", name: "no balance", answer: with(`"balance":"12.50",`, ``), want: counted, missing: 1, changes: map[string]float64{balance: absent}},
		{kind: "missing", name: "no comsign", answer: with(`,"expires_comsign":1264982400,"comsign_limit":50,"comsign_extra_limit":5`, ``), want: counted, missing: 3, changes: map[string]float64{
			comsignExpiry: absent, limit: absent, extra: absent,
		}},
		{kind: "missing", name: "comsign is null", answer: with(`1264982400,"comsign_limit":50,"comsign_extra_limit":5`, `null,"comsign_limit":null,"comsign_extra_limit":null`), changes: map[string]float64{
			comsignExpiry: absent, limit: absent, extra: absent,
		}},

		{kind: "wrong shape", name: "an empty object", answer: "{}", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "an empty body", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "null", answer: "null", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "a list", answer: "[" + regular + "]", want: down, reason: "malformed"},
		{kind: "wrong shape", name: "one level too deep", answer: `{"account":` + regular + `}`, want: down, reason: "malformed"},
	})
}

func TestUnusualAdspectSavedQueries(t *testing.T) {
	heads := func(names ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(names); i += 2 {
				w.Header().Add("X-Pagination-"+names[i], names[i+1])
			}
		}
	}
	runUnusualAnswers(t, "saved_queries", unusualAdspect("saved_queries", "", heads("Total-Count", "97", "Page-Count", "5"), "HEAD /v1/reports"), []unusualAnswer{
		{kind: "headers", name: "none", respond: heads(), want: down, reason: "malformed"},
		{kind: "headers", name: "a word", respond: heads("Total-Count", "many"), want: down, reason: "malformed"},
		{kind: "headers", name: "an empty one", respond: heads("Total-Count", ""), want: down, reason: "malformed"},
		{kind: "headers", name: "negative", respond: heads("Total-Count", "-1"), want: down, reason: "malformed"},
		{kind: "headers", name: "a fraction", respond: heads("Total-Count", "97.5"), want: down, reason: "malformed"},
		{kind: "headers", name: "1,234", respond: heads("Total-Count", "1,234"), want: down, reason: "malformed"},
		{kind: "headers", name: "60 digits", respond: heads("Total-Count", strings.Repeat("7", 60)), want: down, reason: "malformed"},
		{kind: "headers", name: "twice the same", respond: heads("Total-Count", "97", "Total-Count", "97")},
		{kind: "headers", name: "twice, and not the same", respond: heads("Total-Count", "97", "Total-Count", "98"), want: down, reason: "malformed"},
		{kind: "headers", name: "no number of pages", respond: heads("Total-Count", "97")},
		{kind: "headers", name: "a number of pages that does not fit", respond: heads("Total-Count", "0", "Page-Count", "5"), want: down, reason: "malformed"},
		{kind: "headers", name: "no queries", respond: heads("Total-Count", "0", "Page-Count", "0"), changes: map[string]float64{"adspect_saved_queries": 0}},
	})
}
