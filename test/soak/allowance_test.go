package soak

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// life is what one endpoint of one account went through, as its vendor and those who scraped it saw it. From it
// follows when the vendor had to be asked and when it must not be: a read is due when nine tenths of min_interval have
// passed since the turn began that read before, and the next scrape begins the next turn.
//
// Nobody but the exporter sees when a turn begins. It is between the scrape's request and its answer, and not after
// the vendor is asked: so each read and each scrape is checked by the end of that span which is in the exporter's
// favour, and no tolerance is needed beside. What a fault, a reload or an absence has touched is not checked until a
// good read is behind it.
type life struct {
	due       time.Duration // since the turn before
	reads     []span
	visits    []visit // in the order in which they were sent
	disturbed []span  // when the account started again, was absent, lost its token or could not log in
}

// visit is one scrape of an account.
type visit struct {
	sent, answered time.Time
	complete       bool // it was answered before its deadline, so that no turn that it waited for went on
}

// verdict is what came of a life, or of several.
type verdict struct {
	reads    int         // that were checked: those after an undisturbed one
	expected int         // that there would be if each turn began just when its scrape was sent
	visits   int         // that were checked
	early    []time.Time // when the vendor was asked though no scrape can have found it due
	missed   []time.Time // when scrapes were sent that found it due, and did not ask
}

func (v *verdict) add(o verdict) {
	v.reads, v.expected, v.visits = v.reads+o.reads, v.expected+o.expected, v.visits+o.visits
	v.early, v.missed = append(v.early, o.early...), append(v.missed, o.missed...)
}

// calm reports whether nothing disturbed the endpoint in all the time from one to the other.
func (l life) calm(from, to time.Time) bool {
	return !slices.ContainsFunc(l.disturbed, func(s span) bool { return !s.begin.After(to) && !s.end.Before(from) })
}

