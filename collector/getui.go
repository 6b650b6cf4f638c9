package collector

import (
	"context"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
)

// getuiVendor is GeTui's part of the catalogue.
var getuiVendor = vendor{
	name: "getui", title: "GeTui 个推", defaults: config.GetuiEndpoints,
	specs: []*Spec{
		getuiPushQuota, getuiOnlineUsers, getuiPushDay, getuiUserDay, getuiTasks, getuiTaskGroups, getuiTaskLosses,
	},
}

// GeTui's endpoints. A push quota is a day's figure as well: it is used up from midnight on, so it is of today.
var (
	getuiPushQuota = &Spec{Name: "push_quota", Source: "GET /report/push/count", Window: Today, Note: "A push quota is a day's figure, though its name does not say so: it begins anew at midnight.", Families: []*Family{
		getuiQuotaLimit, getuiQuotaRemaining, getuiQuotaRequested, getuiQuotaExhausted,
	}}
	getuiOnlineUsers = &Spec{Name: "online_users", Source: "GET /report/online_user", Families: []*Family{
		getuiOnline, getuiOnlineTime, getuiOnlinePeak,
	}}
	getuiPushDay = &Spec{Name: "push_day", Source: "GET /report/push/date/DATE", Window: Yesterday,
		Families: slices.Concat(getuiDay.all(), getuiDayChannel.all(), getuiDayBrand.all())}
	getuiUserDay = &Spec{Name: "user_day", Source: "GET /report/user/date/DATE", Window: Yesterday, Families: []*Family{
		getuiDayUsers, getuiDayNewUsers, getuiDayActiveUsers, getuiDayPeakOnline,
	}}
	getuiTasks = &Spec{Name: "tasks", Source: "GET /report/push/task/ID,…",
		Families: append(slices.Concat(getuiTask.all(), getuiTaskChannel.all(), getuiTaskBrand.all()), getuiTaskActions)}
	getuiTaskGroups = &Spec{Name: "task_groups", Source: "GET /report/push/task_group/NAME",
		Families: slices.Concat(getuiGroup.all(), getuiGroupChannel.all(), getuiGroupBrand.all())}
	getuiTaskLosses = &Spec{Name: "task_losses", Source: "GET /report/push/task/ID,…/detail", Families: []*Family{getuiLost}}
)

var (
	getuiQuotaLimit     = NewFamily("getui_push_quota_limit", "Messages that may be pushed today.", "channel", "kind")
	getuiQuotaRemaining = NewFamily("getui_push_quota_remaining", "Messages that may still be pushed today; not given by every channel.", "channel", "kind")
	getuiQuotaRequested = NewFamily("getui_push_quota_requested", "Messages whose push was requested today; may exceed the limit where that counts arrivals (vv).", "channel", "kind")
	getuiQuotaExhausted = NewFamily("getui_push_quota_exhausted", "1 if today's quota is used up.", "channel", "kind")

	getuiOnline     = NewFamily("getui_online_users", "Users online at the newest point that the vendor gives, one every ten minutes.")
	getuiOnlineTime = NewFamily("getui_online_users_sample_timestamp_seconds", "Time of the point that getui_online_users shows.")
	getuiOnlinePeak = NewFamily("getui_online_users_peak", "Highest number of users online among the points of the last 24 hours.")

	getuiDayUsers       = NewFamily("getui_yesterday_users", "Users ever registered, as of yesterday.")
	getuiDayNewUsers    = NewFamily("getui_yesterday_new_users", "Users who registered yesterday.")
	getuiDayActiveUsers = NewFamily("getui_yesterday_active_users", "Users who were active yesterday.")
	getuiDayPeakOnline  = NewFamily("getui_yesterday_peak_online_users", "Highest number of users online at once yesterday.")

	getuiTaskActions = NewFamily("getui_task_actions", "Custom events that the task's messages led to.", "task_id", "action").Needing("action_ids")
	getuiLost        = NewFamily("getui_task_lost_messages", "Messages of the task that did not reach the stage, by why they were lost.",
		"task_id", "stage", "channel", "category", "reason")

	// The day's report has no msg_num in the vendor's document, nor have the channels and brands of any report.
	getuiDay          = newStageFamilies("getui_yesterday_push", "of yesterday", false)
	getuiDayChannel   = newStageFamilies("getui_yesterday_channel_push", "of yesterday through the channel", false, "channel")
	getuiDayBrand     = newStageFamilies("getui_yesterday_brand_push", "of yesterday through GeTui's own channel to devices of the brand", false, "brand").needing("brands: true")
	getuiTask         = newStageFamilies("getui_task_push", "of the task", true, "task_id")
	getuiTaskChannel  = newStageFamilies("getui_task_channel_push", "of the task through the channel", false, "task_id", "channel")
	getuiTaskBrand    = newStageFamilies("getui_task_brand_push", "of the task through GeTui's own channel to devices of the brand", false, "task_id", "brand").needing("brands: true")
	getuiGroup        = newStageFamilies("getui_task_group_push", "of the task group", true, "task_group")
	getuiGroupChannel = newStageFamilies("getui_task_group_channel_push", "of the task group through the channel", false, "task_group", "channel")
	getuiGroupBrand   = newStageFamilies("getui_task_group_brand_push", "of the task group through GeTui's own channel to devices of the brand", false, "task_group", "brand").needing("brands: true")
)

