package poll

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Item is one of the things that an endpoint reads: an event, a tag, a batch of tasks. An endpoint that reads one thing
// has one Item with an empty ID.
type Item struct {
	// ID tells the item from the endpoint's others, over time.
	ID string
	// Read asks the vendor and fills the batch with samples. It returns when ctx is done. day is the day of the
	// endpoint's window, the zero Day for an endpoint without a window.
	Read func(ctx context.Context, day metric.Day, b *metric.Batch) error
	// MemberLabel and Members are for an item that reads several things at once, such as a batch of tasks: once a
	// member is no longer listed, the samples whose label MemberLabel names it are dropped. "" keeps all samples.
	MemberLabel string
	Members     []string
	// EndsAt is when the thing ends or ended, as discovery knows it; zero if it does not. An item that the last read
	// found ended becomes due as usual again once discovery moves its end.
	EndsAt time.Time
}

// Discovery returns the items of an endpoint. Use one of [Single], [Fixed], [Dynamic] and [From].
type Discovery struct {
	// list returns the items in the order in which they are exported, given those that are known. On a failure it may
	// return the items that are to be read all the same; nil leaves those that are known.
	list func(ctx context.Context, known []Item) ([]Item, error)
	// fixed: the list never changes, so that it is asked for once.
	fixed bool
	// upstream is the endpoint whose last result the items are made of; nil = list asks for them.
	upstream *Endpoint
	items    func(kept metric.Kept, now time.Time) []Item
}

// Single returns the discovery of an endpoint that reads one thing.
func Single(read func(ctx context.Context, day metric.Day, b *metric.Batch) error) Discovery {
	return Fixed([]Item{{Read: read}})
}

// Fixed returns the discovery of an endpoint whose items stand in the configuration.
func Fixed(items []Item) Discovery {
	return Discovery{fixed: true, list: func(context.Context, []Item) ([]Item, error) { return items, nil }}
}

// FixedOnce returns the discovery of an endpoint whose items follow from the configuration and from those that are
// known: list is called once.
func FixedOnce(list func(ctx context.Context, known []Item) ([]Item, error)) Discovery {
	return Discovery{fixed: true, list: list}
}

// Dynamic returns the discovery of an endpoint whose items change. list is called once per min_interval with the items
// that are known, in their order; where it fails, those, or those that it returns beside the error, are read all the
// same.
func Dynamic(list func(ctx context.Context, known []Item) ([]Item, error)) Discovery {
	return Discovery{list: list}
}

// From returns the discovery of an endpoint whose items are made of what another endpoint of the account has read:
// items is called with the value that the other endpoint's last read kept ([metric.Batch.Keep]), the zero value if its
// last good result is not fresh enough. A refresh waits for the other endpoint's refresh first. While that endpoint
// fails, this one fails as well, since it may not know all its items, and reads those that it knows.
func From[K any](upstream *Endpoint, items func(kept K, now time.Time) []Item) Discovery {
	var mu sync.Mutex
	var decoded K
	var encoded metric.Kept // what decoded is made of
	return Discovery{upstream: upstream, items: func(kept metric.Kept, now time.Time) []Item {
		mu.Lock()
		defer mu.Unlock()
		if !bytes.Equal(kept, encoded) {
			var value K
			kept.Decode(&value)
			decoded, encoded = value, kept
		}
		return items(decoded, now)
	}}
}

// Items returns the items now. It asks for them as a refresh does, without its waits and limits.
func (d Discovery) Items(ctx context.Context) ([]Item, error) {
	if d.upstream != nil {
		kept, err := d.upstream.kept(time.Now())
		return d.items(kept, time.Now()), err
	}
	return d.list(ctx, nil)
}
