package collector

import (
	"context"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// sameScrape is how old a list may be to be of one scrape with what asks for it: both endpoints of the account begin with it.
const sameScrape = 5 * time.Second

// quanshiEventsReader reads an account's event list for both of its endpoints: event_list shows it, event_report goes by it. One read serves both.
type quanshiEventsReader struct {
	client   *quanshi.Client
	discover *config.Discover // nil: nothing is looked for
	settings config.Endpoint  // of event_list

	// turn holds one thing while somebody reads the list or looks at what follows, so that who comes meanwhile has it too.
	turn   chan struct{}
	readAt time.Time
	events []quanshi.Event
	odd    int // rows of the list that are no events
	err    error
}

func newQuanshiEvents(cfg config.Quanshi, client *quanshi.Client) *quanshiEventsReader {
	return &quanshiEventsReader{client: client, discover: cfg.Discover, settings: cfg.Endpoints[quanshiEventList.Name], turn: make(chan struct{}, 1)}
}

// read gives the events within the span, not older than maxAge. A failure is shared for the length of a scrape, and then tried anew.
func (e *quanshiEventsReader) read(ctx context.Context, maxAge time.Duration) ([]quanshi.Event, int, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	if e.err != nil {
		maxAge = sameScrape
	}
	if !e.readAt.IsZero() && within(time.Now(), e.readAt, maxAge) {
		return e.events, e.odd, e.err
	}
	readAt := time.Now()
	from, to := readAt.Add(-e.discover.Past), readAt.Add(e.discover.Ahead)
	listed, odd, err := e.client.Events(transport.WithTimeout(ctx, e.settings.Timeout), quanshi.EventsQuery{From: from, To: to, HostID: e.discover.HostID})
	if ctx.Err() != nil { // the account is going away: nothing is known of the list
		return nil, 0, err
	}
	e.readAt, e.events, e.odd, e.err = time.Now(), nil, odd, err
	for _, event := range listed {
		if spans(event, from, to) {
			e.events = append(e.events, event)
		}
	}
	return e.events, e.odd, e.err
}

// spans tells whether an event touches the span. The document does not say which events the vendor gives for a span: those that start in it, or all that run in it. A time
// that is not told excludes nothing.
func spans(event quanshi.Event, from, to time.Time) bool {
	if !event.Start.IsZero() && event.Start.After(to) {
		return false
	}
	return event.End.IsZero() || !event.End.Before(from)
}

// fillInstant gives a time; nothing where there is none.
func fillInstant(b *Batch, f *Family, at time.Time, labels ...string) {
	if !at.IsZero() {
		b.Value(f, float64(at.UnixMilli())/1000, labels...)
	}
}
