package sensorsdata

import (
	"cmp"
	"fmt"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// configured returns the project as a client knows it.
func (p Project) configured() core.Account {
	secretIn := ""
	if p.SecretInHeader {
		secretIn = "secret_in: header\n"
	}
	return core.Account{
		ID: p.Project, Name: cmp.Or(p.Name, p.Project), Secret: p.APISecret,
		Settings: fmt.Sprintf(`project: %s
api_secret: %s
%stags: %s
segments:
  - name: gold
    filter: {conditions: [{field: user.viplevel, function: equal, params: [gold]}]}
`, p.Project, p.APISecret, secretIn, core.List(p.DemoTags)),
	}
}