// begins is the earliest time, none before the given one, at which a scrape may have begun the turn that asked the
// vendor at read.
func (l life) begins(notBefore, read time.Time) (time.Time, bool) {
	var earliest time.Time
	for _, v := range l.visits {
		if v.sent.After(read) {
			break // and so are all that follow
		}
		at := later(v.sent, notBefore)
		if !at.After(v.answered) && !at.After(read) && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	return earliest, !earliest.IsZero()
}

// since is when the turn of a read may have begun; when the read began, if no scrape tells. A thousand accounts at
// once wait for their turn.
func (l life) since(r span) time.Time {
	if turn, ok := l.begins(time.Time{}, r.begin); ok {
		return turn
	}
	return r.begin
}

// check checks every read that follows an undisturbed one, and every scrape that does.
func (l life) check() verdict {
	var v verdict
	for first := 0; first < len(l.reads); {
		last := first // of a stretch in which only scrapes lead to reads; the last one may meet a fault itself
		for last+1 < len(l.reads) && !l.reads[last].fault && l.calm(l.reads[last].begin, l.reads[last+1].begin) {
			last++
		}
		v.add(l.checkReads(first, last))
		first = last + 1
	}
	for _, visit := range l.visits {
		if !visit.complete {
			continue
		}
		i, _ := slices.BinarySearchFunc(l.reads, visit.answered, func(s span, t time.Time) int {
			if s.begin.After(t) {
				return 1
			}
			return -1
		})
		switch {
		case i == 0 && l.calm(time.Time{}, visit.answered):
			v.visits++
			v.missed = append(v.missed, visit.sent)
		case i > 0 && !l.reads[i-1].fault && l.calm(l.reads[i-1].begin, visit.answered):
			v.visits++
			if visit.sent.Sub(l.reads[i-1].begin) >= l.due && !l.readSoonAfter(visit.answered, i) {
				v.missed = append(v.missed, visit.sent)
			}
		}
	}
	return v
}

// notAwaited is how long after the answer to a scrape a read may begin that the scrape found due, whatever other scrapes
// do: it does not wait for what the limit of requests in flight is expected to let go after its deadline only.
const notAwaited = 5 * time.Second

// readSoonAfter reports whether the read of that index, if there is one, is one that a scrape with this answer did not
// wait for: it began soon after the answer, or about when the scrape's deadline was, and no other scrape can have begun
// it.
func (l life) readSoonAfter(answered time.Time, read int) bool {
	if read >= len(l.reads) {
		return false
	}
	begin := l.reads[read].begin
	switch after := begin.Sub(answered); {
	case after <= notAwaited:
		return true
	case after > scrapeTimeout:
		return false
	}
	return !slices.ContainsFunc(l.visits, func(v visit) bool { return v.sent.After(answered) && v.sent.Before(begin) })
}

// checkReads checks the reads of a stretch from the second on: each needs a scrape that may have begun a turn when it
// was due.
func (l life) checkReads(first, last int) (v verdict) {
	var before time.Time
	if first > 0 {
		before = l.reads[first-1].begin
	}
	begins := func(notBefore time.Time, r span) time.Time {
		turn, ok := l.begins(notBefore, r.begin)
		if !ok {
			v.early = append(v.early, r.begin)
			return r.begin
		}
		return turn
	}
	again := first > 0 && !l.calm(before, l.reads[first].begin) // perhaps in the turn of the read before, with a new token
	turn, ok := l.begins(before, l.reads[first].begin)
	switch {
	case !ok && again:
		turn = l.since(l.reads[first-1])
	case !ok:
		turn = begins(before, l.reads[first])
	}
	expected := turn
	if first > 0 || len(l.disturbed) > 0 { // what it was due for is not known: the scrape before it is the likeliest to have begun it
		for _, visit := range l.visits {
			if !visit.sent.After(l.reads[first].begin) {
				expected = later(expected, visit.sent)
			}
		}
	}
	for _, r := range l.reads[first+1 : last+1] {
		v.reads++
		turn = begins(turn.Add(l.due), r)
	}
	for _, visit := range l.visits {
		if visit.sent.Sub(expected) >= l.due && !visit.sent.After(l.reads[last].begin) {
			v.expected++
			expected = visit.sent
		}
	}
	return v
}

// before returns what led to the read that began at the given time, for whoever has to find out why it was asked for.
func (l life) before(read time.Time) string {
	var b strings.Builder
	write := func(what string, begin, end time.Time) {
		if passed := read.Sub(begin); passed >= 0 && passed < 3*l.due {
			fmt.Fprintf(&b, "\t%s from %s to %s\n", what, begin.Format(time.StampMicro), end.Format(time.StampMicro))
		}
	}
	fmt.Fprintf(&b, "\tdue again %s after the scrape that led to a read\n", l.due)
	for _, r := range l.reads {
		write(map[bool]string{false: "read", true: "read with a fault"}[r.fault], r.begin, r.end)
	}
	for _, v := range l.visits {
		write("scrape", v.sent, v.answered)
	}
	for _, s := range l.disturbed {
		write("disturbed", s.begin, s.end)
	}
	return b.String()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// inexact is the part by which the reads may differ from what is expected if every turn began just when its scrape was
// sent, of one endpoint and one more, of all together. On a busy machine a turn begins a little later, and then a
// scrape that comes nine tenths of min_interval after the first may come too early for the second, which leaves the
// read to the next. That a read is too many or too few by what is known of its scrapes is found whatever this is.
const inexact = 0.01

// inexactAfterKills is that of all reads together where the exporter is killed. The next process takes the minute's
// requests as spent, so that what is due then is read some seconds later, and so is what follows.
const inexactAfterKills = 0.05

// checkAllowance fails the test if the vendors were not asked just as often as min_interval and the scrapes allow.
func (v *vendors) checkAllowance(t *testing.T, s *settings, visits map[string][]visit) string {
	t.Helper()
	var all verdict
	endpoints, checked, exact := 0, 0, 0
	for _, a := range v.fleet.accounts {
		for what, l := range v.livesOf(a, s.disturbancesOf(a), visits[a.name]) {
			endpoints++
			got := l.check()
			if got.reads > 0 || got.visits > 0 {
				checked++
			}
			switch difference := math.Abs(float64(got.reads - got.expected)); {
			case difference == 0:
				exact++
			case difference > 1+float64(s.restarts)+inexact*float64(got.expected) && !a.short: // where a read may wait for half a minute, so that the next is due later
				t.Errorf("%s: asked for %s %d times, and the scrapes lead to %d", a.name, what, got.reads, got.expected)
			}
			for _, at := range got.early {
				t.Errorf("%s: asked for %s at %s, when no scrape can have found it due:\n%s",
					a.name, what, at.Format(time.StampMicro), l.before(at))
			}
			for _, at := range got.missed {
				t.Errorf("%s: the scrape of %s did not ask for %s, which was due", a.name, at.Format(time.StampMilli), what)
			}
			all.add(got)
		}
	}
	most := inexact
	if s.restarts > 0 {
		most = inexactAfterKills
	}
	if difference := all.reads - all.expected; all.reads == 0 || math.Abs(float64(difference)) > most*float64(all.expected) {
		t.Errorf("%d reads, and the scrapes lead to %d", all.reads, all.expected)
	}
	if least := endpoints / 2; checked < least {
		t.Errorf("%d of %d endpoints were checked, want at least %d", checked, endpoints, least)
	}
	return fmt.Sprintf("%d of %d endpoints checked by %d scrapes: %d reads, and the scrapes lead to %d; one more or less of %d endpoints",
		checked, endpoints, all.visits, all.reads, all.expected, endpoints-exact)
}

// livesOf returns the life of each endpoint of an account, by the request with which its turns begin.
func (v *vendors) livesOf(a *account, disturbed []span, visits []visit) map[string]life {
	r := v.requests[a.name]
	r.mu.Lock()
	defer r.mu.Unlock()
	disturbed = slices.Concat(disturbed, r.troubles)
	lives := make(map[string]life)
	for what, reads := range r.began {
		interval, ok := a.intervalOf(what)
		if !ok || !a.leads(what) {
			continue
		}
		l := life{due: interval - interval/10, reads: reads, visits: visits, disturbed: slices.Clone(disturbed)}
		for other, spans := range r.began {
			if other == what || !a.together(what, other) {
				continue
			}
			for _, s := range spans {
				if s.fault { // it ends the turn, or rests it
					l.disturbed = append(l.disturbed, s)
				}
			}
		}
		lives[what] = l
	}
	return lives
}
