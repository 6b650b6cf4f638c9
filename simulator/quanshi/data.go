package quanshi

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Data makes the events of an application and who watches them. Every method is a pure function of the seed, the
// application and its arguments.
type Data struct {
	Seed uint64
	App  App
}

// The forms of an event.
const (
	Phone      = 1
	WebMeeting = 3
	Live       = 4
	LargeLive  = 7
)

// Event is an event.
type Event struct {
	ID         int64
	Title      string
	HostID     int64
	Start, End time.Time
	Form       int
}

// Minutes is what the list calls the length.
func (e Event) Minutes() int64 { return int64(e.End.Sub(e.Start) / time.Minute) }

// hostJSON is the host as the document shows it: a number or a text.
func (e Event) hostJSON() any {
	if e.ID%3 == 0 {
		return strconv.FormatInt(e.HostID, 10)
	}
	return e.HostID
}

// noise is the source of all that looks random in one application.
func (d Data) noise(subject string) core.Noise {
	return core.Noise(d.Seed).With("quanshi").With(d.App.AppKey).With(subject)
}

// What there is of scheduled events besides those that run: some time back, and some ahead.
const (
	kept  = 90 * 24 * time.Hour
	ahead = 14 * 24 * time.Hour
	// longest is more than a scheduled event lasts.
	longest = 3 * time.Hour
)

// One scheduled event begins every hour, and lasts an hour at least: at any time one runs, and the next is not far. Its
// id is the number of the hour, with a digit behind it.
const (
	eventSlot   = time.Hour
	firstSlotID = 1_000_000 // of the year 1981
)

// Events are those that run at any time from one moment until another, both included, in the order in which they begin:
// the scheduled ones that the vendor knows now, and those with ids of their own.
func (d Data) Events(now, from, to time.Time) []Event {
	d.App = d.App.withDefaults()
	var list []Event
	add := func(e Event) {
		if !e.Start.After(to) && !e.End.Before(from) {
			list = append(list, e)
		}
	}
	add(d.room(now))
	add(d.archive())
	first, last := slotOf(now.Add(-kept)), slotOf(now.Add(ahead))
	if earliest := from.Add(-longest); earliest.After(now.Add(-kept)) {
		first = slotOf(earliest)
	}
	if to.Before(now.Add(ahead)) {
		last = slotOf(to)
	}
	for slot := first; slot <= last; slot++ {
		add(d.scheduled(slot))
	}
	slices.SortFunc(list, func(a, b Event) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Event finds an event that the vendor knows at a time.
func (d Data) Event(now time.Time, id int64) (Event, bool) {
	d.App = d.App.withDefaults()
	switch id {
	case d.App.RoomID:
		return d.room(now), true
	case d.App.ArchiveID:
		return d.archive(), true
	}
	slot := id / 10
	if slot < slotOf(now.Add(-kept)) || slot > slotOf(now.Add(ahead)) {
		return Event{}, false
	}
	e := d.scheduled(slot)
	return e, e.ID == id
}

func slotOf(t time.Time) int64 { return t.Unix() / int64(eventSlot/time.Second) }

// roomHours is how often the room opens.
const roomHours = 6

func (d Data) room(now time.Time) Event {
	local := now.In(d.App.Location)
	y, m, day := local.Date()
	start := time.Date(y, m, day, local.Hour()/roomHours*roomHours, 0, 0, 0, d.App.Location)
	return Event{
		ID: d.App.RoomID, Title: "全天直播间", HostID: d.App.HostID, Form: Live,
		Start: start, End: start.Add(roomHours*time.Hour - 30*time.Minute),
	}
}

func (d Data) archive() Event {
	start := time.Date(2026, time.January, 14, 19, 30, 0, 0, d.App.Location)
	return Event{
		ID: d.App.ArchiveID, Title: "2026 “新春”年度发布会", HostID: d.App.HostID, Form: LargeLive,
		Start: start, End: start.Add(150 * time.Minute),
	}
}

// forms are what events a day has, hour by hour: meetings at day, large ones in the evening, calls at night.
var forms = [24]int{
	1, 3, 1, 1, 3, 1, 3, 3, 4, 3, 4, 4, 3, 4, 4, 3, 4, 3, 4, 7, 7, 7, 4, 3,
}

var titles = map[int][]string{
	Phone:      {"海外客户电话例会", "值班交接电话会", "渠道电话沟通会"},
	WebMeeting: {"项目周会", "产品评审会 / 第二轮", "新员工培训", "客户 \"问题\" 复盘"},
	Live:       {"产品功能直播课", "行业案例分享", "教师研修直播", "招聘宣讲会"},
	LargeLive:  {"秋季新品发布会", "万人公开课", "年度用户大会", "双十一直播专场"},
}

// scheduled is the event of an hour.
func (d Data) scheduled(slot int64) Event {
	n := d.noise("event").WithInt(slot)
	start := time.Unix(slot*int64(eventSlot/time.Second), 0).In(d.App.Location)
	form := forms[start.Hour()]
	e := Event{
		ID: slot*10 + n.With("id").Between(0, 9), Title: core.Pick(titles[form], n.With("title")), HostID: d.App.HostID,
		Form:  form,
		Start: start, End: start.Add(time.Duration(60+15*n.With("length").Between(0, 4)) * time.Minute),
	}
	if slot%5 == 0 {
		e.HostID++
	}
	return e
}
