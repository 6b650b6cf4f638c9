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

// taskBatches deals an account's tasks to batches, as many to each as a call takes: the items of an endpoint that reads tasks. A task stays in its batch while it is listed,
// so that a change of the list costs the other tasks nothing. One endpoint's list is asked for by one goroutine at a time.
type taskBatches struct {
	cfg     Config
	read    func(ctx context.Context, ids []string, b *metric.Batch) error
	batches []taskBatch
	next    int // the number of the next new batch
}

type taskBatch struct {
	number int
	ids    []string
}

func newTaskBatches(cfg Config, read func(ctx context.Context, ids []string, b *metric.Batch) error) *taskBatches {
	return &taskBatches{cfg: cfg, read: read}
}

// discovery returns that of the endpoint. The file with task ids is read again at each refresh.
func (t *taskBatches) discovery() poll.Discovery {
	if t.cfg.TaskIDsFile == "" {
		return poll.FixedOnce(t.list)
	}
	return poll.Dynamic(t.list)
}

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
	t.deal(ids)
	items := make([]poll.Item, 0, len(t.batches))
	for _, batch := range t.batches {
		items = append(items, poll.Item{
			ID:   strconv.Itoa(batch.number),
			Read: func(ctx context.Context, _ metric.Day, b *metric.Batch) error { return t.read(ctx, batch.ids, b) },
			// The vendor answers for many tasks at once, of which any may leave the list.
			MemberLabel: "task_id", Members: batch.ids,
		})
	}
	return items, nil
}

// deal takes tasks that are no longer listed out of their batches, and puts new ones where there is room.
func (t *taskBatches) deal(ids []string) {
	listed := make(map[string]bool, len(ids)) // false once the task has its place
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
