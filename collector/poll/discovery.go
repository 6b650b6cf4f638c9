package poll

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// Item is one unit that an endpoint reads and that can fail by itself: an event, a tag, a batch of tasks. An endpoint
// without such units has one Item with an empty ID.
type Item struct {
	// ID identifies the item within the endpoint. The same item has the same ID at each discovery.
	ID string
	// Read asks the vendor and fills the batch with samples. It returns when ctx is done. day is the day of the
	// endpoint's window, the zero Day for an endpoint without a window.
	Read func(ctx context.Context, day metric.Day, b *metric.Batch) error
	// MemberLabel and Members are for an item that reads several objects at once, such as a batch of tasks. Members
	// are the objects' values of the label MemberLabel. Samples of an object that is no longer a member are removed.
	// "" keeps all samples.
	MemberLabel string
	Members     []string
	// EndsAt is when the item ends or ended, according to the discovery; zero = not known. If the discovery returns a
	// later end than the last read found, the item is no longer stable.
	EndsAt time.Time
}

// Discovery returns the items of an endpoint. Use one of [Single], [Fixed], [Dynamic] and [From].
type Discovery struct {
	// list returns the items in the order in which they are exported. known are the current items. Items that it
	// returns together with an error replace the current ones; if it returns nil with an error, the current ones stay.
	list func(ctx context.Context, known []Item) ([]Item, error)
	// fixed: list is called only until it succeeds once.
	fixed bool
	// upstream is the endpoint that the items come from, and items makes them of what its last read kept; nil = the
	// items come from list.
	upstream *Endpoint
	items    func(kept metric.Kept, now time.Time) []Item
}

// Single returns the discovery of an endpoint with one item.
func Single(read func(ctx context.Context, day metric.Day, b *metric.Batch) error) Discovery {
	return FixedOnce(func(context.Context, []Item) ([]Item, error) { return []Item{{Read: read}}, nil })
}

// Fixed returns the discovery of an endpoint whose items come from the configuration.
func Fixed(items []Item) Discovery {
	return Discovery{fixed: true, list: func(context.Context, []Item) ([]Item, error) { return items, nil }}
}

// FixedOnce returns the discovery of an endpoint whose items follow from the configuration and from the items of an
// earlier process. list is called once.
func FixedOnce(list func(ctx context.Context, known []Item) ([]Item, error)) Discovery {
	return Discovery{fixed: true, list: list}
}

// Dynamic returns the discovery of an endpoint whose items change. list is called once per min_interval with the
// current items, in their order. If it fails, the items that it returns together with the error are read; if it returns
// none, the current ones.
func Dynamic(list func(ctx context.Context, known []Item) ([]Item, error)) Discovery {
	return Discovery{list: list}
}

// From returns the discovery of an endpoint whose items come from what another endpoint of the account, the upstream,
// has read. items is called with the value that the upstream's last read kept ([metric.Batch.Keep]), or with the zero
// value if the upstream has no fresh result. A refresh first waits for the upstream's refresh. While the upstream
// fails, this endpoint fails as well, since it may not know all its items, but it reads those that it knows.
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

// Items returns the current items. It discovers them as a refresh does, but at once.
func (d Discovery) Items(ctx context.Context) ([]Item, error) {
	if d.upstream != nil {
		kept, err := d.upstream.kept(time.Now())
		return d.items(kept, time.Now()), err
	}
	return d.list(ctx, nil)
}
