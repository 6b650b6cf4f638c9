package adspect

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// newFunnelSpec returns the endpoint that reads a day's funnels. Each funnel with the window has one family for each
// of its metrics, whose labels are the funnel's columns.
func newFunnelSpec(w metric.Window, funnels []Funnel) *metric.Spec {
	spec := &metric.Spec{
		Name: "funnel_" + w.String(), Source: "GET /reports/funnel", Window: w,
		Note: fmt.Sprintf("A funnel F of the configuration gives `adspect_%s_F_METRIC` for each of its metrics, "+
			"with the columns of its `group_by` as labels.\n"+
			"Adspect cuts reports at a number of rows that it does not document, without any sign: a funnel with many "+
			"columns, or with a column of many values (asn, target), may lack rows. Use filters, or compare its sum "+
			"with the sum of a funnel without columns.\n"+
			"quality and cr are between 0 and 1; cr can be above 1 if clicks and conversions of the same funnel confirm "+
			"it. roi has no range: it is negative after a loss.\n"+
			"Adspect does not document whether cr and roi are fractions or percentages. The exporter can check this if "+
			"the funnel also has clicks and conversions (for cr), or expenses and revenue or profit (for roi): a value of "+
			"quality, cr or roi that is more than ten times the quotient of those metrics is considered a percentage, "+
			"and is dropped.\n"+
			"A click is shown one page at most, perhaps in the next hour or day: clicks are dropped if money_hits and "+
			"safe_hits together are more than twice as many, and more than ten more.", w),
	}
	for _, f := range funnels {
		if slices.Contains(f.Windows, w.String()) {
			spec.Families = append(spec.Families, funnelFamilies(w, f)...)
		}
	}
	return spec
}

// funnelFamilies returns a funnel's families, one for each metric, in their order.
func funnelFamilies(w metric.Window, f Funnel) []*metric.Family {
	families := make([]*metric.Family, len(f.Metrics))
	for i, name := range f.Metrics {
		families[i] = metric.NewFamily(familyName(w.String(), f.Name, name), fmt.Sprintf(funnelHelp[name], w),
			f.GroupBy...)
	}
	return families
}

// funnelHelp explains the vendor's metrics; %s is the day. Money is in the account's currency.
var funnelHelp = map[string]string{
	"clicks":        "Clicks, %s.",
	"uniques":       "Unique visitors, estimated from IP addresses, %s.",
	"fingerprints":  "Visitors with a JavaScript fingerprint, %s.",
	"money_hits":    "Number of times the money page was shown, %s.",
	"money_uniques": "Unique visitors to whom the money page was shown, %s.",
	"safe_hits":     "Number of times the safe page was shown, %s.",
	"givt":          "Visitors blocked as general invalid traffic (GIVT): by IP address, user agent or targeting, %s.",
	"sivt":          "Visitors blocked as sophisticated invalid traffic (SIVT): by fingerprint, %s.",
	"mia":           "Visitors without a fingerprint, %s.",
	"quality":       "Share of clicks that were shown the money page, 0–1, %s.",
	"expenses":      "Expenses: the sum of the clicks' costs, %s.",
	"conversions":   "Conversions, %s.",
	"cr":            "Conversions per click, %s.",
	"revenue":       "Revenue: the sum of the conversions' payouts, %s.",
	"profit":        "Revenue minus expenses, %s.",
	"roi":           "Profit divided by expenses, %s.",
	"cpc":           "Expenses per click, %s.",
	"cpm":           "Expenses per thousand clicks, %s.",
	"cpa":           "Expenses per conversion, %s.",
	"epl":           "Revenue per conversion, %s.",
	"ecpc":          "Revenue per click, %s.",
	"ecpm":          "Revenue per thousand clicks, %s.",
}

// moneyMetrics may be negative, after a chargeback for example; a negative count would be an error.
var moneyMetrics = map[string]bool{
	"expenses": true, "revenue": true, "profit": true, "roi": true, "cpc": true, "cpm": true, "cpa": true,
	"epl": true, "ecpc": true, "ecpm": true,
}

// funnels returns the items of a funnel endpoint: each funnel with the window is one.
func (r *reader) funnels(cfg *Config, w metric.Window, spec *metric.Spec) poll.Discovery {
	var items []poll.Item
	families := spec.Families
	for _, f := range cfg.Funnels {
		if !slices.Contains(f.Windows, w.String()) {
			continue
		}
		own := families[:len(f.Metrics)]
		families = families[len(f.Metrics):]
		items = append(items, poll.Item{ID: f.Name,
			Read: func(ctx context.Context, day metric.Day, b *metric.Batch) error {
				return fillFunnel(b, f, own, day, r.client.Funnel(ctx, adspect.FunnelQuery{
					From: day.Start, To: day.End, TimeZone: cfg.Location.String(), GroupBy: f.GroupBy,
					Metrics: f.Metrics, Filters: f.Filters,
				}))
			}})
	}
	return poll.Fixed(items)
}

