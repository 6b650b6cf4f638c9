// Package getui is what the exporter knows of GeTui: the keys of its accounts, its families, and how its answers become
// samples.
package getui

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// catalogue is GeTui's part of the catalogue.
var catalogue = metric.Catalogue{
	Labels: labels, Limits: limits,
	Vendor: "getui", Title: "GeTui 个推",
	Specs: []*metric.Spec{
		pushQuota, onlineUsers, pushDay, userDay, tasks, taskGroups, taskLosses,
	},
}

// GeTui's endpoints. A push quota is a day's figure as well: it is used up from midnight on, so it is of today.
var (
	pushQuota = &metric.Spec{Name: "push_quota", Source: "GET /report/push/count", Window: metric.Today, Note: "A push quota is a day's figure, though its name does not say so: it begins anew at midnight.", Families: []*metric.Family{
		quotaLimit, quotaRemaining, quotaRequested, quotaExhausted,
	}}
	onlineUsers = &metric.Spec{Name: "online_users", Source: "GET /report/online_user",
		Note: "GeTui gives no point while nobody is online. `getui_online_users` is not served once the newest point is older than `max_stale`: " +
			"an old point says nothing of now. Points of a time more than 25 hours ago or 10 minutes ahead are dropped.",
		Families: []*metric.Family{online, onlineTime, onlinePeak}}
	pushDay = &metric.Spec{Name: "push_day", Source: "GET /report/push/date/DATE", Window: metric.Yesterday, Note: daysNote,
		Families: slices.Concat(dayTotal.all(), dayChannel.all(), dayBrand.all())}
	userDay = &metric.Spec{Name: "user_day", Source: "GET /report/user/date/DATE", Window: metric.Yesterday, Note: daysNote, Families: []*metric.Family{
		dayUsers, dayNewUsers, dayActiveUsers, dayPeakOnline,
	}}
	tasks = &metric.Spec{Name: "tasks", Source: "GET /report/push/task/ID,…", Note: tasksNote,
		Families: append(slices.Concat(task.all(), taskChannel.all(), taskBrand.all()), taskActions)}
	taskGroups = &metric.Spec{Name: "task_groups", Source: "GET /report/push/task_group/NAME",
		Note: "GeTui reports on the pushes of the last 70 days; with `task_group_days` on fewer. Older pushes of a group leave its values. " +
			"A group that GeTui does not know counts in `engage_endpoint_missing_items`.",
		Families: slices.Concat(groupTotal.all(), groupChannel.all(), groupBrand.all())}
	taskLosses = &metric.Spec{Name: "task_losses", Source: "GET /report/push/task/ID,…/detail", Note: tasksNote,
		Families: slices.Concat([]*metric.Family{lost}, realtime.all(), realtimeChannel.all())}
)

// What the vendor's API leaves out by itself.
const (
	daysNote  = "A day of which GeTui has no report counts in `engage_endpoint_missing_items`."
	tasksNote = "GeTui reports on tasks of the last 90 days that were pushed to a list or to the whole app. It has no report on older ones, nor on " +
		"pushes to single users: they count in `engage_endpoint_missing_items`."
)

var (
	quotaLimit     = metric.NewFamily("getui_push_quota_limit", "Messages that may be pushed today.", "channel", "kind")
	quotaRemaining = metric.NewFamily("getui_push_quota_remaining", "Messages that may still be pushed today; not given by every channel.", "channel", "kind")
	quotaRequested = metric.NewFamily("getui_push_quota_requested", "Messages whose push was requested today; may exceed the limit where that counts arrivals (vv).", "channel", "kind")
	quotaExhausted = metric.NewFamily("getui_push_quota_exhausted", "1 if today's quota is used up.", "channel", "kind")

	online     = metric.NewFamily("getui_online_users", "Users online at the newest point that the vendor gives, one every ten minutes.")
	onlineTime = metric.NewFamily("getui_online_users_sample_timestamp_seconds", "Time of the point that getui_online_users shows.")
	onlinePeak = metric.NewFamily("getui_online_users_peak", "Highest number of users online among the points of the last 24 hours.")

	dayUsers       = metric.NewFamily("getui_yesterday_users", "Users ever registered, as of yesterday.")
	dayNewUsers    = metric.NewFamily("getui_yesterday_new_users", "Users who registered yesterday.")
	dayActiveUsers = metric.NewFamily("getui_yesterday_active_users", "Users who were active yesterday.")
	dayPeakOnline  = metric.NewFamily("getui_yesterday_peak_online_users", "Highest number of users online at once yesterday.")

	taskActions = metric.NewFamily("getui_task_actions", "Custom events that the task's messages led to.", "task_id", "action").Needing("action_ids")
	lost        = metric.NewFamily("getui_task_lost_messages", "Messages of the task that did not reach the stage, by why they were lost.",
		"task_id", "stage", "channel", "category", "reason")

	realtime        = newStageFamilies("getui_task_realtime_push", "of the task, counted in real time,", true, "task_id")
	realtimeChannel = newStageFamilies("getui_task_realtime_channel_push", "of the task through the channel, counted in real time,", false, "task_id", "channel")

	// The day's report has no msg_num in the vendor's document, nor have the channels and brands of any report.
	dayTotal     = newStageFamilies("getui_yesterday_push", "of yesterday", false)
	dayChannel   = newStageFamilies("getui_yesterday_channel_push", "of yesterday through the channel", false, "channel")
	dayBrand     = newStageFamilies("getui_yesterday_brand_push", "of yesterday through GeTui's own channel to devices of the brand", false, "brand").needing("brands: true")
	task         = newStageFamilies("getui_task_push", "of the task", true, "task_id")
	taskChannel  = newStageFamilies("getui_task_channel_push", "of the task through the channel", false, "task_id", "channel")
	taskBrand    = newStageFamilies("getui_task_brand_push", "of the task through GeTui's own channel to devices of the brand", false, "task_id", "brand").needing("brands: true")
	groupTotal   = newStageFamilies("getui_task_group_push", "of the task group", true, "task_group")
	groupChannel = newStageFamilies("getui_task_group_channel_push", "of the task group through the channel", false, "task_group", "channel")
	groupBrand   = newStageFamilies("getui_task_group_brand_push", "of the task group through GeTui's own channel to devices of the brand", false, "task_group", "brand").needing("brands: true")
)

