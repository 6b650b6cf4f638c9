package getui

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const taskLossesEndpoint endpoint = "GET /report/push/task/ID,…/detail"

// TaskLosses returns where and why the messages of tasks were lost, at most [MaxTaskIDs] tasks, in GeTui's order,
// each with what is known of its stages in real time. Tasks that GeTui does not know are missing; one that lost
// nothing is there, without losses. No ids cost no request. GeTui must have enabled message detail for the app,
// else it is Rejected.
//
// Source: GET /report/push/task/ID,…/detail.
func (c *Client) TaskLosses(ctx context.Context, ids []string) ([]TaskLosses, Defects, error) {
	path, err := taskPath(taskLossesEndpoint, ids)
	if err != nil || path == "" {
		return nil, Defects{}, err
	}
	var tasks []TaskLosses
	var defects Defects
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	err = c.get(ctx, taskLossesEndpoint, path+"/detail", nil, func(data jsontext.Value, _ http.Header) error {
		found, d, err := decodeTasks(data, ids, expected{total: allFields, losses: true}, sizeLimit)
		for _, m := range found {
			tasks = append(tasks, TaskLosses{
				TaskID: m.Name, Total: m.Value.Total, Channels: m.Value.Channels, Losses: m.Value.losses,
			})
		}
		defects = d
		return err
	})
	return tasks, defects, err
}

// readLosses reads failed_detail into one row per value: stages, channels, categories and reasons within each
// other, of which path are the names so far. A value that stands higher up than the reasons cannot be distinguished from
// any other, and is unusable.
func (r *report) readLosses(d *jsontext.Decoder, path []string) error {
	const stage, channel, category, reason = 0, 1, 2, 3
	below := append(slices.Clone(path), "") // one place for all names at this depth
	_, wrong, err := members(d, func(name string) error {
		below[len(path)] = name
		switch {
		case name == "":
			r.defects.unusable(lossPlace(below), wrongNameless)
			return d.SkipValue()
		case len(path) < reason:
			return r.readLosses(d, below)
		}
		loss := Loss{Stage: path[stage], Channel: path[channel], Category: path[category], Reason: name}
		if err := loss.Messages.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		r.losses = append(r.losses, loss)
		return r.sizeLimit.Add("failed_detail", name)
	})
	if wrong != "" {
		r.defects.unusable(lossPlace(path), wantObject(wrong))
	}
	return err
}

func lossPlace(path []string) string {
	return strings.Join(append([]string{"failed_detail"}, path...), ".")
}

// decodeTasks reads the reports of those tasks that were asked for.
func decodeTasks(
	data jsontext.Value, ids []string, e expected, sizeLimit *transport.SizeLimit,
) ([]wire.Member[*report], Defects, error) {
	found, defects, err := requested(data, ids, sizeLimit)
	if err != nil {
		return nil, Defects{}, err
	}
	if len(found) == 0 && len(defects.Missing) == 0 && !defects.any() {
		return nil, Defects{}, errOthers
	}
	usable := false
	for _, m := range found {
		usable = usable || m.Value.usable()
		defects.add(m.Name, m.Value.allDefects(e.brands))
	}
	if defects.any() && !usable {
		return nil, Defects{}, defects.error("reports of the tasks")
	}
	e.missingIn(&defects, found...)
	return found, defects, nil
}
