package getui

import (
	"cmp"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// App is an application at GeTui: its credentials, how large it is, and what the vendor allows it. Zero values of all
// but the credentials have defaults.
type App struct {
	AppID, AppKey, MasterSecret string
	// Name is what a configuration calls the application; the id by default.
	Name string

	// Location is the zone of the vendor's days; Asia/Shanghai by default.
	Location *time.Location

	// TaskIDs are the pushes that the vendor knows; it leaves others out of its answers. A task is sent anew every
	// week, at a time that follows from its id, unless TaskSent says when it was sent.
	TaskIDs []string
	// TaskSent are the times at which tasks were sent, by task id. A task is not known before that, nor when it is
	// older than 90 days.
	TaskSent map[string]time.Time
	// TaskGroups are the named groups of pushes that the vendor knows. A group is sent on two days of three.
	TaskGroups []string
	// ActionIDs are the custom events that the application counts.
	ActionIDs []string

	// Since is the first day of which the vendor has reports; by default it has one of every day.
	Since time.Time
	// QuietFrom and QuietUntil are the hours of the day between which nobody is online, such as 1 and 6; equal by
	// default. The vendor has no points of that time.
	QuietFrom, QuietUntil int

	// Users is the number of registered users at the start of 2026; 10000 by default. All other sizes follow from it.
	Users int64
	// Channels are the ways by which pushes travel, with their shares; the first is gt. See DefaultChannels.
	Channels []Channel
	// Brands are the makers of the devices that gt reaches, the most common first.
	Brands []string
	// Quotas are the daily limits, in the order of the answer. See DefaultQuotas.
	Quotas []Quota

	// TokenTTL is how long a token lasts; one day by default.
	TokenTTL time.Duration
	// ClockTolerance is how far the timestamp of a login may be off; 10 minutes by default.
	ClockTolerance time.Duration
	// AuthPerMinute and AuthPerDay bound the logins; 100 and 100000 by default, as the vendor documents.
	AuthPerMinute, AuthPerDay int
	// PushCountPerMinute bounds the calls of /report/push/count. The vendor does not publish the number. The default
	// of 6 carries two exporters that read once a minute each, with retries, and stops one that passes every scrape
	// on.
	PushCountPerMinute int

	// Blacklisted refuses every call with code 10002.
	Blacklisted bool
	// RegionHosts, if any, says that the application lives in another data centre: every call is answered with code
	// 301 and these hosts, such as https://cncrestapi.getui.com.
	RegionHosts []string
	// DetailRefusal is the code with which the loss details of tasks are refused: 10004 as the document says, 30017
	// as seen in real answers. 0 permits them.
	DetailRefusal int
	// QuotaRefusal is the code with which push quotas are refused, 30023 as users of the API have reported. 0 permits
	// them.
	QuotaRefusal int
}

// Channel is a way by which pushes travel.
type Channel struct {
	Name string
	// Share is this channel's part of all pushes, in parts per million. The last channel gets the rest.
	Share int64
	// NoDisplay marks a channel that does not report what it displayed: display_num is -1.
	NoDisplay bool
	// NoClicks marks a channel that does not report clicks: click_num is null.
	NoClicks bool
}

// Quota is a daily limit.
type Quota struct {
	Channel, Kind string
	Limit         int64
	// Fill is the part of the limit that a usual day uses up, in parts per million. Above a million the quota runs
	// out before the day ends. 0 means that nothing is ever sent.
	Fill int64
	// Nightly marks a quota that is used early: what a day needs is nearly all sent in a bulk push after midnight.
	Nightly bool
}

// DefaultChannels are the channels of an application that does not say.
func DefaultChannels() []Channel {
	return []Channel{
		{Name: "gt", Share: 420_000},
		{Name: "ios", Share: 60_000},
		{Name: "hw", Share: 150_000},
		{Name: "ho", Share: 40_000},
		{Name: "xm", Share: 120_000},
		{Name: "vv", Share: 100_000},
		{Name: "op", Share: 90_000},
		{Name: "mz", Share: 10_000, NoDisplay: true},
		{Name: "wx", Share: 10_000, NoClicks: true},
	}
}

// DefaultQuotas are the limits of the vendor's own example, in its order: hw and others have none and are left out.
func DefaultQuotas() []Quota {
	return []Quota{
		{Channel: "vv", Kind: "special", Limit: 10_000, Fill: 400_000},
		{Channel: "vv", Kind: "general", Limit: 10_000, Fill: 700_000},
		{Channel: "vv", Kind: "grouppush", Limit: 1_000},
		{Channel: "op", Kind: "general", Limit: 100_000, Fill: 550_000},
		{Channel: "xm", Kind: "general", Limit: 20_000, Fill: 600_000},
		{Channel: "gt", Kind: "app", Limit: 3_000, Fill: 20_000},
		{Channel: "gt", Kind: "app_with_tag", Limit: 1_000, Fill: 50_000},
		{Channel: "gt", Kind: "list", Limit: 2_000_000, Fill: 300_000},
	}
}

// defaultBrands are more than the ten that a report names, so that some are summed up.
var defaultBrands = []string{
	"huawei", "xiaomi", "oppo", "vivo", "honor", "samsung", "realme", "meizu", "oneplus", "zte", "lenovo", "nubia",
	"nokia",
}

// DefaultApps are a large application and a small one that has nearly used up its quotas for most of the day. Their
// credentials are invented.
func DefaultApps() []App {
	return []App{
		{
			Name:  "shop-android",
			AppID: "SimShopAndroid0001", AppKey: "SimShopKeyNotReal0001", MasterSecret: "SimShopSecretNotReal01",
			TaskIDs: []string{
				"RASL_sim_breakfast_deals", "RASL_sim_cart_reminder", "RASL_sim_flash_sale", "RASA_sim_new_arrivals",
				"RASA_sim_weekend_offers", "RASL_sim_win_back",
			},
			TaskGroups: []string{"spring-sale", "newsletter"},
			ActionIDs:  []string{"90001", "90002"},
			Users:      3_000_000,
			Quotas: []Quota{
				{Channel: "vv", Kind: "special", Limit: 400_000, Fill: 450_000},
				{Channel: "vv", Kind: "general", Limit: 1_000_000, Fill: 900_000},
				{Channel: "vv", Kind: "grouppush", Limit: 1_000},
				{Channel: "op", Kind: "general", Limit: 1_500_000, Fill: 620_000},
				{Channel: "xm", Kind: "general", Limit: 2_000_000, Fill: 780_000},
				{Channel: "gt", Kind: "app", Limit: 3_000, Fill: 4_000},
				{Channel: "gt", Kind: "app_with_tag", Limit: 1_000, Fill: 30_000},
				{Channel: "gt", Kind: "list", Limit: 20_000_000, Fill: 350_000},
			},
		},
		{
			Name:  "news-android",
			AppID: "SimNewsAndroid0002", AppKey: "SimNewsKeyNotReal0002", MasterSecret: "SimNewsSecretNotReal02",
			TaskIDs:    []string{"RASL_sim_morning_brief", "RASL_sim_evening_brief", "RASA_sim_breaking"},
			TaskGroups: []string{"daily-brief"},
			ActionIDs:  []string{"share"},
			Users:      48_000,
			Brands:     []string{"xiaomi", "huawei", "vivo", "oppo"},
			Channels: []Channel{
				{Name: "gt", Share: 500_000},
				{Name: "ios", Share: 100_000},
				{Name: "xm", Share: 200_000},
				{Name: "op", Share: 120_000},
				{Name: "mz", Share: 80_000, NoDisplay: true},
			},
			Quotas: []Quota{
				{Channel: "vv", Kind: "general", Limit: 10_000, Fill: 850_000},
				{Channel: "op", Kind: "general", Limit: 30_000, Fill: 1_120_000},
				{Channel: "xm", Kind: "general", Limit: 20_000, Fill: 990_000, Nightly: true},
				{Channel: "gt", Kind: "app", Limit: 100, Fill: 940_000},
				{Channel: "gt", Kind: "list", Limit: 200_000, Fill: 410_000},
			},
		},
	}
}

// withDefaults fills in what the application does not say.
func (a App) withDefaults() App {
	a.Users = cmp.Or(a.Users, 10_000)
	a.TokenTTL = cmp.Or(a.TokenTTL, 24*time.Hour)
	a.ClockTolerance = cmp.Or(a.ClockTolerance, 10*time.Minute)
	a.AuthPerMinute = cmp.Or(a.AuthPerMinute, 100)
	a.AuthPerDay = cmp.Or(a.AuthPerDay, 100_000)
	a.PushCountPerMinute = cmp.Or(a.PushCountPerMinute, 6)
	if a.Location == nil {
		a.Location = core.Shanghai()
	}
	if a.Channels == nil {
		a.Channels = DefaultChannels()
	}
	if a.Quotas == nil {
		a.Quotas = DefaultQuotas()
	}
	if a.Brands == nil {
		a.Brands = defaultBrands
	}
	return a
}
