package getui

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
)

var (
	tasks = &metric.Spec{
		Name: "tasks", Source: "GET /report/push/task/ID,…", Note: tasksNote + "\n" + totalsNote,
		Families: append(taskPushes.all(), taskActions),
	}
	taskGroups = &metric.Spec{
		Name: "task_groups", Source: "GET /report/push/task_group/NAME",
		Note: "Covers the pushes of the last 70 days, or of `task_group_days`. Older pushes no longer count in the values of a " +
			"group. A group that GeTui does not know counts in `engage_endpoint_missing_items`.\n" + totalsNote,
		Families: groupPushes.all(),
	}
)

const tasksNote = "Covers tasks of the last 90 days that were pushed to a list or to the whole app. GeTui has no report on older " +
	"tasks or on pushes to single users: they count in `engage_endpoint_missing_items`."

var (
	taskPushes = reportFamilies{
		total: newStageFamilies("getui_task_push", "of the task", true, "task_id"),
		channel: newStageFamilies("getui_task_channel_push",
			"of the task through the channel", false, "task_id", "channel"),
		brand: newStageFamilies("getui_task_brand_push",
			"of the task through GeTui's own channel to devices of the brand", false, "task_id",
			"brand").needing("brands: true"),
	}
	taskActions = metric.NewFamily("getui_task_actions",
		"Custom events after messages of the task.", "task_id", "action").Needing("action_ids")
	groupPushes = reportFamilies{
		total: newStageFamilies("getui_task_group_push", "of the task group", true, "task_group"),
		channel: newStageFamilies("getui_task_group_channel_push",
			"of the task group through the channel", false, "task_group", "channel"),
		brand: newStageFamilies("getui_task_group_brand_push",
			"of the task group through GeTui's own channel to devices of the brand", false, "task_group",
			"brand").needing("brands: true"),
	}
)

func (g *reader) tasks(ctx context.Context, ids []string, b *metric.Batch) error {
	reports, defects, err := g.client.Tasks(ctx, ids,
		getui.TaskOptions{ActionIDs: g.cfg.ActionIDs, Brands: g.cfg.Brands})
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, r := range reports {
		taskPushes.fill(b, r.Report, r.TaskID)
		for _, action := range r.Actions {
			b.Count(taskActions, action.Count, r.TaskID, action.ActionID)
		}
	}
	return nil
}

// groups returns an item for each task group.
func (g *reader) groups() poll.Discovery {
	items := make([]poll.Item, 0, len(g.cfg.TaskGroups))
	for _, group := range g.cfg.TaskGroups {
		items = append(items, poll.Item{ID: group,
			Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
				o := getui.TaskGroupOptions{Brands: g.cfg.Brands}
				if days := g.cfg.TaskGroupDays; days < maxTaskGroupDays { // otherwise as far back as GeTui reports
					o.Start = time.Now().In(g.cfg.Location).AddDate(0, 0, -days)
				}
				report, defects, err := g.client.TaskGroup(ctx, group, o)
				if err != nil {
					return err
				}
				fillDefects(b, defects)
				groupPushes.fill(b, report, group)
				return nil
			}})
	}
	return poll.Fixed(items)
}
