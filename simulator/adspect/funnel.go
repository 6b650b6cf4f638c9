package adspect

import (
	"maps"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Funnel is the numbers of a funnel or of a row of one. Sums of money are in ten-thousandths. Uniques and
// MoneyUniques are the exact numbers; a report estimates them.
type Funnel struct {
	Clicks, Uniques, Fingerprints, MoneyHits, MoneyUniques, SafeHits, GIVT, SIVT, MIA, Conversions, Expenses,
	Revenue int64
}

// The stages at which something comes of a click, as the log numbers them.
const (
	stageBasic       = 0
	stageFingerprint = 1
	stageConversion  = 255
)

// stages are what came of a visit, and when.
func (v *Visit) stages(say func(stage int, at time.Time)) {
	say(stageBasic, v.Clicked)
	if !v.Fingerprinted.IsZero() {
		say(stageFingerprint, v.Fingerprinted)
	}
	if !v.Converted.IsZero() {
		say(stageConversion, v.Converted)
	}
}

// Add counts one stage of a visit, which has the number that the log gives it.
func (f *Funnel) Add(v *Visit, stage int) {
	var first int64
	if !v.Repeated {
		first = 1
	}
	switch stage {
	case stageBasic:
		f.Clicks++
		f.Uniques += first
		f.Expenses += v.CostTenThousandths
		switch v.Verdict {
		case GIVT:
			f.GIVT++
		case MIA:
			f.MIA++
		}
	case stageFingerprint:
		f.Fingerprints++
		if v.Verdict == SIVT {
			f.SIVT++
		}
	case stageConversion:
		f.Conversions++
		f.Revenue += v.PayoutTenThousandths
	}
	if stage == v.shownAt() {
		switch {
		case v.Target > 0:
			f.MoneyHits++
			f.MoneyUniques += first
		case v.Target == 0:
			f.SafeHits++
		}
	}
}

// shownAt is the stage at which the visitor saw a page.
func (v *Visit) shownAt() int {
	if v.Fingerprinted.IsZero() {
		return stageBasic
	}
	return stageFingerprint
}

// estimated returns the numbers as a report has them: unique visitors are counted with an error of up to eight in a
// thousand, which does not add up over rows. The error is the row's own, so that the numbers of a row only grow.
func (f Funnel) estimated(row core.Noise) Funnel {
	off := row.Between(992_000, 1_008_000)
	f.Uniques = min(max(core.Scale(f.Uniques, off), min(1, f.Clicks)), f.Clicks)
	f.MoneyUniques = min(core.Scale(f.MoneyUniques, off), f.MoneyHits, f.Uniques)
	return f
}

// moneyUnit is how many of the numbers' units are one unit of money.
const moneyUnit = 10_000

// funnelMetrics are the metrics that a report may have, in the document's order: counts as text, what is divided or
// money as a number.
var funnelMetrics = []column[Funnel]{
	countOf("clicks", func(f Funnel) int64 { return f.Clicks }),
	countOf("uniques", func(f Funnel) int64 { return f.Uniques }),
	countOf("fingerprints", func(f Funnel) int64 { return f.Fingerprints }),
	countOf("money_hits", func(f Funnel) int64 { return f.MoneyHits }),
	countOf("money_uniques", func(f Funnel) int64 { return f.MoneyUniques }),
	countOf("safe_hits", func(f Funnel) int64 { return f.SafeHits }),
	countOf("givt", func(f Funnel) int64 { return f.GIVT }),
	countOf("sivt", func(f Funnel) int64 { return f.SIVT }),
	countOf("mia", func(f Funnel) int64 { return f.MIA }),
	quotientOf("quality", func(f Funnel) (int64, int64) { return f.MoneyHits, max(1, f.Clicks) }),
	quotientOf("expenses", func(f Funnel) (int64, int64) { return f.Expenses, moneyUnit }),
	countOf("conversions", func(f Funnel) int64 { return f.Conversions }),
	quotientOf("cr", func(f Funnel) (int64, int64) { return f.Conversions, f.Clicks }),
	quotientOf("revenue", func(f Funnel) (int64, int64) { return f.Revenue, moneyUnit }),
	quotientOf("profit", func(f Funnel) (int64, int64) { return f.Revenue - f.Expenses, moneyUnit }),
	quotientOf("roi", func(f Funnel) (int64, int64) { return f.Revenue - f.Expenses, f.Expenses }),
	quotientOf("cpc", func(f Funnel) (int64, int64) { return f.Expenses, f.Clicks * moneyUnit }),
	quotientOf("cpm", func(f Funnel) (int64, int64) { return f.Expenses * 1000, f.Clicks * moneyUnit }),
	quotientOf("cpa", func(f Funnel) (int64, int64) { return f.Expenses, f.Conversions * moneyUnit }),
	quotientOf("epl", func(f Funnel) (int64, int64) { return f.Revenue, f.Conversions * moneyUnit }),
	quotientOf("ecpc", func(f Funnel) (int64, int64) { return f.Revenue, f.Clicks * moneyUnit }),
	quotientOf("ecpm", func(f Funnel) (int64, int64) { return f.Revenue * 1000, f.Clicks * moneyUnit }),
}

func countOf(name string, of func(Funnel) int64) column[Funnel] {
	return column[Funnel]{name, func(b []byte, f Funnel) []byte { return appendCount(b, of(f)) }}
}

func quotientOf(name string, of func(Funnel) (a, by int64)) column[Funnel] {
	return column[Funnel]{name, func(b []byte, f Funnel) []byte {
		a, by := of(f)
		return appendQuotient(b, float64(a), float64(by))
	}}
}

// visitAt is a visit, and when what is counted of it happened, in the report's zone.
type visitAt struct {
	*Visit
	at time.Time
}

// breakdown are the columns that a report may be broken down by, in the document's order.
var breakdown = []column[visitAt]{
	{"date", func(b []byte, v visitAt) []byte { return appendTime(b, v.at, core.DateLayout) }},
	{"month", func(b []byte, v visitAt) []byte { return appendTime(b, v.at, "2006-01") }},
	{"stream_id", func(b []byte, v visitAt) []byte { return appendText(b, v.StreamID) }},
	{"asn", func(b []byte, v visitAt) []byte { return appendASN(b, v.ASN) }},
	{"country_code", func(b []byte, v visitAt) []byte { return appendText(b, v.Country) }},
	{"os", func(b []byte, v visitAt) []byte { return appendText(b, v.OS) }},
	{"browser", func(b []byte, v visitAt) []byte { return appendText(b, v.Browser) }},
	{"engine", func(b []byte, v visitAt) []byte { return appendText(b, v.Engine) }},
	{"language", func(b []byte, v visitAt) []byte { return appendText(b, v.Language) }},
	{"sub_id", func(b []byte, v visitAt) []byte { return appendText(b, v.SubID) }},
	{"mode", func(b []byte, v visitAt) []byte { return appendText(b, v.Mode) }},
	{"target", func(b []byte, v visitAt) []byte { return appendNumber(b, int64(v.Target)) }},
	{"tag", func(b []byte, v visitAt) []byte { return appendText(b, v.Tag) }},
}

func appendASN(b []byte, asn int64) []byte {
	if asn == 0 {
		asn = -1
	}
	return appendNumber(b, asn)
}

// funnel is GET /reports/funnel.
func (s *server) funnel(c *core.Call, _ string) core.Answer {
	report, refusal := s.report(c, "group_by[]", "metrics[]")
	if refusal != nil {
		return *refusal
	}
	q := c.Request.URL.Query()
	groupBy, refusal := columns(q, "group_by[]", breakdown)
	if refusal != nil {
		return *refusal
	}
	metrics, refusal := columns(q, "metrics[]", funnelMetrics)
	if refusal != nil {
		return *refusal
	}
	if len(metrics) == 0 {
		return errorAnswer(400, "missing required parameter: metrics[]")
	}
	return s.streamed(func(rows *rows) { report.funnel(rows, groupBy, metrics) })
}

// funnel writes the rows. Where sub_id is a column no row is of two placements, so that each placement's are written
// before the next is looked at: this is what lets a large report be streamed. The report without columns has one row,
// also of nothing.
func (r *report) funnel(rows *rows, groupBy []column[visitAt], metrics []column[Funnel]) {
	groups := make(map[string]*Funnel)
	if len(groupBy) == 0 {
		groups[""] = new(Funnel)
	}
	var row []byte
	flush := func() (more bool) {
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			row = append(row[:0], key...)
			numbers := groups[key].estimated(r.traffic.noise.With(key))
			for _, metric := range metrics {
				row = metric.append(row, numbers)
			}
			if !rows.put(row) {
				return false
			}
		}
		clear(groups)
		return true
	}
	byPlacement := slices.Contains(namesOf(groupBy), "sub_id")
	var key []byte
	for i := range r.traffic.account.SubIDs {
		p := r.traffic.placement(i)
		if !r.ofPlacement(&p) {
			continue
		}
		r.traffic.visits(&p, r.from.Add(-slowest), r.end(), func(v *Visit) bool {
			if !r.ofVisit(v) || !r.ofTarget(v.Target) {
				return true
			}
			v.stages(func(stage int, at time.Time) {
				if !r.includes(at) {
					return
				}
				key = key[:0]
				for _, column := range groupBy {
					key = column.append(key, visitAt{v, at.In(r.zone)})
				}
				group, ok := groups[string(key)]
				if !ok {
					group = new(Funnel)
					groups[string(key)] = group
				}
				group.Add(v, stage)
			})
			return true
		})
		if byPlacement && !flush() {
			return
		}
	}
	flush()
}

// includes reports whether what happened at a time belongs to the report, and is known by now.
func (r *report) includes(at time.Time) bool { return r.has(at) && !at.After(r.now) }

// end returns the time before which is all that the report may include.
func (r *report) end() time.Time {
	if r.to.After(r.now) {
		return r.now.Add(1)
	}
	return r.to
}
