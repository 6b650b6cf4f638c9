package adspect_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

const wholeYesterday = "&date_from=yesterday&date_to=today"

var dimensions = []string{
	"date", "month", "stream_id", "asn", "country_code", "os", "browser", "engine", "language", "sub_id", "mode",
	"target", "tag",
}

// counts are the metrics that are counts and no estimates.
var counts = []string{"clicks", "fingerprints", "money_hits", "safe_hits", "givt", "sivt", "mia", "conversions"}

func metricsOf(names ...string) string {
	return "&metrics[]=" + strings.Join(names, "&metrics[]=")
}

func groupBy(names ...string) string {
	if len(names) == 0 {
		return ""
	}
	return "&group_by[]=" + strings.Join(names, "&group_by[]=")
}

// sums adds up the counts that follow the columns.
func sums(t *testing.T, rows [][]any, columns int) []int64 {
	t.Helper()
	var total []int64
	for _, row := range rows {
		if total == nil {
			total = make([]int64, len(row)-columns)
		}
		for i, value := range row[columns:] {
			total[i] += count(t, value)
		}
	}
	return total
}

func TestReportErrors(t *testing.T) {
	for _, tc := range []struct{ path, message string }{
		{"funnel?group_by[]=stream_id", "missing required parameter: metrics[]"},
		{"funnel?metrics[]=click", "unknown value of metrics[]: click"},
		{"funnel?metrics[]=clicks&group_by[]=stream", "unknown value of group_by[]: stream"},
		{"funnel?metrics[]=clicks&group_by[]=ip_address", "unknown value of group_by[]: ip_address"},
		{"funnel?metrics=clicks", "unknown parameter: metrics"},
		{"funnel?metrics[]=clicks&country_code=AE", "unknown parameter: country_code"},
		{"funnel?metrics[]=clicks&columns[]=timestamp", "unknown parameter: columns[]"},
		{"funnel?metrics[]=clicks&time_zone=Mars/Base", "unknown time zone: Mars/Base"},
		{"funnel?metrics[]=clicks&time_zone=Local", "unknown time zone: Local"},
		{"funnel?metrics[]=clicks&date_from=soon", "invalid value of date_from: soon"},
		{"funnel?metrics[]=clicks&date_to=2026-13-01", "invalid value of date_to: 2026-13-01"},
		{"funnel?metrics[]=clicks&asn[]=ASX", "invalid value of asn: ASX"},
		{"funnel?metrics[]=clicks&asn[]=AS1.70000", "invalid value of asn: AS1.70000"},
		{"funnel?metrics[]=clicks&asn[]=4294967296", "invalid value of asn: 4294967296"},
		{"funnel?metrics[]=clicks&ip_address[]=1.2.3", "invalid value of ip_address: 1.2.3"},
		{"funnel?metrics[]=clicks&target[]=256", "invalid value of target: 256"},
		{"funnel?metrics[]=clicks&mode[]=filter", "invalid value of mode: filter"},
		{"log?date_from=today", "missing required parameter: columns[]"},
		{"log?columns[]=time", "unknown value of columns[]: time"},
		{"log?columns[]=timestamp&metrics[]=clicks", "unknown parameter: metrics[]"},
		{"log?columns[]=timestamp&date_from=soon", "invalid value of date_from: soon"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			wantError(t, newTestAccount(t, nil).send("GET", "/reports/"+tc.path), 400, tc.message)
		})
	}
}

func TestFunnelRow(t *testing.T) {
	b := newTestAccount(t, nil)
	path := "/reports/funnel?date_from=1794787200&date_to=1794873600" + groupBy("stream_id", "asn", "target") +
		metricsOf("clicks", "quality", "expenses", "roi")
	var numbers, nulls int
	rows := b.rows(path)
	for _, row := range rows {
		if len(row) != 7 {
			t.Fatalf("row is %v", row)
		}
		if _, ok := row[0].(string); !ok {
			t.Errorf("stream_id of %v is no text", row)
		}
		for _, value := range row[1:3] {
			switch value.(type) {
			case float64:
				numbers++
			case nil:
				nulls++
			default:
				t.Errorf("%v of %v is neither a number nor null", value, row)
			}
		}
		if count(t, row[3]) < 0 {
			t.Errorf("clicks of %v", row)
		}
		if quality, ok := row[4].(float64); !ok || quality < 0 || quality > 1 {
			t.Errorf("quality of %v is not from 0 to 1", row)
		}
		if expenses, ok := row[5].(float64); !ok || expenses < 0 {
			t.Errorf("expenses of %v", row)
		}
		if _, ok := row[6].(float64); !ok && row[5] != 0.0 {
			t.Errorf("roi of %v", row)
		}
	}
	if numbers == 0 || nulls == 0 || nulls > numbers/5 {
		t.Errorf("%d numbers and %d nulls in %d rows: want nulls now and then", numbers, nulls, len(rows))
	}
	text := b.send("GET", path).Body.String()
	if !strings.HasPrefix(text, `["fa4e5000-`) || !strings.HasSuffix(text, "]\n") ||
		!strings.Contains(text, `", 4200000000, `) {
		t.Errorf("rows are written otherwise than the document's: %.200s", text)
	}
}

