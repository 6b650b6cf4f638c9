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
				row = column.append(row, logged{&e, &report})
			}
			if !rows.put(row) {
				return
			}
		}
	})
}

// logged is an event in the log of a report.
type logged struct {
	*Event
	report *report
}

// logColumns are the columns that the log may have, in the document's order.
var logColumns = []column[logged]{
	{"timestamp", func(b []byte, e logged) []byte {
		return appendTime(b, e.Time.In(e.report.zone), time.DateTime)
	}},
	{"ip_address", func(b []byte, e logged) []byte { return appendText(b, e.Visit.Address().String()) }},
	{"asn", func(b []byte, e logged) []byte { return appendASN(b, e.Visit.ASN) }},
	{"account_id", func(b []byte, e logged) []byte { return appendText(b, e.report.traffic.account.AccountID) }},
	{"stream_id", func(b []byte, e logged) []byte { return appendText(b, e.Visit.StreamID) }},
	{"country_code", func(b []byte, e logged) []byte { return appendText(b, e.Visit.Country) }},
	{"os", func(b []byte, e logged) []byte { return appendText(b, e.Visit.OS) }},
	{"browser", func(b []byte, e logged) []byte { return appendText(b, e.Visit.Browser) }},
	{"engine", func(b []byte, e logged) []byte { return appendText(b, e.Visit.Engine) }},
	{"languages", func(b []byte, e logged) []byte { return appendTexts(b, e.Visit.Language) }},
	{"cost", func(b []byte, e logged) []byte {
		money := map[int]int64{stageBasic: e.Visit.CostTenThousandths, stageConversion: e.Visit.PayoutTenThousandths}
		return appendQuotient(b, float64(money[e.Stage]), moneyUnit)
	}},
	{"sub_id", func(b []byte, e logged) []byte { return appendText(b, e.Visit.SubID) }},
	{"click_id", func(b []byte, e logged) []byte { return appendText(b, e.Visit.ClickID()) }},
	{"mode", func(b []byte, e logged) []byte { return appendText(b, e.Visit.Mode) }},
	{"sequence", func(b []byte, e logged) []byte { return appendNumber(b, int64(e.Stage)) }},
	{"target", func(b []byte, e logged) []byte { return appendNumber(b, int64(e.Target)) }},
	{"tags", func(b []byte, e logged) []byte {
		if e.Stage != e.Visit.shownAt() {
			return appendTexts(b, "")
		}
		return appendTexts(b, e.Visit.Tag)
	}},
}

// appendTexts adds a list of at most one text.
func appendTexts(b []byte, text string) []byte {
	list := []string{text}
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	return append(next(b), core.Encode(list)...)
}
