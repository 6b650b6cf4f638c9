package quanshi

import (
	"math"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// The columns of a presence. The viewers' are in the order of quanshiAudiences.
const (
	openLives = iota
	openInteractions
	viewersFirst
	viewersLive   = viewersFirst
	viewersReplay = viewersFirst + 1
	viewersBoth   = viewersFirst + 2
	viewersOther  = viewersFirst + 3
	columns       = viewersFirst + 4
)

// maxPresenceMinutes bounds the minutes in which something changes that are kept of an event: two months in which not a
// minute passes without.
const maxPresenceMinutes = 60 * 24 * 60

// presenceRows sums a report's rows up by the minute, so that no row is kept. What happens within a minute counts from
// the next full one on, so that the values of full minutes are exact: a session is open at a minute if it had begun by
// then and ended later.
//
// A viewer of the live event and its replay counts as one of the live event first. When they came to the replay is not
// told: they count as one of both from the time on at which they were last seen.
type presenceRows struct {
	changes map[int64]*[columns]int32 // by the minute since 1970
	dropped int
	rows    rowCounts
	times   eventTimes
}

func newPresenceRows() *presenceRows {
	return &presenceRows{changes: make(map[int64]*[columns]int32), times: eventTimesAt(time.Now())}
}

// add adds one row.
func (p *presenceRows) add(row *quanshi.Row) {
	p.rows.add(row)
	from, ok := p.fullMinute(row.Online)
	if !ok {
		p.dropped++ // nobody knows when
		return
	}
	if row.Section == quanshi.ViewerDetails {
		p.addViewer(row, from)
		return
	}
	column := openLives
	if row.Section == quanshi.Interactions {
		column = openInteractions
	}
	if isOpen(row) { // as live, it has lost its end after longestSession
		p.change(change{from, column, 1}, change{from + int64(longestSession/time.Minute), column, -1})
		return
	}
	until, ok := p.fullMinute(row.Offline)
	if !ok || until < from {
		p.dropped++
		return
	}
	p.change(change{from, column, 1}, change{until, column, -1})
}

func (p *presenceRows) addViewer(row *quanshi.Row, from int64) {
	if row.Audience == "" && row.UnusableTexts > 0 {
		p.dropped++ // the viewer counts as one of "other", as in the live metrics
	}
	switch audiences.NameOrOther(row.Audience) {
	case "live":
		p.change(change{from, viewersLive, 1})
	case "replay":
		p.change(change{from, viewersReplay, 1})
	case "both":
		if _, ok := p.times.happened(row.Offline); !ok {
			p.dropped++
		}
		last, ok := p.fullMinute(row.Offline)
		if !ok || last < from {
			last = from
		}
		p.change(change{from, viewersLive, 1}, change{last, viewersLive, -1}, change{last, viewersBoth, 1})
	default:
		p.change(change{from, viewersOther, 1})
	}
}

// change is what a row changes at a minute.
type change struct {
	minute int64
	column int
	by     int32
}

// change makes all of a row's changes, or none where there is no room for its minutes.
func (p *presenceRows) change(all ...change) {
	for _, c := range all {
		if p.changes[c.minute] == nil && len(p.changes)+len(all) > maxPresenceMinutes {
			p.dropped++
			return
		}
	}
	for _, c := range all {
		minute := p.changes[c.minute]
		if minute == nil {
			minute = new([columns]int32)
			p.changes[c.minute] = minute
		}
		minute[c.column] += c.by
	}
}

// fullMinute returns the first full minute that is not before a time in seconds; false if the time is not known or no
// time of what has happened.
func (p *presenceRows) fullMinute(n wire.Number) (minute int64, ok bool) {
	v, ok := p.times.happened(n)
	return int64(math.Ceil(v / 60)), ok && v > 0
}

// presence is how many were there, from minute to minute: only those minutes in which it changed. It never changes.
type presence struct {
	minutes []presentAt
	// othersFrom is when the first viewer of an unknown kind came; farFuture if none did.
	othersFrom time.Time
}

type presentAt struct {
	minute int64
	counts [columns]int32
}

// presence returns what the rows came to.
func (p *presenceRows) presence() presence {
	sum := presence{othersFrom: farFuture, minutes: make([]presentAt, 0, len(p.changes))}
	for minute, counts := range p.changes {
		sum.minutes = append(sum.minutes, presentAt{minute, *counts})
	}
	slices.SortFunc(sum.minutes, func(a, b presentAt) int { return int(a.minute - b.minute) })
	for i := range sum.minutes {
		if i > 0 {
			for c := range columns {
				sum.minutes[i].counts[c] += sum.minutes[i-1].counts[c]
			}
		}
		if sum.minutes[i].counts[viewersOther] > 0 && sum.othersFrom.Equal(farFuture) {
			sum.othersFrom = sum.minutes[i].at()
		}
	}
	return sum
}

func (p presentAt) at() time.Time { return time.Unix(p.minute*60, 0) }

func (p presence) empty() bool { return len(p.minutes) == 0 }

// begins is when the first viewer came. There must be one.
func (p presence) begins() time.Time { return p.minutes[0].at() }

// during returns each column's steps within a span. The first ones are at its start.
func (p presence) during(span metric.Day) [columns][]history.Step {
	var steps [columns][]history.Step
	next, _ := slices.BinarySearchFunc(p.minutes, span.Start, func(p presentAt, at time.Time) int {
		if !p.at().After(at) { // it counts at the start of the span
			return -1
		}
		return 1
	})
	for c := range columns {
		first := history.Step{At: span.Start}
		if next > 0 {
			first.Value = float64(p.minutes[next-1].counts[c])
		}
		steps[c] = append(steps[c], first)
	}
	for ; next < len(p.minutes) && p.minutes[next].at().Before(span.End); next++ {
		for c := range columns {
			value := float64(p.minutes[next].counts[c])
			if last := steps[c][len(steps[c])-1]; last.Value != value {
				steps[c] = append(steps[c], history.Step{At: p.minutes[next].at(), Value: value})
			}
		}
	}
	return steps
}