// stageFamilies are one family for each stage that a push goes through.
type stageFamilies struct {
	deliverable, sent, received, displayed, clicked *metric.Family
}

func newStageFamilies(prefix, of string, deliverable bool, labels ...string) stageFamilies {
	s := stageFamilies{
		deliverable: metric.NewFamily(prefix+"_deliverable", "Messages "+of+" that could be sent.", labels...),
		sent:        metric.NewFamily(prefix+"_sent", "Messages "+of+" that were sent.", labels...),
		received:    metric.NewFamily(prefix+"_received", "Messages "+of+" that devices received.", labels...),
		displayed:   metric.NewFamily(prefix+"_displayed", "Messages "+of+" that were displayed; not given by every channel.", labels...),
		clicked:     metric.NewFamily(prefix+"_clicked", "Messages "+of+" that were clicked.", labels...),
	}
	s.deliverable.Undocumented = !deliverable
	return s
}

func (s stageFamilies) all() []*metric.Family {
	return []*metric.Family{s.deliverable, s.sent, s.received, s.displayed, s.clicked}
}

func (s stageFamilies) needing(key string) stageFamilies {
	for _, f := range s.all() {
		f.Needing(key)
	}
	return s
}

func (s stageFamilies) fill(b *metric.Batch, stages getui.Stages, labels ...string) {
	b.Count(s.deliverable, stages.Deliverable, labels...)
	b.Count(s.sent, stages.Sent, labels...)
	b.Count(s.received, stages.Received, labels...)
	b.Count(s.displayed, stages.Displayed, labels...)
	b.Count(s.clicked, stages.Clicked, labels...)
}

// Vendor is GeTui.
type Vendor struct{}

// Catalogue returns what is documented of GeTui.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	return append(config.Readable(cfg.MasterSecret), cfg.AppKey.Value())
}

// Build adds the endpoints of an account, and returns what reads them.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	g := &reader{poll: a, cfg: cfg, client: getui.New(getui.Options{
		BaseURL: cfg.BaseURL, AppID: cfg.AppID, AppKey: cfg.AppKey.Value(), MasterSecret: cfg.MasterSecret.Read, Transport: a.Client(),
	})}
	a.Add(pushQuota, poll.Single(g.pushQuota))
	a.Add(onlineUsers, poll.Single(g.onlineUsers))
	a.Add(pushDay, poll.Single(g.pushDay))
	a.Add(userDay, poll.Single(g.userDay))
	a.Add(tasks, newTaskBatches(cfg, g.tasks).discovery())
	a.Add(taskGroups, g.groups())
	a.Add(taskLosses, newTaskBatches(cfg, g.taskLosses).discovery())
	return g
}

// reader maps the client's answers to samples.
type reader struct {
	poll   *poll.Account
	cfg    Config
	client *getui.Client
}

func (g *reader) pushQuota(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	quotas, defects, err := g.client.PushQuota(ctx)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, q := range quotas {
		b.Count(quotaLimit, q.Limit, q.Channel, q.Kind)
		b.Count(quotaRemaining, q.Remaining, q.Channel, q.Kind)
		b.Count(quotaRequested, q.Requested, q.Channel, q.Kind)
		b.Flag(quotaExhausted, q.Exhausted, q.Channel, q.Kind)
	}
	return nil
}

