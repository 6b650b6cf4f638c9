package sensorsdata

import (
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// SensorsdataPartition is one computation of a tag. While it is under way Finished is zero. Before it has begun both times are those at
// which the partition was made, as the document shows it.
type SensorsdataPartition struct {
	Base              time.Time // the day that the tag is computed for
	Started, Finished time.Time
	Users             int64 // that have a value; 0 unless it succeeded
	Status            string
}

// The states of a partition.
const (
	sensorsdataNew       = "NEW"
	sensorsdataComputing = "COMPUTING"
	sensorsdataSucceeded = "SUCCEED"
	sensorsdataFailed    = "FAILED"
)

// How many partitions of a tag are kept. The vendor does not say that it ever drops any.
const (
	sensorsdataDaysKept   = 90
	sensorsdataMonthsKept = 12
)

// Status is a tag's state at a time.
func (t SensorsdataTag) Status(now time.Time) string {
	switch {
	case t.Pending:
		return sensorsdataPending
	case !t.ByHand && !t.Suspended.IsZero() && !now.Before(t.Suspended):
		return sensorsdataSuspended
	default:
		return sensorsdataRunning
	}
}

// Partitions are what there is of a tag at a time, oldest first; nothing if there is no such tag.
func (d SensorsdataData) Partitions(tagID int64, now time.Time) []SensorsdataPartition {
	project := d.project()
	tag, ok := project.tag(tagID)
	if !ok {
		return nil
	}
	return d.partitions(project, tag, now)
}

func (d SensorsdataData) partitions(project SensorsdataProject, tag *SensorsdataTag, now time.Time) []SensorsdataPartition {
	if tag.Pending {
		return nil
	}
	var list []SensorsdataPartition
	add := func(base, begins time.Time) {
		list = append(list, d.partition(project, tag, base, begins, now))
	}
	if tag.ByHand {
		for back := sensorsdataMonthsKept - 1; back >= 0; back-- {
			year, month, _ := now.In(project.Location).Date()
			base := time.Date(year, month-time.Month(back), 1, 0, 0, 0, 0, project.Location)
			if begins := base.Add(10 * time.Hour); !now.Before(begins) {
				add(base, begins)
			}
		}
		return list
	}
	last := now
	if tag.Status(now) == sensorsdataSuspended {
		last = tag.Suspended
	}
	for back := sensorsdataDaysKept - 1; back >= 0; back-- {
		base := core.Midnight(last.In(project.Location), -back)
		add(base, base.Add(time.Hour))
	}
	return list
}

// partition is the state of one at a time that is not before its base. It begins a little after its turn, in the crowd of all the others.
func (d SensorsdataData) partition(project SensorsdataProject, tag *SensorsdataTag, base, begins, now time.Time) SensorsdataPartition {
	n := d.noise("partition").WithInt(tag.ID).WithInt(core.DayNumber(base))
	started := begins.Add(time.Duration(n.With("queue").Between(0, 179)) * time.Second)
	takes := time.Duration(core.Scale(int64(tag.Takes/time.Millisecond), n.With("takes").Between(700_000, 1_300_000))) * time.Millisecond
	finished := started.Add(max(takes, time.Second).Truncate(time.Second))
	p := SensorsdataPartition{Base: base, Started: started, Finished: finished}
	switch {
	case now.Before(started):
		p.Status, p.Started, p.Finished = sensorsdataNew, base, base
	case now.Before(finished):
		p.Status, p.Finished = sensorsdataComputing, time.Time{}
	case d.fails(tag, base):
		p.Status = sensorsdataFailed
	default:
		p.Status, p.Users = sensorsdataSucceeded, d.tagUsers(project, tag, base)
	}
	return p
}

// fails says whether a day is the one of its FailsOneIn days on which the computation fails.
func (d SensorsdataData) fails(tag *SensorsdataTag, base time.Time) bool {
	if tag.FailsOneIn < 1 {
		return false
	}
	day := core.DayNumber(base)
	unlucky := d.noise("fails").WithInt(tag.ID).WithInt(day/tag.FailsOneIn).Between(0, tag.FailsOneIn-1)
	return day%tag.FailsOneIn == unlucky
}

// sensorsdataLastSucceeded is the newest partition that succeeded.
func sensorsdataLastSucceeded(partitions []SensorsdataPartition) (SensorsdataPartition, bool) {
	for _, p := range slices.Backward(partitions) {
		if p.Status == sensorsdataSucceeded {
			return p, true
		}
	}
	return SensorsdataPartition{}, false
}

// sensorsdataTime writes a time as the vendor does, without its zone; null if there is none.
func sensorsdataTime(at time.Time, zone *time.Location) any {
	if at.IsZero() {
		return nil
	}
	return at.In(zone).Format(time.DateTime)
}
