package adspect

import (
	"context"
	"errors"
	"iter"
	"math"
	"net/url"
	"time"
)

const logEndpoint endpoint = "GET /reports/log"

// logColumns are all that is asked for: nothing that tells one visitor from another.
var logColumns = []string{"timestamp", "stream_id", "sequence", "target"}

// LogQuery says which part of the click log to read.
type LogQuery struct {
	From time.Time // zero = as far back as Adspect goes
	To   time.Time // the end of the span; zero = now
}

// Event is a step in the handling of a click, or a conversion.
type Event struct {
	Time     time.Time // UTC, to the second
	StreamID string    // null is ""
	Sequence int       // 0 = basic check, 1 = check of the fingerprint, 255 = conversion; −1 = not told
	Target   int       // 0 = safe page, 1–255 = money page with that number; −1 = not told
}

// Log returns the events of the click log in the answer's order, as they arrive. After an
// error there are no more events. Ending early closes the answer; each range over the
// sequence is a request of its own.
//
// An event whose time cannot be read makes the answer Malformed.
//
// Source: GET /reports/log.
func (c *Client) Log(ctx context.Context, q LogQuery) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		query := url.Values{
			"columns[]": logColumns,
			"time_zone": {"UTC"}, // times are texts without a zone
		}
		addSpan(query, q.From, q.To)
		var (
			event Event
			shown string // event.Time, as it was sent: many events share a second
		)
		err := c.report(ctx, logEndpoint, "/reports/log", query, len(logColumns), func(cells [][]byte) (bool, error) {
			at := event.Time
			if text := textOfCell(cells[0], shown); text != shown || at.IsZero() {
				var err error
				if at, err = parseTime(text); err != nil {
					return false, err
				}
				shown = text
			}
			event = Event{
				Time:     at,
				StreamID: textOfCell(cells[1], event.StreamID),
				Sequence: byteOfCell(cells[2]),
				Target:   byteOfCell(cells[3]),
			}
			return yield(event, nil), nil
		})
		if err != nil {
			yield(Event{}, err)
		}
	}
}

// maxSeconds is the last second of the year 9999, beyond which no time is meant.
const maxSeconds = 253402300799

// parseTime reads a time as Adspect shows it, or in Unix seconds.
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.DateTime, text)
	if err == nil {
		return at, nil
	}
	if v, ok := parsePlain([]byte(text)); ok && v > 0 && v <= maxSeconds {
		return time.Unix(int64(v), 0).UTC(), nil
	}
	return time.Time{}, errors.New("timestamp: want a time as 2006-01-02 15:04:05, got none")
}

// byteOfCell reads a whole number from 0 to 255, −1 if there is none.
func byteOfCell(cell []byte) int {
	v, ok := numberOfCell(cell).Float()
	if !ok || v < 0 || v > math.MaxUint8 || v != math.Trunc(v) {
		return -1
	}
	return int(v)
}
