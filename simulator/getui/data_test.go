package getui_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// defaultData returns the data of the default applications with some seeds.
func defaultData() []getui.Data {
	var all []getui.Data
	for _, app := range append(getui.DefaultApps(), simtest.GetuiApp()) {
		for seed := range uint64(2) {
			all = append(all, getui.Data{Seed: seed, App: app})
		}
	}
	return all
}

// instants are many moments of two weeks, and some of other years.
func instants() []time.Time {
	var all []time.Time
	for at := simtest.Noon; at.Before(simtest.Noon.AddDate(0, 0, 14)); at = at.Add(17*time.Hour + 7*time.Minute + 13*time.Second) {
		all = append(all, at)
	}
	return append(all, time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, time.February, 29, 15, 59, 59, 0, time.UTC), simtest.Noon.AddDate(10, 0, 0))
}

var paths = []string{
	"/report/push/count", "/report/online_user", "/report/push/date/2026-11-16?needGetuiByBrand=true", "/report/user/date/2026-11-16",
	"/report/push/task/task-1,task-2?needGetuiByBrand=true&actionIdList=90001,90002", "/report/push/task/task-1,task-2/detail",
	"/report/push/task_group/group?needGetuiByBrand=true",
}

func TestAnswersArePure(t *testing.T) {
	for _, path := range paths {
		t.Run(path, func(t *testing.T) {
			read := func(seed uint64, at time.Time) string {
				app := simtest.GetuiApp()
				app.Users = 3_000_000
				// Sent a little before noon, so that it grows.
				app.TaskSent = map[string]time.Time{"task-1": simtest.Noon.Add(-10 * time.Minute)}
				c := simtest.NewClock(at)
				b := &simtest.Getui{App: app, Client: &simtest.Client{T: t, Clock: c, Simulator: simulator.New(simulator.Options{Seed: seed, Now: c.Now, Vendors: []simulator.Vendor{getui.Vendor(app)}})}}
				b.Get(path) // what was asked before makes no difference
				return b.Get(path).Body
			}
			first := read(1, simtest.Noon)
			if again := read(1, simtest.Noon); again != first {
				t.Errorf("same seed, same time, other answer:\n%s\n%s", first, again)
			}
			if again := read(1, simtest.Noon.UTC()); again != first {
				t.Error("the answer depends on the zone in which the time is written")
			}
			if other := read(2, simtest.Noon); other == first {
				t.Error("another seed, same answer")
			}
			// What is over does not move, unless the vendor corrects it; the rest does.
			moves := path != paths[2] && path != paths[3]
			if later := read(1, simtest.Noon.Add(30*time.Minute)); (later != first) != moves {
				t.Errorf("30 minutes later the answer is the same: %t", later == first)
			}
		})
	}
}

func TestOnlineUsers(t *testing.T) {
	for _, d := range defaultData() {
		for _, now := range instants() {
			points := d.OnlineUsers(now)
			if n := len(points); n < 135 || n > 144 {
				t.Fatalf("%s at %s: %d points, want about 144", d.App.AppID, now, n)
			}
			low, high := points[0], points[0]
			for i, p := range points {
				if p.Time.After(now) || now.Sub(p.Time) > 24*time.Hour || (i > 0 && !p.Time.After(points[i-1].Time)) {
					t.Fatalf("%s at %s: point %d is of %s", d.App.AppID, now, i, p.Time)
				}
				if offset := p.Time.Sub(p.Time.Truncate(10 * time.Minute)); offset < 5*time.Minute || offset > 5*time.Minute+19*time.Millisecond {
					t.Fatalf("point at %s is not at :05", p.Time)
				}
				if p.Users < low.Users {
					low = p
				}
				if p.Users > high.Users {
					high = p
				}
			}
			hour := func(p getui.OnlinePoint) float64 {
				local := p.Time.In(simtest.Noon.Location())
				return float64(local.Hour()) + float64(local.Minute())/60
			}
			if h := hour(low); h < 3 || h > 5.5 {
				t.Errorf("%s at %s: fewest users at %.1f h, want about 4", d.App.AppID, now, h)
			}
			if h := hour(high); h < 19.5 || h > 22 {
				t.Errorf("%s at %s: most users at %.1f h, want the evening", d.App.AppID, now, h)
			}
			if low.Users <= 0 || high.Users < 4*low.Users {
				t.Errorf("%s at %s: users go from %d to %d, want a rhythm", d.App.AppID, now, low.Users, high.Users)
			}
		}
	}
	t.Run("points of the past stay", func(t *testing.T) {
		d := defaultData()[0]
		before := make(map[time.Time]int64)
		for _, p := range d.OnlineUsers(simtest.Noon) {
			before[p.Time] = p.Users
		}
		for _, p := range d.OnlineUsers(simtest.Noon.Add(6 * time.Hour)) {
			if users, ok := before[p.Time]; ok != !p.Time.After(simtest.Noon) || (ok && users != p.Users) {
				t.Errorf("point at %s was %d (%t), is %d", p.Time, users, ok, p.Users)
			}
		}
	})
	t.Run("weekends differ", func(t *testing.T) {
		d := defaultData()[0]
		at := func(days int) int64 { // the first point after 08:00
			points := d.OnlineUsers(time.Date(2026, time.November, 17+days, 8, 6, 0, 0, simtest.Noon.Location()))
			return points[len(points)-1].Users
		}
		if tuesday, saturday := at(0), at(4); saturday*10 > tuesday*9 {
			t.Errorf("at eight on a Saturday %d users are online, on a Tuesday %d: want clearly fewer", saturday, tuesday)
		}
	})
}

