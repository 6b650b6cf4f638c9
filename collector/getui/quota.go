package getui

import (
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Quotas returns the push quotas among the samples that an endpoint serves.
func (g *reader) Quotas(s poll.Status) []metric.Quota {
	type place struct{ channel, kind string }
	figures := make(map[place]map[*metric.Family]float64)
	var order []place
	for samples := range s.Results() {
		for _, sample := range samples {
			switch sample.Family {
			case quotaLimit, quotaRemaining, quotaRequested, quotaExhausted:
				at := place{sample.Label("channel"), sample.Label("kind")}
				if figures[at] == nil {
					figures[at] = make(map[*metric.Family]float64)
					order = append(order, at)
				}
				figures[at][sample.Family] = sample.Metric.GetGauge().GetValue()
			}
		}
	}
	var all []metric.Quota
	for _, at := range order {
		f := figures[at]
		limit, ok := f[quotaLimit]
		if !ok {
			continue
		}
		q := metric.Quota{Channel: at.channel, Kind: at.kind, Limit: limit, Remaining: -1, Exhausted: f[quotaExhausted] == 1}
		used := f[quotaRequested]
		if remaining, ok := f[quotaRemaining]; ok {
			q.Remaining, used = remaining, limit-remaining
		}
		if limit > 0 {
			q.Used = min(max(used/limit, 0), 1)
		}
		if q.Exhausted {
			q.Used = 1
		}
		all = append(all, q)
	}
	return all
}
