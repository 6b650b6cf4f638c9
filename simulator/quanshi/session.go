package quanshi

import "github.com/engage-exporter/engage_exporter/simulator/core"

// session is one time that somebody came, as it is at a moment.
type session struct {
	interactive bool // by the application or the telephone
	replay      bool
	online      int64 // seconds since 1970
	offline     int64 // 0 = still there
	seconds     int64 // that it has lasted
	device      string
	client      string
	auth        string // "" = not reported
	actions     [actions]int64
	speaking    int64
	untold      bool // the row has none of the numbers that the summary of the viewer has, as in the document's example
}

// reported returns a number as the session's row has it.
func (s *session) reported(n int64) int64 {
	if s.untold {
		return noCount
	}
	return n
}

// noCount stands for a count or a time that a session does not have.
const noCount = -1

// The roles in the interactive part; 0 in the other, which has none.
const (
	host     = 4
	speaker  = 5
	attendee = 6
)

// query is which sessions are wanted, and at what time.
type query struct {
	now      int64
	from, to int64 // when they began, both included
	mode     int64 // 0 = live, 1 = replay, anyMode
}

const anyMode = -1

// wants says whether a session that begins at a time is there and asked for.
func (q *query) wants(online int64, replay bool) bool {
	if online > q.now || online < q.from || online > q.to {
		return false
	}
	return q.mode == anyMode || (q.mode == 1) == replay
}

// add adds a session to the viewer that will last from one time until another, as far as the query sees it.
func (v *viewer) add(q *query, s session, n core.Noise, online, offline int64) {
	if !q.wants(online, s.replay) {
		return
	}
	s.online = online
	whole := max(1, offline-online)
	s.seconds = min(q.now-online, whole)
	if offline <= q.now {
		s.offline = offline
	}
	s.fill(v, n, s.seconds*core.Million/whole)
	v.sessions[v.count] = s
	v.count++
}

// fill works out what was done in a session of which a part is over, in parts per million.
func (s *session) fill(v *viewer, n core.Noise, over int64) {
	acted := false
	for i := range habits {
		habit, k := &habits[i], n.WithInt(int64(i))
		share := habit.live
		if s.replay {
			share = habit.replay
		}
		switch does := int64(uint64(k)>>32%1000) < share && v.role != host; {
		case does:
			s.actions[i] = core.Scale(k.Between(1, habit.most), over)
			acted = true
		case habit.rare:
			s.actions[i] = noCount
		}
	}
	s.auth = v.authOf(n.With("auth"))
	if !s.interactive {
		return
	}
	s.speaking = noCount
	switch {
	case v.role == speaker:
		s.speaking = core.Scale(s.seconds, n.With("speaks").Between(200_000, 600_000))
	case v.role == attendee && (n.With("asks").Between(1, 6) == 1 || s.device == telephone):
		s.speaking = core.Scale(n.With("speaks").Between(5, 90), over)
	}
	if !acted { // the document shows it so
		for i := range s.actions {
			s.actions[i] = noCount
		}
	}
	s.untold = n.With("untold").Between(1, 2) == 1
	if v.role == host || n.With("told").Between(1, 3) == 1 {
		s.auth = ""
	}
}
