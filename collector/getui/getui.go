// Package getui exports GeTui (个推), a push service: push quotas, users online, and the reports on days, tasks and task
// groups.
//
// Each file has one subject: the endpoints that it reads, their families, and the mapping of the client's answers to
// samples. [Vendor] lists the endpoints in the catalogue and adds them to an account; [Config] holds the account's
// keys.
package getui

import (
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
)

// catalogue describes GeTui's endpoints.
var catalogue = metric.Catalogue{
	Vendor: "getui", Title: "GeTui 个推",
	Specs:  []*metric.Spec{pushQuota, onlineUsers, pushDay, userDay, tasks, taskGroups, taskLosses},
	Labels: labels, Limits: limits,
}

// Vendor is GeTui.
type Vendor struct{}

// Catalogue returns GeTui's endpoints, families and labels.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	return []string{cfg.AppKey.Value()}
}

// Build adds the endpoints of an account, and returns the reader that they share.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(*Config) //nolint:errcheck // decodeConfig returns no other type
	g := &reader{poll: a, cfg: cfg, client: getui.New(getui.Options{
		BaseURL: cfg.BaseURL, AppID: cfg.AppID, AppKey: cfg.AppKey.Value(), MasterSecret: cfg.MasterSecret.Read,
		Transport: a.Client(), Location: a.Location,
	})}
	a.Add(pushQuota, poll.Single(g.pushQuota))
	g.online = a.Add(onlineUsers, poll.Single(g.onlineUsers))
	a.Add(pushDay, poll.Single(g.pushDay))
	a.Add(userDay, poll.Single(g.userDay))
	a.Add(tasks, taskBatches{cfg, g.tasks}.discovery())
	a.Add(taskGroups, g.groups())
	a.Add(taskLosses, taskBatches{cfg, g.taskLosses}.discovery())
	return g
}

// reader reads the endpoints of one account, and maps the client's answers to samples.
type reader struct {
	poll   *poll.Account
	cfg    *Config
	client *getui.Client
	online *poll.Endpoint // nil if the configuration has it off
}

// MovedTo returns the base URL of the data centre to which GeTui has sent the app, or "" if it is the configured one.
func (g *reader) MovedTo() string { return g.client.MovedTo() }

// fillDefects counts the values that the client could not read, and the items that the answer lacks.
func fillDefects(b *metric.Batch, d getui.Defects) {
	for _, u := range d.Unusable {
		b.DropAt(u.Place, u.Problem)
	}
	b.AddDropped(d.MoreUnusable)
	b.AddMissing(len(d.Missing))
}
