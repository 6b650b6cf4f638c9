// Package history reads past days from vendors that keep them, for backfill. It knows no vendor.
//
// A vendor's package returns a [Source] for each endpoint that has a history. A Source reads one day with the same
// client and the same mapping to samples as a live read, and adds the samples to a [Batch], together with the time in
// which the live exporter would have shown them. [NewPart] makes the endpoint's [Part] of an [Account] from it, which
// package backfill reads day by day.
package history

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Account is the history of one account.
type Account struct {
	Target poll.Target
	// Location is the account's time zone, in which days begin and end.
	Location *time.Location
	// Parts are the endpoints with a history. No family belongs to two of them, except the start of a window's day,
	// which is the same in each part of the window. Read days in their order, each in all parts before the next: some
	// parts then share an answer.
	Parts []Part
}

// Part is the history of one endpoint.
type Part struct {
	// Endpoint is the endpoint's name in configuration.
	Endpoint string
	// RetentionDays is how many days before today the vendor keeps; 0 if its document does not say.
	RetentionDays int
	// Families are all families that the part can have; Help is as exposed live, source included.
	Families []*metric.Family
	// VisibleDuring returns when the live exporter serves the values of a day. It is nil if that differs between
	// samples; then it is not before the day begins.
	VisibleDuring func(day metric.Day) metric.Day
	// Read returns the samples of one day of the account's time zone, as metric.DayOf returns it; its error is a
	// transport.Error, as that of a live read. It applies the endpoint's timeout and limits itself, and may be called
	// again for the same day. It is safe for concurrent use.
	Read func(ctx context.Context, day metric.Day) (DayResult, error)
}

// DayResult is what a part has read for a day.
type DayResult struct {
	// Samples are those of all series, each series in the order of time. They do not overlap with each other, nor with
	// those of other days.
	Samples []Sample
	// Dropped is how many received samples cannot be used, Missing how many requested items were not received, as in
	// engage_endpoint_dropped_samples and engage_endpoint_missing_items.
	Dropped, Missing int
	// Gaps are the permanent failures of single items, such as one event or one funnel, of a day on which others were
	// read. Read returns an error instead if no item was read, or if another attempt may help.
	Gaps []error
}

// Sample is a value and the time during which the live exporter would have served it.
type Sample struct {
	Family *metric.Family
	// Labels are the clean values of Family.Labels, in their order. The label account is not among them.
	Labels []string
	Value  float64
	// From and Until bound the time: [From, Until). It may be days after the day that was read, and may end after now;
	// it does not begin after now.
	From, Until time.Time
}
