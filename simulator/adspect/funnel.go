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

// appendMetric adds a metric to a row: counts as text, what is divided or money as a number.
func appendMetric(b []byte, name string, f Funnel) []byte {
	clicks, conversions := float64(f.Clicks), float64(f.Conversions)
	expenses, revenue := float64(f.Expenses), float64(f.Revenue)
	const unit = 10_000
	switch name {
	case "clicks":
		return appendCount(b, f.Clicks)
	case "uniques":
		return appendCount(b, f.Uniques)
	case "fingerprints":
		return appendCount(b, f.Fingerprints)
	case "money_hits":
		return appendCount(b, f.MoneyHits)
	case "money_uniques":
		return appendCount(b, f.MoneyUniques)
	case "safe_hits":
		return appendCount(b, f.SafeHits)
	case "givt":
		return appendCount(b, f.GIVT)
	case "sivt":
		return appendCount(b, f.SIVT)
	case "mia":
		return appendCount(b, f.MIA)
	case "conversions":
		return appendCount(b, f.Conversions)
	case "quality":
		return appendQuotient(b, float64(f.MoneyHits), max(1, clicks))
	case "expenses":
		return appendQuotient(b, expenses, unit)
	case "revenue":
		return appendQuotient(b, revenue, unit)
	case "profit":
		return appendQuotient(b, revenue-expenses, unit)
	case "cr":
		return appendQuotient(b, conversions, clicks)
	case "roi":
		return appendQuotient(b, revenue-expenses, expenses)
	case "cpc":
		return appendQuotient(b, expenses, clicks*unit)
	case "cpm":
		return appendQuotient(b, expenses*1000, clicks*unit)
	case "cpa":
		return appendQuotient(b, expenses, conversions*unit)
	case "epl":
		return appendQuotient(b, revenue, conversions*unit)
	case "ecpc":
		return appendQuotient(b, revenue, clicks*unit)
	case "ecpm":
		return appendQuotient(b, revenue*1000, clicks*unit)
	default:
		panic("simulator: metric " + name)
	}
}

// appendColumn adds a column of the breakdown to a row.
func appendColumn(b []byte, name string, v *Visit, at time.Time) []byte {
	switch name {
	case "date":
		return appendTime(b, at, core.DateLayout)
	case "month":
		return appendTime(b, at, "2006-01")
	case "stream_id":
		return appendText(b, v.StreamID)
	case "asn":
		return appendASN(b, v.ASN)
	case "country_code":
		return appendText(b, v.Country)
	case "os":
		return appendText(b, v.OS)
	case "browser":
		return appendText(b, v.Browser)
	case "engine":
		return appendText(b, v.Engine)
	case "language":
		return appendText(b, v.Language)
	case "sub_id":
		return appendText(b, v.SubID)
	case "mode":
		return appendText(b, v.Mode)
	case "target":
		return appendNumber(b, int64(v.Target))
	case "tag":
		return appendText(b, v.Tag)
	default:
		panic("simulator: column " + name)
	}
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
	groupBy, refusal := columns(q, "group_by[]", groupBy)
	if refusal != nil {
		return *refusal
	}
	metrics, refusal := columns(q, "metrics[]", metricNames)
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
func (r *report) funnel(rows *rows, groupBy, metrics []string) {
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
				row = appendMetric(row, metric, numbers)
			}
			if !rows.put(row) {
				return false
			}
		}
		clear(groups)
		return true
	}
	byPlacement := slices.Contains(groupBy, "sub_id")
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
					key = appendColumn(key, column, v, at.In(r.zone))
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
