package getui

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const taskLossesEndpoint endpoint = "GET /report/push/task/ID,…/detail"

// failed_detail, from the innermost object out. What is no object where one belongs is
// passed over.
type (
	lossReasons    = wire.Object[wire.Number]
	lossCategories = wire.Object[wire.IfObject[lossReasons]]
	lossChannels   = wire.Object[wire.IfObject[lossCategories]]
	lossStages     = wire.Object[wire.IfObject[lossChannels]]
)

// TaskLosses returns where and why the messages of tasks were lost, at most [MaxTaskIDs]
// tasks, in GeTui's order. Tasks that GeTui does not know are not in the result; one that
// lost nothing is, without losses. No ids cost no request. GeTui must have enabled message
// detail for the app, else it is Rejected.
//
// Source: GET /report/push/task/ID,…/detail.
func (c *Client) TaskLosses(ctx context.Context, ids []string) ([]TaskLosses, error) {
	path, err := taskPath(taskLossesEndpoint, ids)
	if err != nil || path == "" {
		return nil, err
	}
	var tasks []TaskLosses
	err = c.get(ctx, taskLossesEndpoint, path+"/detail", nil, func(data jsontext.Value) (err error) {
		tasks, err = decodeLosses(data)
		tasks = slices.DeleteFunc(tasks, func(t TaskLosses) bool { return !slices.Contains(ids, t.TaskID) })
		return err
	})
	return tasks, err
}

func decodeLosses(data jsontext.Value) ([]TaskLosses, error) {
	var details wire.Object[wire.IfObject[struct {
		Failed wire.IfObject[lossStages] `json:"failed_detail"`
	}]]
	if err := wire.Unmarshal(data, &details); err != nil {
		return nil, err
	}
	var tasks []TaskLosses
	for _, task := range details {
		if task.Value.OK {
			tasks = append(tasks, TaskLosses{TaskID: task.Name, Losses: losses(task.Value.Value.Failed.Value)})
		}
	}
	return tasks, nil
}

// losses flattens failed_detail into one row per figure.
func losses(stages lossStages) []Loss {
	var rows []Loss
	for _, stage := range stages {
		for _, channel := range stage.Value.Value {
			for _, category := range channel.Value.Value {
				for _, reason := range category.Value.Value {
					rows = append(rows, Loss{
						Stage:    stage.Name,
						Channel:  channel.Name,
						Category: category.Name,
						Reason:   reason.Name,
						Messages: reason.Value,
					})
				}
			}
		}
	}
	return rows
}
