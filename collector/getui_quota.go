package collector

import (
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Quota is one of an account's push quotas of today.
type Quota struct {
	Target        poll.Target
	Channel, Kind string
	// Limit is known of every quota. Remaining is −1 where the channel does not give it.
	Limit, Remaining float64
	// Used is the part of the limit that is used up, 0–1: by what remains, else by what was requested; 1 if the vendor says that it is exhausted.
	Used float64
	// Exhausted is what the vendor says.
	Exhausted bool
}

// quotas are the push quotas in what an endpoint serves.
func quotas(target poll.Target, s poll.Status) []Quota {
	type place struct{ channel, kind string }
	figures := make(map[place]map[*metric.Family]float64)
	var order []place
	for samples := range s.Results() {
		for _, sample := range samples {
			switch sample.Family {
			case getuiQuotaLimit, getuiQuotaRemaining, getuiQuotaRequested, getuiQuotaExhausted:
				at := place{sample.Label("channel"), sample.Label("kind")}
				if figures[at] == nil {
					figures[at] = make(map[*metric.Family]float64)
					order = append(order, at)
				}
				figures[at][sample.Family] = sample.Metric.GetGauge().GetValue()
			}
		}
	}
	var all []Quota
	for _, at := range order {
		f := figures[at]
		limit, ok := f[getuiQuotaLimit]
		if !ok {
			continue
		}
		q := Quota{Target: target, Channel: at.channel, Kind: at.kind, Limit: limit, Remaining: -1, Exhausted: f[getuiQuotaExhausted] == 1}
		used := f[getuiQuotaRequested]
		if remaining, ok := f[getuiQuotaRemaining]; ok {
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
