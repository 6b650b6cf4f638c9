package quanshi

import (
	"maps"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Section is one of the lists of a report.
type Section uint8

// The lists of a report.
const (
	Lives         Section = iota // lives: visits through the live page
	Interactions                 // interactions: visits through the app or by phone
	ViewerDetails                // viewerDetails: one row for each viewer
)

var sectionNames = [...]string{Lives: "lives", Interactions: "interactions", ViewerDetails: "viewerDetails"}

// String returns the name of the list in the report.
func (s Section) String() string {
	if int(s) >= len(sectionNames) {
		return ""
	}
	return sectionNames[s]
}

// The actions that [Row.Actions] counts.
const (
	ActionChat      = iota // chat_num
	ActionPraise           // praise_num
	ActionPrize            // prize_num
	ActionQuestion         // question_num
	ActionRaiseHand        // raise_hand_num
	ActionShare            // share_num
	ActionSign             // sign_num
	ActionVote             // vote_num
	ActionEnvelope         // envelope_num
	ActionQuiz             // quiz_num
	ActionGoods            // goods_sum_hits
	Actions                // how many there are
)

// The activities of [Row.TookPart].
const (
	ActivitySurvey   = iota // survey
	ActivityVote            // vote
	ActivitySign            // sign
	ActivityEnvelope        // envelope
	Activities              // how many there are
)

// Entry is how a viewer came.
type Entry uint8

// The ways in.
const (
	EntryUnknown     Entry = iota // not given
	EntryLiveStream               // 直播端: through the live page
	EntryInteractive              // 互动端: through the app or by phone
	EntryBoth
	EntryOther // what the document does not have
	Entries    // how many there are
)

// Dialed is how a viewer came by phone.
type Dialed uint8

// The ways to come by phone.
const (
	DialedUnknown Dialed = iota // not given
	DialedNot                   // -: without a phone
	DialedOut                   // 外呼入会: was called
	DialedIn                    // 主动拨号入会: called
	DialedOther                 // what the document does not have
	Dialings                    // how many there are
)

// Row is one row of a report, without what identifies a person. Numbers are absent where
// the list has none, the vendor leaves them out or sends null; texts are "" then.
type Row struct {
	Section Section

	Online       wire.Number          // Unix seconds
	Offline      wire.Number          // Unix seconds; absent while the viewer is there
	CallDuration wire.Number          // spoken, in seconds
	Actions      [Actions]wire.Number // by the constants Action…; viewerDetails have five of them

	// Of lives and interactions, that is of sessions.

	Live     wire.Number // live_type: 0 = live, 1 = replay
	Device   string      // device_type
	Client   string      // client_type
	Location string      // 中国-陕西-西安, 本地局域网, -
	Duration wire.Number // watch_duration or online_duration: seconds
	Auth     wire.Number // auth_type: 0 public, 1 whitelist, 2 password, 3 paid, 4 phone
	Role     wire.Number // role of interactions: 4 host, 5 speaker, 6 attendee

	// Of viewerDetails, that is of viewers.

	Audience     string                // live_type: 直播, 回放, 直播+回放
	Entry        Entry                 // type
	Dialed       Dialed                // dialedIn
	LiveVisits   wire.Number           // liveTimes
	ReplayVisits wire.Number           // replayTimes
	LiveWatch    wire.Number           // liveWatchDuration: seconds
	ReplayWatch  wire.Number           // replayWatchDuration: seconds
	TookPart     [Activities]wire.Bool // by the constants Activity…

	// UnusableTexts counts the texts above that are "", and the yes or no that is absent, because
	// something else stands in their place: an object, an array, a text of more than 256 bytes.
	UnusableTexts int
	// Unusable is what came in their place, for the first of a report.
	Unusable []UnusableValue
}

// UnusableValue is what the vendor sent in the place of something else.
type UnusableValue struct {
	Field string // the vendor's name
	Text  string // as it was sent, not longer than 1 KiB; "{…}" for an object, "[…]" for an array
}

// maxUnusableValues is how many unusable values of a report are kept.
const maxUnusableValues = 16

// unusableValue returns a value that stands in the place of a field.
func unusableValue(field string, value []byte) UnusableValue {
	var text wire.Text
	if err := wire.Unmarshal(value, &text); err != nil { // it cannot be: the value is valid JSON
		return UnusableValue{Field: field}
	}
	return newUnusableValue(field, text.Raw())
}

// newUnusableValue returns the value that a text stands for.
func newUnusableValue(field, text string) UnusableValue {
	return UnusableValue{Field: field, Text: strings.Clone(clip(text, maxUnusableText))}
}

// maxUnusableText bounds what is kept of an unusable value. It is more than is shown, so that a secret in the part that
// is shown is whole and can be found.
const maxUnusableText = 1 << 10

// field says what a member of a row is: nothing that is read, a number, a duration in hours, minutes and
// seconds, a yes or no, or a text.
type field uint8

const (
	unread field = iota
	liveType
	onlineTime
	offlineTime
	duration
	callDuration
	authType
	role
	liveVisits
	replayVisits
	firstAction
)

// Durations come behind all actions, then the activities, the words that are kept as codes, and the texts last.
const (
	liveWatch = firstAction + Actions + iota
	replayWatch
	firstActivity
)

const (
	entry = firstActivity + Activities + iota
	dialedIn
	audience
	deviceType
	clientType
	location
	fields // how many there are
)

// fieldNames are the members of rows that are read, by the list. They are documented.
var fieldNames = [...]map[string]field{
	Lives:         sessionFields(map[string]field{"watch_duration": duration}),
	Interactions:  sessionFields(map[string]field{"online_duration": duration, "role": role}),
	ViewerDetails: viewerFields,
}

// sessionFields returns the fields of both lists of sessions, and own.
func sessionFields(own map[string]field) map[string]field {
	all := map[string]field{
		"live_type": liveType, "device_type": deviceType, "client_type": clientType,
		"location": location, "online_time": onlineTime,
		"offline_time": offlineTime, "call_duration": callDuration, "auth_type": authType,
		"chat_num": firstAction + ActionChat, "praise_num": firstAction + ActionPraise,
		"prize_num":    firstAction + ActionPrize,
		"question_num": firstAction + ActionQuestion, "raise_hand_num": firstAction + ActionRaiseHand,
		"share_num": firstAction + ActionShare,
		"sign_num":  firstAction + ActionSign, "vote_num": firstAction + ActionVote,
		"envelope_num": firstAction + ActionEnvelope,
		"quiz_num":     firstAction + ActionQuiz, "goods_sum_hits": firstAction + ActionGoods,
	}
	maps.Copy(all, own)
	return all
}

// Of viewerDetails, auth_type is a word: whether the viewer is on a whitelist.
var viewerFields = map[string]field{
	"live_type": audience, "online_time": onlineTime, "offline_time": offlineTime, "call_duration": callDuration,
	"type": entry, "dialedIn": dialedIn, "liveTimes": liveVisits, "replayTimes": replayVisits,
	"liveWatchDuration": liveWatch, "replayWatchDuration": replayWatch,
	"survey": firstActivity + ActivitySurvey, "vote": firstActivity + ActivityVote, "sign": firstActivity + ActivitySign,
	"envelope": firstActivity + ActivityEnvelope,
	"chat_num": firstAction + ActionChat, "praise_num": firstAction + ActionPraise,
	"raise_hand_num": firstAction + ActionRaiseHand,
	"quiz_num":       firstAction + ActionQuiz, "goods_sum_hits": firstAction + ActionGoods,
}

// nameOf returns the name of a field in the rows of a list.
func (s Section) nameOf(f field) string {
	for name, g := range fieldNames[s] {
		if g == f {
			return name
		}
	}
	return ""
}

// fieldOf returns what the member of that name is in a row of a list.
func (s Section) fieldOf(name []byte) field { return fieldNames[s][string(name)] }

// fieldSet is a set of fields, by their bits.
type fieldSet uint64

func (s fieldSet) has(f field) bool { return s&(1<<f) != 0 }

func (s *fieldSet) add(f field) { *s |= 1 << f }

// missing returns the names of the list's fields that are not in the set, in their order.
func (s Section) missing(there fieldSet) (names []string) {
	for name, f := range fieldNames[s] {
		if !there.has(f) {
			names = append(names, s.String()+"."+name)
		}
	}
	slices.Sort(names)
	return names
}
