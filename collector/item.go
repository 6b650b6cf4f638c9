package collector

import (
	"context"
	"time"
)

// Item is one of the things that an endpoint reads: a batch of tasks, an event. An endpoint that reads a single thing has one Item with the empty ID.
type Item struct {
	// ID tells the item from the endpoint's others, over time.
	ID string
	// Read asks the vendor and fills the batch. It returns when ctx is done; day is the one of the endpoint's window.
	Read func(ctx context.Context, day Day, b *Batch) error
}

// part is what the last good read of an item gave.
type part struct {
	samples []sample
	dropped drops
	day     Day
	// readAt is when the read began: its figures are at least that fresh.
	readAt time.Time
	// turnAt is when the turn began in which it was read. Freshness counts from there, so that an item at the end of a long turn has its next turn with the others.
	turnAt time.Time
}

// live tells whether the part may be served at now, when day is the window's.
func (p *part) live(now time.Time, day Day, maxStale time.Duration) bool {
	return p.day == day && now.Sub(p.readAt) <= maxStale
}

// itemState is an item with its memory.
type itemState struct {
	Item
	part        *part // nil before the first success
	attemptedAt time.Time
	err         error // of the last read, nil after a success
	failures    int   // in a row
	retryAt     time.Time
}

// due tells whether the item should be read at now, in a turn for day.
func (s *itemState) due(now time.Time, day Day, minInterval time.Duration) bool {
	if s.err != nil {
		return !now.Before(s.retryAt)
	}
	return s.part == nil || s.part.day != day || isDue(now, s.part.turnAt, minInterval)
}

// isDue tells whether a tenth less than the interval has passed since then: scrapes come a little early at times, and must not then skip a turn.
func isDue(now, since time.Time, interval time.Duration) bool {
	return now.Sub(since) >= interval-interval/10
}
