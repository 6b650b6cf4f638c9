package collector_test

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verdict is what the page must show after an unusual answer.
type verdict uint8

const (
	// right: the endpoint is up, nothing is dropped or missing, and the samples are exactly the expected ones.
	right verdict = iota
	// down: the endpoint is not up, for the reason that the case names.
	down
	// counted: the endpoint is up, and what is not served is counted as dropped or missing, with exactly the
	// numbers of the case.
	counted
)

// absent is the value of a series in unusualAnswer.changes that must not be served.
var absent = math.NaN()

// unusualAnswer is one answer of a vendor that is possible and not what its document shows.
type unusualAnswer struct {
	// kind groups the cases: "paging", "wrong shape", "out of range", …
	kind, name string
	// answer is the whole body, sent with status 200. respond is for cases that need more than a body; one of the
	// two is set.
	answer  string
	respond http.HandlerFunc
	want    verdict
	// samples are exactly the vendor's samples on the page, by series: the name, and the labels without account in
	// braces, sorted by name (`getui_push_quota_limit{channel="gt",kind="app"}`). nil: those of the regular
	// answer, with changes applied.
	samples map[string]float64
	// changes are the series that differ from those of the regular answer; absent for one that must not be there. A value
	// that is changed but correct belongs to a right case: a counted case must also drop or miss something.
	changes map[string]float64
	// lost are parts of series: those of the regular answer with one of them must not be there.
	lost []string
	// dropped and missing are the numbers that the page must show for the endpoint; of down cases too where they
	// are not 0.
	dropped, missing float64
	// reason is that of a down case, as in engage_endpoint_failing.
	reason string
}

// runUnusualAnswers runs the cases of one endpoint, each with an exporter of its own.
//
// setup builds an exporter that reads the endpoint from a stand-in vendor. The endpoint's requests go to unusual;
// where unusual is nil they get the regular answer. Other endpoints are off, or answer the same in both. The page with
// the regular answer is what the cases are compared with: a sample that is absent, new or different must be
// expected by the case or the endpoint must be down or count it. Anything else is "silently different".
func runUnusualAnswers(t *testing.T, endpointName string, setup func(t *testing.T, unusual http.HandlerFunc) *exporter, cases []unusualAnswer) {
	t.Helper()
	var baseline shownPage
	at(t, noon, func(t *testing.T) {
		e := setup(t, nil)
		baseline = readShownPage(e.scrape(time.Minute), endpointName)
		if baseline.up != 1 || baseline.dropped != 0 || baseline.missing != 0 || len(baseline.samples) == 0 {
			t.Fatalf("the regular answer gives up %v, %d samples, %v dropped, %v missing; want an endpoint that is up with all its samples\n%s",
				baseline.up, len(baseline.samples), baseline.dropped, baseline.missing, e.log.String())
		}
	})
	for _, c := range cases {
		t.Run(c.kind+"/"+c.name, func(t *testing.T) {
			at(t, noon, func(t *testing.T) {
				unusual := c.respond
				if unusual == nil {
					unusual = answering(http.StatusOK, c.answer)
				}
				e := setup(t, unusual)
				problems := c.check(baseline.samples, readShownPage(e.scrape(time.Minute), endpointName))
				problems = append(problems, unnamedDrops(e.log.String())...)
				for _, problem := range problems {
					t.Error(problem)
				}
				if len(problems) > 0 {
					t.Logf("the log:\n%s", e.log.String())
				}
			})
		})
	}
}

// shownPage is what a page shows of one endpoint.
type shownPage struct {
	up, dropped, missing float64
	reasons              []string
	samples              map[string]float64 // of the vendor, by series
}

