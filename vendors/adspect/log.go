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

// logColumns are all that is asked for: nothing that identifies a visitor.
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
	Sequence int       // 0 = basic check, 1 = check of the fingerprint, 255 = conversion; −1 = null
	Target   int       // 0 = safe page, 1–255 = money page with that number; −1 = null

	// Unusable is the first value that came and is none that the document has; its Field is
	// "" where all are.
	Unusable Unusable
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
			event = Event{Time: at, StreamID: textOfCell(cells[1], event.StreamID)}
			var sequenceOK, targetOK bool
			event.Sequence, sequenceOK = byteOfCell(cells[2])
			event.Target, targetOK = byteOfCell(cells[3])
			switch {
			case event.StreamID != "" && !ValidStreamID(event.StreamID):
				event.Unusable = newUnusable(logColumns[1], cells[1])
			case !sequenceOK:
				event.Unusable = newUnusable(logColumns[2], cells[2])
			case !targetOK:
				event.Unusable = newUnusable(logColumns[3], cells[3])
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

// parseTime reads a time as Adspect shows it, or in Unix seconds. Fractions of a second are cut
// off.
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.DateTime, text)
	if err == nil {
		return at.Truncate(time.Second), nil
	}
	if v, ok := parsePlain([]byte(text)); ok && v > 0 && v <= maxSeconds {
		return time.Unix(int64(v), 0).UTC(), nil
	}
	return time.Time{}, errors.New("timestamp: want a time as 2006-01-02 15:04:05, got none")
}

// byteOfCell reads a whole number from 0 to 255, −1 for null. It is not ok for anything else.
func byteOfCell(cell []byte) (v int, ok bool) {
	n := numberOfCell(cell)
	if n.Absent() {
		return -1, true
	}
	f, ok := n.Float()
	if !ok || f < 0 || f > math.MaxUint8 || f != math.Trunc(f) {
		return -1, false
	}
	return int(f), true
}
