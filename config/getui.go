package config

import (
	"fmt"
	"reflect"
	"time"
)

// Getui is an account at GeTui: one app.
type Getui struct {
	Account
	AppID        string `yaml:"app_id"`
	AppKey       Key    `yaml:"app_key"`
	MasterSecret Secret `yaml:"master_secret,omitempty"`
	// TaskIDs are those of the configuration itself.
	TaskIDs []string `yaml:"task_ids,omitempty"`
	// TaskIDsFile lists more of them, "" for none; ReadTaskIDs reads it. An id
	// may stand in both.
	TaskIDsFile string   `yaml:"task_ids_file,omitempty"`
	TaskGroups  []string `yaml:"task_groups,omitempty"`
	// TaskGroupDays is how many days back the reports of groups begin.
	TaskGroupDays int `yaml:"task_group_days"`
	// ActionIDs are the custom events counted for each task.
	ActionIDs []string `yaml:"action_ids,omitempty"`
	// Brands asks for the figures of GeTui's own channel by phone brand too.
	Brands bool `yaml:"brands"`
}

// MaxTaskGroupDays is how far back GeTui reports on groups, and the default.
const MaxTaskGroupDays = 70

// GetuiEndpoints lists the endpoints of GeTui in the order of the metric
// catalogue. The slice is the caller's.
func GetuiEndpoints() []EndpointDefault {
	return []EndpointDefault{
		{Name: "push_quota", MinInterval: time.Minute, MaxStale: 15 * time.Minute},
		{Name: "online_users", MinInterval: 5 * time.Minute, MaxStale: 30 * time.Minute},
		{Name: "push_day", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
		{Name: "user_day", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
		{Name: "tasks", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_ids"},
		{Name: "task_groups", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_groups"},
		{Name: "task_losses", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_ids"},
	}
}

func getuiVendor() vendor {
	return vendor{
		baseURL:           "https://restapi.getui.com/v2",
		timeZone:          "Asia/Shanghai",
		requestsPerMinute: 60,
		endpoints:         GetuiEndpoints(),
	}
}

// decodeGetui takes the keys that only GeTui has.
func decodeGetui(m *mapping, a Account) Getui {
	return Getui{
		Account:       a,
		AppID:         m.required("app_id", "the AppID of the app").text(pathRules...),
		AppKey:        m.keyText("app_key", "the AppKey of the app"),
		MasterSecret:  m.secret("master_secret"),
		TaskIDs:       m.get("task_ids").texts(taskIDRules...),
		TaskIDsFile:   m.get("task_ids_file").taskIDsFile(),
		TaskGroups:    m.get("task_groups").texts(printable),
		TaskGroupDays: m.get("task_group_days").countUpTo(MaxTaskGroupDays, MaxTaskGroupDays),
		ActionIDs:     m.get("action_ids").texts(oneWord, without(",", "a request joins action ids with commas")),
		Brands:        m.get("brands").flag(false),
	}
}

// Equal reports whether two accounts are configured alike, so that a reload can
// leave what serves them alone. Files of the same path are alike whatever they
// hold.
func (g Getui) Equal(other Getui) bool {
	return takeZones(&g.Account, &other.Account) && reflect.DeepEqual(g, other)
}

// Format prints the account with its secrets masked, for every verb.
func (g Getui) Format(f fmt.State, _ rune) { formatMasked(f, g) }

// MarshalJSON returns the account with its secrets masked.
func (g Getui) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(g) }

// MarshalYAML returns the account with its secrets masked.
func (g Getui) MarshalYAML() (any, error) { return masked(g), nil }
