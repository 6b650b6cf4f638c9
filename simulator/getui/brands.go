package getui

import (
	"cmp"
	"slices"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// namedBrands is how many brands a report names; the others are summed up.
const namedBrands = 10

// brands divides what channel gt did among the makers of the devices.
func (d Data) brands(gt Stages, what core.Noise) []Row {
	names := d.app().Brands
	shares := brandShares(names, what)
	rows := make([]Row, len(names))
	divide := func(count int64) []int64 {
		if count == NotReported {
			return slices.Repeat([]int64{NotReported}, len(names))
		}
		return split(count, shares)
	}
	deliverable, sent, received := divide(gt.Deliverable), divide(gt.Sent), divide(gt.Received)
	displayed, clicked := divide(gt.Displayed), divide(gt.Clicked)
	for i, name := range names {
		rows[i] = Row{name, Stages{deliverable[i], sent[i], received[i], displayed[i], clicked[i]}}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.Sent, a.Sent) })
	if len(rows) <= namedBrands {
		return rows
	}
	return append(rows[:namedBrands:namedBrands], Row{"others", sumOf(rows[namedBrands:])})
}

// brandShares returns shares of which each is about three quarters of the one before it.
func brandShares(names []string, what core.Noise) []int64 {
	weights := make([]int64, len(names))
	var sum int64
	weight := int64(core.Million)
	for i, name := range names {
		weights[i] = core.Scale(weight, what.With("brand").With(name).Between(900_000, 1_100_000))
		sum += weights[i]
		weight = weight * 3 / 4
	}
	for i := range weights {
		weights[i] = weights[i] * core.Million / sum
	}
	return weights
}