func (g *reader) onlineUsers(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	points, defects, err := g.client.OnlineUsers(ctx)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	now := time.Now()
	var newest, peak float64
	var at, unbelieved time.Time
	unusable := 0
	for _, p := range points {
		if p.Time.After(now.Add(onlineAhead)) || !p.Time.After(now.Add(-onlineSpan)) {
			b.DropAt("online_statics", "has a point of "+p.Time.Format(time.RFC3339))
			unbelieved = p.Time
			continue
		}
		users, ok := b.Usable(onlinePeak, p.Users)
		if !ok {
			if p.Users.Invalid() || p.Users.Valid() { // not left out, but no number of users
				unusable++
			}
			continue
		}
		newest, at = users, p.Time
		peak = max(peak, users)
	}
	switch {
	case !at.IsZero():
	case !unbelieved.IsZero():
		return &transport.Error{
			Vendor: catalogue.Vendor, Endpoint: onlineUsers.Source, Kind: transport.Malformed,
			Err: fmt.Errorf("want points of the last 24 hours, got none; the newest of %d points is of %s",
				len(points), unbelieved.Format(time.RFC3339)),
			Advice: "check this machine's clock",
		}
	case unusable > 0:
		return &transport.Error{
			Vendor: catalogue.Vendor, Endpoint: onlineUsers.Source, Kind: transport.Malformed,
			Err: fmt.Errorf("want numbers of users, got none in %d points", len(points)),
		}
	default: // nobody was online
		return nil
	}
	b.Time(onlineTime, at)
	b.Value(onlinePeak, peak)
	if old := at.Add(g.cfg.Endpoints[onlineUsers.Name].MaxStale + 1); now.Before(old) {
		b.Until(old) // of the point, however long the answer is served
		b.Value(online, newest)
	}
	return nil
}

// GeTui gives the points of the last 24 hours. Those of a time further away are not believed; so much may clocks
// differ, and an answer be old.
const (
	onlineSpan  = 25 * time.Hour
	onlineAhead = 10 * time.Minute
)

func (g *reader) pushDay(ctx context.Context, day metric.Day, b *metric.Batch) error {
	report, defects, err := g.client.PushDay(ctx, day.Start, g.cfg.Brands)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	dayTotal.fill(b, report.Total)
	fillNamed(b, dayChannel, report.Channels)
	fillNamed(b, dayBrand, report.Brands)
	return nil
}

func (g *reader) userDay(ctx context.Context, day metric.Day, b *metric.Batch) error {
	users, defects, err := g.client.UserDay(ctx, day.Start)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	b.Count(dayUsers, users.Users)
	b.Count(dayNewUsers, users.NewUsers)
	b.Count(dayActiveUsers, users.ActiveUsers)
	b.Count(dayPeakOnline, users.PeakOnlineUsers)
	return nil
}

func (g *reader) tasks(ctx context.Context, ids []string, b *metric.Batch) error {
	reports, defects, err := g.client.Tasks(ctx, ids, getui.TaskOptions{ActionIDs: g.cfg.ActionIDs, Brands: g.cfg.Brands})
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, r := range reports {
		task.fill(b, r.Total, r.TaskID)
		fillNamed(b, taskChannel, r.Channels, r.TaskID)
		fillNamed(b, taskBrand, r.Brands, r.TaskID)
		for _, action := range r.Actions {
			b.Count(taskActions, action.Count, r.TaskID, action.ActionID)
		}
	}
	return nil
}

func (g *reader) taskLosses(ctx context.Context, ids []string, b *metric.Batch) error {
	tasks, defects, err := g.client.TaskLosses(ctx, ids)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, t := range tasks {
		realtime.fill(b, t.Total, t.TaskID)
		fillNamed(b, realtimeChannel, t.Channels, t.TaskID)
		fillLosses(b, t.TaskID, t.Losses)
	}
	return nil
}

// fillDefects counts what the client could not read, and what the answer lacks.
func fillDefects(b *metric.Batch, d getui.Defects) {
	for _, u := range d.Unusable {
		b.DropAt(u.Place, u.Problem)
	}
	b.Dropped(d.MoreUnusable)
	b.Missing(len(d.Missing))
}

func (g *reader) groups() poll.Discovery {
	items := make([]poll.Item, 0, len(g.cfg.TaskGroups))
	for _, group := range g.cfg.TaskGroups {
		items = append(items, poll.Item{ID: group, Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
			o := getui.TaskGroupOptions{Brands: g.cfg.Brands}
			if days := g.cfg.TaskGroupDays; days < maxTaskGroupDays { // else as far back as GeTui goes
				o.Start = time.Now().In(g.cfg.Location).AddDate(0, 0, -days)
			}
			report, defects, err := g.client.TaskGroup(ctx, group, o)
			if err != nil {
				return err
			}
			fillDefects(b, defects)
			groupTotal.fill(b, report.Total, group)
			fillNamed(b, groupChannel, report.Channels, group)
			fillNamed(b, groupBrand, report.Brands, group)
			return nil
		}})
	}
	return poll.Fixed(items)
}

// fillNamed fills a breakdown by channel or brand, whose name is the last label.
func fillNamed(b *metric.Batch, families stageFamilies, rows []getui.NamedStages, labels ...string) {
	for _, row := range rows {
		families.fill(b, row.Stages, append(slices.Clone(labels), row.Name)...)
	}
}