// TestMetrics computes each metric that the document defines by others.
func TestMetrics(t *testing.T) {
	names := []string{
		"clicks", "uniques", "fingerprints", "money_hits", "money_uniques", "safe_hits", "givt", "sivt", "mia",
		"quality", "expenses",
		"conversions", "cr", "revenue", "profit", "roi", "cpc", "cpm", "cpa", "epl", "ecpc", "ecpm",
	}
	b := newTestAccount(t, nil)
	for _, row := range b.rows("/reports/funnel?" + wholeYesterday[1:] + groupBy("sub_id") + metricsOf(names...)) {
		got := make(map[string]float64)
		for i, name := range names {
			switch value := row[i+1].(type) {
			case float64:
				got[name] = value
			case string:
				got[name] = float64(count(t, value))
			case nil:
				got[name] = math.NaN()
			}
		}
		for name, want := range map[string]float64{
			"quality": got["money_hits"] / got["clicks"],
			"cr":      got["conversions"] / got["clicks"],
			"profit":  got["revenue"] - got["expenses"],
			"roi":     got["profit"] / got["expenses"],
			"cpc":     got["expenses"] / got["clicks"],
			"cpm":     got["expenses"] / got["clicks"] * 1000,
			"cpa":     got["expenses"] / got["conversions"],
			"epl":     got["revenue"] / got["conversions"],
			"ecpc":    got["revenue"] / got["clicks"],
			"ecpm":    got["revenue"] / got["clicks"] * 1000,
		} {
			undefined := math.IsNaN(want) || math.IsInf(want, 0)
			if math.IsNaN(got[name]) != undefined ||
				(!undefined && math.Abs(got[name]-want) > 1e-9*max(1, math.Abs(want))) {
				t.Errorf("%s of %v is %v, want %v", name, row, got[name], want)
			}
		}
	}
}

func TestTextsAreJSON(t *testing.T) {
	const id = "a\"b\\c\n\x00é"
	b := newTestAccount(t, func(a *adspect.Account) {
		a.Streams = []adspect.Stream{{StreamID: id, Name: "odd"}}
	})
	if rows := b.rows("/reports/funnel?" + wholeYesterday[1:] + groupBy("stream_id") + metricsOf("clicks")); len(rows) != 1 || rows[0][0] != id {
		t.Errorf("rows are %q, want one of %q", rows, id)
	}
}

// TestFunnelAddsUp compares the sums over every breakdown with the totals and with the data of the account.
func TestFunnelAddsUp(t *testing.T) {
	b := newTestAccount(t, nil)
	metrics := metricsOf(counts...)
	total := sums(t, b.rows("/reports/funnel?"+wholeYesterday[1:]+metrics), 0)
	var want adspect.Funnel
	from := time.Date(2026, time.November, 16, 0, 0, 0, 0, time.UTC)
	for e := range b.data().Events(from, from.AddDate(0, 0, 1), nil) {
		want.Add(&e.Visit, e.Stage)
	}
	if made := []int64{want.Clicks, want.Fingerprints, want.MoneyHits, want.SafeHits, want.GIVT, want.SIVT, want.MIA, want.Conversions}; !slices.Equal(total, made) {
		t.Errorf("totals are %v, the account's are %v", total, made)
	}
	for i, name := range counts {
		if total[i] == 0 {
			t.Errorf("no %s", name)
		}
	}
	if shown := want.MoneyHits + want.SafeHits; shown >= want.Clicks || shown < want.Clicks*96/100 {
		t.Errorf("%d pages shown at %d clicks, want slightly fewer", shown, want.Clicks)
	}
	if want.Clicks < 7_500 || want.Clicks > 10_500 {
		t.Errorf("%d clicks, want about 9000", want.Clicks)
	}
	breakdowns := [][]string{{"sub_id", "tag", "os"}, {"tag", "sub_id"}, {"date", "stream_id"}, dimensions}
	for _, name := range dimensions {
		breakdowns = append(breakdowns, []string{name})
	}
	for _, columns := range breakdowns {
		rows := b.rows("/reports/funnel?" + wholeYesterday[1:] + groupBy(columns...) + metrics)
		if got := sums(t, rows, len(columns)); !slices.Equal(got, total) {
			t.Errorf("by %v it is %v, in total %v", columns, got, total)
		}
		seen := make(map[string]bool)
		for _, row := range rows {
			key := fmt.Sprint(row[:len(columns)]...)
			if seen[key] {
				t.Errorf("by %v there are two rows of %s", columns, key)
			}
			seen[key] = true
		}
	}
}

