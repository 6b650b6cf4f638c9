package poll

import (
	"strings"
	"time"

	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// loggedState is the state of an endpoint that the log last reported.
type loggedState struct {
	err     error
	dropped metric.DropCounts
}

// logChanges returns a function that logs what has changed with a refresh that took the given time: that the endpoint
// starts to fail, fails for another reason, has recovered, or drops samples. If nothing has changed it logs at debug
// level. e.mu is held; it must not be held when the function is called.
func (e *Endpoint) logChanges(duration time.Duration) (write func()) {
	before := e.logged
	failing, err := e.cause()
	snapshot := e.currentSnapshot(time.Now())
	e.logged = loggedState{err, snapshot.dropped}
	if e.account.NoDebug && err == nil && e.logged == before {
		return func() {}
	}
	return e.logChange(duration, before, e.logged, failing, snapshot.examples)
}

// logChange is logChanges for a state that is logged, and the one before it. failing is how many items fail, examples
// are the first dropped values. e.mu is held.
func (e *Endpoint) logChange(
	duration time.Duration, before, now loggedState, failing int, examples []metric.DroppedValue,
) (write func()) {
	err, dropped := now.err, now.dropped
	items, item := len(e.items), e.failingItem()
	return func() {
		logger := e.logger()
		keyvals := []any{"duration_seconds", duration.Seconds()}
		if items > 1 || failing > 1 {
			keyvals = append(keyvals, "failing_items", failing, "items", items)
		}
		if item != "" {
			keyvals = append(keyvals, "item", item)
		}
		switch {
		case err != nil && before.err == nil:
			level.Warn(logger).Log(append(keyvals, "msg", "endpoint failing", "err", err)...)
		case err != nil && transport.KindOf(err) != transport.KindOf(before.err):
			level.Warn(logger).Log(append(keyvals, "msg", "endpoint failing for another reason", "err", err)...)
		case err != nil:
			level.Debug(logger).Log(append(keyvals, "msg", "endpoint still failing", "err", err)...)
		case before.err != nil:
			level.Info(logger).Log(append(keyvals, "msg", "endpoint recovered")...)
		default:
			level.Debug(logger).Log(append(keyvals, "msg", "endpoint read")...)
		}
		if dropped.Total() > 0 && before.dropped.Total() == 0 {
			counts := []any{"msg", "samples dropped", "over_limit", dropped.Truncated, "unusable", dropped.Unusable,
				"duplicate", dropped.Duplicates}
			if len(examples) > 0 { // there is none if all dropped samples were over the limit
				counts = append(counts, "first", droppedTexts(examples))
			}
			level.Warn(logger).Log(counts...)
		}
		if dropped.Missing > 0 && before.dropped.Missing == 0 {
			level.Warn(logger).Log("msg", "the vendor's answer lacks items, rows or fields", "missing", dropped.Missing)
		}
	}
}

// droppedTexts returns the values as one text.
func droppedTexts(values []metric.DroppedValue) string {
	texts := make([]string, len(values))
	for i, d := range values {
		texts[i] = d.String()
	}
	return strings.Join(texts, "; ")
}

// failingItem returns the name of the item whose failure cause returns; "" if that is a failure of the whole endpoint.
// e.mu is held.
func (e *Endpoint) failingItem() string {
	if e.discoverBackoff.err != nil || e.aborted.err != nil {
		return ""
	}
	for _, s := range e.items {
		if s.err != nil {
			return metric.CleanLabel(s.ID)
		}
	}
	return ""
}
