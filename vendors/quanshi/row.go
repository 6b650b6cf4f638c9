package quanshi

import (
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

func sectionOf(name []byte) (s Section, ok bool) {
	for i, n := range sectionNames {
		if string(name) == n {
			return Section(i), true
		}
	}
	return 0, false
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

// Row is one row of a report, without all that tells who it is about. Numbers are absent where
// the list has none, the vendor leaves them out or sends null; texts are "" then.
type Row struct {
	Section Section

	Live     wire.Number // live_type of lives and interactions: 0 = live, 1 = replay
	Audience string      // live_type of viewerDetails: 直播, 回放, 直播+回放
	Device   string      // device_type
	Client   string      // client_type
	Location string      // 中国-陕西-西安, 本地局域网, -

	Online       wire.Number          // Unix seconds
	Offline      wire.Number          // Unix seconds; absent while the viewer is there
	Duration     wire.Number          // watch_duration, online_duration or duration: seconds
	CallDuration wire.Number          // spoken, in seconds
	Actions      [Actions]wire.Number // by the constants Action…

	Auth wire.Number // auth_type of lives and interactions: 0 public, 1 whitelist, 2 password, 3 paid, 4 phone
	Role wire.Number // role of lives and interactions: 4 host, 5 speaker, 6 attendee

	// OddTexts counts the texts above that are "" because something else stands in their place
	// (an object, a bool, an array), or more than 256 bytes.
	OddTexts int
}

// field says what a member of a row is: nothing that is read, a number or a text.
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
	firstAction
)

// The texts come behind all actions.
const (
	audience = firstAction + Actions + iota
	deviceType
	clientType
	location
	fields // how many there are
)

// fieldOf tells what the member of that name is in a row of a list.
func (s Section) fieldOf(name []byte) field {
	viewer := s == ViewerDetails
	switch string(name) {
	case "live_type":
		if viewer {
			return audience
		}
		return liveType
	case "device_type":
		return deviceType
	case "client_type":
		return clientType
	case "location":
		return location
	case "online_time":
		return onlineTime
	case "offline_time":
		return offlineTime
	case "watch_duration":
		return duration.in(s == Lives)
	case "online_duration":
		return duration.in(s == Interactions)
	case "duration":
		return duration.in(viewer)
	case "call_duration":
		return callDuration
	case "auth_type": // of viewerDetails it is a word: whether the viewer is on a whitelist
		return authType.in(!viewer)
	case "role":
		return role.in(!viewer)
	case "chat_num":
		return firstAction + ActionChat
	case "praise_num":
		return firstAction + ActionPraise
	case "prize_num":
		return firstAction + ActionPrize
	case "question_num":
		return firstAction + ActionQuestion
	case "raise_hand_num":
		return firstAction + ActionRaiseHand
	case "share_num":
		return firstAction + ActionShare
	case "sign_num":
		return firstAction + ActionSign
	case "vote_num":
		return firstAction + ActionVote
	case "envelope_num":
		return firstAction + ActionEnvelope
	case "quiz_num":
		return firstAction + ActionQuiz
	case "goods_sum_hits":
		return firstAction + ActionGoods
	}
	return unread
}

// in is the field in the lists that have it, else none.
func (f field) in(there bool) field {
	if there {
		return f
	}
	return unread
}