// TestFilters takes each value of each breakdown as a filter: the parts have to add up to the rows.
func TestFilters(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.Clicks, a.SubIDs = 2_000, 10 })
	for _, name := range []string{"stream_id", "asn", "country_code", "os", "browser", "engine", "sub_id", "mode", "target"} {
		rows := b.rows("/reports/funnel?" + wholeYesterday[1:] + groupBy(name) + metricsOf(counts...))
		for _, row := range rows {
			if row[0] == nil {
				continue
			}
			value := fmt.Sprint(row[0])
			if n, ok := row[0].(float64); ok {
				value = fmt.Sprint(int64(n))
			}
			got := b.rows("/reports/funnel" + query(name+"[]", value, "date_from", "yesterday", "date_to", "today") + metricsOf(counts...))
			if !slices.Equal(sums(t, got, 0), sums(t, [][]any{row}, 1)) {
				t.Errorf("with %s=%s it is %v, the row is %v", name, value, got, row)
			}
		}
	}
	clicks := func(query string) int64 {
		return count(t, b.rows("/reports/funnel?metrics[]=clicks" + wholeYesterday + query)[0][0])
	}
	if both, one, other := clicks("&os[]=iOS&os[]=macOS"), clicks("&os[]=iOS"), clicks("&os[]=macOS"); both != one+other || one == 0 || other == 0 {
		t.Errorf("iOS or macOS has %d clicks, they have %d and %d", both, one, other)
	}
	if got := clicks("&os[]=iOS&engine[]=Blink"); got != 0 {
		t.Errorf("iOS and Blink has %d clicks", got)
	}
	if got := clicks("&os[]=Plan9"); got != 0 {
		t.Errorf("an unknown system has %d clicks", got)
	}
	if number, prefixed, dotted := clicks("&asn[]=4200000000"), clicks("&asn[]=as4200000000"), clicks("&asn[]=AS64086.59904"); number == 0 || number != prefixed || number != dotted {
		t.Errorf("one ASN in three spellings has %d, %d and %d clicks", number, prefixed, dotted)
	}
	for row := range slices.Values(b.rows("/reports/log?columns[]=click_id&columns[]=ip_address&columns[]=sequence" + wholeYesterday)[:20]) {
		id, _ := row[0].(string)
		if got := clicks("&click_id[]=" + id); got > 1 || (got == 0 && row[2] == 0.0) {
			t.Errorf("click %v has %d clicks", row, got)
		}
		address, _ := row[1].(string)
		if got := clicks("&ip_address[]=" + address); got == 0 && row[2] == 0.0 {
			t.Errorf("address %v has no clicks", row)
		}
	}
}

