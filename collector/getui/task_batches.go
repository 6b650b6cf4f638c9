package getui

import (
	"context"
	"slices"
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// taskBatches divides an account's tasks into batches, each as large as one request allows: the items of an endpoint
// that reads tasks. A task stays in its batch while it is listed, so that a change of the list does not affect the
// other tasks. One goroutine at a time asks for an endpoint's list.
type taskBatches struct {
	cfg     Config
	read    readTasks
	batches []taskBatch
	next    int // the number of the next new batch
}

type taskBatch struct {
	number int
	ids    []string
}

// readTasks adds the samples of a batch of tasks.
type readTasks func(ctx context.Context, ids []string, b *metric.Batch) error

func newTaskBatches(cfg Config, read readTasks) *taskBatches {
	return &taskBatches{cfg: cfg, read: read}
}

// discovery returns the discovery of the endpoint's items. The file with task ids is read again at each refresh.
func (t *taskBatches) discovery() poll.Discovery {
	if t.cfg.TaskIDsFile == "" {
		return poll.FixedOnce(t.list)
	}
	return poll.Dynamic(t.list)
}

// list returns the batches of the tasks that are listed now.
func (t *taskBatches) list(context.Context) ([]poll.Item, error) {
	ids := t.cfg.TaskIDs
	if t.cfg.TaskIDsFile != "" {
		listed, err := readTaskIDs(t.cfg.TaskIDsFile)
		if err != nil {
			return nil, &transport.Error{
				Vendor: catalogue.Vendor, Endpoint: "task_ids_file", Kind: transport.Malformed, Err: err,
				Advice: "mend the file, it is read again; until then the tasks known so far are read",
			}
		}
		ids = slices.Concat(ids, listed)
	}
	t.assign(ids)
	items := make([]poll.Item, 0, len(t.batches))
	for _, batch := range t.batches {
		items = append(items, poll.Item{
			ID:   strconv.Itoa(batch.number),
			Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error { return t.read(ctx, batch.ids, b) },
			// One answer is of many tasks, any of which may leave the list.
			MemberLabel: "task_id", Members: batch.ids,
		})
	}
	return items, nil
}

// assign takes tasks that are no longer listed out of their batches, and puts new ones where there is room.
func (t *taskBatches) assign(ids []string) {
	listed := make(map[string]bool, len(ids)) // false once the task is in a batch
	for _, id := range ids {
		listed[id] = true
	}
	var kept []taskBatch
	for _, batch := range t.batches {
		batch.ids = slices.DeleteFunc(slices.Clone(batch.ids), func(id string) bool { return !listed[id] })
		for _, id := range batch.ids {
			listed[id] = false
		}
		if len(batch.ids) > 0 {
			kept = append(kept, batch)
		}
	}
	at := 0
	for _, id := range ids {
		if !listed[id] {
			continue
		}
		listed[id] = false
		for at < len(kept) && len(kept[at].ids) >= getui.MaxTaskIDs {
			at++
		}
		if at == len(kept) {
			kept = append(kept, taskBatch{number: t.next})
			t.next++
		}
		kept[at].ids = append(kept[at].ids, id)
	}
	t.batches = kept
}
