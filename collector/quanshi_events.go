package collector

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// sameScrape is how old a list may be to be of one scrape with what asks for it: both endpoints of the account begin with it.
const sameScrape = 5 * time.Second

// quanshiEventsReader reads an account's event list for both of its endpoints: event_list shows it, event_report goes by it. One read serves both, and so does one failure:
// whoever asks, the vendor is asked as event_list's settings say.
type quanshiEventsReader struct {
	client      *quanshi.Client
	discover    *config.Discover // nil: nothing is looked for
	settings    config.Endpoint  // of event_list
	credentials func() fingerprint

	// turn holds one thing while somebody reads the list or looks at what follows, so that who comes meanwhile has it too.
	turn       chan struct{}
	readAt     time.Time // when the last good read began; zero before the first
	cameAt     time.Time // when it was done
	list       quanshi.EventList
	failure    trouble
	failedWith fingerprint
}

func newQuanshiEvents(cfg config.Quanshi, client *quanshi.Client, credentials func() fingerprint) *quanshiEventsReader {
	return &quanshiEventsReader{
		client: client, discover: cfg.Discover, settings: cfg.Endpoints[quanshiEventList.Name], credentials: credentials, turn: make(chan struct{}, 1),
	}
}

// eventsKnown is what the list had when it was last read.
type eventsKnown struct {
	readAt   time.Time
	list     quanshi.EventList
	from, to time.Time // the span now
}

// within are the events that are in the span now.
func (k eventsKnown) within() []quanshi.Event {
	return slices.DeleteFunc(slices.Clone(k.list.Events), func(event quanshi.Event) bool { return !spans(event, k.from, k.to) })
}

// read gives the events of the list, which is read anew where event_list's settings say that it is due. While that fails, it gives the failure together with what is known, until that is
// too old.
func (e *quanshiEventsReader) read(ctx context.Context) (eventsKnown, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return eventsKnown{}, ctx.Err()
	}
	asked := e.due(time.Now())
	if asked {
		e.ask(ctx)
	}
	if ctx.Err() != nil { // the account is going away
		return eventsKnown{}, ctx.Err()
	}
	now := time.Now()
	known := eventsKnown{from: now.Add(-e.discover.Past), to: now.Add(e.discover.Ahead)}
	if !e.readAt.IsZero() && age(now, e.readAt) <= e.settings.MaxStale {
		known.readAt, known.list = e.readAt, e.list
	}
	if !asked {
		return known, heardLater(e.failure, now)
	}
	return known, e.failure.err
}

// heard is a failure that somebody hears of some time after it came, with the wait that is left of what was asked for then.
type heard struct {
	now      *transport.Error
	original error
}

// heardLater is the failure as it is to be told at now; nil if there is none.
func heardLater(t trouble, now time.Time) error {
	failure, ok := errors.AsType[*transport.Error](t.err)
	if !ok || failure.Kind != transport.Auth && failure.RetryAfter == 0 {
		return t.err
	}
	left := *failure
	left.RetryAfter = max(t.retryAt.Sub(now), time.Millisecond)
	return &heard{&left, t.err}
}

func (h *heard) Error() string { return h.now.Error() }

// Unwrap gives the failure with the wait that is left, and the one that came.
func (h *heard) Unwrap() []error { return []error{h.now, h.original} }

// Is tells whether it is the very same failure, heard of at another time.
func (h *heard) Is(target error) bool {
	other, ok := target.(*heard)
	return ok && other.original == h.original
}

// due tells whether the vendor is to be asked at now. What came just now is of the same scrape, however long it took to come.
func (e *quanshiEventsReader) due(now time.Time) bool {
	if e.failure.err != nil {
		return !e.failure.rests(now) || e.failure.refused() && e.credentials() != e.failedWith
	}
	return e.readAt.IsZero() || isDue(now, e.readAt, e.settings.MinInterval) && !within(now, e.cameAt, sameScrape)
}

// ask reads the list. A failure rests as short as it may for any endpoint: who asks because it is due must not find it resting.
func (e *quanshiEventsReader) ask(ctx context.Context) {
	readAt, with := time.Now(), e.credentials()
	q := quanshi.EventsQuery{From: readAt.Add(-e.discover.Past), To: readAt.Add(e.discover.Ahead), HostID: e.discover.HostID}
	list, err := e.client.Events(transport.WithLimits(ctx, transport.Limits{Timeout: e.settings.Timeout}), q)
	switch {
	case ctx.Err() != nil: // nothing is known of the list
	case err != nil:
		e.failure.failed(err, e.settings.MinInterval, 0)
		rest := func(random float64) time.Duration {
			return backoff(e.settings.MinInterval, e.failure.failures, err, random)
		}
		e.failure.retryAt = time.Now().Add(min(rest(0), rest(1)))
		e.failedWith = with
	default:
		e.failure.succeeded()
		e.readAt, e.cameAt, e.list = readAt, time.Now(), list
	}
}

// spans tells whether an event touches the span. The document does not say which events the vendor gives for a span: those that start in it, or all that run in it. A time
// that is not told excludes nothing.
func spans(event quanshi.Event, from, to time.Time) bool {
	if !event.Start.IsZero() && event.Start.After(to) {
		return false
	}
	return event.End.IsZero() || !event.End.Before(from)
}