func readShownPage(p page, endpointName string) shownPage {
	result := shownPage{samples: make(map[string]float64)}
	result.up, _ = p.value("engage_endpoint_up", "api_endpoint", endpointName)
	result.dropped, _ = p.value("engage_endpoint_dropped_samples", "api_endpoint", endpointName)
	result.missing, _ = p.value("engage_endpoint_missing_items", "api_endpoint", endpointName)
	for _, f := range p {
		own := strings.HasPrefix(f.GetName(), "engage_")
		for _, m := range f.GetMetric() {
			var labels []string
			for _, pair := range m.GetLabel() {
				switch {
				case pair.GetName() == "account":
				case own && pair.GetName() == "reason":
					if f.GetName() == "engage_endpoint_failing" && carries(m, []string{"api_endpoint", endpointName}) {
						result.reasons = append(result.reasons, pair.GetValue())
					}
				default:
					labels = append(labels, fmt.Sprintf("%s=%q", pair.GetName(), pair.GetValue()))
				}
			}
			if own {
				continue
			}
			series := f.GetName()
			if len(labels) > 0 {
				series += "{" + strings.Join(labels, ",") + "}"
			}
			result.samples[series] = m.GetGauge().GetValue()
		}
	}
	return result
}

// check returns what is wrong with the page after the unusual answer, one problem a line.
func (c unusualAnswer) check(baseline map[string]float64, got shownPage) []string {
	var problems []string
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	expected, exact := maps.Clone(baseline), c.want != down || c.samples != nil || c.changes != nil
	if c.samples != nil {
		expected = maps.Clone(c.samples)
	}
	for series, value := range c.changes {
		if _, there := expected[series]; !there && math.IsNaN(value) {
			problem("the case expects %s to be gone, which the regular answer does not give", series)
		}
		expected[series] = value
		if math.IsNaN(value) {
			delete(expected, series)
		}
	}
	for _, part := range c.lost {
		before := len(expected)
		maps.DeleteFunc(expected, func(series string, _ float64) bool { return strings.Contains(series, part) })
		if len(expected) == before {
			problem("the case expects series with %s to be gone, of which the regular answer gives none", part)
		}
	}

	switch c.want {
	case right:
		if got.up != 1 || got.dropped != 0 || got.missing != 0 {
			problem("up %v %v, %v dropped, %v missing; want up 1 and nothing dropped or missing", got.up, got.reasons, got.dropped, got.missing)
		}
	case down:
		if got.up != 0 || !slices.Contains(got.reasons, c.reason) {
			problem("up %v, reasons %v; want up 0 with reason %q", got.up, got.reasons, c.reason)
		}
		if c.dropped != 0 && got.dropped != c.dropped || c.missing != 0 && got.missing != c.missing {
			problem("%v dropped and %v missing, want %v and %v", got.dropped, got.missing, c.dropped, c.missing)
		}
	case counted:
		if c.dropped == 0 && c.missing == 0 {
			problem("the case says neither what is dropped nor what is missing; if the changed values are correct, want: right")
		}
		if got.up != 1 || got.dropped != c.dropped || got.missing != c.missing {
			problem("up %v %v, %v dropped, %v missing; want up 1, %v dropped, %v missing", got.up, got.reasons, got.dropped, got.missing, c.dropped, c.missing)
		}
	}

	for _, series := range slices.Sorted(maps.Keys(got.samples)) {
		switch want, there := expected[series]; {
		case !there:
			problem("silently different: %s %v is served, want it absent", series, got.samples[series])
		case got.samples[series] != want:
			problem("silently different: %s %v is served, want %v", series, got.samples[series], want)
		}
	}
	if !exact { // the samples that are absent are signalled by up
		return problems
	}
	for _, series := range slices.Sorted(maps.Keys(expected)) {
		if _, there := got.samples[series]; !there {
			problem("silently different: %s is absent, want %v", series, expected[series])
		}
	}
	return problems
}

