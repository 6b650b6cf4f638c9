package adspect

import (
	"cmp"
	"fmt"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// configured returns the account as a client knows it.
func (a Account) configured() core.Account {
	return core.Account{
		ID: a.AccountID, Name: cmp.Or(a.Name, a.AccountID), Secret: a.APIKey,
		Settings: fmt.Sprintf(`api_key: %s
time_zone: %s
requests_per_minute: 120
funnels:
  - {name: stream, group_by: [stream_id]}
  - {name: country, group_by: [country_code, os], metrics: [clicks, quality, conversions, profit, roi]}
  - {name: total, group_by: [], metrics: [clicks, money_hits, safe_hits], windows: [today]}
endpoints:
  click_log: {enabled: true}
  account: {enabled: true}
`, a.APIKey, cmp.Or(a.Location, time.UTC)),
	}
}