func TestWindows(t *testing.T) {
	b := newTestAccount(t, func(a *adspect.Account) { a.Clicks = 500 })
	clicks := func(query string) int64 {
		return count(t, b.rows("/reports/funnel?metrics[]=clicks&" + query)[0][0])
	}
	for _, tc := range [][]string{
		{"date_from=today", "date_from=2026-11-17", "date_from=1794873600", "date_from=17+Nov+2026&date_to=tomorrow", "date_from=today&date_to=now", "date_from=2026-11-17T04:00:00%2B04:00"},
		{"date_from=yesterday&date_to=today", "date_from=1794787200&date_to=1794873600", "date_from=2026-11-16+00:00:00&date_to=17+November+2026"},
		{"date_from=today&time_zone=Asia/Dubai", "date_from=1794859200&time_zone=Asia/Dubai", "date_from=1794859200", "date_from=2026-11-17&date_to=tomorrow&time_zone=Asia/Dubai"},
		{"", "date_from=" + fmt.Sprint(noon.Add(-90*24*time.Hour).Unix())},
		{"date_from=0", "date_from=0001-01-01&date_to=9999-12-31"},
	} {
		want := clicks(tc[0])
		for _, query := range tc[1:] {
			if got := clicks(query); got != want || got == 0 {
				t.Errorf("%s gives %d clicks, %s gives %d", query, got, tc[0], want)
			}
		}
	}
	whole, first, second := clicks("date_from=1794787200&date_to=1794873600"), clicks("date_from=1794787200&date_to=1794800000"), clicks("date_from=1794800000&date_to=1794873600")
	if whole != first+second {
		t.Errorf("a day has %d clicks, its parts %d and %d", whole, first, second)
	}
	for _, query := range []string{"date_from=tomorrow", "date_from=today&date_to=yesterday"} {
		if got := clicks(query); got != 0 {
			t.Errorf("%s gives %d clicks", query, got)
		}
		if w := b.send("GET", "/reports/funnel?group_by[]=os&metrics[]=clicks&"+query); w.Code != 200 || w.Body.Len() > 0 {
			t.Errorf("%s: answer is %d %q, want no rows", query, w.Code, w.Body)
		}
	}
	t.Run("dates are of the zone", func(t *testing.T) {
		for zone, want := range map[string]string{"": "2026-11-16 2026-11-17", "Asia/Shanghai": "2026-11-17", "America/New_York": "2026-11-16 2026-11-17"} {
			// From 18:00 to noon, in UTC.
			var days []string
			for _, row := range b.rows("/reports/funnel?date_from=1794852000&group_by[]=date&group_by[]=month&metrics[]=clicks&time_zone=" + zone) {
				day, _ := row[0].(string)
				days = append(days, day)
				if row[1] != "2026-11" {
					t.Errorf("month is %v", row[1])
				}
			}
			if got := strings.Join(days, " "); got != want {
				t.Errorf("in %q the days are %s, want %s", zone, got, want)
			}
		}
	})
	t.Run("endpoints", func(t *testing.T) {
		for query, want := range map[string]string{
			"date_from=today":                                              "funnel_today",
			"date_from=1794873600&date_to=1794960000":                      "funnel_today",
			"date_from=1794787200&date_to=1794873600":                      "funnel_yesterday",
			"date_from=1794772800&date_to=1794859200&time_zone=Asia/Dubai": "funnel_yesterday",
			"date_from=1794859200&time_zone=Asia/Dubai":                    "funnel_today",
			"date_from=yesterday":                                          "funnel_other",
			"":                                                             "funnel_other",
			"date_from=soon":                                               "funnel_other",
		} {
			before := b.Calls("adspect", "account", want)
			b.send("GET", "/reports/funnel?metrics[]=clicks&"+query)
			if b.Calls("adspect", "account", want) != before+1 {
				t.Errorf("%q does not count as %s", query, want)
			}
		}
	})
}

// TestFunnelGrows looks at today's funnel through the day.
func TestFunnelGrows(t *testing.T) {
	b := newTestAccount(t, nil)
	names := append(slices.Clone(counts), "uniques", "money_uniques")
	path := "/reports/funnel?date_from=today&group_by[]=stream_id" + metricsOf(names...)
	before := make(map[any][]any)
	for now := noon.Add(-12 * time.Hour); now.Before(noon.Add(12 * time.Hour)); now = now.Add(31 * time.Minute) {
		b.Clock.Set(now)
		rows := b.rows(path)
		for _, row := range rows {
			numbers := make(map[string]int64)
			for i, name := range names {
				numbers[name] = count(t, row[i+1])
				if old, ok := before[row[0]]; ok && numbers[name] < count(t, old[i+1]) {
					t.Errorf("at %s %s of %v was %v, is %v", now, name, row[0], old[i+1], row[i+1])
				}
			}
			if numbers["uniques"] > numbers["clicks"] || numbers["money_uniques"] > numbers["money_hits"] || numbers["money_uniques"] > numbers["uniques"] {
				t.Errorf("at %s: %v", now, numbers)
			}
			if numbers["fingerprints"] > numbers["clicks"] || numbers["money_hits"]+numbers["safe_hits"] > numbers["clicks"] {
				t.Errorf("at %s: %v", now, numbers)
			}
			before[row[0]] = row
		}
		if len(rows) == 0 && now.After(noon.Add(-11*time.Hour)) {
			t.Errorf("at %s there are no rows", now)
		}
	}
	if len(before) != len(adspect.DefaultStreams()) {
		t.Errorf("%d streams have traffic", len(before))
	}
}

