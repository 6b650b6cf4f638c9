package getui

import (
	"math"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

const (
	// taskDays and taskGroupDays are how far back the vendor knows tasks and groups.
	taskDays, taskGroupDays = 90, 70
	// taskSettled is when the last message of a push has arrived or got lost.
	taskSettled = 48 * time.Hour
)

// TaskSent is when a task was sent, as the vendor sees it at a time; false if it does not know the task.
func (d Data) TaskSent(id string, now time.Time) (time.Time, bool) {
	app := d.app()
	now = now.In(app.Location)
	if !slices.Contains(app.TaskIDs, id) {
		return time.Time{}, false
	}
	if sent, ok := app.TaskSent[id]; ok {
		return sent, !sent.After(now) && !sent.Before(core.Midnight(now, -taskDays))
	}
	// The last time before now at this task's day of the week, hour and minute.
	when := d.noise("task").With(id)
	sent := core.Midnight(now, 0).AddDate(0, 0, -int(when.With("day").Between(0, 6)+core.DayNumber(now))%7)
	sent = sent.Add(time.Duration(when.With("minute").Between(8*60, 21*60)) * time.Minute)
	if sent.After(now) {
		sent = sent.AddDate(0, 0, -7)
	}
	return sent, true
}

// Task returns what GET /report/push/task reports for a task; false if the vendor does not know it. What it counts
// grows from the time at which the task was sent and comes to rest after two days.
func (d Data) Task(id string, now time.Time) (Report, bool) {
	flows, what, ok := d.task(id, now)
	if !ok {
		return Report{}, false
	}
	return d.report(flows, what), true
}

// TaskRequested is how many messages were asked for: Deliverable and all that was lost before. No endpoint reports it.
func (d Data) TaskRequested(id string, now time.Time) int64 {
	flows, _, _ := d.task(id, now)
	var requested int64
	for _, f := range flows {
		requested += f.Deliverable + f.lost["ts"]
	}
	return requested
}

func (d Data) task(id string, now time.Time) (flows []flow, what core.Noise, ok bool) {
	sent, ok := d.TaskSent(id, now)
	if !ok {
		return nil, 0, false
	}
	what = d.noise("task").With(id).WithInt(sent.Unix())
	wanted := core.Scale(d.registered(sent.In(d.app().Location)), what.Between(100_000, 600_000))
	return d.flows(wanted, what, progressAfter(now.Sub(sent))), what, true
}

// TaskGroup returns what GET /report/push/task_group reports for a group between two days, both included; false if
// the vendor does not know the group. Pushes of a group in the last two days still grow.
func (d Data) TaskGroup(name string, start, end, now time.Time) (Report, bool) {
	app := d.app()
	if !slices.Contains(app.TaskGroups, name) {
		return Report{}, false
	}
	start, end, now = start.In(app.Location), end.In(app.Location), now.In(app.Location)
	group := d.noise("group").With(name)
	sum := d.flows(0, group, finished)
	for day := core.Midnight(start, 0); !day.After(end); day = core.Midnight(day, 1) {
		what := group.WithInt(core.DayNumber(day))
		at := day.Add(time.Duration(what.With("minute").Between(9*60, 20*60)) * time.Minute)
		if what.Between(1, 3) == 1 || at.After(now) {
			continue
		}
		wanted := core.Scale(d.registered(day), what.With("size").Between(50_000, 200_000))
		for i, f := range d.flows(wanted, what, progressAfter(now.Sub(at))) {
			sum[i].Stages = sum[i].plus(f.Stages)
		}
	}
	return d.report(sum, group), true
}

// progressAfter is how far a push has come some time after it was sent. Each stage takes longer than the one before it.
func progressAfter(age time.Duration) progress {
	return progress{
		made:      approach(age, 2*time.Minute),
		sent:      approach(age, 20*time.Minute),
		received:  approach(age, time.Hour),
		displayed: approach(age, 3*time.Hour),
		clicked:   approach(age, 6*time.Hour),
	}
}

// approach grows from 0 to a million, fast at first, and is there when a push has settled.
func approach(age, pace time.Duration) int64 {
	if age >= taskSettled {
		return core.Million
	}
	part := -math.Expm1(-age.Seconds()/pace.Seconds()) / -math.Expm1(-taskSettled.Seconds()/pace.Seconds())
	return min(core.Million, int64(part*core.Million))
}
