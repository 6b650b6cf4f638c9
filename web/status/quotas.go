package status

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector"
)

// maxQuotas is how many push quotas are shown.
const maxQuotas = 20

// quotaList is the push quotas of the accounts found, the worst first.
type quotaList struct {
	Shown []quotaView
	More  string // how many are not shown; "" for none
}

// quotaView is one push quota as a bar.
type quotaView struct {
	Target, Channel, Kind string
	Exhausted             bool
	Level                 string
	Width                 string // of the bar, 0–100
	Percent               string
	Left                  string // "750 of 3000 left"
}

func newQuotaList(accounts []collector.AccountStatus) quotaList {
	var all []collector.Quota
	for _, a := range accounts {
		all = append(all, a.Quotas...)
	}
	slices.SortStableFunc(all, func(a, b collector.Quota) int {
		if a.Exhausted != b.Exhausted {
			if a.Exhausted {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Used, a.Used)
	})
	var l quotaList
	for _, q := range all[:min(len(all), maxQuotas)] {
		l.Shown = append(l.Shown, newQuotaView(q))
	}
	if more := len(all) - len(l.Shown); more > 0 {
		l.More = number(more)
	}
	return l
}

// Quotas above these parts are told from others by colour. The values beside the bar say the same.
const (
	quotaWarn = 0.8
	quotaBad  = 0.95
)

func newQuotaView(q collector.Quota) quotaView {
	v := quotaView{
		Target: q.Target.String(), Channel: q.Channel, Kind: q.Kind, Exhausted: q.Exhausted, Level: levelGood,
		Width:   strconv.FormatFloat(100*q.Used, 'f', 1, 64),
		Percent: strconv.FormatFloat(math.Floor(100*q.Used), 'f', 0, 64) + " % used", // 99.9 % is not all
	}
	switch {
	case q.Exhausted || q.Used >= quotaBad:
		v.Level = levelBad
	case q.Used >= quotaWarn:
		v.Level = levelWarn
	}
	if q.Remaining >= 0 {
		v.Left = messages(q.Remaining) + " of " + messages(q.Limit) + " left"
	} else {
		v.Left = "of " + messages(q.Limit)
	}
	return v
}

// messages is a vendor's number, which may be anything.
func messages(n float64) string {
	if math.Abs(n) < 1e15 {
		return number(int(n))
	}
	return strconv.FormatFloat(n, 'g', 3, 64)
}