// TestLargeFunnel asks for a row for each of many sub IDs, and leaves after the first of them.
func TestLargeFunnel(t *testing.T) {
	const size = 20_000
	b := newTestAccount(t, func(a *adspect.Account) { a.SubIDs = size })
	rows := b.rows(reportPath)
	if len(rows) != size {
		t.Errorf("%d rows, want %d", len(rows), size)
	}
	nulls := 0
	for _, row := range rows {
		if row[0] == nil {
			nulls++
		}
	}
	if nulls != 1 {
		t.Errorf("%d rows have no sub ID, want 1", nulls)
	}
	w := &leaver{}
	r := httptest.NewRequest("GET", "/adspect/v1"+reportPath, nil)
	r.SetBasicAuth("key", "")
	r.Header.Set("Content-Type", "application/json")
	b.ServeHTTP(w, r)
	if w.writes != 1 || w.bytes > 64<<10 {
		t.Errorf("%d writes of %d bytes to one who left: want rows to be written as they are made", w.writes, w.bytes)
	}
	if w.Header().Get("Content-Length") != "" {
		t.Error("a streamed answer has a length")
	}
}

// leaver is a client that goes when the body begins.
type leaver struct {
	header        http.Header
	writes, bytes int
}

func (l *leaver) Header() http.Header {
	if l.header == nil {
		l.header = make(http.Header)
	}
	return l.header
}

func (l *leaver) WriteHeader(int) {}

func (l *leaver) Write(p []byte) (int, error) {
	l.writes++
	l.bytes += len(p)
	return 0, errors.New("gone")
}

func TestReportsAsArrays(t *testing.T) {
	lines := newTestAccount(t, nil)
	array := newTestAccount(t, func(a *adspect.Account) { a.ReportsAsArray = true })
	var rows [][]any
	array.decode(reportPath, &rows)
	if want := lines.rows(reportPath); !slices.EqualFunc(rows, want, slices.Equal[[]any]) {
		t.Errorf("rows are %v, want %v", rows, want)
	}
	array.decode(strings.Replace(reportPath, "yesterday", "today", 1), &rows)
	if len(rows) != 0 {
		t.Errorf("rows of nothing are %v", rows)
	}
}