// fillFunnel reads a report to its end and adds the samples of as many rows as the batch has room for: those with the
// highest values of the first metric. No other row stays in memory.
func fillFunnel(
	b *metric.Batch, f Funnel, families []*metric.Family, day metric.Day,
	rows func(yield func(adspect.Row, error) bool),
) error {
	top := topRows{limit: max(1, b.Limit()/len(f.Metrics))}
	sent, found := make([]bool, len(f.Metrics)), false
	for row, err := range rows {
		if err != nil {
			return err
		}
		found = true
		for i, n := range row.Metrics {
			sent[i] = sent[i] || !n.Absent()
		}
		b.Truncated(top.offer(row))
	}
	for _, row := range top.sorted() {
		fillFunnelRow(b, f, families, day, row)
	}
	b.AddMissing(missingFromFunnel(f, sent, found))
	return nil
}

// missingFromFunnel returns how many items are missing that a funnel must have: each metric that Adspect can always
// count and that no row has, and the one row of a funnel without columns.
func missingFromFunnel(f Funnel, sent []bool, found bool) (n int) {
	if !found {
		if len(f.GroupBy) == 0 {
			return 1
		}
		return 0
	}
	for i, metric := range f.Metrics {
		if !sent[i] && !mayBeNull[metric] {
			n++
		}
	}
	return n
}

// mayBeNull are the metrics that are null in every row where nothing was sold or paid: money, and quotients whose
// divisor is 0.
var mayBeNull = map[string]bool{
	"expenses": true, "revenue": true, "profit": true, "cr": true, "roi": true,
	"cpc": true, "cpm": true, "cpa": true, "epl": true, "ecpc": true, "ecpm": true,
}

// fillFunnelRow adds the samples of a row. If a column has an impossible value, all values of the row are dropped.
func fillFunnelRow(b *metric.Batch, f Funnel, families []*metric.Family, day metric.Day, row funnelRow) {
	impossible := ""
	for i, column := range f.GroupBy {
		if text := row.dimensions[i]; text != "" && !possibleColumn(column, text, day) {
			impossible = text
		}
	}
	for i, n := range row.metrics {
		metric := f.Metrics[i]
		quotient, known := funnelQuotient(metric, f.Metrics, row.metrics)
		v, _ := n.Float()
		switch {
		case n.Absent():
		case impossible != "":
			b.Drop(families[i], impossible, row.dimensions...)
		case metric == "clicks" && v >= 0 && tooManyPages(pagesShown(f.Metrics, row.metrics), v):
			b.Drop(families[i], n.Raw(), row.dimensions...)
		case known && quotient != 0 && math.Abs(v) > 10*math.Abs(quotient): // a percentage
			b.Drop(families[i], n.Raw(), row.dimensions...)
		case metric == "quality", metric == "cr" && (!known || quotient == 0):
			b.Ratio(families[i], n, row.dimensions...)
		case moneyMetrics[metric]:
			b.Number(families[i], n, row.dimensions...)
		default:
			b.Count(families[i], n, row.dimensions...)
		}
	}
}

// tooManyPages reports whether so many clicks cannot have led to so many pages. A click is shown one page at most, but some
// seconds later: after the change of an hour or a day, pages are shown for clicks of the row before.
func tooManyPages(shown, clicks float64) bool { return shown > 2*clicks && shown > clicks+10 }

// pagesShown returns how many pages were shown for a row's clicks.
func pagesShown(metrics []string, values []wire.Number) (sum float64) {
	for i, name := range metrics {
		if v, ok := values[i].Float(); ok && v > 0 && (name == "money_hits" || name == "safe_hits") {
			sum += v
		}
	}
	return sum
}

// possibleColumn reports whether a column can have the value in a report of the day.
func possibleColumn(column, text string, day metric.Day) bool {
	switch column {
	case "stream_id":
		return adspect.ValidStreamID(text)
	case "target":
		page, err := strconv.ParseUint(text, 10, 8)
		return err == nil && strconv.FormatUint(page, 10) == text
	case "date":
		return nearDay(time.DateOnly, text, day)
	case "month":
		return nearDay("2006-01", text, day)
	default:
		return true
	}
}

// nearDay reports whether text is the day in the layout, or the day before or after: Adspect may use days of another
// time zone.
func nearDay(layout, text string, day metric.Day) bool {
	for days := -1; days <= 1; days++ {
		if day.Start.AddDate(0, 0, days).Format(layout) == text {
			return true
		}
	}
	return false
}

// funnelQuotient returns the value that a metric which is a quotient must have by the row's other metrics, as
// Adspect's document defines it; known is false if those are absent.
func funnelQuotient(metric string, metrics []string, values []wire.Number) (quotient float64, known bool) {
	value := func(name string) (float64, bool) {
		if i := slices.Index(metrics, name); i >= 0 {
			return values[i].Float()
		}
		return 0, false
	}
	divide := func(part, whole string) (float64, bool) {
		p, ok := value(part)
		w, also := value(whole)
		return p / w, ok && also && w > 0 && p >= 0
	}
	switch metric {
	case "quality":
		return divide("money_hits", "clicks")
	case "cr":
		return divide("conversions", "clicks")
	case "roi":
		expenses, ok := value("expenses")
		profit, also := value("profit")
		if !also {
			var revenue float64
			revenue, also = value("revenue")
			profit = revenue - expenses
		}
		return profit / expenses, ok && also && expenses > 0
	default:
		return 0, false
	}
}