func TestQuotas(t *testing.T) {
	zones := map[string]*time.Location{"Asia/Shanghai": nil, "UTC": time.UTC, "UTC-11": time.FixedZone("", -11*60*60)}
	for name, zone := range zones {
		t.Run(name, func(t *testing.T) {
			for _, d := range defaultData() {
				d.App.Location = zone
				local := zone
				if local == nil {
					local = simtest.Noon.Location()
				}
				for day := range 3 {
					midnight := time.Date(2026, time.November, 20+day, 0, 0, 0, 0, local)
					previous := d.Quotas(midnight)
					for _, q := range previous {
						if q.Used != 0 || q.Requested > 0 || q.Exhausted {
							t.Fatalf("at midnight %+v is not fresh", q)
						}
					}
					for at := midnight; at.Before(midnight.AddDate(0, 0, 1)); at = at.Add(11 * time.Minute) {
						states := d.Quotas(at)
						for i, q := range states {
							checkQuota(t, q, previous[i])
						}
						previous = states
					}
				}
			}
		})
	}
}

func checkQuota(t *testing.T, q, before getui.QuotaState) {
	t.Helper()
	if q.Used < before.Used || q.Requested < before.Requested {
		t.Errorf("%+v is less than %+v before", q, before)
	}
	if q.Used < 0 || q.Used > q.Limit || q.Exhausted != (q.Used == q.Limit) {
		t.Errorf("%+v: limit is true iff all is used", q)
	}
	if q.Channel == "vv" {
		if q.Remaining != getui.NotReported || (q.Requested != getui.NotReported && q.Requested < q.Used) {
			t.Errorf("%+v: vv reports what was asked for, at least what arrived, and nothing remaining", q)
		}
	} else if q.Requested != getui.NotReported || q.Remaining != q.Limit-q.Used {
		t.Errorf("%+v: remaining is the limit less what is used", q)
	}
}

func TestQuotasOfTheDefaultApps(t *testing.T) {
	apps := getui.DefaultApps()
	at := func(app getui.App, day, hour, minute int, channel, kind string) getui.QuotaState {
		states := getui.Data{App: app}.Quotas(time.Date(2026, time.November, 17+day, hour, minute, 0, 0, simtest.Noon.Location()))
		i := slices.IndexFunc(states, func(q getui.QuotaState) bool { return q.Channel == channel && q.Kind == kind })
		return states[i]
	}
	for day := range 14 {
		for hour := 9; hour < 24; hour++ {
			if q := at(apps[1], day, hour, 0, "xm", "general"); q.Used*100 < q.Limit*95 || q.Exhausted {
				t.Errorf("day %d, %d h: %+v, want at least 95%% used, not all", day, hour, q)
			}
		}
		if q := at(apps[1], day, 17, 0, "op", "general"); q.Exhausted {
			t.Errorf("day %d: %+v is exhausted in the afternoon, want late", day, q)
		}
		if q := at(apps[1], day, 22, 0, "op", "general"); !q.Exhausted {
			t.Errorf("day %d: %+v is not exhausted late", day, q)
		}
		if q := at(apps[0], day, 23, 59, "vv", "general"); q.Requested <= q.Limit || q.Exhausted {
			t.Errorf("day %d: %+v, want more requests than the limit while fewer arrive", day, q)
		}
	}
}

