package backfill

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
)

// record is a value of a series and the steps at which it stands: as many samples as steps.
type record struct {
	Family int     `json:"family"` // its number in the order of the output
	Labels string  `json:"labels"`
	First  int64   `json:"first"` // numbers of steps: [first, end)
	End    int64   `json:"end"`
	Value  float64 `json:"value"`
}

// errDamaged reports a journal that holds records which the run cannot have written.
var errDamaged = errors.New("the stored days are damaged: remove the folder and start again")

// compare sorts records by family, then by series, then by time.
func (r *record) compare(other *record) int {
	return cmp.Or(cmp.Compare(r.Family, other.Family), strings.Compare(r.Labels, other.Labels), cmp.Compare(r.First, other.First))
}

// sameSeries reports whether two records are of one series.
func (r *record) sameSeries(other *record) bool {
	return r.Family == other.Family && r.Labels == other.Labels
}

// sorted returns the records of all days in the order of the output. Of two records of a series that begin alike, that
// of the later day comes last, in whatever order the days were read.
func sorted(ctx context.Context, days []doneDay) iter.Seq2[*record, error] {
	days = slices.SortedStableFunc(slices.Values(days), func(a, b doneDay) int { return cmp.Compare(a.Day, b.Day) })
	var records []*record
	for _, day := range days {
		for i := range day.Records {
			records = append(records, &day.Records[i])
		}
	}
	slices.SortStableFunc(records, (*record).compare)
	return func(yield func(*record, error) bool) {
		for _, r := range records {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
