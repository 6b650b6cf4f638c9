package quanshi

import (
	"math"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// audience is an event with what its viewers have in common. Viewers have numbers and are worked out one by one:
// none is kept.
type audience struct {
	app        App
	event      Event
	noise      core.Noise
	viewers    int64
	start, end int64
	auth       string // how most are let in
	kind       eventKind
}

// eventKind is what viewers do: of a hundred so many come to the interactive part and to the live stream; the
// rest come for the replay. People counts the viewers of an ordinary event.
type eventKind struct{ people, interactive, live int64 }

var eventKinds = map[int]eventKind{
	Phone:      {8, 100, 0},
	WebMeeting: {18, 88, 0},
	Live:       {80, 25, 52},
	LargeLive:  {200, 20, 60},
}

// viewer is one of an event's viewers, with the sessions that a query wants.
type viewer struct {
	number   int64
	noise    core.Noise
	role     int // in the interactive part
	place    place
	auth     string
	sessions [maxSessions]session
	count    int
}

const maxSessions = 4

func (d Data) audience(e Event) *audience {
	n := d.noise("audience").WithInt(e.ID).WithInt(e.Start.Unix())
	kind := eventKinds[e.Form]
	a := &audience{
		app: d.App, event: e, noise: n, start: e.Start.Unix(), end: e.End.Unix(), kind: kind,
		auth: strconv.FormatInt(n.With("auth").Between(0, 4), 10), viewers: kind.people * d.App.Scale,
	}
	if e.ID != d.App.ArchiveID { // whose size is documented
		a.viewers = core.Scale(a.viewers, n.With("size").Between(800_000, 1_200_000))
		if core.IsWeekend(e.Start.In(d.App.Location)) {
			a.viewers = core.Scale(a.viewers, 600_000)
		}
	}
	a.viewers = max(3, a.viewers) // a host, a speaker and somebody to listen
	return a
}

// each visits the viewers that have sessions which a query wants, until a visit says that it is enough. A viewer is
// valid until the next.
func (a *audience) each(q query, visit func(*viewer) (more bool)) {
	if q.now < a.start {
		return
	}
	var v viewer
	for i := range a.viewers {
		a.viewer(&v, i, &q)
		if v.count > 0 && !visit(&v) {
			return
		}
	}
}

// queryAt is the query for all there is at a time.
func queryAt(now time.Time) query {
	return query{now: now.Unix(), to: math.MaxInt64, mode: anyMode}
}

func (a *audience) viewer(v *viewer, number int64, q *query) {
	n := a.noise.WithInt(number)
	v.number, v.noise, v.count, v.role, v.auth = number, n, 0, attendee, a.auth
	v.place = placeOf(n.With("location"))
	part := n.With("part").Between(0, 99)
	switch {
	case number == 0:
		v.role, part = host, 0
	case number == 1, number == 2 && a.event.Form != Phone:
		v.role, part = speaker, 0
	}
	interactive, live := part < a.kind.interactive, part < a.kind.interactive+a.kind.live
	session := session{device: choose(devices, n.With("device")), interactive: interactive}
	session.client = a.clientOf(&session, n.With("client"))
	if live {
		a.attend(v, q, session)
	}
	// Some have not had enough.
	if a.event.Form != Phone && v.role == attendee && (!live || n.With("both").Between(1, 5) == 1) {
		session.interactive, session.replay = false, true
		if n.With("other device").Between(1, 3) == 1 {
			session.device = choose(devices, n.With("second device"))
		}
		session.client = a.clientOf(&session, n.With("second client"))
		a.watchReplay(v, q, session)
	}
}

// clientOf chooses a client for the device of a session, or the telephone for both.
func (a *audience) clientOf(s *session, n core.Noise) string {
	switch {
	case s.interactive && (a.event.Form == Phone || n.With("phone").Between(1, 12) == 1):
		s.device = telephone
		return telephone
	case s.interactive:
		return choose(meetingClients, n)
	case s.device == "PC" || s.device == "MAC":
		return choose(liveClients, n)
	default:
		return choose(mobileClients, n)
	}
}

// attend is somebody's time in the event itself. Most come early, and leave one by one; some lose the connection and
// come again. The host is there all the time.
func (a *audience) attend(v *viewer, q *query, s session) {
	n, length := v.noise, a.end-a.start
	if v.role == host {
		v.add(q, s, n.With("attends"), a.start, a.end)
		return
	}
	late := min(n.With("late").Between(0, core.Million), n.With("later").Between(0, core.Million),
		n.With("latest").Between(0, core.Million))
	if v.role == speaker {
		late = 0
	}
	online := a.start + min(core.Scale(length, late), length-1)
	offline := min(a.end, online+max(20, core.Scale(length, n.With("stays").Between(30_000, 900_000))))
	v.add(q, s, n.With("attends"), online, offline)
	again := offline + n.With("away").Between(30, 300)
	if n.With("again").Between(1, 4) == 1 && again+60 < a.end {
		v.add(q, s, n.With("attends again"), again,
			min(a.end, again+max(20, core.Scale(length, n.With("stays on").Between(30_000, 400_000)))))
	}
}

// Replays can be watched from a little after the end, and after the better part of a day nobody does any more.
const (
	replayFrom = 10 * 60
	replayFor  = 18 * 60 * 60
)

// watchReplay is somebody's time afterwards. Most come soon.
func (a *audience) watchReplay(v *viewer, q *query, s session) {
	if q.now < a.end+replayFrom || q.mode == 0 {
		return
	}
	n := v.noise.With("replay")
	late := min(n.With("late").Between(0, core.Million), n.With("later").Between(0, core.Million),
		n.With("latest").Between(0, core.Million))
	online := a.end + replayFrom + core.Scale(replayFor, late)
	offline := online + max(10, core.Scale(a.end-a.start, n.With("stays").Between(5_000, 800_000)))
	v.add(q, s, n.With("watches"), online, offline)
	if n.With("again").Between(1, 8) == 1 {
		again := offline + n.With("away").Between(60, 3_600)
		v.add(q, s, n.With("watches again"), again, again+n.With("stays on").Between(10, 600))
	}
}

// authOf is how the viewer was let in: in most cases as the event says.
func (v *viewer) authOf(n core.Noise) string {
	switch n.Between(0, 9) {
	case 0:
		return "0"
	case 1:
		return "1"
	default:
		return v.auth
	}
}
