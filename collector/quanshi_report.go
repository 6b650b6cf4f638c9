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

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// quanshiReports reads events' reports and sums them up on the way: no row is kept, and nothing of a person is looked at.
type quanshiReports struct {
	client  *quanshi.Client
	regions bool

	mu  sync.Mutex
	had map[string]quanshi.Sections // the lists that reports on an event have had
}

// read gives the samples of one event, which ends at the given time; zero where that is not known.
func (r *quanshiReports) read(ctx context.Context, id string, end time.Time, b *Batch) error {
	sums := newEventSums(b, r.regions)
	sections, err := r.client.EventReport(ctx, quanshi.ReportQuery{EventID: id}, sums.add)
	if err != nil {
		return err
	}
	b.Missing(r.missing(id, sections))
	sums.fill(id, sections)
	switch {
	case !end.IsZero():
		b.Ended(end)
	case sums.times.running:
	case sums.times.last > 0:
		b.Ended(time.Unix(int64(sums.times.last), 0))
	default:
		b.EndsWhenIdle()
	}
	return nil
}

// missing tells how many lists a report on an event lacks that reports on it have had; the report itself, if it has none and never had.
func (r *quanshiReports) missing(id string, now quanshi.Sections) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	had := r.had[id]
	if none := (quanshi.Sections{}); had == none && now == none {
		return 1
	}
	for _, list := range []struct{ had, has *bool }{{&had.Lives, &now.Lives}, {&had.Interactions, &now.Interactions}, {&had.Viewers, &now.Viewers}} {
		if *list.had && !*list.has {
			n++
		}
		*list.had = *list.had || *list.has
	}
	r.had[id] = had
	return n
}

// keep forgets what is known of events other than these.
func (r *quanshiReports) keep(items []Item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := make(map[string]quanshi.Sections, len(items))
	for _, item := range items {
		if had, ok := r.had[item.ID]; ok {
			kept[item.ID] = had
		}
	}
	r.had = kept
}

// eventSums are the figures of one event's report. Their size follows the kinds of sessions, not the sessions.
type eventSums struct {
	batch   *Batch // counts odd figures
	regions map[region]int

	viewers  map[string]int // by audience
	sessions map[sessionKind]*sessionSums
	open     map[quanshi.Section]int
	actions  [quanshi.Actions]sum
	speaking sum
	auths    map[string]int
	roles    map[string]int
	times    eventTimes
}

// sessionKind is what sessions are told apart by.
type sessionKind struct {
	section              quanshi.Section
	mode, device, client string
}

type sessionSums struct {
	sessions int
	watched  sum
}

// sum adds up figures of which none may be there.
type sum struct {
	value float64
	any   bool
}

func (s *sum) add(b *Batch, n wire.Number) {
	if v, ok := b.Usable(n); ok {
		s.value += v
		s.any = true
	}
}

func (s *sum) fill(b *Batch, f *Family, labels ...string) {
	if s.any {
		b.Value(f, s.value, labels...)
	}
}

func newEventSums(b *Batch, regions bool) *eventSums {
	s := &eventSums{
		batch: b, viewers: make(map[string]int), sessions: make(map[sessionKind]*sessionSums), open: make(map[quanshi.Section]int),
		auths: make(map[string]int), roles: make(map[string]int), times: eventTimesAt(time.Now()),
	}
	if regions {
		s.regions = make(map[region]int)
	}
	return s
}

