package collector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// History returns what can be read of an account's past days: all enabled endpoints that have a history, or those of
// them that are named. It sends no request yet.
//
// Some values have no history. Quotas, users online, balances, streams and today's values exist only as they are now.
// The values of GeTui's tasks and task groups are sums over all days that it keeps: a read of one day would return
// others than those that the live exporter shows under the same names.
func (s *Set) History(t poll.Target, endpoints ...string) (*history.Account, error) {
	c, a := s.find(t)
	if a == nil {
		return nil, fmt.Errorf("no account %s in the configuration; it has %s", t, targetList(s.Targets()))
	}
	h := &history.Account{Target: t, Location: a.Location}
	sources := a.openHistory()
	var names []string
	for _, e := range a.Endpoints() {
		source := sources[e.Spec()]
		if source == nil || len(source.Families) == 0 {
			continue
		}
		names = append(names, e.Spec().Name)
		if len(endpoints) == 0 || slices.Contains(endpoints, e.Spec().Name) {
			h.Parts = append(h.Parts, history.NewPart(e, source, c.days[e.Spec().Window]))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no enabled endpoint with a history", t)
	}
	for _, name := range endpoints {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%s has no endpoint %q with a history; it has %s", t, name, strings.Join(names, ", "))
		}
	}
	return h, nil
}

func targetList(targets []poll.Target) string {
	if len(targets) == 0 {
		return "none"
	}
	words := make([]string, len(targets))
	for i, t := range targets {
		words[i] = t.String()
	}
	return strings.Join(words, ", ")
}
