package getui

import (
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Stages are the counts of messages that reached each stage of a push. A stage that GeTui
// leaves out, or marks with −1 as not provided by the channel, is absent.
type Stages struct {
	Deliverable wire.Number // msg_num: could be sent
	Sent        wire.Number // target_num
	Received    wire.Number // receive_num
	Displayed   wire.Number // display_num
	Clicked     wire.Number // click_num
}

// Report is a push report: of a day, a task or a group of tasks.
type Report struct {
	Total    Stages
	Channels []NamedStages // by delivery channel (gt, ios, hw, …), an open set
	Brands   []NamedStages // the gt channel by device brand, at most ten and "others"; empty unless asked for
	Actions  []ActionCount // custom events; tasks only, empty unless asked for
}

// NamedStages are the stages of one channel or brand.
type NamedStages struct {
	Name string
	Stages
}

// ActionCount is how often a custom event of the app happened.
type ActionCount struct {
	ActionID string
	Count    wire.Number
}

// TaskReport is the report of one task.
type TaskReport struct {
	TaskID string
	Report
}

// Quota is one of the limits on today's pushes. GeTui leaves out what it does not limit.
type Quota struct {
	Channel   string      // gt, xm, op, vv, …
	Kind      string      // what the limit is on: general, special, grouppush, app, app_with_tag, list, …
	Limit     wire.Number // total_num: messages a day
	Remaining wire.Number // remain_num; vv has none
	Requested wire.Number // push_num; vv only, and may exceed Limit, which there counts arrivals
	Exhausted wire.Bool   // limit
}

// OnlinePoint is the number of users online at one time; GeTui sends one every ten minutes.
type OnlinePoint struct {
	Time  time.Time
	Users wire.Number
}

// UserDay are the users of one day.
type UserDay struct {
	Users           wire.Number // accumulative_num: ever registered
	NewUsers        wire.Number // register_num
	ActiveUsers     wire.Number // active_num
	PeakOnlineUsers wire.Number // online_num
}

// TaskLosses is where the messages of one task were lost, and how far they came in real time.
type TaskLosses struct {
	TaskID   string
	Total    Stages
	Channels []NamedStages // gt, apn, hw, …; Apple's is not called ios here
	Losses   []Loss
}

// Loss is how many messages did not reach a stage, for one reason, in GeTui's own codes.
type Loss struct {
	Stage    string // the stage not reached: ts = deliverable, rs = sent, sf = received, fd = displayed
	Channel  string // gt, apn, hw, …
	Category string // "6" = too many pushes; see failed_detail in GeTui's document
	Reason   string // "6001"; or "total", all of the category, which may exceed the sum of its reasons
	Messages wire.Number
}
