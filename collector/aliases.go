package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// The words of package metric that the vendors' mappings use.
type (
	// Family is [metric.Family].
	Family = metric.Family
	// Spec is [metric.Spec].
	Spec = metric.Spec
	// Batch is [metric.Batch].
	Batch = metric.Batch
	// Window is [metric.Window].
	Window = metric.Window
	// Day is [metric.Day].
	Day = metric.Day
	// DroppedValue is [metric.DroppedValue].
	DroppedValue = metric.DroppedValue
)

// The windows of package metric.
const (
	Undated   = metric.Undated
	Today     = metric.Today
	Yesterday = metric.Yesterday
	Settled   = metric.Settled
)

// NewFamily is [metric.NewFamily].
func NewFamily(name, help string, labels ...string) *Family {
	return metric.NewFamily(name, help, labels...)
}

// CleanLabel is [metric.CleanLabel].
func CleanLabel(text string) string { return metric.CleanLabel(text) }

// DayOf is [metric.DayOf].
func DayOf(year int, month time.Month, day int, loc *time.Location) Day {
	return metric.DayOf(year, month, day, loc)
}

// The words of package poll that the vendors' mappings use.
type (
	// Item is [poll.Item].
	Item   = poll.Item
	source = poll.Discovery
)

func single(read func(ctx context.Context, day Day, b *Batch) error) source { return poll.Single(read) }

func fixedItems(items []Item) source { return poll.Fixed(items) }

// Target is [poll.Target].
type Target = poll.Target

// ParseTarget is [poll.ParseTarget].
func ParseTarget(text string) (Target, bool) { return poll.ParseTarget(text) }