// add takes one row.
func (s *eventSums) add(row *quanshi.Row) {
	s.batch.Dropped(row.OddTexts)
	s.batch.Dropped(s.times.add(row))
	if row.Section == quanshi.ViewerDetails {
		s.viewers[quanshiAudiences.nameOrOther(row.Audience)]++
		return
	}
	kind := sessionKind{
		section: row.Section, mode: quanshiModes.nameOrOther(digits(row.Live)),
		device: quanshiDevices.nameOrOther(row.Device), client: quanshiClients.nameOrOther(row.Client),
	}
	sums := s.sessions[kind]
	if sums == nil {
		sums = &sessionSums{}
		s.sessions[kind] = sums
	}
	sums.sessions++
	sums.watched.add(s.batch, row.Duration)
	if isOpen(row) {
		s.open[row.Section]++
	}
	for i, n := range row.Actions {
		s.actions[i].add(s.batch, n)
	}
	s.speaking.add(s.batch, row.CallDuration)
	if !row.Auth.Absent() {
		s.auths[quanshiAuths.nameOrOther(digits(row.Auth))]++
	}
	if !row.Role.Absent() {
		s.roles[quanshiRoles.nameOrOther(digits(row.Role))]++
	}
	if s.regions != nil {
		s.addRegion(row.Location)
	}
}

// digits writes a number that stands for a word; "" for none.
func digits(n wire.Number) string {
	v, ok := n.Float()
	if !ok {
		return ""
	}
	if v >= 0 && v < 10 && v == float64(int(v)) { // as all of them are
		return "0123456789"[int(v) : int(v)+1]
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// quanshiSides are the arrays of sessions, as the label side has them.
var quanshiSides = map[quanshi.Section]string{quanshi.Lives: "live_stream", quanshi.Interactions: "interactive"}

// quanshiActions are the label values of what viewers do.
var quanshiActions = [quanshi.Actions]string{
	quanshi.ActionChat: "chat", quanshi.ActionPraise: "praise", quanshi.ActionPrize: "prize", quanshi.ActionQuestion: "question", quanshi.ActionRaiseHand: "raise_hand", quanshi.ActionShare: "share",
	quanshi.ActionSign: "sign", quanshi.ActionVote: "vote", quanshi.ActionEnvelope: "envelope", quanshi.ActionQuiz: "quiz", quanshi.ActionGoods: "goods_click",
}

// fill gives the samples. A section that the report has without rows is a true 0; one that it does not have gives nothing. What is small comes first, for it must not fall to
// the cap on samples.
func (s *eventSums) fill(id string, sections quanshi.Sections) {
	b := s.batch
	if sections.Viewers {
		for _, audience := range quanshiAudiences.states("") {
			b.Value(quanshiViewers, float64(s.viewers[audience]), id, audience)
		}
		if n := s.viewers[other]; n > 0 {
			b.Value(quanshiViewers, float64(n), id, other)
		}
	}
	if sections.Lives {
		b.Value(quanshiOpenSessions, float64(s.open[quanshi.Lives]), id, quanshiSides[quanshi.Lives])
	}
	if sections.Interactions {
		b.Value(quanshiOpenSessions, float64(s.open[quanshi.Interactions]), id, quanshiSides[quanshi.Interactions])
	}
	for i := range s.actions {
		s.actions[i].fill(b, quanshiInteractions, id, quanshiActions[i])
	}
	s.speaking.fill(b, quanshiSpeaking, id)
	for _, auth := range slices.Sorted(maps.Keys(s.auths)) {
		b.Value(quanshiAuthSessions, float64(s.auths[auth]), id, auth)
	}
	for _, role := range slices.Sorted(maps.Keys(s.roles)) {
		b.Value(quanshiRoleSessions, float64(s.roles[role]), id, role)
	}
	kinds := slices.SortedFunc(maps.Keys(s.sessions), func(a, b sessionKind) int {
		return cmp.Or(cmp.Compare(a.section, b.section), strings.Compare(a.mode, b.mode), strings.Compare(a.device, b.device), strings.Compare(a.client, b.client))
	})
	for _, k := range kinds {
		labels := []string{id, quanshiSides[k.section], k.mode, k.device, k.client}
		b.Value(quanshiSessions, float64(s.sessions[k].sessions), labels...)
		s.sessions[k].watched.fill(b, quanshiWatchDuration, labels...)
	}
	s.fillRegions(id)
}
