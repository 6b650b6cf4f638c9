package collector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// History is what the vendor can still tell of an account's past.
type History struct {
	Target Target
	// Location is the account's time zone: its days are read.
	Location *time.Location
	// Parts are the endpoints with a history. No family belongs to two of them but the start of a window's day, which each part of the window gives alike. Days are best read in their order, each in all parts before the next: some parts then share an answer.
	Parts []HistoryPart
}

// HistoryPart is the history of one endpoint.
type HistoryPart struct {
	// Endpoint is the endpoint's name in configuration.
	Endpoint string
	// Keeps is how many days before today the vendor keeps; 0 where its document does not say.
	Keeps int
	// Families are all that the part can give; Help is as exposed live, source included.
	Families []*metric.Family
	// Shows is when the live exporter shows the figures of a day; nil where they say so themselves, then not before the day begins.
	Shows func(day metric.Day) metric.Day
	// Read gives the figures of one day of the account's time zone, as DayOf makes it; what went wrong is a transport.Error, as of a live read. It takes the endpoint's timeout
	// and patience itself, and may be called again for the same day. It is safe for concurrent use.
	Read func(ctx context.Context, day metric.Day) (HistoryDay, error)
}

// HistoryDay is what a part gives for a day.
type HistoryDay struct {
	// Samples are those of all series; of each in the order of time. They do not overlap, nor with those of other days, which later days continue.
	Samples []HistorySample
	// Dropped is how many samples came and are of no use, Missing how many things that were asked for did not come: as in engage_endpoint_dropped_samples and
	// engage_endpoint_missing_items.
	Dropped, Missing int
	// Gaps are what failed for good while the rest of the day's figures came: an event among others, a funnel. Read fails as a whole where nothing came, and where another attempt may help.
	Gaps []error
}

// HistorySample is a value and the time for which the live exporter would have shown it.
type HistorySample struct {
	Family *metric.Family
	// Labels are the clean values of Family.Labels, in their order; the label account beside them is the target's.
	Labels []string
	Value  float64
	// From and Until bound the time: [From, Until). It may lie days after the one that was read, and end after now; it does not begin after now.
	From, Until time.Time
}

// History gives what can be read of an account's past: all endpoints that are enabled and have a history, or those among them that are named. It asks the vendor nothing yet.
//
// Some figures have no history. A vendor that tells only what is now cannot be asked again: quotas, users online, balances, streams, today's figures. The figures of GeTui's tasks
// and task groups are sums over all days that it keeps: asked for a day they would be others than those that the live exporter shows under the same names.
func (s *Set) History(t Target, endpoints ...string) (*History, error) {
	c, a := s.find(t)
	if a == nil {
		return nil, fmt.Errorf("no account %s in the configuration; it has %s", t, targetList(s.Targets()))
	}
	h := &History{Target: t, Location: a.Location}
	past := a.openPast()
	var names []string
	for _, e := range a.Endpoints() {
		source := past[e.Spec()]
		if source == nil || len(source.families) == 0 {
			continue
		}
		names = append(names, e.Spec().Name)
		if len(endpoints) == 0 || slices.Contains(endpoints, e.Spec().Name) {
			h.Parts = append(h.Parts, c.historyPart(e, source))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no enabled endpoint whose vendor can tell the past", t)
	}
	for _, name := range endpoints {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s has no endpoint %q with a history; it has %s", t, name, strings.Join(names, ", "))
		}
	}
	return h, nil
}

func targetList(targets []Target) string {
	if len(targets) == 0 {
		return "none"
	}
	words := make([]string, len(targets))
	for i, t := range targets {
		words[i] = t.String()
	}
	return strings.Join(words, ", ")
}
