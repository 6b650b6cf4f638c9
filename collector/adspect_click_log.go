package collector

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

// clickLog counts today's events. The log of a day is long, so each read goes on from the newest time that the last one saw.
//
// More events of that same time may have come since: so the events of the newest time are counted apart, asked for again and counted anew. Each event
// is counted once, whatever the order in which equal times come.
type clickLog struct {
	client *adspect.Client
	limit  int // of different counts that are kept

	mu     sync.Mutex // one read at a time; the endpoint sees to that, but not to memory order
	day    Day
	before map[clickCount]float64 // events before newest
	newest time.Time
	at     map[clickCount]float64 // events at newest
	last   map[clickStage]time.Time
}

type clickCount struct{ stream, stage, page string }

type clickStage struct{ stream, stage string }

func newClickLog(client *adspect.Client, limit int) *clickLog {
	return &clickLog{client: client, limit: limit}
}

func (l *clickLog) read(ctx context.Context, day Day, b *Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.day != day {
		l.day, l.newest = day, day.Start
		l.before, l.at, l.last = map[clickCount]float64{}, map[clickCount]float64{}, map[clickStage]time.Time{}
	}

	// What this read brings is put in place only once all of it has come.
	before, at, last := maps.Clone(l.before), maps.Clone(l.at), maps.Clone(l.last)
	newest, again := l.newest, true
	for event, err := range l.client.Log(ctx, adspect.LogQuery{From: l.newest, To: day.End}) {
		if err != nil {
			return err
		}
		if event.Time.Before(l.newest) || !event.Time.Before(day.End) {
			continue // not asked for
		}
		if again { // an answer that is not empty brings the events of the newest time anew
			at, again = map[clickCount]float64{}, false
		}
		stage := clickStage{cleanLabel(event.StreamID), logStage(event.Sequence)}
		count := clickCount{stage.stream, stage.stage, logPage(event.Target)}
		if !known(before, at, count) && len(before)+len(at) >= l.limit {
			b.dropped.overLimit++
			continue
		}
		switch {
		case event.Time.After(newest):
			for c, n := range at {
				before[c] += n
			}
			newest, at = event.Time, map[clickCount]float64{count: 1}
		case event.Time.Equal(newest):
			at[count]++
		default:
			before[count]++
		}
		if event.Time.After(last[stage]) {
			last[stage] = event.Time
		}
	}
	l.before, l.at, l.last, l.newest = before, at, last, newest

	total := maps.Clone(before)
	for c, n := range at {
		total[c] += n
	}
	for _, c := range sortedCounts(total) {
		b.Value(adspectEvents, total[c], c.stream, c.stage, c.page)
	}
	for _, s := range sortedStages(last) {
		b.Value(adspectLastEvent, float64(last[s].Unix()), s.stream, s.stage)
	}
	return nil
}

func known(before, at map[clickCount]float64, c clickCount) bool {
	_, early := before[c]
	_, late := at[c]
	return early || late
}

// logStage names the step in the handling of a click; a number that the vendor's document does not have stays as it is. "" where the vendor does not tell.
func logStage(sequence int) string {
	switch sequence {
	case -1:
		return ""
	case 0:
		return "basic"
	case 1:
		return "fingerprint"
	case 255:
		return "conversion"
	default:
		return strconv.Itoa(sequence)
	}
}

// logPage names the page shown: 0 is the safe one, the others are the money pages. "" where the vendor does not tell.
func logPage(target int) string {
	switch target {
	case -1:
		return ""
	case 0:
		return "safe"
	default:
		return "money"
	}
}

func sortedCounts(counts map[clickCount]float64) []clickCount {
	return slices.SortedFunc(maps.Keys(counts), func(a, b clickCount) int {
		return cmp.Or(strings.Compare(a.stream, b.stream), strings.Compare(a.stage, b.stage), strings.Compare(a.page, b.page))
	})
}

func sortedStages(stages map[clickStage]time.Time) []clickStage {
	return slices.SortedFunc(maps.Keys(stages), func(a, b clickStage) int {
		return cmp.Or(strings.Compare(a.stream, b.stream), strings.Compare(a.stage, b.stage))
	})
}
