package getui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// maxTaskIDs is how many tasks one call may ask for.
const maxTaskIDs = 200

// pushQuota is GET /report/push/count.
func (s *server) pushQuota(c *core.Call, _ string) core.Answer {
	if !s.quotaCalls.Admit(c.Arrived) {
		return errorAnswer(tooManyCalls, "")
	}
	if code := s.app.QuotaRefusal; code != 0 {
		return errorAnswer(code, "")
	}
	var names []string // channels, in the order in which they come first
	kinds := make(map[string]core.Object)
	for _, state := range s.data.Quotas(c.Now) {
		if c.Exhausted {
			state.exhaust()
		}
		if kinds[state.Channel] == nil {
			names = append(names, state.Channel)
		}
		kinds[state.Channel] = append(kinds[state.Channel], core.Member{state.Kind, state.json()})
	}
	channels := make(core.Object, len(names))
	for i, name := range names {
		channels[i] = core.Member{name, kinds[name]}
	}
	return successMessageFirst(channels)
}

// json writes a limit as the document's example does: text or numbers, and other fields, by the channel.
func (q QuotaState) json() core.Object {
	text := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch q.Channel {
	case quotaByArrival:
		var requested any = q.Requested
		if q.Requested == NotReported {
			requested = nil
		}
		return core.Object{{"push_num", requested}, {"total_num", text(q.Limit)}, {"limit", q.Exhausted}}
	case "op":
		return core.Object{{"total_num", text(q.Limit)}, {"limit", q.Exhausted}, {"remain_num", text(q.Remaining)}}
	default:
		return core.Object{{"total_num", q.Limit}, {"limit", q.Exhausted}, {"remain_num", q.Remaining}}
	}
}

// onlineUsers is GET /report/online_user.
func (s *server) onlineUsers(c *core.Call, _ string) core.Answer {
	var points core.Object
	for _, p := range s.data.shuffled(s.data.OnlineUsers(c.Now)) {
		points = append(points, core.Member{strconv.FormatInt(p.Time.UnixMilli(), 10), p.Users})
	}
	return successAnswer(core.Object{{"online_statics", points}})
}

// userDay is GET /report/user/date/DATE.
func (s *server) userDay(c *core.Call, date string) core.Answer {
	day, ok := s.pastDay(date, c.Now)
	if !ok {
		return invalid("date")
	}
	if !s.data.hasDay(day) {
		return successAnswer(s.data.nothing(date))
	}
	u := s.data.UserDay(day)
	return successAnswer(core.Object{{date, core.Object{
		{"register_num", u.Registered}, {"active_num", u.Active}, {"online_num", u.Online},
		{"accumulative_num", u.Accumulated},
	}}})
}

// pushDay is GET /report/push/date/DATE.
func (s *server) pushDay(c *core.Call, date string) core.Answer {
	day, ok := s.pastDay(date, c.Now)
	if !ok {
		return invalid("date")
	}
	brands, ok := wantsBrands(c)
	if !ok {
		return wrongType("needGetuiByBrand")
	}
	if !s.data.hasDay(day) {
		return successAnswer(s.data.nothing(date))
	}
	r := s.data.PushDay(day)
	// The document shows no msg_num in the total of a day; real answers have it.
	return successAnswer(core.Object{{date, append(core.Object{{"total", r.Total.jsonWithDeliverable()}},
		r.channels(brands)...)}})
}

// tasks is GET /report/push/task/ID,ID…
func (s *server) tasks(c *core.Call, list string) core.Answer {
	ids, refusal, ok := taskIDs(list)
	if !ok {
		return refusal
	}
	brands, ok := wantsBrands(c)
	if !ok {
		return wrongType("needGetuiByBrand")
	}
	var actions []string
	if asked := c.Request.URL.Query().Get("actionIdList"); asked != "" {
		actions = strings.Split(asked, ",")
	}
	known := core.Object{}
	for _, id := range ids {
		r, ok := s.data.Task(id, c.Now)
		if !ok {
			continue
		}
		report := append(core.Object{{"total", r.Total.jsonWithDeliverable()}}, r.channels(brands)...)
		if actions != nil {
			report = append(report, core.Member{"actionCntMap", r.actions(actions)})
		}
		known = append(known, core.Member{id, report})
	}
	return successAnswer(s.data.orNothing(known, list))
}

// taskLosses is GET /report/push/task/ID,ID…/detail.
func (s *server) taskLosses(c *core.Call, list string) core.Answer {
	if code := s.app.DetailRefusal; code != 0 {
		return errorAnswer(code, "")
	}
	ids, refusal, ok := taskIDs(list)
	if !ok {
		return refusal
	}
	known := core.Object{}
	for _, id := range ids {
		r, ok := s.data.Task(id, c.Now)
		if !ok {
			continue
		}
		report := core.Object{{"total", r.Total.jsonWithDeliverable()}}
		for _, row := range r.channels(false) {
			report = append(report, core.Member{detailChannel(row.Name()), row.Value()})
		}
		losses, _ := s.data.TaskLosses(id, c.Now)
		known = append(known, core.Member{id, append(report, core.Member{"failed_detail", lossTree(losses)})})
	}
	return successMessageFirst(s.data.orNothing(known, list))
}

