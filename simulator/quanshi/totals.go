package quanshi

import "time"

// Report is what the report of an event adds up to, with nothing left out by a request. What no row has is in
// no map.
type Report struct {
	// NoLives says that lives is null, as for an event without a live stream.
	NoLives bool
	// Lives, Interactions and Viewers are the rows of lives, interactions and viewerDetails.
	Lives, Interactions, Viewers int64
	// OpenLives and OpenInteractions are those of the rows without an offline_time.
	OpenLives, OpenInteractions int64

	// Audiences are the rows of viewerDetails by live_type: 直播, 回放, 直播+回放.
	Audiences map[string]int64
	// Sessions are the rows of lives and interactions by what they are.
	Sessions map[SessionKind]Sessions
	// Actions are the sums of both by the field, such as chat_num. Half of the rows of interactions have none, as in
	// the document's example.
	Actions map[string]int64
	// Speaking is the sum of call_duration of both, in seconds. Each row of lives has 0.
	Speaking int64
	// ViewerActions and ViewerSpeaking are the sums of viewerDetails, which has five of the fields and all that was
	// done.
	ViewerActions  map[string]int64
	ViewerSpeaking int64
	// Participants are the rows of viewerDetails that have Y, by the field: survey, vote, sign, envelope.
	Participants map[string]int64
	// LiveVisits and ReplayVisits are the sums of liveTimes and replayTimes, LiveSeconds and ReplaySeconds those of
	// what was watched.
	LiveVisits, ReplayVisits, LiveSeconds, ReplaySeconds int64
	// Entries and DialIns are the rows of viewerDetails by type and by dialedIn.
	Entries, DialIns map[string]int64
	// Auths, Locations (both of lives and interactions) and Roles (of interactions) are how many rows have a value.
	Auths     map[string]int64
	Locations map[string]int64
	Roles     map[int]int64
}

// SessionKind is the kind of rows of lives and interactions.
type SessionKind struct {
	Interactive    bool
	LiveType       int
	Device, Client string
}

// Sessions are how many rows there are of a kind, and the sum of their durations.
type Sessions struct{ Rows, Seconds int64 }

// Report adds up the report of an event at a time; false if the vendor does not know the event.
func (d Data) Report(now time.Time, id int64) (Report, bool) {
	d.App = d.App.withDefaults()
	e, ok := d.Event(now, id)
	if !ok {
		return Report{}, false
	}
	r := Report{
		NoLives:   !e.hasStream(),
		Audiences: make(map[string]int64), Sessions: make(map[SessionKind]Sessions), Actions: make(map[string]int64),
		Auths: make(map[string]int64), Locations: make(map[string]int64), Roles: make(map[int]int64),
		ViewerActions: make(map[string]int64), Participants: make(map[string]int64), Entries: make(map[string]int64),
		DialIns: make(map[string]int64),
	}
	d.audience(e).each(queryAt(now), func(v *viewer) bool {
		r.Viewers++
		r.Audiences[v.watched()]++
		r.addViewer(v)
		for i := range v.count {
			r.add(v, &v.sessions[i])
		}
		return true
	})
	return r, true
}

// addViewer adds a row of viewerDetails.
func (r *Report) addViewer(v *viewer) {
	sum := v.summary(nil, nil)
	for _, k := range summed {
		r.ViewerActions[habits[k].field] += sum.actions[k]
	}
	r.ViewerSpeaking += sum.speaking
	for _, took := range tookPart {
		if sum.actions[took.action] > 0 {
			r.Participants[took.field]++
		}
	}
	r.LiveVisits += sum.liveTimes
	r.ReplayVisits += sum.times - sum.liveTimes
	r.LiveSeconds += sum.liveSeconds
	r.ReplaySeconds += sum.seconds - sum.liveSeconds
	r.Entries[sum.entrances()]++
	r.DialIns[v.dialed()]++
}

// hasStream says whether an event can be watched besides being taken part in.
func (e Event) hasStream() bool { return e.Form != Phone }

func (r *Report) add(v *viewer, s *session) {
	kind := SessionKind{Interactive: s.interactive, LiveType: s.liveType(), Device: s.device, Client: s.client}
	sum := r.Sessions[kind]
	sum.Rows++
	sum.Seconds += s.seconds
	r.Sessions[kind] = sum
	rows, open := &r.Lives, &r.OpenLives
	if s.interactive {
		rows, open = &r.Interactions, &r.OpenInteractions
		r.Roles[v.role]++
	}
	*rows++
	if s.offline == 0 {
		*open++
	}
	for i := range s.actions {
		if n := s.reported(s.actions[i]); n != noCount {
			r.Actions[habits[i].field] += n
		}
	}
	r.Speaking += max(0, s.reported(s.speaking))
	if s.auth != "" {
		r.Auths[s.auth]++
	}
	r.Locations[v.location(s)]++
}

func (s *session) liveType() int {
	if s.replay {
		return 1
	}
	return 0
}

// location is where a row says that somebody is. A telephone has no address.
func (v *viewer) location(s *session) string {
	if s.device == telephone {
		return nowhere.row
	}
	return v.place.row
}

// watched is the word for what somebody has seen.
func (v *viewer) watched() string {
	var live, replay bool
	for i := range v.count {
		live = live || !v.sessions[i].replay
		replay = replay || v.sessions[i].replay
	}
	switch {
	case live && replay:
		return "直播+回放"
	case replay:
		return "回放"
	default:
		return "直播"
	}
}
