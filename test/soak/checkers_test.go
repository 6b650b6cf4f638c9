package soak

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
)

// timesAt are times of requests, in seconds.
func timesAt(seconds ...float64) (times []time.Time) {
	for _, s := range seconds {
		times = append(times, at(s))
	}
	return times
}

func TestMostInAMinute(t *testing.T) {
	for name, test := range map[string]struct {
		requests []time.Time
		want     int
	}{
		"none":                       {nil, 0},
		"all at once":                {timesAt(0, 0, 0), 3},
		"a minute apart":             {timesAt(0, 60, 120), 1},
		"just within":                {timesAt(0, 30, 58.9), 3},
		"late by less than a second": {timesAt(0, 30, 59.1), 2},
		"most in the middle":         {timesAt(0, 70, 80, 90, 200), 3},
		"across the full minute":     {timesAt(50, 55, 65, 70), 4},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mostInAMinute(test.requests); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// The clock of these values is what the vendor shows: the seconds since all began, and twice as many.
var clockValues = values{"clock", []string{"seconds", "double"}, func(answered, _ time.Time) page {
	s := answered.Sub(began).Seconds()
	return page{sample("seconds"): s, sample("double", "a"): 2 * s}
}}

// A value that the vendor has not answered is found: also one that it answered at another time, or part of two
// answers.
func TestValues(t *testing.T) {
	const lastSuccess = "engage_endpoint_last_success_timestamp_seconds"
	r := &requests{began: map[string][]span{"clock ": {{begin: at(10.2), end: at(10.4)}, {begin: at(20.9), end: at(22.1)}}}}
	shown := func(read, seconds, double float64) page {
		return page{
			sample(lastSuccess, "clock"): float64(at(read).UnixMilli()) / 1000, sample("seconds"): seconds, sample("double", "a"): double, sample("other"): 7,
		}
	}
	without := shown(20.9, 21, 42)
	delete(without, sample("double", "a"))
	beside := shown(20.9, 21, 42)
	beside[sample("double", "b")] = 1
	for name, test := range map[string]struct {
		page  page
		wrong string // a part of what is found; "" for nothing
	}{
		"the last answer":               {page: shown(20.9, 21, 42)},
		"the last answer, a while":      {page: shown(20.9, 22, 44)},
		"the answer before":             {page: shown(10.2, 10, 20)},
		"nothing was read":              {page: page{sample("other"): 7}},
		"the answer before, called new": {page: shown(20.9, 10, 20), wrong: "want"},
		"no answer at all":              {page: shown(10.2, 15, 30), wrong: "want"},
		"parts of two answers":          {page: shown(10.2, 10, 42), wrong: "want"},
		"a sample is missing":           {page: without, wrong: "double{a} is missing"},
		"a sample too many":             {page: beside, wrong: "double{b} is 1, want none"},
		"a value is off by little":      {page: shown(10.2, 10, 20.001), wrong: "double{a} is 20.001, want 20"},
		"read after the last request":   {page: shown(30, 30, 60), wrong: "no request was sent since"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(clockValues.check(test.page, r, ""), "\n")
			if test.wrong == "" && got != "" || !strings.Contains(got, test.wrong) {
				t.Errorf("found %q, want %q", got, test.wrong)
			}
		})
	}
}

func TestGrowth(t *testing.T) {
	const mebi = 1 << 20
	warm := size{heap: 50 * mebi, goroutines: 8, files: 10}
	for name, test := range map[string]struct {
		later []size
		want  []string // a part of each
	}{
		"as it was":                  {later: []size{warm, warm}},
		"smaller":                    {later: []size{{heap: mebi, goroutines: 1, files: 1}}},
		"as much as it may":          {later: []size{{heap: 55 * mebi, goroutines: 16, files: 14}}},
		"the heap grows":             {later: []size{warm, {heap: 56 * mebi, goroutines: 8, files: 10}}, want: []string{"rest 3: the heap"}},
		"the heap grows for a while": {later: []size{{heap: 56 * mebi, goroutines: 8, files: 10}, warm}, want: []string{"rest 2: the heap"}},
		"goroutines are left":        {later: []size{{heap: 50 * mebi, goroutines: 17, files: 10, stacks: "collector.leak"}}, want: []string{"collector.leak"}},
		"connections are left":       {later: []size{{heap: 50 * mebi, goroutines: 8, files: 15}}, want: []string{"open files"}},
		"all of it": {
			later: []size{{heap: 90 * mebi, goroutines: 90, files: 90}, {heap: 99 * mebi, goroutines: 99, files: 99}},
			want:  []string{"rest 2: the heap", "rest 2: goroutines", "rest 2: open files", "rest 3: the heap", "rest 3: goroutines", "rest 3: open files"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := growth(append([]size{warm}, test.later...))
			if len(got) != len(test.want) {
				t.Fatalf("found %q, want %q", got, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("found %q, want %q", got[i], want)
				}
			}
		})
	}
}

// What a scrape holds is seen: accounts, endpoints that are up, and whether the page ends where it should.
func TestReadExposition(t *testing.T) {
	const whole = "# HELP engage_endpoint_up Whether.\n" +
		`engage_endpoint_up{account="a",api_endpoint="x"} 1` + "\n" + `engage_endpoint_up{account="a",api_endpoint="y"} 0` + "\n" + `engage_endpoint_up{account="b",api_endpoint="x"} 1` + "\n" +
		`value{account="b",kind="k"} 5` + "\n" + "go_goroutines 8\n"
	e, err := readExposition(strings.NewReader(whole), "b")
	if err != nil || !e.whole || e.bytes != len(whole) || e.up != 2 || e.accounts["a"] != 2 || e.accounts["b"] != 1 {
		t.Fatalf("got %+v, %v", e, err)
	}
	p, err := readPage(e.lines["b"].String())
	if err != nil || p.difference(page{sample("engage_endpoint_up", "x"): 1, sample("value", "k"): 5}) != "" {
		t.Errorf("got %v, %v", p, err)
	}
	if e, err := readExposition(strings.NewReader(whole[:len(whole)-3])); err != nil || e.whole {
		t.Errorf("a page that ends within a line is whole: %v", err)
	}
}

// What happens just when the vendor answers is in the answer already. The values of the checker must be those of the
// simulator then, too.
func TestAdspectValuesOfTheMoment(t *testing.T) {
	moment := time.Date(2026, 11, 28, 10, 29, 51, 0, time.UTC) // when a visitor of this account passes
	const seed = 1                                             // whatever the flag says
	account := newFleet().adspect[128]
	account.ReportsAsArray = true
	data := adspect.Data{Seed: seed, Account: account}
	day := midnight(moment, time.UTC)
	passes := false
	for e := range data.Events(day, moment.Add(1), nil) {
		passes = passes || e.Visit.Fingerprinted.Equal(moment)
	}
	if !passes {
		t.Fatalf("nothing happens at %s", moment)
	}

	sim := simulator.New(simulator.Options{
		Seed: seed, Now: func() time.Time { return moment }, Vendors: []simulator.Vendor{adspect.Vendor(account)},
	})
	t.Cleanup(sim.Close)
	r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/adspect/v1/reports/funnel?group_by[]=stream_id&metrics[]=clicks&metrics[]=money_hits&metrics[]=safe_hits&metrics[]=conversions&date_from=%d&date_to=%d",
		day.Unix(), day.AddDate(0, 0, 1).Unix()-1), http.NoBody)
	r.SetBasicAuth(account.APIKey, "")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	var rows [][]string
	if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil || len(rows) == 0 {
		t.Fatalf("answered %d %s: %v", w.Code, w.Body, err)
	}
	shown := page{sample("engage_endpoint_last_success_timestamp_seconds", "funnel_today"): float64(moment.Unix())}
	for _, row := range rows {
		for i, metric := range []string{"clicks", "money_hits", "safe_hits", "conversions"} {
			shown[sample("adspect_today_stream_"+metric, row[0])] = float64(number(row[i+1]))
		}
	}
	asked := &requests{began: map[string][]span{fmt.Sprint("funnel_today ", day.Unix()): {{begin: moment, end: moment}}}}
	if wrong := adspectValues(data)(shown, asked); len(wrong) > 0 {
		t.Errorf("found %q, want nothing", wrong)
	}
}
