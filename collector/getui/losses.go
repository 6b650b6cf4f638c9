package getui

import (
	"context"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var taskLosses = &metric.Spec{
	Name: "task_losses", Source: "GET /report/push/task/ID,…/detail", Note: tasksNote + "\n" + totalsNote,
	Families: slices.Concat([]*metric.Family{lost}, realtimePushes.total.all(), realtimePushes.channel.all()),
}

var (
	lost = metric.NewFamily("getui_task_lost_messages",
		"Messages of the task that did not reach the stage, by reason.",
		"task_id", "stage", "channel", "category", "reason")
	// The report in real time has no brands.
	realtimePushes = reportFamilies{
		total: newStageFamilies("getui_task_realtime_push",
			"of the task, counted in real time,", true, "task_id"),
		channel: newStageFamilies("getui_task_realtime_channel_push",
			"of the task through the channel, counted in real time,", false, "task_id", "channel"),
	}
)

func (g *reader) taskLosses(ctx context.Context, ids []string, b *metric.Batch) error {
	tasks, defects, err := g.client.TaskLosses(ctx, ids)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, t := range tasks {
		realtimePushes.fill(b, getui.Report{Total: t.Total, Channels: t.Channels}, t.TaskID)
		fillLosses(b, t.TaskID, t.Losses)
	}
	return nil
}

// fillLosses adds one sample for each reason, and one with the reason "unspecified" for what a category's total holds
// beyond its reasons, so that the sum over the reasons is the total.
func fillLosses(b *metric.Batch, task string, losses []getui.Loss) {
	type group struct{ stage, channel, category string }
	type sums struct {
		total   wire.Number
		reasons float64
	}
	groups := make(map[group]*sums)
	var order []group
	for _, loss := range losses {
		key := group{loss.Stage, loss.Channel, loss.Category}
		s := groups[key]
		if s == nil {
			s = &sums{}
			groups[key] = s
			order = append(order, key)
		}
		if loss.Reason == "total" {
			if s.total.Absent() {
				s.total = loss.Messages
			} else {
				b.Duplicates(1, lossPlace(task, key.stage, key.channel, key.category)+".total")
			}
			continue
		}
		labels := []string{
			task, lossName(lossStages, loss.Stage), loss.Channel,
			lossName(lossCategories, loss.Category), lossName(lossReasons, loss.Reason),
		}
		if b.Count(lost, loss.Messages, labels...) {
			v, _ := loss.Messages.Float()
			s.reasons += v
		}
	}
	for _, key := range order {
		s := groups[key]
		rest := []string{
			task, lossName(lossStages, key.stage), key.channel, lossName(lossCategories, key.category), "unspecified",
		}
		total, ok := b.Usable(lost, s.total, rest...)
		switch {
		case !ok:
		case total > s.reasons:
			b.Value(lost, total-s.reasons, rest...)
		case total < s.reasons:
			b.DropAt(lossPlace(task, key.stage, key.channel, key.category)+".total",
				"is less than the sum of its reasons")
		}
	}
}

// lossPlace returns the place of a category's losses in the answer.
func lossPlace(task, stage, channel, category string) string {
	return strings.Join([]string{task, "failed_detail", stage, channel, category}, ".")
}

// lossName returns the English name of a code of the vendor's document; a code that is not in it stays as it is.
func lossName(names map[string]string, code string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return code
}
