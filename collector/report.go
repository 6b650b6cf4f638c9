package collector

import (
	"time"

	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// report gives what is to be logged of a turn that took the given time, once the lock is free: that the endpoint broke, that it fails for another reason, that it
// recovered, that samples are dropped; at debug level alone while things stay as they are. e.mu is held.
func (e *endpoint) report(duration time.Duration) (log func()) {
	before, droppedBefore := e.reported, e.reportedDrops
	failing, after := e.cause()
	now := e.current(time.Now())
	items, dropped := len(e.items), now.dropped
	item := e.failingItem()
	e.reported, e.reportedDrops = after, dropped

	return func() {
		keyvals := []any{"duration_seconds", duration.Seconds()}
		if items > 1 || failing > 1 {
			keyvals = append(keyvals, "failing_items", failing, "items", items)
		}
		if item != "" {
			keyvals = append(keyvals, "item", item)
		}
		switch {
		case after != nil && before == nil:
			level.Warn(e.logger).Log(append(keyvals, "msg", "endpoint failing", "err", after)...)
		case after != nil && transport.KindOf(after) != transport.KindOf(before):
			level.Warn(e.logger).Log(append(keyvals, "msg", "endpoint failing for another reason", "err", after)...)
		case after != nil:
			level.Debug(e.logger).Log(append(keyvals, "msg", "endpoint still failing", "err", after)...)
		case before != nil:
			level.Info(e.logger).Log(append(keyvals, "msg", "endpoint recovered")...)
		default:
			level.Debug(e.logger).Log(append(keyvals, "msg", "endpoint read")...)
		}
		if dropped.Total() > 0 && droppedBefore.Total() == 0 {
			level.Warn(e.logger).Log("msg", "samples dropped", "over_limit", dropped.Truncated, "unusable", dropped.Unusable, "duplicate", dropped.Duplicates, "first", droppedTexts(now.examples))
		}
		if dropped.Missing > 0 && droppedBefore.Missing == 0 {
			level.Warn(e.logger).Log("msg", "the vendor's answer lacks items, rows or fields", "missing", dropped.Missing)
		}
	}
}

// failingItem names the item whose failure cause gives; "" where it is the endpoint's own. e.mu is held.
func (e *endpoint) failingItem() string {
	if e.listing.err != nil || e.stopped.err != nil {
		return ""
	}
	for _, s := range e.items {
		if s.err != nil {
			return metric.CleanLabel(s.ID)
		}
	}
	return ""
}
