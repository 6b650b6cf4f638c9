package getui

import (
	"cmp"
	"fmt"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// configured returns the application as a client knows it.
func (a App) configured() core.Account {
	return core.Account{
		ID: a.AppID, Name: cmp.Or(a.Name, a.AppID), Secret: a.MasterSecret,
		Settings: fmt.Sprintf(`app_id: %s
app_key: %s
master_secret: %s
task_ids: %s
task_groups: %s
action_ids: %s
brands: true
requests_per_minute: 120
`, a.AppID, a.AppKey, a.MasterSecret, core.List(a.TaskIDs), core.List(a.TaskGroups), core.List(a.ActionIDs)),
	}
}
