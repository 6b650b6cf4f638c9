package quanshi

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// QuanshiData makes the events of an application and who watches them. Every method is a pure function of the seed, the
// application and its arguments.
type QuanshiData struct {
	Seed uint64
	App  QuanshiApp
}

// The forms of an event.
const (
	QuanshiPhone      = 1
	QuanshiWebMeeting = 3
	QuanshiLive       = 4
	QuanshiLargeLive  = 7
)

// QuanshiEvent is an event.
type QuanshiEvent struct {
	ID         int64
	Title      string
	HostID     int64
	Start, End time.Time
	Form       int
}

// Minutes is what the list calls the length.
func (e QuanshiEvent) Minutes() int64 { return int64(e.End.Sub(e.Start) / time.Minute) }

// hostJSON is the host as the document shows it: a number or a text.
func (e QuanshiEvent) hostJSON() any {
	if e.ID%3 == 0 {
		return strconv.FormatInt(e.HostID, 10)
	}
	return e.HostID
}

// noise is the source of all that looks random in one application.
func (d QuanshiData) noise(subject string) core.Noise {
	return core.Noise(d.Seed).With("quanshi").With(d.App.AppKey).With(subject)
}

// What there is of scheduled events besides those that run: some time back, and some ahead.
const (
	quanshiKept  = 90 * 24 * time.Hour
	quanshiAhead = 14 * 24 * time.Hour
	// quanshiLongest is more than a scheduled event lasts.
	quanshiLongest = 3 * time.Hour
)

// One scheduled event begins every hour, and lasts an hour at least: at any time one runs, and the next is not far. Its
// id is the number of the hour, with a digit behind it.
const (
	quanshiSlot        = time.Hour
	quanshiFirstSlotID = 1_000_000 // of the year 1981
)

// Events are those that run at any time from one moment until another, both included, in the order in which they begin:
// the scheduled ones that the vendor knows now, and those with ids of their own.
func (d QuanshiData) Events(now, from, to time.Time) []QuanshiEvent {
	d.App = d.App.withDefaults()
	var list []QuanshiEvent
	add := func(e QuanshiEvent) {
		if !e.Start.After(to) && !e.End.Before(from) {
			list = append(list, e)
		}
	}
	add(d.room(now))
	add(d.archive())
	first, last := slotOf(now.Add(-quanshiKept)), slotOf(now.Add(quanshiAhead))
	if earliest := from.Add(-quanshiLongest); earliest.After(now.Add(-quanshiKept)) {
		first = slotOf(earliest)
	}
	if to.Before(now.Add(quanshiAhead)) {
		last = slotOf(to)
	}
	for slot := first; slot <= last; slot++ {
		add(d.scheduled(slot))
	}
	slices.SortFunc(list, func(a, b QuanshiEvent) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Event finds an event that the vendor knows at a time.
func (d QuanshiData) Event(now time.Time, id int64) (QuanshiEvent, bool) {
	d.App = d.App.withDefaults()
	switch id {
	case d.App.RoomID:
		return d.room(now), true
	case d.App.ArchiveID:
		return d.archive(), true
	}
	slot := id / 10
	if slot < slotOf(now.Add(-quanshiKept)) || slot > slotOf(now.Add(quanshiAhead)) {
		return QuanshiEvent{}, false
	}
	e := d.scheduled(slot)
	return e, e.ID == id
}

func slotOf(t time.Time) int64 { return t.Unix() / int64(quanshiSlot/time.Second) }

// quanshiRoomHours is how often the room opens.
const quanshiRoomHours = 6

func (d QuanshiData) room(now time.Time) QuanshiEvent {
	local := now.In(d.App.Location)
	y, m, day := local.Date()
	start := time.Date(y, m, day, local.Hour()/quanshiRoomHours*quanshiRoomHours, 0, 0, 0, d.App.Location)
	return QuanshiEvent{
		ID: d.App.RoomID, Title: "全天直播间", HostID: d.App.HostID, Form: QuanshiLive,
		Start: start, End: start.Add(quanshiRoomHours*time.Hour - 30*time.Minute),
	}
}

func (d QuanshiData) archive() QuanshiEvent {
	start := time.Date(2026, time.January, 14, 19, 30, 0, 0, d.App.Location)
	return QuanshiEvent{
		ID: d.App.ArchiveID, Title: "2026 “新春”年度发布会", HostID: d.App.HostID, Form: QuanshiLargeLive,
		Start: start, End: start.Add(150 * time.Minute),
	}
}

// quanshiForms are what events a day has, hour by hour: meetings at day, large ones in the evening, calls at night.
var quanshiForms = [24]int{
	1, 3, 1, 1, 3, 1, 3, 3, 4, 3, 4, 4, 3, 4, 4, 3, 4, 3, 4, 7, 7, 7, 4, 3,
}

var quanshiTitles = map[int][]string{
	QuanshiPhone:      {"海外客户电话例会", "值班交接电话会", "渠道电话沟通会"},
	QuanshiWebMeeting: {"项目周会", "产品评审会 / 第二轮", "新员工培训", "客户 \"问题\" 复盘"},
	QuanshiLive:       {"产品功能直播课", "行业案例分享", "教师研修直播", "招聘宣讲会"},
	QuanshiLargeLive:  {"秋季新品发布会", "万人公开课", "年度用户大会", "双十一直播专场"},
}

// scheduled is the event of an hour.
func (d QuanshiData) scheduled(slot int64) QuanshiEvent {
	n := d.noise("event").WithInt(slot)
	start := time.Unix(slot*int64(quanshiSlot/time.Second), 0).In(d.App.Location)
	form := quanshiForms[start.Hour()]
	e := QuanshiEvent{
		ID: slot*10 + n.With("id").Between(0, 9), Title: core.Pick(quanshiTitles[form], n.With("title")), HostID: d.App.HostID, Form: form,
		Start: start, End: start.Add(time.Duration(60+15*n.With("length").Between(0, 4)) * time.Minute),
	}
	if slot%5 == 0 {
		e.HostID++
	}
	return e
}
