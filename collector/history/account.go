// Package history reads what a vendor can still tell of past days, by the mapping that the present is read with.
package history

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Account is what the vendor can still tell of an account's past.
type Account struct {
	Target poll.Target
	// Location is the account's time zone: its days are read.
	Location *time.Location
	// Parts are the endpoints with a history. No family belongs to two of them but the start of a window's day, which each part of the window gives alike. Days are best read in their order, each in all parts before the next: some parts then share an answer.
	Parts []Part
}

// Part is the history of one endpoint.
type Part struct {
	// Endpoint is the endpoint's name in configuration.
	Endpoint string
	// RetentionDays is how many days before today the vendor keeps; 0 where its document does not say.
	RetentionDays int
	// Families are all that the part can give; Help is as exposed live, source included.
	Families []*metric.Family
	// VisibleDuring is when the live exporter shows the figures of a day; nil where they say so themselves, then not before the day begins.
	VisibleDuring func(day metric.Day) metric.Day
	// Read gives the figures of one day of the account's time zone, as DayOf makes it; what went wrong is a transport.Error, as of a live read. It takes the endpoint's timeout
	// and patience itself, and may be called again for the same day. It is safe for concurrent use.
	Read func(ctx context.Context, day metric.Day) (DayResult, error)
}

// DayResult is what a part gives for a day.
type DayResult struct {
	// Samples are those of all series; of each in the order of time. They do not overlap, nor with those of other days, which later days continue.
	Samples []Sample
	// Dropped is how many samples came and are of no use, Missing how many things that were asked for did not come: as in engage_endpoint_dropped_samples and
	// engage_endpoint_missing_items.
	Dropped, Missing int
	// Gaps are what failed for good while the rest of the day's figures came: an event among others, a funnel. Read fails as a whole where nothing came, and where another attempt may help.
	Gaps []error
}

// Sample is a value and the time for which the live exporter would have shown it.
type Sample struct {
	Family *metric.Family
	// Labels are the clean values of Family.Labels, in their order; the label account beside them is the target's.
	Labels []string
	Value  float64
	// From and Until bound the time: [From, Until). It may lie days after the one that was read, and end after now; it does not begin after now.
	From, Until time.Time
}