// checkReport checks what holds of every report.
func checkReport(t *testing.T, what string, r getui.Report) {
	t.Helper()
	rows := append([]getui.Row{{Name: "total", Stages: r.Total}}, r.Channels...)
	for _, row := range append(rows, r.Brands...) {
		last := row.Deliverable
		for i, n := range []int64{row.Deliverable, row.Sent, row.Received, row.Displayed, row.Clicked} {
			if n == getui.NotReported && i >= 3 {
				continue
			}
			if n < 0 || n > last {
				t.Errorf("%s: %s has more at a stage than before it: %+v", what, row.Name, row.Stages)
			}
			last = n
		}
	}
	if sum := sumOf(r.Channels); sum != r.Total {
		t.Errorf("%s: total is %+v, the channels' sum is %+v", what, r.Total, sum)
	}
	if sum := sumOf(r.Brands); sum != r.Channels[0].Stages || r.Channels[0].Name != "gt" {
		t.Errorf("%s: the brands' sum is %+v, gt is %+v", what, sum, r.Channels[0])
	}
	named := r.Brands
	if n := len(named); n > 10 {
		if n != 11 || named[10].Name != "others" {
			t.Errorf("%s: %d brands, the last is %s", what, n, named[n-1].Name)
		}
		named = named[:10]
	}
	if !slices.IsSortedFunc(named, func(a, b getui.Row) int { return int(b.Sent - a.Sent) }) {
		t.Errorf("%s: brands are not in the order of what was sent: %+v", what, named)
	}
	for _, a := range r.Actions {
		if a.Count < 0 || a.Count > r.Total.Clicked {
			t.Errorf("%s: action %+v of %d clicks", what, a, r.Total.Clicked)
		}
	}
}

// sumOf adds up what is reported.
func sumOf(rows []getui.Row) (sum getui.Stages) {
	for _, row := range rows {
		sum.Deliverable += row.Deliverable
		sum.Sent += row.Sent
		sum.Received += row.Received
		sum.Displayed += max(0, row.Displayed)
		sum.Clicked += max(0, row.Clicked)
	}
	return sum
}

func TestPushAndUserDays(t *testing.T) {
	for _, d := range defaultData() {
		for _, now := range instants() {
			r := d.PushDay(now)
			checkReport(t, "push day "+now.String(), r)
			if r.Total.Clicked <= 0 {
				t.Errorf("%s on %s: no clicks: %+v", d.App.AppID, now, r.Total)
			}
			u, before := d.UserDay(now), d.UserDay(now.AddDate(0, 0, -1))
			if u.Registered != u.Accumulated-before.Accumulated || u.Registered < 0 {
				t.Errorf("%s on %s: %d new users, all were %d and are %d", d.App.AppID, now, u.Registered, before.Accumulated, u.Accumulated)
			}
			if u.Online <= 0 || u.Online > u.Active || u.Active > u.Accumulated {
				t.Errorf("%s on %s: %+v, want online ≤ active ≤ all", d.App.AppID, now, u)
			}
		}
	}
	t.Run("peak is that of the day's points", func(t *testing.T) {
		d := defaultData()[0]
		var peak int64
		for _, p := range d.OnlineUsers(time.Date(2026, time.November, 18, 0, 0, 0, 0, simtest.Noon.Location())) {
			peak = max(peak, p.Users)
		}
		// A point may be missing in the answer, so the peak may be a little higher.
		if online := d.UserDay(simtest.Noon).Online; online < peak || online > peak*103/100 {
			t.Errorf("peak of the day is %d, of the points %d", online, peak)
		}
	})
}

func TestBrandsOfAChannelWithoutDisplays(t *testing.T) {
	app := simtest.GetuiApp()
	app.Channels = []getui.Channel{{Name: "gt", Share: 600_000, NoDisplay: true}, {Name: "hw", Share: 400_000}}
	r := getui.Data{App: app}.PushDay(simtest.Noon)
	for _, brand := range r.Brands {
		if brand.Sent <= 0 || brand.Displayed != getui.NotReported {
			t.Errorf("brand is %+v, want no displays", brand)
		}
	}
	if r.Total.Displayed != r.Channels[1].Displayed {
		t.Errorf("total is %+v, want the displays of %+v", r.Total, r.Channels[1])
	}
}

func TestTasksGrow(t *testing.T) {
	sent := simtest.Noon.Add(-3 * time.Hour)
	for _, d := range defaultData() {
		id := d.App.TaskIDs[0]
		d.App.TaskSent = map[string]time.Time{id: sent}
		var before getui.Stages
		for age := time.Duration(0); age < 72*time.Hour; age += 7 * time.Minute {
			r, ok := d.Task(id, sent.Add(age))
			if !ok {
				t.Fatalf("%s: not known after %s", d.App.AppID, age)
			}
			checkReport(t, id+" after "+age.String(), r)
			s := r.Total
			if s.Deliverable < before.Deliverable || s.Sent < before.Sent || s.Received < before.Received || s.Displayed < before.Displayed || s.Clicked < before.Clicked {
				t.Errorf("%s after %s: %+v is less than %+v before", d.App.AppID, age, s, before)
			}
			before = s
		}
		if before.Clicked == 0 {
			t.Errorf("%s: task has no clicks in the end: %+v", d.App.AppID, before)
		}
		if _, ok := d.Task(id, sent.Add(-time.Second)); ok {
			t.Errorf("%s: task is known before it is sent", d.App.AppID)
		}
		if losses, ok := d.TaskLosses(id, sent.Add(-time.Second)); ok {
			t.Errorf("%s: losses are known before the task is sent: %v", d.App.AppID, losses)
		}
		if _, ok := d.Task(id, sent.AddDate(0, 0, 90)); !ok {
			t.Errorf("%s: task is not known after 90 days", d.App.AppID)
		}
		if _, ok := d.Task(id, sent.AddDate(0, 0, 91)); ok {
			t.Errorf("%s: task is known after 91 days", d.App.AppID)
		}
	}
}