// taskGroup is GET /report/push/task_group/NAME.
func (s *server) taskGroup(c *core.Call, name string) core.Answer {
	if name == "" {
		return empty("group_name")
	}
	brands, ok := wantsBrands(c)
	if !ok {
		return wrongType("needGetuiByBrand")
	}
	query := c.Request.URL.Query()
	today := core.Midnight(c.Now.In(s.app.Location), 0)
	start, end := core.Midnight(today, -taskGroupDays), today
	if date := query.Get("startDate"); date != "" {
		if start, ok = s.day(date, core.Midnight(today, -taskGroupDays), today); !ok {
			return invalid("startDate")
		}
	}
	if date := query.Get("endDate"); date != "" {
		if end, ok = s.day(date, start, today); !ok {
			return invalid("endDate")
		}
	}
	known := core.Object{}
	if r, ok := s.data.TaskGroup(name, start, end, c.Now); ok {
		known = core.Object{{name, append(core.Object{{"total", r.Total.jsonWithDeliverable()}},
			r.channels(brands)...)}}
	}
	return successCodeAsText(s.data.orNothing(known, name))
}

// pastDay reads a day that is over and for which the vendor still has data.
func (s *server) pastDay(date string, now time.Time) (time.Time, bool) {
	today := core.Midnight(now.In(s.app.Location), 0)
	return s.day(date, core.Midnight(today, -taskDays), core.Midnight(today, -1))
}

// day reads a date between two days, both included.
func (s *server) day(date string, first, last time.Time) (time.Time, bool) {
	day, err := time.ParseInLocation(core.DateLayout, date, s.app.Location)
	if err != nil {
		return time.Time{}, false
	}
	// By the calendar: where a day begins later than at midnight, times would not compare.
	number := core.DayNumber(day)
	return day, number >= core.DayNumber(first) && number <= core.DayNumber(last)
}

// taskIDs reads a list of task ids, each of them once.
func taskIDs(list string) (ids []string, refusal core.Answer, ok bool) {
	ids = strings.Split(list, ",")
	if slices.Contains(ids, "") {
		return nil, empty("taskid"), false
	}
	if len(ids) > maxTaskIDs {
		return nil, errorAnswer(badParameter, "taskid is invalid, more than 200"), false
	}
	var once []string
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	return once, core.Answer{}, true
}

// wantsBrands reads needGetuiByBrand; ok is false if it is neither true nor false.
func wantsBrands(c *core.Call) (wants, ok bool) {
	switch strings.ToLower(c.Request.URL.Query().Get("needGetuiByBrand")) {
	case "true":
		return true, true
	case "false", "":
		return false, true
	default:
		return false, false
	}
}

// json writes stages as a channel has them, without msg_num.
func (s Stages) json() core.Object {
	var clicked any = s.Clicked
	if s.Clicked == NotReported {
		clicked = nil
	}
	return core.Object{{"target_num", s.Sent}, {"receive_num", s.Received}, {"display_num", s.Displayed},
		{"click_num", clicked}}
}

func (s Stages) jsonWithDeliverable() core.Object {
	return append(core.Object{{"msg_num", s.Deliverable}}, s.json()...)
}

// channels writes the rows of a report, with the brands inside gt.
func (r Report) channels(brands bool) core.Object {
	rows := make(core.Object, len(r.Channels))
	for i, row := range r.Channels {
		value := row.json()
		if brands && row.Name == "gt" {
			for _, brand := range r.Brands {
				value = append(value, core.Member{brand.Name, brand.json()})
			}
		}
		rows[i] = core.Member{row.Name, value}
	}
	return rows
}

// actions writes the counts of the custom events that were asked for and that the application has.
func (r Report) actions(asked []string) core.Object {
	counts := core.Object{}
	for _, a := range r.Actions {
		if slices.Contains(asked, a.ActionID) {
			counts = append(counts, core.Member{a.ActionID, a.Count})
		}
	}
	return counts
}

// lossTree writes losses by stage, channel, category and reason.
func lossTree(losses []Loss) core.Object {
	tree := core.Object{}
	for _, l := range losses {
		putLoss(&tree, l.Messages, l.Stage, l.Channel, l.Category, l.Reason)
	}
	return tree
}

// putLoss sets a value below a path of names, and makes the objects on the way.
func putLoss(o *core.Object, value any, path ...string) {
	last := len(*o) - 1
	if last < 0 || (*o)[last].Name() != path[0] {
		*o = append(*o, core.Member{path[0]})
		last++
	}
	if len(path) == 1 {
		(*o)[last][1] = value
		return
	}
	inner, _ := (*o)[last].Value().(core.Object)
	putLoss(&inner, value, path[1:]...)
	(*o)[last][1] = inner
}
