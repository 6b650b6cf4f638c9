package sensorsdata

import (
	"cmp"
	"slices"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
)

// The vendor's words, each with ours.
var (
	tagStatuses       = metric.Words{{"PENDING", "pending"}, {"RUNNING", "running"}, {"SUSPEND", "suspended"}}
	partitionStatuses = metric.Words{
		{"NEW", "new"}, {"COMPUTING", "computing"}, {"SUCCEED", "succeeded"}, {"FAILED", "failed"},
	}
	tagSources = metric.Words{
		{"1", "rule"}, {"2", "query_result"}, {"5", "upload"}, {"6", "import"}, {"7", "sql"},
		{"9", "basic_measure"}, {"13", "basic_measure"}, {"10", "first_last_time"},
		{"11", "event_preference"}, {"12", "behavior_distribution"}, {"21", "rfm"},
	}
)

// unknownState is the state that counts have for objects without one, so that the counts add up to all objects.
const unknownState = "unknown"

// fillCounts adds how often each state occurs. A known state that does not occur is 0: the answer holds all objects.
func fillCounts(b *metric.Batch, f *metric.Family, known metric.Words, states []string, labels ...string) {
	count := make(map[string]int)
	all := known.States("")
	for _, state := range states {
		state = cmp.Or(state, unknownState)
		if count[state] == 0 && !slices.Contains(all, state) {
			all = append(all, state)
		}
		count[state]++
	}
	for _, state := range all {
		b.Value(f, float64(count[state]), append(slices.Clone(labels), state)...)
	}
}

// fillState adds 1 for the present state and 0 for the others; nothing if the vendor sends no state.
func fillState(b *metric.Batch, f *metric.Family, known metric.Words, present, id string) {
	if present == "" {
		return
	}
	for _, state := range known.States(present) {
		v := 0.0
		if state == present {
			v = 1
		}
		b.Value(f, v, id, state)
	}
}

// fillTime adds a time. An absent one adds no sample; a value that is no time, or an impossible time, is dropped and
// counted.
func fillTime(b *metric.Batch, f *metric.Family, t sensorsdata.Time, labels ...string) {
	switch at, ok := t.Get(); {
	case ok:
		b.Time(f, at, labels...)
	case !t.Absent():
		b.Drop(f, t.Raw(), labels...)
	}
}