func TestTasksAreSentWeekly(t *testing.T) {
	for _, d := range defaultData() {
		for _, id := range d.App.TaskIDs {
			for _, now := range instants() {
				sent, ok := d.TaskSent(id, now)
				if age := now.Sub(sent); !ok || age < 0 || age >= 7*24*time.Hour {
					t.Errorf("%s at %s: sent at %s (%t), want in the week before", id, now, sent, ok)
				}
				again, _ := d.TaskSent(id, now.AddDate(0, 0, 7))
				if !again.Equal(sent.AddDate(0, 0, 7)) {
					t.Errorf("%s: sent at %s, a week later at %s", id, sent, again)
				}
			}
		}
	}
}

func TestTaskGroups(t *testing.T) {
	for _, d := range defaultData() {
		for _, name := range d.App.TaskGroups {
			for _, now := range instants() {
				start := now.AddDate(0, 0, -70)
				all, ok := d.TaskGroup(name, start, now, now)
				if !ok {
					t.Fatalf("group %s is not known", name)
				}
				checkReport(t, name, all)
				first, _ := d.TaskGroup(name, start, now.AddDate(0, 0, -30), now)
				second, _ := d.TaskGroup(name, now.AddDate(0, 0, -29), now, now)
				both := sumOf([]getui.Row{{Stages: first.Total}, {Stages: second.Total}})
				if both != all.Total {
					t.Errorf("group %s at %s: parts of the span add up to %+v, all of it is %+v", name, now, both, all.Total)
				}
				if all.Total.Clicked == 0 {
					t.Errorf("group %s at %s: no clicks", name, now)
				}
			}
		}
	}
}

func TestLosses(t *testing.T) {
	sent := simtest.Noon.Add(-3 * time.Hour)
	for _, d := range defaultData() {
		id := d.App.TaskIDs[0]
		d.App.TaskSent = map[string]time.Time{id: sent}
		before := make(map[getui.Loss]int64)
		unspecified := false
		for age := time.Duration(0); age < 72*time.Hour; age += 23 * time.Minute {
			now := sent.Add(age)
			losses, _ := d.TaskLosses(id, now)
			report, _ := d.Task(id, now)
			stages := make(map[string]map[string]int64) // by stage and channel
			reasons := make(map[getui.Loss]int64)
			for _, l := range losses {
				if l.Messages <= 0 {
					t.Errorf("%+v is listed", l)
				}
				key := l
				key.Messages = 0
				if l.Messages < before[key] {
					t.Errorf("%+v was %d before", l, before[key])
				}
				before[key] = l.Messages
				key.Reason = ""
				if l.Reason != "total" {
					reasons[key] += l.Messages
					continue
				}
				if reasons[key] > l.Messages {
					t.Errorf("%+v: its reasons are %d", l, reasons[key])
				}
				unspecified = unspecified || reasons[key] < l.Messages && reasons[key] > 0
				if stages[l.Stage] == nil {
					stages[l.Stage] = make(map[string]int64)
				}
				stages[l.Stage][l.Channel] += l.Messages
			}
			settled := age >= 48*time.Hour
			for _, row := range report.Channels {
				channel := row.Name
				if channel == "ios" {
					channel = "apn"
				}
				for _, tc := range []struct {
					stage   string
					missing int64
				}{
					{"rs", row.Deliverable - row.Sent},
					{"sf", row.Sent - row.Received},
					{"fd", row.Received - row.Displayed},
				} {
					if tc.stage == "fd" && row.Displayed == getui.NotReported {
						tc.missing = 0
					}
					lost := stages[tc.stage][channel]
					if lost > tc.missing || (settled && lost != tc.missing) {
						t.Errorf("%s %s after %s: %d lost at %s, %d missing", d.App.AppID, channel, age, lost, tc.stage, tc.missing)
					}
				}
			}
			var ts int64
			for n := range maps.Values(stages["ts"]) {
				ts += n
			}
			if requested := d.TaskRequested(id, now); requested != report.Total.Deliverable+ts {
				t.Errorf("%s after %s: %d requested, %d deliverable, %d lost before that", d.App.AppID, age, requested, report.Total.Deliverable, ts)
			}
		}
		if !unspecified {
			t.Errorf("%s: the reasons of each category add up to its total, want a rest", d.App.AppID)
		}
	}
}
