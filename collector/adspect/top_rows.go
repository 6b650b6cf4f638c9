package adspect

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// topRows keeps the rows with the highest values of their first metric, in a heap with the lowest on top.
type topRows struct {
	limit int
	rows  []funnelRow
}

// funnelRow is a row that is kept.
type funnelRow struct {
	rank       float64 // the first metric; −Inf if it is no number
	dimensions []string
	metrics    []wire.Number
}

// offer keeps the row, or drops it or a kept row with a lower value, and returns how many samples were dropped. Only a
// row that is kept is copied.
func (t *topRows) offer(row adspect.Row) (dropped int) {
	rank := math.Inf(-1)
	if v, ok := row.Metrics[0].Float(); ok {
		rank = v
	}
	if len(t.rows) >= t.limit {
		if rank <= t.rows[0].rank {
			return sampleCount(row.Metrics)
		}
		least := &t.rows[0]
		dropped = sampleCount(least.metrics)
		least.rank = rank
		copyDimensions(least.dimensions, row.Dimensions)
		copy(least.metrics, row.Metrics)
		heap.Fix((*rowHeap)(t), 0)
		return dropped
	}
	kept := funnelRow{rank: rank, dimensions: make([]string, len(row.Dimensions)), metrics: slices.Clone(row.Metrics)}
	copyDimensions(kept.dimensions, row.Dimensions)
	heap.Push((*rowHeap)(t), kept)
	return 0
}

// copyDimensions copies the texts as label values: a row's own texts may share the memory of the vendor's answer.
func copyDimensions(to, from []string) {
	for i, text := range from {
		to[i] = metric.CleanLabel(text)
	}
}

// sampleCount returns how many samples a row's metrics would have.
func sampleCount(metrics []wire.Number) int {
	n := 0
	for _, m := range metrics {
		if !m.Absent() {
			n++
		}
	}
	return n
}

// sorted returns the rows, those with the highest values first. Rows with equal values are in the order of their
// dimensions, so that equal answers lead to equal pages.
func (t *topRows) sorted() []funnelRow {
	slices.SortFunc(t.rows, func(a, b funnelRow) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank),
			strings.Compare(strings.Join(a.dimensions, "\xff"), strings.Join(b.dimensions, "\xff")))
	})
	return t.rows
}

// rowHeap is the heap.Interface of topRows.
type rowHeap topRows

func (h *rowHeap) Len() int { return len(h.rows) }

func (h *rowHeap) Less(i, j int) bool { return h.rows[i].rank < h.rows[j].rank }

func (h *rowHeap) Swap(i, j int) { h.rows[i], h.rows[j] = h.rows[j], h.rows[i] }

func (h *rowHeap) Push(row any) {
	if kept, ok := row.(funnelRow); ok {
		h.rows = append(h.rows, kept)
	}
}

func (h *rowHeap) Pop() any {
	last := h.rows[len(h.rows)-1]
	h.rows = h.rows[:len(h.rows)-1]
	return last
}
