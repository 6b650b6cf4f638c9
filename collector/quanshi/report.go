package quanshi

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// reports reads events' reports and sums them up on the way: no row is kept, and nothing of a person is looked
// at.
type reports struct {
	client  *quanshi.Client
	regions bool
}

// read adds the samples of one event, which ends at the given time; zero where that is not known.
func (r reports) read(ctx context.Context, id string, end time.Time, b *metric.Batch) error {
	sums := newEventSums(b, id, r.regions)
	report, err := r.client.EventReport(ctx, quanshi.ReportQuery{EventID: id}, sums.add)
	if err != nil {
		return err
	}
	var had quanshi.Sections // the lists that reports on the event have had
	b.Kept().Decode(&had)
	missing, had := sums.rows.missingLists(had, report.Sections)
	b.Keep(had)
	b.AddMissing(missing + len(report.MissingFields))
	// An event of the past has no time: it would make an item look changed that is stable.
	if now := time.Now(); end.Add(time.Hour).After(now) || end.IsZero() && sums.times.running {
		b.Time(reportTime, now, id)
	}
	sums.fill(report.Sections)
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

// rowCounts are how many rows a report has of sessions, and of viewers: viewerDetails is the sum of each viewer's
// sessions, so a report has rows of both or of neither.
type rowCounts struct{ sessions, viewers int }

// add adds a row.
func (n *rowCounts) add(row *quanshi.Row) {
	if row.Section == quanshi.ViewerDetails {
		n.viewers++
	} else {
		n.sessions++
	}
}

// lacksViewers reports whether there are sessions, and none of their viewers.
func (n rowCounts) lacksViewers() bool { return n.sessions > 0 && n.viewers == 0 }

// lacksSessions reports whether there are viewers, and none of their sessions.
func (n rowCounts) lacksSessions() bool { return n.sessions == 0 && n.viewers > 0 }

// usable returns the lists of a report that say something. A list without rows is a true 0, unless the others have rows
// that must be in it as well.
func (n rowCounts) usable(lists quanshi.Sections) quanshi.Sections {
	lists.Viewers = lists.Viewers && !n.lacksViewers()
	lists.Lives, lists.Interactions = lists.Lives && !n.lacksSessions(), lists.Interactions && !n.lacksSessions()
	return lists
}

// missingLists returns how many lists a report on an event lacks, and those that reports on it have had, this one
// included: it lacks those that reports before it had, and those that must have rows because others do. A report
// without any list on an event that never had one lacks itself.
func (n rowCounts) missingLists(had, now quanshi.Sections) (missing int, all quanshi.Sections) {
	if none := (quanshi.Sections{}); had == none && now == none {
		return 1, had
	}
	switch {
	case n.lacksViewers() && now.Viewers:
		missing++
	case n.lacksViewers():
		had.Viewers = true
	case n.lacksSessions() && (now.Lives || now.Interactions || !had.Lives && !had.Interactions):
		missing++
	}
	for _, list := range []struct{ had, has *bool }{
		{&had.Lives, &now.Lives}, {&had.Interactions, &now.Interactions}, {&had.Viewers, &now.Viewers}} {
		if *list.had && !*list.has {
			missing++
		}
		*list.had = *list.had || *list.has
	}
	return missing, had
}

// eventSums are the sums of one event's report. Their size follows the kinds of sessions, not the sessions.
type eventSums struct {
	batch   *metric.Batch // counts what cannot be used
	id      string
	regions map[region]int

	sessions map[sessionKind]*sessionSums
	rows     rowCounts
	open     map[quanshi.Section]int
	actions  [quanshi.Actions]sum
	speaking sum
	auths    map[string]int
	roles    map[string]int

	viewers viewerSums
	times   eventTimes
}

// viewerSums are the sums of the rows of viewerDetails.
type viewerSums struct {
	audiences map[string]int
	entries   [quanshi.Entries]int
	dialings  [quanshi.Dialings]int
	tookPart  [quanshi.Activities]struct{ yes, given int }
	visits    [2]sum // by modes
	watched   [2]sum
	actions   [quanshi.Actions]sum
	speaking  sum
}

// sessionKind is what sessions are distinguished by.
type sessionKind struct {
	section              quanshi.Section
	mode, device, client string
}

type sessionSums struct {
	sessions int
	watched  sum
}

// sum adds up values of which none may be there.
type sum struct {
	value    float64
	any      bool
	unusable bool // a value was there and could not be used
}

// add adds a value of the family. What is no count is dropped and counted.
func (s *sum) add(b *metric.Batch, n wire.Number, f *metric.Family, labels ...string) {
	v, ok := n.Float()
	switch {
	case ok && v >= 0:
	case n.Absent(), ok && v == -1: // not given
		return
	default:
		b.Drop(f, n.Raw(), labels...)
		s.unusable = true
		return
	}
	s.value += v
	s.any = true
}

func (s *sum) fill(b *metric.Batch, f *metric.Family, labels ...string) {
	if s.any {
		b.Value(f, s.value, labels...)
	}
}

func newEventSums(b *metric.Batch, id string, regions bool) *eventSums {
	s := &eventSums{
		batch: b, id: id, sessions: make(map[sessionKind]*sessionSums), open: make(map[quanshi.Section]int),
		auths: make(map[string]int), roles: make(map[string]int), times: eventTimesAt(time.Now()),
		viewers: viewerSums{audiences: make(map[string]int)},
	}
	if regions {
		s.regions = make(map[region]int)
	}
	return s
}

// add adds one row.
func (s *eventSums) add(row *quanshi.Row) {
	s.rows.add(row)
	s.times.add(row, s.batch)
	s.addUnusable(row)
	if row.Section == quanshi.ViewerDetails {
		s.addViewer(row)
	} else {
		s.addSession(row)
	}
}

// addUnusable counts what stands in a row in the place of a text or of a yes or no, by the family that it is for.
func (s *eventSums) addUnusable(row *quanshi.Row) {
	if row.UnusableTexts == 0 {
		return
	}
	b, side := s.batch, sides[row.Section]
	for _, unusable := range row.Unusable {
		switch field := unusable.Field; {
		case slices.Contains(activities[:], field):
			b.Drop(participants, unusable.Text, s.id, field)
		case field == "type":
			b.Drop(viewersByEntry, unusable.Text, s.id)
		case field == "dialedIn":
			b.Drop(dialInViewers, unusable.Text, s.id)
		case field == "live_type":
			b.Drop(viewers, unusable.Text, s.id)
		case field == "location" && s.regions != nil:
			b.Drop(regionSessions, unusable.Text, s.id)
		case field == "location":
			b.DropTextAt(row.Section.String()+"."+field, unusable.Text)
		default: // device_type, client_type
			b.Drop(sessions, unusable.Text, s.id, side)
		}
	}
	b.AddDropped(row.UnusableTexts - len(row.Unusable))
}

func (s *eventSums) addViewer(row *quanshi.Row) {
	v, b := &s.viewers, s.batch
	v.audiences[audiences.NameOrOther(row.Audience)]++
	v.entries[row.Entry]++
	v.dialings[row.Dialed]++
	for i := range row.TookPart {
		if yes, ok := row.TookPart[i].Get(); ok {
			v.tookPart[i].given++
			if yes {
				v.tookPart[i].yes++
			}
		}
	}
	v.visits[0].add(b, row.LiveVisits, viewerVisits, s.id, modes[0].Ours)
	v.visits[1].add(b, row.ReplayVisits, viewerVisits, s.id, modes[1].Ours)
	v.watched[0].add(b, row.LiveWatch, viewerWatch, s.id, modes[0].Ours)
	v.watched[1].add(b, row.ReplayWatch, viewerWatch, s.id, modes[1].Ours)
	s.addActions(row, &v.actions, &v.speaking)
}

// addActions adds what the viewer of a row did.
func (s *eventSums) addActions(row *quanshi.Row, actions *[quanshi.Actions]sum, speaking *sum) {
	for i := range row.Actions {
		actions[i].add(s.batch, row.Actions[i], interactions, s.id, actionNames[i])
	}
	speaking.add(s.batch, row.CallDuration, speakingDuration, s.id)
}

func (s *eventSums) addSession(row *quanshi.Row) {
	kind := sessionKind{
		section: row.Section, mode: modes.NameOrOther(digits(row.Live)),
		device: devices.NameOrOther(row.Device), client: clients.NameOrOther(row.Client),
	}
	sums := s.sessions[kind]
	if sums == nil {
		sums = &sessionSums{}
		s.sessions[kind] = sums
	}
	sums.sessions++
	sums.watched.add(s.batch, row.Duration, watchDuration, s.id,
		sides[kind.section], kind.mode, kind.device, kind.client)
	if s.times.goesOn(row) {
		s.open[row.Section]++
	}
	s.addActions(row, &s.actions, &s.speaking)
	if !row.Auth.Absent() {
		s.auths[auths.NameOrOther(digits(row.Auth))]++
	}
	if !row.Role.Absent() {
		s.roles[roles.NameOrOther(digits(row.Role))]++
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

// sides are the arrays of sessions, as the label side has them.
var sides = map[quanshi.Section]string{quanshi.Lives: "live_stream", quanshi.Interactions: "interactive"}

// actionNames are the label values of what viewers do.
var actionNames = [quanshi.Actions]string{
	quanshi.ActionChat: "chat", quanshi.ActionPraise: "praise", quanshi.ActionPrize: "prize",
	quanshi.ActionQuestion: "question", quanshi.ActionRaiseHand: "raise_hand", quanshi.ActionShare: "share",
	quanshi.ActionSign: "sign", quanshi.ActionVote: "vote",
	quanshi.ActionEnvelope: "envelope", quanshi.ActionQuiz: "quiz", quanshi.ActionGoods: "goods_click",
}

// fill adds the samples. A list that the report does not have adds nothing. The families with few samples come first, so
// that the limit on samples leaves them.
func (s *eventSums) fill(sections quanshi.Sections) {
	b, id := s.batch, s.id
	sections = s.rows.usable(sections)
	if sections.Viewers {
		s.fillViewers()
	}
	if sections.Lives {
		b.Value(openSessions, float64(s.open[quanshi.Lives]), id, sides[quanshi.Lives])
	}
	if sections.Interactions {
		b.Value(openSessions, float64(s.open[quanshi.Interactions]), id, sides[quanshi.Interactions])
	}
	for i := range s.actions {
		s.viewers.actions[i].orElse(s.actions[i]).fill(b, interactions, id, actionNames[i])
	}
	s.viewers.speaking.orElse(s.speaking).fill(b, speakingDuration, id)
	for _, auth := range slices.Sorted(maps.Keys(s.auths)) {
		b.Value(authSessions, float64(s.auths[auth]), id, auth)
	}
	for _, role := range slices.Sorted(maps.Keys(s.roles)) {
		b.Value(roleSessions, float64(s.roles[role]), id, role)
	}
	kinds := slices.SortedFunc(maps.Keys(s.sessions), func(a, b sessionKind) int {
		return cmp.Or(cmp.Compare(a.section, b.section), strings.Compare(a.mode, b.mode),
			strings.Compare(a.device, b.device), strings.Compare(a.client, b.client))
	})
	for _, k := range kinds {
		labels := []string{id, sides[k.section], k.mode, k.device, k.client}
		b.Value(sessions, float64(s.sessions[k].sessions), labels...)
		s.sessions[k].watched.fill(b, watchDuration, labels...)
	}
	s.fillRegions(id)
}

// orElse returns the sum, or the other one where the vendor gave no value for it.
func (s *sum) orElse(other sum) *sum {
	if s.any || s.unusable {
		return s
	}
	return &other
}

// fillViewers adds the samples of viewerDetails. What no row says adds nothing; of no rows at all, all is a true 0.
func (s *eventSums) fillViewers() {
	b, id, v := s.batch, s.id, &s.viewers
	none := s.rows.viewers == 0
	count := func(f *metric.Family, known []string, counts map[string]int) {
		for _, label := range known {
			b.Value(f, float64(counts[label]), id, label)
		}
		if n := counts[metric.Other]; n > 0 {
			b.Value(f, float64(n), id, metric.Other)
		}
	}
	count(viewers, audiences.States(""), v.audiences)

	if none || v.entries[quanshi.EntryUnknown] < s.rows.viewers {
		entries := map[string]int{metric.Other: v.entries[quanshi.EntryUnknown]}
		for entry, label := range entryNames {
			entries[label] += v.entries[entry]
		}
		count(viewersByEntry, entryNames[quanshi.EntryLiveStream:quanshi.EntryOther], entries)
	}
	if none || v.dialings[quanshi.DialedUnknown] < s.rows.viewers {
		dialings := make(map[string]int)
		for way, label := range dialingNames {
			dialings[label] += v.dialings[way]
		}
		count(dialInViewers, dialingNames[quanshi.DialedOut:quanshi.DialedOther], dialings)
	}
	for i, took := range v.tookPart {
		if none || took.given > 0 {
			b.Value(participants, float64(took.yes), id, activities[i])
		}
	}
	for i, mode := range modes {
		v.visits[i].any, v.watched[i].any = v.visits[i].any || none, v.watched[i].any || none
		v.visits[i].fill(b, viewerVisits, id, mode.Ours)
		v.watched[i].fill(b, viewerWatch, id, mode.Ours)
	}
}
