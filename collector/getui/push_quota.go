package getui

import (
	"context"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
)

// pushQuota is of today: a quota is used up from midnight on.
var pushQuota = &metric.Spec{
	Name: "push_quota", Source: "GET /report/push/count", Window: metric.Today,
	Note:     "Push quotas are daily values, although the names do not contain a day: they start again at midnight.",
	Families: []*metric.Family{quotaLimit, quotaRemaining, quotaRequested, quotaExhausted},
}

var (
	quotaLimit     = metric.NewFamily("getui_push_quota_limit", "Number of messages that may be pushed today.", "channel", "kind")
	quotaRemaining = metric.NewFamily("getui_push_quota_remaining",
		"Number of messages that may still be pushed today; not every channel reports this.", "channel", "kind")
	quotaRequested = metric.NewFamily("getui_push_quota_requested",
		"Number of messages requested today; can exceed the limit on channels whose limit counts arrived messages (vv).", "channel",
		"kind")
	quotaExhausted = metric.NewFamily("getui_push_quota_exhausted", "1 if today's quota is used up.", "channel", "kind")
)

func (g *reader) pushQuota(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	quotas, defects, err := g.client.PushQuota(ctx)
	if err != nil {
		return err
	}
	fillDefects(b, defects)
	for _, q := range quotas {
		b.Count(quotaLimit, q.Limit, q.Channel, q.Kind)
		fillRemaining(b, q)
		b.Count(quotaRequested, q.Requested, q.Channel, q.Kind)
		b.Flag(quotaExhausted, q.Exhausted, q.Channel, q.Kind)
	}
	return nil
}

// fillRemaining adds what remains of a quota. More than the limit cannot remain: it is dropped.
func fillRemaining(b *metric.Batch, q getui.Quota) {
	if exceeds(q.Remaining, q.Limit) {
		b.Drop(quotaRemaining, q.Remaining.Raw(), q.Channel, q.Kind)
		return
	}
	b.Count(quotaRemaining, q.Remaining, q.Channel, q.Kind)
}

// Quotas returns the push quotas among the samples that an endpoint serves; none if it is another endpoint.
func (g *reader) Quotas(s poll.Status) []metric.Quota {
	type key struct{ channel, kind string }
	values := make(map[key]map[*metric.Family]float64)
	var order []key
	for samples := range s.Results() {
		for _, sample := range samples {
			switch sample.Family {
			case quotaLimit, quotaRemaining, quotaRequested, quotaExhausted:
				at := key{sample.Labels.Get("channel"), sample.Labels.Get("kind")}
				if values[at] == nil {
					values[at] = make(map[*metric.Family]float64)
					order = append(order, at)
				}
				values[at][sample.Family] = sample.Value
			}
		}
	}
	var all []metric.Quota
	for _, at := range order {
		v := values[at]
		limit, ok := v[quotaLimit]
		if !ok {
			continue
		}
		q := metric.Quota{
			Channel: at.channel, Kind: at.kind, ChannelName: channelName(at.channel),
			ChineseChannel: chineseChannels[at.channel], ChineseKind: chineseKinds[at.kind],
			Limit: limit, Remaining: -1, Requested: -1, Used: -1, Exhausted: v[quotaExhausted] == 1,
		}
		used, known := v[quotaRequested]
		if known {
			q.Requested = used
		}
		if remaining, ok := v[quotaRemaining]; ok {
			q.Remaining, used, known = remaining, limit-remaining, true
		}
		switch {
		case q.Exhausted:
			q.Used = 1
		case known && limit > 0:
			q.Used = max(used/limit, 0)
		}
		all = append(all, q)
	}
	return all
}
