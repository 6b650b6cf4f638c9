package quanshi

import (
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// eventTimes are what the rows of a report say of when the event was. All are Unix seconds.
type eventTimes struct {
	latest  float64 // beyond which no time can be meant
	recent  float64 // from which on a session that has no end may be going on
	last    float64 // the last that happened; 0 = nothing is known
	running bool    // a session goes on
}

const (
	// longestSession is how long a session may last: one that began earlier and has no end lost it.
	longestSession = 24 * time.Hour
	// earliestSession is the beginning of the year 2000: no session is of a time before.
	earliestSession = 946684800
	// clocksApart is how far the vendor's clock may be ahead of ours.
	clocksApart = 5 * time.Minute
)

func eventTimesAt(now time.Time) eventTimes {
	return eventTimes{latest: float64(now.Add(clocksApart).Unix()), recent: float64(now.Add(-longestSession).Unix())}
}

// add adds the times of a row. Those that are none are dropped: text, milliseconds, a time to come, or before the year
// 2000.
func (t *eventTimes) add(row *quanshi.Row, b *metric.Batch) {
	online, ok := t.happened(row.Online)
	if !ok {
		b.DropTextAt(row.Section.String()+".online_time", row.Online.Raw())
	}
	if _, ok = t.happened(row.Offline); !ok {
		b.DropTextAt(row.Section.String()+".offline_time", row.Offline.Raw())
	}
	if row.Section != quanshi.ViewerDetails && isOpen(row) && online > t.recent {
		t.running = true
	}
}

// goesOn reports whether a session has no end and has not lost it: it began within longestSession, or it is not known
// when.
func (t *eventTimes) goesOn(row *quanshi.Row) bool {
	online, _ := t.happened(row.Online)
	return isOpen(row) && (online == 0 || online > t.recent)
}

// happened returns the seconds of a time, 0 for one that is not known. ok is false for what is no time of what has been.
func (t *eventTimes) happened(n wire.Number) (seconds float64, ok bool) {
	v, there := n.Float()
	switch {
	case n.Absent() || there && (v == 0 || v == -1):
		return 0, true
	case !there || v < earliestSession || v > t.latest:
		return 0, false
	}
	t.last = max(t.last, v)
	return v, true
}

// isOpen reports whether a session has no end: none is given, or 0 or −1, which stand for none.
func isOpen(row *quanshi.Row) bool {
	v, ok := row.Offline.Float()
	return row.Offline.Absent() || ok && (v == 0 || v == -1)
}
