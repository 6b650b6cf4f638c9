package getui

import (
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Loss is messages that got lost: before which stage (ts, rs, sf, fd), in which channel, and why, by the document's
// codes. Reason is "total" for all of a category, which is at least the sum of its reasons: some have no code.
type Loss struct {
	Stage, Channel, Category, Reason string
	Messages                         int64
}

// lossTotal stands for all reasons of a category.
const lossTotal = "total"

// lossCategory is a part of the losses of a stage, with the parts of it that have a reason, all in parts per million.
type lossCategory struct {
	code    string
	share   int64
	reasons []lossReason
}

type lossReason struct {
	code  string
	share int64
}

// lossStages are the stages in the order in which answers list them, each with what is lost there. The last category
// of a stage gets the rest; what the reasons of a category leave over has no reason.
var lossStages = []struct {
	name       string
	categories []lossCategory
}{
	{"rs", []lossCategory{
		{"12", 500_000, nil},
		{"6", 200_000, []lossReason{{"6001", 780_000}, {"6002", 150_000}}},
		{"11", 150_000, []lossReason{{"11002", 300_000}, {"11999", 700_000}}},
		{"7", 20_000, []lossReason{{"7001", 400_000}, {"7005", 500_000}}},
		{"5", 130_000, nil},
	}},
	{"ts", []lossCategory{
		{"13", 600_000, []lossReason{{"13001", core.Million}}},
		{"14", 350_000, []lossReason{{"14001", 300_000}, {"14002", 100_000}, {"14005", 200_000}, {"14006", 250_000}}},
		{"4", 50_000, nil},
	}},
	{"sf", []lossCategory{
		{"12", 600_000, nil},
		{"5", 250_000, nil},
		{"11", 150_000, []lossReason{{"11001", core.Million}}},
	}},
	{"fd", []lossCategory{
		{"10", 700_000, nil},
		{"8", 300_000, []lossReason{{"8002", 600_000}, {"8003", 300_000}}},
	}},
}

// TaskLosses returns what GET /report/push/task/ID/detail reports on lost messages; false if the vendor does not know
// the task. Each category has its total after its reasons, and nothing that is 0 is listed.
//
// Of a push that is over, in every channel, the losses of each stage are exactly what is missing: ts those requested
// but not deliverable, rs those deliverable but not sent, sf those sent but not received, fd those received but not
// displayed. Before that, they are less by what is still under way. A channel that does not report displays has no
// losses fd.
func (d Data) TaskLosses(id string, now time.Time) ([]Loss, bool) {
	flows, _, ok := d.task(id, now)
	if !ok {
		return nil, false
	}
	var losses []Loss
	for _, stage := range lossStages {
		for _, f := range flows {
			if stage.name == "fd" && f.channel.NoDisplay {
				continue
			}
			losses = appendLosses(losses, Loss{Stage: stage.name, Channel: detailChannel(f.channel.Name)},
				f.lost[stage.name], stage.categories)
		}
	}
	return losses, true
}

func appendLosses(losses []Loss, where Loss, messages int64, categories []lossCategory) []Loss {
	shares := make([]int64, len(categories))
	for i, c := range categories {
		shares[i] = c.share
	}
	for i, total := range split(messages, shares) {
		if total == 0 {
			continue
		}
		where.Category = categories[i].code
		for _, reason := range categories[i].reasons {
			where.Reason, where.Messages = reason.code, core.Scale(total, reason.share)
			if where.Messages > 0 {
				losses = append(losses, where)
			}
		}
		where.Reason, where.Messages = lossTotal, total
		losses = append(losses, where)
	}
	return losses
}

// detailChannel is a channel's name in the details of a task, where Apple's is not called as it is elsewhere.
func detailChannel(name string) string {
	if name == "ios" {
		return "apn"
	}
	return name
}
