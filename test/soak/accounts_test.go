package soak

import (
	"fmt"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

// account is one account at a vendor, as the simulator has it and as the exporter knows it.
type account struct {
	vendor, name string
	id           string                   // what the simulator calls it
	basePath     string                   // of its base_url, behind the vendors' address
	login        string                   // the vendor's own keys, in YAML
	intervals    map[string]time.Duration // min_interval by endpoint; of those that the configuration has
	perMinute    int                      // requests_per_minute, at most
	first        map[string]string        // what the refreshes of an endpoint ask for first, of those endpoints that ask for more
	short        bool                     // perMinute is less than its intervals would need: the budget is what holds it
	check        func(p page, r *requests) []string
}

// intervalOf is the min_interval of the endpoint that was asked for; false for a login, which has none.
func (a *account) intervalOf(what string) (time.Duration, bool) {
	endpoint, _, _ := strings.Cut(what, " ")
	interval, ok := a.intervals[endpoint]
	return interval, ok
}

// leads reports whether turns begin with this request, of which there is one in each.
func (a *account) leads(what string) bool {
	endpoint, item, _ := strings.Cut(what, " ")
	first, several := a.first[endpoint]
	return !several || item == first
}

// together reports whether two requests may be of one refresh, so that a fault of one can meet the other. Quanshi's
// reports are read of the events that its list has.
func (a *account) together(what, other string) bool {
	endpoint, _, _ := strings.Cut(what, " ")
	return a.vendor == "quanshi" || strings.HasPrefix(other, endpoint+" ")
}

// isLogin reports whether a request was for what all the others of the account need.
func isLogin(what string) bool {
	return strings.HasPrefix(what, "auth ") || strings.HasPrefix(what, "token_create ")
}

// What is read often has a short interval, so that a short run reads it again and again; the rest is as in production.
const (
	often    = 10 * time.Second
	atTimes  = 30 * time.Second
	seldom   = time.Hour
	segments = `{conditions: [{field: user.viplevel, function: equal, params: [gold]}]}`
	segment  = `{"conditions":[{"field":"user.viplevel","function":"equal","params":["gold"]}]}`
)

// fleet is all accounts, as the exporter and the simulator know them.
type fleet struct {
	accounts []*account
	byName   map[string]*account

	getui       []getui.App
	polyv       []polyv.User
	adspect     []adspect.Account
	sensorsdata []sensorsdata.Project
	quanshi     []quanshi.App
}

// options are the simulator's options for the accounts.
func (f *fleet) options() simulator.Options {
	return simulator.Options{Seed: *seed, Now: now, Vendors: []simulator.Vendor{
		getui.Vendor(f.getui...), polyv.Vendor(f.polyv...), adspect.Vendor(f.adspect...),
		sensorsdata.Vendor(f.sensorsdata...), quanshi.Vendor(f.quanshi...),
	}}
}

// newFleet makes accountsPerVendor accounts of each vendor. No two have the same values.
func newFleet() *fleet {
	f := &fleet{byName: make(map[string]*account)}
	for i := range accountsPerVendor {
		f.addGetui(i)
		f.addPolyv(i)
		f.addAdspect(i)
		f.addSensorsdata(i)
		f.addQuanshi(i)
	}
	return f
}

// now is the vendors' clock. It ticks once a second, so that two requests within one get the same values, and whoever
// knows the second knows the values.
func now() time.Time { return time.Now().Truncate(time.Second) }

func (f *fleet) add(vendor string, i int, a account) {
	a.vendor, a.name = vendor, fmt.Sprintf("%s-%03d", vendor, i)
	f.accounts = append(f.accounts, &a)
	f.byName[a.name] = &a
}

func (f *fleet) addGetui(i int) {
	app := getui.App{
		AppID: fmt.Sprintf("SimSoakApp%03d", i), AppKey: "SimKeyNotReal", MasterSecret: "SimSecretNotReal", Users: int64(20_000 + 137*i),
		PushCountPerMinute: 8, // what a min_interval of 10 s may come to, and one more: more is refused
	}
	f.getui = append(f.getui, app)
	perMinute, short := 36, i%50 == 0
	if short {
		perMinute = 12
	}
	f.add("getui", i, account{
		id: app.AppID, basePath: "/getui/v2", perMinute: perMinute, short: short,
		login: fmt.Sprintf("app_id: %s, app_key: %s, master_secret: %s", app.AppID, app.AppKey, app.MasterSecret),
		intervals: map[string]time.Duration{
			"push_quota": often, "online_users": often, "push_day": seldom, "user_day": seldom,
		},
		check: getuiValues(getui.Data{Seed: *seed, App: app}),
	})
}

func (f *fleet) addPolyv(i int) {
	user := polyv.User{UserID: fmt.Sprintf("50a4%06d", i), SecretKey: "SimNotRea1", Plays: int64(5_000 + 911*i)}
	f.polyv = append(f.polyv, user)
	f.add("polyv", i, account{
		id: user.UserID, basePath: "/polyv", perMinute: 36,
		login:     fmt.Sprintf("user_id: %s, secret_key: %s", user.UserID, user.SecretKey),
		intervals: map[string]time.Duration{"playback_today": often, "traffic_settled": seldom},
		check:     polyvValues(polyv.Data{Seed: *seed, User: user}),
	})
}

func (f *fleet) addAdspect(i int) {
	// So small that an answer is worked out at once: a thousand accounts share one machine with their vendors.
	a := adspect.Account{
		AccountID: fmt.Sprintf("50a4acc0-0000-4000-8000-%012d", i), APIKey: fmt.Sprintf("SimSoakKeyNotReal%03d", i), SavedQueries: i % 100,
		Clicks: int64(400 + i), SubIDs: 9, ReportsAsArray: i%2 == 1,
		Streams: []adspect.Stream{
			{StreamID: fmt.Sprintf("50a45000-%04d-4000-8000-000000000001", i), Name: "Search", FilterLevel: 3, Weight: 2},
			{StreamID: fmt.Sprintf("50a45000-%04d-4000-8000-000000000002", i), Name: "Native", FilterLevel: 2},
		},
	}
	f.adspect = append(f.adspect, a)
	f.add("adspect", i, account{
		id: a.AccountID, basePath: "/adspect/v1", perMinute: 36,
		login: "api_key: " + a.APIKey + ", funnels: [{name: stream, group_by: [stream_id], metrics: [clicks, money_hits, safe_hits, conversions]}]",
		intervals: map[string]time.Duration{
			"funnel_today": often, "funnel_yesterday": seldom, "streams": atTimes, "saved_queries": atTimes,
		},
		first: map[string]string{"streams": "1"},
		check: adspectValues(adspect.Data{Seed: *seed, Account: a}),
	})
}

func (f *fleet) addSensorsdata(i int) {
	p := sensorsdata.Project{
		Project: fmt.Sprintf("soak%03d", i), APISecret: fmt.Sprintf("SimSoakTagsSecretNotReal%03d", i), Users: int64(30_000 + 773*i),
		Directories: []sensorsdata.Directory{{ID: 1, Name: "未分类", Default: true}},
		Tags:        []sensorsdata.Tag{{ID: 2}, {ID: 4, DataType: "NUMBER", Values: []string{"0", "50", "100"}, FailsOneIn: 3}},
	}
	f.sensorsdata = append(f.sensorsdata, p)
	f.add("sensorsdata", i, account{
		id: p.Project, basePath: "/sensorsdata", perMinute: 36,
		login: fmt.Sprintf("project: %s, api_secret: %s, segments: [{name: gold, filter: %s}]", p.Project, p.APISecret, segments),
		intervals: map[string]time.Duration{
			"tags": atTimes, "tag_directories": seldom, "segments": often,
		},
		first: map[string]string{"tags": ""},
		check: sensorsdataValues(sensorsdata.Data{Seed: *seed, Project: p}),
	})
}

func (f *fleet) addQuanshi(i int) {
	app := quanshi.App{
		AppKey: fmt.Sprintf("SimSoakEventsKey%03d", i), AppSecret: fmt.Sprintf("SimSoakEventsSecretNotReal%03d", i),
		UserID: fmt.Sprint(20_000_000 + i), HostID: int64(80_000_000 + 2*i), RoomID: int64(600_000 + 2*i), ArchiveID: int64(600_001 + 2*i),
	}
	f.quanshi = append(f.quanshi, app)
	f.add("quanshi", i, account{
		id: app.AppKey, basePath: "/quanshi", perMinute: 60,
		login: fmt.Sprintf("app_key: %s, app_secret: %s, user_id: %s, event_ids: [%d], discover: {past: 0s, ahead: 1h}",
			app.AppKey, app.AppSecret, app.UserID, app.RoomID),
		intervals: map[string]time.Duration{"event_list": atTimes, "event_report": atTimes},
		first:     map[string]string{"event_list": "0", "event_report": fmt.Sprint(app.RoomID)},
		check:     quanshiValues(quanshi.Data{Seed: *seed, App: app}),
	})
}
