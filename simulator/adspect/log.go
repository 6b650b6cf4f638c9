package adspect

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Event is one row of the log: a stage of a visit.
type Event struct {
	Time   time.Time
	Stage  int // 0 = basic check, 1 = fingerprint, 255 = conversion
	Target int // the page shown: 0 = the safe one or none yet
	Visit  Visit
}

// step is how much of the log is made at once.
const step = time.Hour

// Events returns what happened from one moment until before another, in order. nil filters let everything through. It
// merges the placements step by step; what comes of a click may lie in a later step and waits there.
func (d Data) Events(from, to time.Time, filters *Filters) iter.Seq[Event] {
	if filters == nil {
		filters = new(Filters)
	}
	t := d.traffic()
	return func(yield func(Event) bool) {
		var waiting []Event
		for begin := from.Add(-slowest); begin.Before(to); begin = begin.Add(step) {
			end := begin.Add(step)
			if end.After(to) {
				end = to
			}
			for i := range t.account.SubIDs {
				p := t.placement(i)
				if !filters.ofPlacement(&p) {
					continue
				}
				t.visits(&p, begin, end, func(v *Visit) bool {
					if filters.ofVisit(v) {
						v.stages(func(stage int, at time.Time) {
							if e := (Event{at, stage, v.targetAt(stage), *v}); filters.ofTarget(e.Target) &&
								!at.Before(from) {
								waiting = append(waiting, e)
							}
						})
					}
					return true
				})
			}
			slices.SortFunc(waiting, Event.compare)
			due := 0
			for ; due < len(waiting) && waiting[due].Time.Before(end); due++ {
				if !yield(waiting[due]) {
					return
				}
			}
			waiting = slices.Delete(waiting, 0, due)
		}
	}
}

// compare puts events in order. Those at one time have an order too, so that answers are alike.
func (e Event) compare(o Event) int {
	return cmp.Or(e.Time.Compare(o.Time), cmp.Compare(e.Visit.click, o.Visit.click), cmp.Compare(e.Stage, o.Stage))
}

// targetAt is the page that a visitor saw at a stage. It is the safe one while the fingerprint is waited for.
func (v *Visit) targetAt(stage int) int {
	if stage < v.shownAt() {
		return 0
	}
	return max(0, v.Target)
}

// log is GET /reports/log.
func (s *server) log(c *core.Call, _ string) core.Answer {
	report, refusal := s.report(c, "columns[]")
	if refusal != nil {
		return *refusal
	}
	columns, refusal := columns(c.Request.URL.Query(), "columns[]", logColumns)
	if refusal != nil {
		return *refusal
	}
	if len(columns) == 0 {
		return errorAnswer(400, "missing required parameter: columns[]")
	}
	return s.streamed(func(rows *rows) {
		var row []byte
		for e := range report.traffic.data.Events(report.from, report.end(), &report.Filters) {
			row = row[:0]
			for _, column := range columns {
				row = report.logColumn(row, column, &e)
			}
			if !rows.put(row) {
				return
			}
		}
	})
}

// logColumn adds a column to a row of the log.
func (r *report) logColumn(b []byte, name string, e *Event) []byte {
	v := &e.Visit
	switch name {
	case "timestamp":
		return appendTime(b, e.Time.In(r.zone), time.DateTime)
	case "ip_address":
		return appendText(b, v.Address().String())
	case "account_id":
		return appendText(b, r.traffic.account.AccountID)
	case "languages":
		return appendTexts(b, v.Language)
	case "cost":
		money := map[int]int64{stageBasic: v.CostTenThousandths, stageConversion: v.PayoutTenThousandths}
		return appendQuotient(b, float64(money[e.Stage]), 10_000)
	case "click_id":
		return appendText(b, v.ClickID())
	case "sequence":
		return appendNumber(b, int64(e.Stage))
	case "target":
		return appendNumber(b, int64(e.Target))
	case "tags":
		if e.Stage != v.shownAt() {
			return appendTexts(b, "")
		}
		return appendTexts(b, v.Tag)
	default:
		return appendColumn(b, name, v, e.Time)
	}
}

// appendTexts adds a list of at most one text.
func appendTexts(b []byte, text string) []byte {
	list := []string{text}
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	return append(next(b), core.Encode(list)...)
}
