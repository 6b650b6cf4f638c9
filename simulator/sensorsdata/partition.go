package sensorsdata

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Partition is one computation of a tag. While it is under way Finished is zero. Before it has begun both times are
// those at which the partition was made, as the document shows it.
type Partition struct {
	Base              time.Time // the day that the tag is computed for
	Started, Finished time.Time
	Users             int64 // that have a value; 0 unless it succeeded
	Status            string
}

// The states of a partition.
const (
	partitionNew       = "NEW"
	partitionComputing = "COMPUTING"
	partitionSucceeded = "SUCCEED"
	partitionFailed    = "FAILED"
)

// How many partitions of a tag are kept. The vendor does not say that it ever drops any.
const (
	daysKept   = 90
	monthsKept = 12
)

// Status is a tag's state at a time.
func (t Tag) Status(now time.Time) string {
	switch {
	case t.Pending:
		return tagPending
	case !t.ByHand && !t.Suspended.IsZero() && !now.Before(t.Suspended):
		return tagSuspended
	default:
		return tagRunning
	}
}

// Partitions are what there is of a tag at a time, oldest first; nothing if there is no such tag.
func (d Data) Partitions(tagID int64, now time.Time) []Partition {
	project := d.project()
	tag, ok := project.tag(tagID)
	if !ok {
		return nil
	}
	return d.partitions(project, tag, now)
}

func (d Data) partitions(project Project, tag *Tag, now time.Time) []Partition {
	if tag.Pending {
		return nil
	}
	var list []Partition
	add := func(base, begins time.Time) {
		list = append(list, d.partition(project, tag, base, begins, now))
	}
	if tag.ByHand {
		for back := monthsKept - 1; back >= 0; back-- {
			year, month, _ := now.In(project.Location).Date()
			base := time.Date(year, month-time.Month(back), 1, 0, 0, 0, 0, project.Location)
			if begins := base.Add(10 * time.Hour); !now.Before(begins) {
				add(base, begins)
			}
		}
		return list
	}
	last := now
	if tag.Status(now) == tagSuspended {
		last = tag.Suspended
	}
	for back := daysKept - 1; back >= 0; back-- {
		base := core.Midnight(last.In(project.Location), -back)
		add(base, base.Add(time.Hour))
	}
	return list
}

// partition is the state of one at a time that is not before its base. It begins a little after its turn, in the
// crowd of all the others.
func (d Data) partition(project Project, tag *Tag, base, begins, now time.Time) Partition {
	n := d.noise("partition").WithInt(tag.ID).WithInt(core.DayNumber(base))
	started := begins.Add(time.Duration(n.With("queue").Between(0, 179)) * time.Second)
	takes := time.Duration(core.Scale(int64(tag.Takes/time.Millisecond),
		n.With("takes").Between(700_000, 1_300_000))) * time.Millisecond
	finished := started.Add(max(takes, time.Second).Truncate(time.Second))
	p := Partition{Base: base, Started: started, Finished: finished}
	switch {
	case now.Before(started):
		p.Status, p.Started, p.Finished = partitionNew, base, base
	case now.Before(finished):
		p.Status, p.Finished = partitionComputing, time.Time{}
	case d.fails(tag, base):
		p.Status = partitionFailed
	default:
		p.Status, p.Users = partitionSucceeded, d.tagUsers(project, tag, base)
	}
	return p
}

// fails says whether a day is the one of its FailsOneIn days on which the computation fails.
func (d Data) fails(tag *Tag, base time.Time) bool {
	if tag.FailsOneIn < 1 {
		return false
	}
	day := core.DayNumber(base)
	unlucky := d.noise("fails").WithInt(tag.ID).WithInt(day/tag.FailsOneIn).Between(0, tag.FailsOneIn-1)
	return day%tag.FailsOneIn == unlucky
}

// lastSucceeded is the newest partition that succeeded.
func lastSucceeded(partitions []Partition) (Partition, bool) {
	for _, p := range slices.Backward(partitions) {
		if p.Status == partitionSucceeded {
			return p, true
		}
	}
	return Partition{}, false
}

// formatTime writes a time as the vendor does, without its zone; null if there is none.
func formatTime(at time.Time, zone *time.Location) any {
	if at.IsZero() {
		return nil
	}
	return at.In(zone).Format(time.DateTime)
}
