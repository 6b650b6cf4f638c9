package sensorsdata

import (
	"cmp"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
)

// tagPeriod is a period in which a tag's last successful and its last computation did not change; nil if there was
// none.
type tagPeriod struct {
	metric.Day
	success, last *sensorsdata.Partition
}

// tagPeriods returns which computations of a tag were the last ones in the course of a day. It is a pure function.
//
// A computation is the last one from its start on, with the status computing until it has finished. It is the last
// successful one from its finish on. A late computation for an earlier day does not become the last one. The vendor
// does not say when a computation was created, so one that has not begun is left out.
func tagPeriods(partitions []sensorsdata.Partition, day metric.Day) []tagPeriod {
	var periods []tagPeriod
	current := tagPeriod{Day: metric.Day{Start: day.Start}}
	for _, event := range tagEvents(partitions) {
		if !event.at.Before(day.End) {
			break
		}
		if event.at.After(current.Start) {
			periods = current.endedAt(event.at, periods)
			current.Start = event.at
		}
		if follows(event.partition, current.last) {
			current.last = event.partition
		}
		if event.succeeded && follows(event.partition, current.success) {
			current.success = event.partition
		}
	}
	return current.endedAt(day.End, periods)
}

// endedAt returns the others with the period, unless no computation was known in it.
func (p tagPeriod) endedAt(at time.Time, others []tagPeriod) []tagPeriod {
	if p.success == nil && p.last == nil {
		return others
	}
	p.End = at
	return append(others, p)
}

// follows reports whether a computation replaces the one before: it is the same one in its next state, or a later one.
func follows(p, before *sensorsdata.Partition) bool {
	return before == nil || !instant(p.BaseTime).Before(instant(before.BaseTime))
}

// tagEvent is a computation's start or finish, with the computation as the vendor listed it from then on.
type tagEvent struct {
	at        time.Time
	partition *sensorsdata.Partition
	succeeded bool
}

// tagEvents returns the starts and finishes of computations in the order of time.
func tagEvents(partitions []sensorsdata.Partition) []tagEvent {
	var events []tagEvent
	for i := range partitions {
		p := &partitions[i]
		status := partitionStatuses.Name(p.Status)
		if status == "new" {
			continue
		}
		began, finished := instant(p.StartTime), instant(p.FinishedTime)
		if lacksFinish(p) {
			continue
		}
		ended := !finished.IsZero() && status != "computing"
		if !began.IsZero() && (!ended || began.Before(finished)) {
			computing := &sensorsdata.Partition{BaseTime: p.BaseTime, StartTime: p.StartTime, Status: "COMPUTING"}
			events = append(events, tagEvent{at: began, partition: computing})
		}
		if ended {
			events = append(events, tagEvent{at: finished, partition: p, succeeded: status == "succeeded"})
		}
	}
	slices.SortStableFunc(events, func(a, b tagEvent) int {
		return cmp.Or(a.at.Compare(b.at), instant(a.partition.BaseTime).Compare(instant(b.partition.BaseTime)))
	})
	return events
}

// lacksFinish reports whether a computation is over, but when it finished is not known: from when on it was the last one
// is unknown too.
func lacksFinish(p *sensorsdata.Partition) bool {
	status := partitionStatuses.Name(p.Status)
	return status != "new" && status != "computing" && instant(p.FinishedTime).IsZero()
}

// countUnknownFinish returns how many computations began on a day of which it is not known when they finished. If the
// start is not known either, it is the day as of which the tag was computed.
func countUnknownFinish(partitions []sensorsdata.Partition, day metric.Day) (n int) {
	for i := range partitions {
		p := &partitions[i]
		began := instant(p.StartTime)
		if began.IsZero() {
			began = instant(p.BaseTime)
		}
		if lacksFinish(p) && !began.Before(day.Start) && began.Before(day.End) {
			n++
		}
	}
	return n
}

// instant returns the vendor's time; zero if it is absent or no time.
func instant(t sensorsdata.Time) time.Time {
	at, _ := t.Get()
	return at
}
