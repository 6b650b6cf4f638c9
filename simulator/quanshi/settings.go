package quanshi

import (
	"cmp"
	"fmt"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// configured returns the application as a client knows it.
func (a App) configured() core.Account {
	a = a.withDefaults()
	user := "user_id: " + a.UserID
	if a.KnownByEmail {
		user = "user_email: " + a.UserEmail
	}
	return core.Account{
		ID: a.AppKey, Name: cmp.Or(a.Name, a.AppKey), Secret: a.AppSecret,
		Settings: fmt.Sprintf(`app_key: %s
app_secret: %s
%s
event_ids: %s
discover: {past: 3h, ahead: 1h}
regions: true
requests_per_minute: 120
endpoints:
  event_stats: {enabled: true}
`, a.AppKey, a.AppSecret, user, core.List([]int64{a.RoomID, a.ArchiveID})),
	}
}
