package status

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxQuotas is how many push quotas are shown.
const maxQuotas = 20

// quotaList is the push quotas of the accounts found, the most used first.
type quotaList struct {
	Shown []quotaView
	More  int // are not shown
}

// quotaView is one push quota as a bar.
type quotaView struct {
	Target, Name string
	Exhausted    bool
	Level        string
	Width        string // of the bar, 0–100; "" for no bar
	Percent      string // "75 % used"
	Left         string // "750 of 3000 left"
}

func newQuotaList(w *phrases, accounts []Account) quotaList {
	var all []Quota
	for _, a := range accounts {
		all = append(all, a.Quotas...)
	}
	slices.SortStableFunc(all, func(a, b Quota) int {
		if a.Exhausted != b.Exhausted {
			if a.Exhausted {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.used(), a.used())
	})
	var l quotaList
	for _, q := range all[:min(len(all), maxQuotas)] {
		l.Shown = append(l.Shown, newQuotaView(w, q))
	}
	l.More = len(all) - len(l.Shown)
	return l
}

// The used parts from which a quota is amber, and red. What was only requested is never red: more than the limit may be
// requested while nothing is exhausted.
const (
	quotaWarn = 0.8
	quotaBad  = 0.95
)

// used returns the used part of the limit; −1 if it is not known.
func (q Quota) used() float64 {
	if q.Used == nil {
		return -1
	}
	return *q.Used
}

// quotaName returns channel and kind in words: "vivo (vv), general".
func (w *phrases) quotaName(q Quota) string {
	channel, kind := q.ChannelName, strings.ReplaceAll(q.Kind, "_", " ")
	if w == chinese {
		channel, kind = cmp.Or(q.chineseChannel, channel), cmp.Or(q.chineseKind, kind)
	}
	if channel == "" {
		return q.Channel + w.Comma + kind
	}
	return channel + " (" + q.Channel + ")" + w.Comma + kind
}

func newQuotaView(w *phrases, q Quota) quotaView {
	v := quotaView{Target: q.target, Name: w.quotaName(q), Exhausted: q.Exhausted, Level: levelGood}
	switch {
	case q.Exhausted, q.Remaining != nil && q.used() >= quotaBad:
		v.Level = levelBad
	case q.used() >= quotaWarn:
		v.Level = levelWarn
	}
	if q.Used != nil {
		percent := strconv.FormatFloat(math.Floor(100*q.used()+1e-9), 'f', 0, 64) // 99.9 % is not all, and 1.14 is 114 %
		v.Width = strconv.FormatFloat(100*min(q.used(), 1), 'f', 1, 64)
		switch {
		case q.Remaining != nil:
			v.Percent = say(w.PercentUsed, percent)
		case q.used() > 1:
			v.Percent = say(w.PercentOver, percent)
		default:
			v.Percent = say(w.PercentRequested, percent)
		}
	}
	switch {
	case q.Remaining != nil:
		v.Left = say(w.Left, messages(*q.Remaining), messages(q.Limit))
	case q.Requested != nil:
		v.Left = say(w.Requested, messages(*q.Requested), messages(q.Limit))
	case q.Exhausted:
		v.Left = say(w.OfLimit, messages(q.Limit))
	default:
		v.Left = say(w.UseNotReported, messages(q.Limit))
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