// TestLog compares the log with the funnel.
func TestLog(t *testing.T) {
	b := newTestAccount(t, nil)
	rows := b.rows("/reports/log?columns[]=timestamp&columns[]=stream_id&columns[]=sequence&columns[]=target" + wholeYesterday)
	stages := make(map[any]map[any]int64)
	seconds := make(map[any]int)
	var money int64
	last := ""
	for _, row := range rows {
		at, _ := row[0].(string)
		if _, err := time.Parse(time.DateTime, at); err != nil || at < last || !strings.HasPrefix(at, "2026-11-16 ") {
			t.Fatalf("timestamp %q after %q (%v)", at, last, err)
		}
		last = at
		seconds[at]++
		if stages[row[1]] == nil {
			stages[row[1]] = make(map[any]int64)
		}
		stages[row[1]][row[2]]++
		if target, ok := row[3].(float64); !ok || target < 0 || target > 255 {
			t.Errorf("target of %v", row)
		} else if target > 0 && row[2] != 255.0 {
			money++
		}
	}
	var hits int64
	for _, row := range b.rows("/reports/funnel?group_by[]=stream_id" + metricsOf("clicks", "fingerprints", "conversions", "money_hits") + wholeYesterday) {
		got := stages[row[0]]
		if got[0.0] != count(t, row[1]) || got[1.0] != count(t, row[2]) || got[255.0] != count(t, row[3]) {
			t.Errorf("the log of %v has %v, the funnel %v", row[0], got, row[1:])
		}
		hits += count(t, row[4])
	}
	if money != hits {
		t.Errorf("the log has %d money pages, the funnel %d", money, hits)
	}
	if most := slices.Max(slices.Collect(maps.Values(seconds))); most < 3 {
		t.Errorf("at most %d events in a second: want several at times", most)
	}
	t.Run("reading on", func(t *testing.T) {
		// A reader that asks for more every hour, from the last second seen, sees all.
		seen := make(map[string]int)
		for hour := range 24 {
			from := time.Date(2026, time.November, 16, hour, 0, 0, 0, time.UTC).Unix()
			for _, row := range b.rows(fmt.Sprintf("/reports/log?columns[]=click_id&columns[]=sequence&date_from=%d&date_to=%d", from, from+3600)) {
				seen[fmt.Sprint(row)]++
			}
		}
		if len(seen) != len(rows) {
			t.Errorf("hour by hour there are %d events, at once %d", len(seen), len(rows))
		}
	})
	t.Run("zone", func(t *testing.T) {
		moved := b.rows("/reports/log?columns[]=timestamp&date_from=1794787200&date_to=1794873600&time_zone=Asia/Dubai")
		if len(moved) != len(rows) || moved[0][0] != "2026-11-16 04:00:"+fmt.Sprint(rows[0][0])[17:] {
			t.Errorf("%d events, the first at %v, in UTC at %v", len(moved), moved[0], rows[0])
		}
	})
	t.Run("target", func(t *testing.T) {
		for _, row := range b.rows("/reports/log?columns[]=target&target[]=2" + wholeYesterday) {
			if row[0] != 2.0 {
				t.Errorf("target is %v", row)
			}
		}
	})
	t.Run("all columns", func(t *testing.T) {
		all := []string{"timestamp", "ip_address", "asn", "account_id", "stream_id", "country_code", "os", "browser", "engine", "languages", "cost", "sub_id", "click_id", "mode", "sequence", "target", "tags"}
		for _, row := range b.rows("/reports/log?columns[]=" + strings.Join(all, "&columns[]=") + wholeYesterday)[:200] {
			languages, ok1 := row[9].([]any)
			tags, ok2 := row[16].([]any)
			_, ok3 := row[10].(float64)
			if len(row) != len(all) || row[3] != "account" || !ok1 || !ok2 || !ok3 || len(languages) > 1 || len(tags) > 1 {
				t.Errorf("row is %v", row)
			}
			if len(tags) > 0 && row[15] != 0.0 {
				t.Errorf("blocked, and yet at a money page: %v", row)
			}
		}
	})
	t.Run("not before it happens", func(t *testing.T) {
		for e := range b.data().Events(noon.Add(-time.Minute), noon, nil) {
			if e.Time.Before(noon.Add(-time.Minute)) || !e.Time.Before(noon) {
				t.Errorf("event at %s", e.Time)
			}
		}
		for _, row := range b.rows("/reports/log?columns[]=timestamp&date_from=today") {
			if at, _ := row[0].(string); at > "2026-11-17 12:00:00" {
				t.Errorf("event at %s, at noon", at)
			}
		}
	})
}

func TestAnswersArePure(t *testing.T) {
	for path, moves := range map[string]bool{
		"/reports/funnel?date_from=today&group_by[]=os&metrics[]=clicks": true,
		"/reports/log?columns[]=click_id&date_from=today":                true,
		reportPath: false,
		"/account": true,
	} {
		read := func(seed uint64, now time.Time) string {
			c := simtest.NewClock(now)
			account := adspect.DefaultAccounts()[1]
			b := &testAccount{Client: &simtest.Client{T: t, Simulator: simulator.New(simulator.Options{Seed: seed, Now: c.Now}), Clock: c}, account: account}
			b.send("GET", path)
			return b.send("GET", path).Body.String()
		}
		first := read(1, noon)
		if again := read(1, noon.In(simtest.Noon.Location())); again != first {
			t.Errorf("%s: same seed, same time, other answer", path)
		}
		if other := read(2, noon); path != "/account" && other == first {
			t.Errorf("%s: another seed, same answer", path)
		}
		if later := read(1, noon.Add(5*time.Minute)); (later != first) != moves {
			t.Errorf("%s: five minutes later the answer is the same: %t", path, later == first)
		}
	}
}

func TestDefaultAccounts(t *testing.T) {
	for _, account := range adspect.DefaultAccounts() {
		c := simtest.NewClock(noon)
		b := &testAccount{Client: &simtest.Client{T: t, Simulator: simulator.New(simulator.Options{Now: c.Now}), Clock: c}, account: account}
		for _, window := range []string{"date_from=today", "date_from=yesterday&date_to=today"} {
			rows := b.rows("/reports/funnel?group_by[]=stream_id&" + window + metricsOf("clicks", "quality", "conversions"))
			if len(rows) < 3 {
				t.Errorf("%s, %s: %d rows", account.AccountID, window, len(rows))
			}
		}
		if len(b.rows("/reports/log?date_from=today&columns[]=timestamp")) < 100 {
			t.Errorf("%s: hardly any events", account.AccountID)
		}
	}
}