// stageFamilies are one family for each stage that a push goes through.
type stageFamilies struct {
	deliverable, sent, received, displayed, clicked *Family
}

func newStageFamilies(prefix, of string, deliverable bool, labels ...string) stageFamilies {
	s := stageFamilies{
		deliverable: NewFamily(prefix+"_deliverable", "Messages "+of+" that could be sent.", labels...),
		sent:        NewFamily(prefix+"_sent", "Messages "+of+" that were sent.", labels...),
		received:    NewFamily(prefix+"_received", "Messages "+of+" that devices received.", labels...),
		displayed:   NewFamily(prefix+"_displayed", "Messages "+of+" that were displayed; not given by every channel.", labels...),
		clicked:     NewFamily(prefix+"_clicked", "Messages "+of+" that were clicked.", labels...),
	}
	s.deliverable.Undocumented = !deliverable
	return s
}

func (s stageFamilies) all() []*Family {
	return []*Family{s.deliverable, s.sent, s.received, s.displayed, s.clicked}
}

func (s stageFamilies) needing(key string) stageFamilies {
	for _, f := range s.all() {
		f.Needing(key)
	}
	return s
}

func (s stageFamilies) fill(b *Batch, stages getui.Stages, labels ...string) {
	b.Count(s.deliverable, stages.Deliverable, labels...)
	b.Count(s.sent, stages.Sent, labels...)
	b.Count(s.received, stages.Received, labels...)
	b.Count(s.displayed, stages.Displayed, labels...)
	b.Count(s.clicked, stages.Clicked, labels...)
}

// getuiAccount builds a GeTui account with the endpoints that its configuration gives something to read.
func (b *builder) getuiAccount(cfg config.Getui) (*account, error) {
	secrets := readable(cfg.MasterSecret)
	a, sender, err := b.account(getuiVendor.name, cfg.Account, func() []string { return append(secrets(), cfg.AppKey.Value()) })
	if err != nil {
		return nil, err
	}
	g := &getuiReader{cfg: cfg, client: getui.New(getui.Options{
		BaseURL: cfg.BaseURL, AppID: cfg.AppID, AppKey: cfg.AppKey.Value(), MasterSecret: cfg.MasterSecret.Read, Transport: sender,
	})}
	a.add(getuiPushQuota, single(g.pushQuota))
	a.add(getuiOnlineUsers, single(g.onlineUsers))
	a.add(getuiPushDay, single(g.pushDay))
	a.add(getuiUserDay, single(g.userDay))
	a.add(getuiTasks, newTaskBatches(cfg, g.tasks).source())
	a.add(getuiTaskGroups, g.groups())
	a.add(getuiTaskLosses, newTaskBatches(cfg, g.taskLosses).source())
	a.past = func() map[*Spec]*historySource { return g.past(a) }
	return a, nil
}

// getuiReader maps the client's answers to samples.
type getuiReader struct {
	cfg    config.Getui
	client *getui.Client
}