// unnamedDrops returns the log's reports of dropped samples that do not name the first of them: by their family, or by
// their place in the answer. Samples beyond a limit are named by their number alone.
func unnamedDrops(log string) []string {
	var problems []string
	for line := range strings.Lines(log) {
		_, counts, reports := strings.Cut(line, `msg="samples dropped" `)
		if !reports || strings.Contains(counts, " unusable=0 duplicate=0") {
			continue
		}
		_, first, _ := strings.Cut(strings.TrimSpace(counts), " first=")
		if text, err := strconv.Unquote(first); err == nil {
			first = text
		}
		if first == "" || strings.HasPrefix(first, `"`) || strings.Contains(first, `; "`) {
			problems = append(problems, "the log does not name what was dropped: "+line)
		}
	}
	return problems
}

// The runner itself: no page that differs from what a case says may pass.
func TestUnusualAnswersAreNeverSilentlyDifferent(t *testing.T) {
	baseline := map[string]float64{"a": 1, `b{x="y"}`: 2}
	less := map[string]float64{"a": 1}
	other := map[string]float64{"a": 1, `b{x="y"}`: 3}
	more := map[string]float64{"a": 1, `b{x="y"}`: 2, "c": 0}
	for _, tt := range []struct {
		name string
		c    unusualAnswer
		got  shownPage
		fine bool
	}{
		{"the same", unusualAnswer{}, shownPage{up: 1, samples: baseline}, true},
		{"one less", unusualAnswer{}, shownPage{up: 1, samples: less}, false},
		{"one other", unusualAnswer{}, shownPage{up: 1, samples: other}, false},
		{"one more", unusualAnswer{}, shownPage{up: 1, samples: more}, false},
		{"right and dropped", unusualAnswer{}, shownPage{up: 1, dropped: 1, samples: baseline}, false},
		{"right and missing", unusualAnswer{}, shownPage{up: 1, missing: 1, samples: baseline}, false},
		{"right and down", unusualAnswer{}, shownPage{samples: baseline}, false},
		{"as the case says", unusualAnswer{samples: less}, shownPage{up: 1, samples: less}, true},
		{"as its changes say", unusualAnswer{changes: map[string]float64{`b{x="y"}`: absent, "c": 0}}, shownPage{up: 1, samples: map[string]float64{"a": 1, "c": 0}}, true},
		{"not as its changes say", unusualAnswer{changes: map[string]float64{"a": absent}}, shownPage{up: 1, samples: baseline}, false},
		{"a change of nothing", unusualAnswer{changes: map[string]float64{"d": absent}}, shownPage{up: 1, samples: baseline}, false},
		{"counted", unusualAnswer{want: counted, missing: 1, samples: less}, shownPage{up: 1, missing: 1, samples: less}, true},
		{"counted, and one more is gone", unusualAnswer{want: counted, missing: 1, samples: less},
			shownPage{up: 1, missing: 1, samples: map[string]float64{}}, false},
		{"counted, and one is gone that the case does not say", unusualAnswer{want: counted, missing: 1},
			shownPage{up: 1, missing: 1, samples: less}, false},
		{"counted, with what is lost", unusualAnswer{want: counted, missing: 1, lost: []string{`x="y"`}},
			shownPage{up: 1, missing: 1, samples: less}, true},
		{"not lost", unusualAnswer{want: counted, missing: 1, lost: []string{`x="y"`}},
			shownPage{up: 1, missing: 1, samples: baseline}, false},
		{"lost is nothing", unusualAnswer{want: counted, missing: 1, lost: []string{`x="z"`}},
			shownPage{up: 1, missing: 1, samples: baseline}, false},
		{"another count", unusualAnswer{want: counted, missing: 1, samples: less},
			shownPage{up: 1, missing: 2, samples: less}, false},
		{"counted as the other", unusualAnswer{want: counted, missing: 1, samples: less},
			shownPage{up: 1, dropped: 1, samples: less}, false},
		{"counted, and one other", unusualAnswer{want: counted, missing: 1}, shownPage{up: 1, missing: 1, samples: other}, false},
		{"counted, and one more", unusualAnswer{want: counted, missing: 1}, shownPage{up: 1, missing: 1, samples: more}, false},
		{"counted, with changes, and one less", unusualAnswer{want: counted, dropped: 1, changes: map[string]float64{`b{x="y"}`: 3}},
			shownPage{up: 1, dropped: 1, samples: less}, false},
		{"counted, and down", unusualAnswer{want: counted, missing: 1}, shownPage{missing: 1, samples: less}, false},
		{"counted without a count", unusualAnswer{want: counted}, shownPage{up: 1, samples: less}, false},
		{"down", unusualAnswer{want: down, reason: "malformed"}, shownPage{reasons: []string{"malformed"}}, true},
		{"down for another reason", unusualAnswer{want: down, reason: "malformed"}, shownPage{reasons: []string{"http"}}, false},
		{"down without a reason", unusualAnswer{want: down}, shownPage{}, false},
		{"down, with another item's samples", unusualAnswer{want: down, reason: "http"}, shownPage{reasons: []string{"http"}, samples: less}, true},
		{"down, with a wrong sample", unusualAnswer{want: down, reason: "http"}, shownPage{reasons: []string{"http"}, samples: other}, false},
		{"up instead of down", unusualAnswer{want: down, reason: "http"}, shownPage{up: 1, samples: baseline}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if problems := tt.c.check(baseline, tt.got); (len(problems) == 0) != tt.fine {
				t.Errorf("problems %q, want none: %t", problems, tt.fine)
			}
		})
	}
}

