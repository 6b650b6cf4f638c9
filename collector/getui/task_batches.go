package getui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// taskBatches divides an account's tasks into batches, each as large as one request allows: the items of an endpoint
// that reads tasks. A task stays in its batch while it is listed, so that a change of the list does not affect the
// other tasks. An item's ID is the number of its batch.
type taskBatches struct {
	cfg  *Config
	read readTasks
}

// readTasks adds the samples of a batch of tasks.
type readTasks func(ctx context.Context, ids []string, b *metric.Batch) error

// discovery returns the discovery of the endpoint's items. The file with task ids is read again at each refresh.
func (t taskBatches) discovery() poll.Discovery {
	if t.cfg.TaskIDsFile == "" {
		return poll.FixedOnce(t.list)
	}
	return poll.Dynamic(t.list)
}

// list returns the batches of the tasks that are listed now. If the file cannot be read, it returns its error, and the
// batches of the tasks known so far.
func (t taskBatches) list(_ context.Context, known []poll.Item) ([]poll.Item, error) {
	ids := t.cfg.TaskIDs
	var err error
	if t.cfg.TaskIDsFile != "" {
		var listed []string
		if listed, err = t.listed(known); err != nil {
			for _, batch := range known {
				listed = append(listed, batch.Members...)
			}
		}
		ids = slices.Concat(ids, listed)
	}
	items := assign(known, ids)
	for i, batch := range items {
		items[i].Read = func(ctx context.Context, _ metric.Day, b *metric.Batch) error {
			return t.read(ctx, batch.Members, b)
		}
		items[i].MemberLabel = "task_id" // one answer is of many tasks, any of which may leave the list
	}
	return items, err
}

// listed returns the ids that the file lists. A file without any text is an error if tasks of the file are known: its
// writer may be about to fill it, or the disk is full.
func (t taskBatches) listed(known []poll.Item) ([]string, error) {
	ids, err := t.cfg.readTaskIDs()
	if err == nil {
		return ids, nil
	}
	failure := &transport.Error{
		Vendor: catalogue.Vendor, Endpoint: "task_ids_file", Kind: transport.Malformed, NotSent: true, Err: err,
		Advice: "fix the file, it is read again; until then the tasks known so far are read",
	}
	switch {
	case errors.Is(err, config.ErrEmpty):
		ofFile := 0
		for _, batch := range known {
			for _, id := range batch.Members {
				if !slices.Contains(t.cfg.TaskIDs, id) {
					ofFile++
				}
			}
		}
		if ofFile == 0 {
			return nil, nil
		}
		failure.Err = fmt.Errorf("%w, but %d of its tasks are known", err, ofFile)
		failure.Advice += "; if no task is wanted, write a line that begins with # into it"
	case errors.Is(err, os.ErrDeadlineExceeded):
		failure.Kind = transport.Timeout
	}
	return nil, failure
}

// assign returns the batches without tasks that are no longer listed, and with new ones where there is room.
func assign(known []poll.Item, ids []string) []poll.Item {
	listed := make(map[string]bool, len(ids)) // false once the task is in a batch
	for _, id := range ids {
		listed[id] = true
	}
	var batches []poll.Item
	next := 0 // the number of the next new batch
	for _, batch := range known {
		batch.Members = slices.DeleteFunc(slices.Clone(batch.Members), func(id string) bool { return !listed[id] })
		for _, id := range batch.Members {
			listed[id] = false
		}
		if len(batch.Members) > 0 {
			batches = append(batches, batch)
		}
		if number, err := strconv.Atoi(batch.ID); err == nil {
			next = max(next, number+1)
		}
	}
	at := 0
	for _, id := range ids {
		if !listed[id] {
			continue
		}
		listed[id] = false
		for at < len(batches) && len(batches[at].Members) >= getui.MaxTaskIDs {
			at++
		}
		if at == len(batches) {
			batches = append(batches, poll.Item{ID: strconv.Itoa(next)})
			next++
		}
		batches[at].Members = append(batches[at].Members, id)
	}
	return batches
}