func (g *getuiReader) pushQuota(ctx context.Context, _ Day, b *Batch) error {
	quotas, err := g.client.PushQuota(ctx)
	if err != nil {
		return err
	}
	for _, q := range quotas {
		b.Count(getuiQuotaLimit, q.Limit, q.Channel, q.Kind)
		b.Count(getuiQuotaRemaining, q.Remaining, q.Channel, q.Kind)
		b.Count(getuiQuotaRequested, q.Requested, q.Channel, q.Kind)
		b.Flag(getuiQuotaExhausted, q.Exhausted, q.Channel, q.Kind)
	}
	return nil
}

func (g *getuiReader) onlineUsers(ctx context.Context, _ Day, b *Batch) error {
	points, err := g.client.OnlineUsers(ctx)
	if err != nil {
		return err
	}
	var newest, peak float64
	var at time.Time
	for _, p := range points {
		users, ok := b.Usable(p.Users)
		if !ok {
			continue
		}
		newest, at = users, p.Time
		peak = max(peak, users)
	}
	if !at.IsZero() {
		b.Value(getuiOnline, newest)
		b.Value(getuiOnlineTime, float64(at.UnixMilli())/1000)
		b.Value(getuiOnlinePeak, peak)
	}
	return nil
}

func (g *getuiReader) pushDay(ctx context.Context, day Day, b *Batch) error {
	report, err := g.client.PushDay(ctx, day.Start, g.cfg.Brands)
	if err != nil {
		return err
	}
	getuiDay.fill(b, report.Total)
	fillNamed(b, getuiDayChannel, report.Channels)
	fillNamed(b, getuiDayBrand, report.Brands)
	return nil
}

func (g *getuiReader) userDay(ctx context.Context, day Day, b *Batch) error {
	users, err := g.client.UserDay(ctx, day.Start)
	if err != nil {
		return err
	}
	b.Count(getuiDayUsers, users.Users)
	b.Count(getuiDayNewUsers, users.NewUsers)
	b.Count(getuiDayActiveUsers, users.ActiveUsers)
	b.Count(getuiDayPeakOnline, users.PeakOnlineUsers)
	return nil
}

func (g *getuiReader) tasks(ctx context.Context, ids []string, b *Batch) error {
	reports, err := g.client.Tasks(ctx, ids, getui.TaskOptions{ActionIDs: g.cfg.ActionIDs, Brands: g.cfg.Brands})
	if err != nil {
		return err
	}
	answered := make(map[string]bool, len(reports))
	for _, r := range reports {
		answered[r.TaskID] = true
		getuiTask.fill(b, r.Total, r.TaskID)
		fillNamed(b, getuiTaskChannel, r.Channels, r.TaskID)
		fillNamed(b, getuiTaskBrand, r.Brands, r.TaskID)
		for _, action := range r.Actions {
			b.Count(getuiTaskActions, action.Count, r.TaskID, action.ActionID)
		}
	}
	b.Missing(missing(ids, answered))
	return nil
}

func (g *getuiReader) taskLosses(ctx context.Context, ids []string, b *Batch) error {
	tasks, err := g.client.TaskLosses(ctx, ids)
	if err != nil {
		return err
	}
	answered := make(map[string]bool, len(tasks))
	for _, t := range tasks {
		answered[t.TaskID] = true
		fillLosses(b, t.TaskID, t.Losses)
	}
	b.Missing(missing(ids, answered))
	return nil
}

func missing(asked []string, answered map[string]bool) int {
	n := 0
	for _, id := range asked {
		if !answered[id] {
			n++
		}
	}
	return n
}

func (g *getuiReader) groups() source {
	items := make([]Item, 0, len(g.cfg.TaskGroups))
	for _, group := range g.cfg.TaskGroups {
		items = append(items, Item{ID: group, Read: func(ctx context.Context, _ Day, b *Batch) error {
			report, err := g.client.TaskGroup(ctx, group, getui.TaskGroupOptions{Brands: g.cfg.Brands})
			if err != nil {
				return err
			}
			getuiGroup.fill(b, report.Total, group)
			fillNamed(b, getuiGroupChannel, report.Channels, group)
			fillNamed(b, getuiGroupBrand, report.Brands, group)
			return nil
		}})
	}
	return fixedItems(items)
}

// fillNamed fills a breakdown by channel or brand, whose name is the last label.
func fillNamed(b *Batch, families stageFamilies, rows []getui.NamedStages, labels ...string) {
	for _, row := range rows {
		families.fill(b, row.Stages, append(slices.Clone(labels), row.Name)...)
	}
}