// The log names what was dropped, but not samples beyond a limit.
func TestUnnamedDrops(t *testing.T) {
	const line = `level=warn vendor=acme endpoint=quota msg="samples dropped" `
	for _, tt := range []struct {
		name, log string
		fine      bool
	}{
		{"nothing dropped", `level=warn msg="endpoint failing" err="x"`, true},
		{"a family", line + `over_limit=0 unusable=1 duplicate=0 first="acme_quota{kind=\"a\"}: \"1,234\""`, true},
		{"a place", line + `over_limit=0 unusable=1 duplicate=0 first="id: \"2.5\""`, true},
		{"beyond a limit", line + `over_limit=3 unusable=0 duplicate=0`, true},
		{"no name", line + `over_limit=0 unusable=1 duplicate=0 first="\"1,234\""`, false},
		{"no name for the second", line + `over_limit=0 unusable=2 duplicate=0 first="id: \"2.5\"; \"1,234\""`, false},
		{"nothing", line + `over_limit=0 unusable=0 duplicate=1`, false},
		{"nothing but the key", line + `over_limit=0 unusable=1 duplicate=0 first=`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if problems := unnamedDrops(tt.log + "\n"); (len(problems) == 0) != tt.fine {
				t.Errorf("problems %q, want none: %t", problems, tt.fine)
			}
		})
	}
}

// What the runner reads off a page: the vendor's samples without the account, and the state of the one endpoint.
func TestShownPage(t *testing.T) {
	at(t, noon, func(t *testing.T) {
		a := newAPI()
		a.answer(pathQuota, quotaAnswer(7))
		p := newExporter(t, a, only(map[string]string{"push_quota": "", "user_day": ""})).scrape(time.Second)
		quota := readShownPage(p, "push_quota")
		want := map[string]float64{
			`getui_push_quota_limit{channel="gt",kind="app"}`:     3000,
			`getui_push_quota_remaining{channel="gt",kind="app"}`: 7,
			`getui_push_quota_exhausted{channel="gt",kind="app"}`: 0,
			`getui_today_start_timestamp_seconds`:                 float64(instant(t, "2000-01-02T00:00:00+08:00").Unix()),
		}
		if quota.up != 1 || len(quota.reasons) > 0 || !maps.Equal(quota.samples, want) {
			t.Errorf("got %+v, want %v", quota, want)
		}
		if users := readShownPage(p, "user_day"); users.up != 0 || !slices.Equal(users.reasons, []string{"rejected"}) {
			t.Errorf("got %+v, want an endpoint that is down because its answer is 404", users)
		}
	})
}
