package getui

import (
	"net/url"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
)

// Config is an account at GeTui: one app.
type Config struct {
	config.Account
	AppID        string        `yaml:"app_id"`
	AppKey       config.Key    `yaml:"app_key"`
	MasterSecret config.Secret `yaml:"master_secret,omitempty"`
	// TaskIDs are those of the configuration itself.
	TaskIDs []string `yaml:"task_ids,omitempty"`
	// TaskIDsFile lists more of them, "" for none; readTaskIDs reads it. An id may stand in both.
	TaskIDsFile string   `yaml:"task_ids_file,omitempty"`
	TaskGroups  []string `yaml:"task_groups,omitempty"`
	// TaskGroupDays is how many days back the reports of groups begin.
	TaskGroupDays int `yaml:"task_group_days"`
	// ActionIDs are the custom events counted for each task.
	ActionIDs []string `yaml:"action_ids,omitempty"`
	// Brands asks for the values of GeTui's own channel by phone brand too.
	Brands bool `yaml:"brands"`

	files *config.Files // that TaskIDsFile is one of
}

// maxTaskGroupDays is how far back GeTui reports on groups, and the default.
const maxTaskGroupDays = 70

// Config returns the defaults of the vendor's accounts and the decoder of their keys.
func (Vendor) Config() config.Vendor {
	return config.Vendor{
		Name:              "getui",
		Example:           "{account: my-app, app_id: …, app_key: …, master_secret_file: …}",
		BaseURL:           getui.DefaultBaseURL,
		TimeZone:          "Asia/Shanghai",
		RequestsPerMinute: 60,
		Endpoints: []config.EndpointDefault{
			{Name: "push_quota", MinInterval: time.Minute, MaxStale: 15 * time.Minute},
			{Name: "online_users", MinInterval: 5 * time.Minute, MaxStale: 30 * time.Minute},
			{Name: "push_day", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
			{Name: "user_day", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
			{Name: "tasks", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_ids"},
			{Name: "task_groups", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_groups"},
			{Name: "task_losses", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Needs: "task_ids"},
		},
		ReservedHeaders: []string{"Token"},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			logins := config.NewLogins()
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				c := decodeConfig(m, a)
				logins.Add(&c.Account, m.Get("app_id"), c.AppID)
				return &c
			}
		},
	}
}

// decodeConfig decodes the keys that only GeTui has.
func decodeConfig(m *config.Mapping, a config.Account) Config {
	checkBaseURL(m.Get("base_url"), a.BaseURL)
	return Config{
		Account:       a,
		AppID:         m.Required("app_id", "the AppID of the app").Text(config.PathSegment),
		AppKey:        m.Key("app_key", "the AppKey of the app"),
		MasterSecret:  m.Secret("master_secret"),
		TaskIDs:       m.Get("task_ids").Texts(taskIDRules()...),
		TaskIDsFile:   m.Get("task_ids_file").ListFile("task id", taskIDRules()...),
		TaskGroups:    m.Get("task_groups").Texts(config.Printable),
		TaskGroupDays: m.Get("task_group_days").CountUpTo(maxTaskGroupDays, maxTaskGroupDays),
		ActionIDs: m.Get("action_ids").
			Texts(config.OneWord, config.Without(",", "a request joins action ids with commas")),
		Brands: m.Get("brands").Flag(false),
		files:  m.Files(),
	}
}

// checkBaseURL reports a URL of GeTui without the version of its API, which is a part of each path.
func checkBaseURL(v config.Value, baseURL string) {
	u, err := url.Parse(baseURL)
	if v.Absent() || err != nil || strings.HasSuffix(u.Path, "/v2") {
		return
	}
	if host := strings.ToLower(u.Hostname()); host == "getui.com" || strings.HasSuffix(host, ".getui.com") {
		v.Report("has no /v2 at the end, want the URL of the API such as https://restapi.getui.com/v2")
		return
	}
	v.Warn("has no /v2 at the end, which the paths of GeTui's API begin with; add it unless the gateway does")
}

// taskIDRules keep an id from changing the path of the request that it stands in, where a comma separates ids.
func taskIDRules() []config.Rule {
	return []config.Rule{config.OneWord, config.Without(",/", "a request joins ids with commas into its path")}
}

// readTaskIDs returns the ids that the account's task_ids_file lists now.
func (c Config) readTaskIDs() ([]string, error) {
	return c.files.ReadList(c.TaskIDsFile, "task id", taskIDRules()...)
}
