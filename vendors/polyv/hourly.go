package polyv

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const hourlyEndpoint endpoint = "GET /v2/hourly/USERID"

// Range is the days that a request asks about. The zero value leaves the choice to Polyv,
// which takes the last seven days.
type Range struct {
	dr, start, end string
}

// The ranges that Polyv has names for; its days are those of its own time zone.
var (
	Today     = Range{dr: "today"}
	Yesterday = Range{dr: "yesterday"}
)

// Days returns the range from the calendar day of start to that of end, both included, each
// in its own location.
func Days(start, end time.Time) Range {
	return Range{start: start.Format(time.DateOnly), end: end.Format(time.DateOnly)}
}

func (r Range) params() map[string]string {
	params := map[string]string{}
	for name, value := range map[string]string{"dr": r.dr, "start": r.start, "end": r.end} {
		if value != "" {
			params[name] = value
		}
	}
	return params
}

// Hour is what was played within one hour of the day, on all days of the range together.
type Hour struct {
	Hour   int // 0–23
	PC     Playback
	Mobile Playback
}

// Playback is what was played on one platform.
type Playback struct {
	Plays               wire.Number // videoView; appear one to two hours later
	Viewers             wire.Number // uniqueViewer: unique within the hour
	PlayDurationSeconds wire.Number // playDuration
	TrafficBytes        wire.Number // flowSize: of day D it is final on D+2, and 0 until then
}

// Hourly returns the playback by hour of the day, in the answer's order. An hour that the
// answer leaves out is not in it. A row without an hour from 0 to 23 makes it Malformed.
//
// Source: GET /v2/hourly/USERID.
//
// Today and Yesterday are days by Polyv's clock. Where it is on another day than ours, within
// a few minutes of midnight, Hourly waits until it is not and asks again.
func (c *Client) Hourly(ctx context.Context, r Range) ([]Hour, error) {
	path := "/v2/hourly/" + transport.PathSegment(c.userID)
	var hours []Hour
	named := transport.Error{Vendor: vendor, Endpoint: string(hourlyEndpoint)}
	err := transport.OnSameDay(ctx, "Polyv", named, c.location, func() (clock http.Header, err error) {
		err = c.get(ctx, hourlyEndpoint, path, r.params(), func(data jsontext.Value, h http.Header) (err error) {
			if r.dr != "" {
				clock = h
			}
			hours, err = decodeHours(data)
			return err
		})
		return clock, err
	})
	if err != nil {
		return nil, err
	}
	return hours, nil
}

// decodeHours reads the data of an answer: an array, maybe absent.
func decodeHours(data jsontext.Value) ([]Hour, error) {
	if kind := data.Kind(); kind != jsontext.KindBeginArray {
		return nil, fmt.Errorf("want an array, got %s", wire.KindName(kind))
	}
	var rows hourRows
	if err := wire.Unmarshal(data, &rows); err != nil {
		return nil, err
	}
	hours := make([]Hour, 0, len(rows))
	for i, row := range rows {
		hour, ok := row.Hour.Float()
		if !ok || hour < 0 || hour > 23 || hour != math.Trunc(hour) {
			return nil, fmt.Errorf("/%d/currentHour: want an hour from 0 to 23, got none", i)
		}
		hours = append(hours, Hour{
			Hour:   int(hour),
			PC:     Playback{row.PCPlays.Number, row.PCViewers.Number, row.PCDuration.Number, row.PCTraffic.Number},
			Mobile: Playback{row.MobilePlays.Number, row.MobileViewers.Number, row.MobileDuration.Number, row.MobileTraffic.Number},
		})
	}
	return hours, nil
}

// hourFields is an hour as Polyv writes it. The prose of its document spells a name in another case
// (PCFlowSize) than its example does (pcFlowSize), so case does not matter for any of them.
type hourFields struct {
	Hour repeatedNumber `json:"currentHour,case:ignore"`

	PCPlays    repeatedNumber `json:"pcVideoView,case:ignore"`
	PCViewers  repeatedNumber `json:"pcUniqueViewer,case:ignore"`
	PCDuration repeatedNumber `json:"pcPlayDuration,case:ignore"`
	PCTraffic  repeatedNumber `json:"pcFlowSize,case:ignore"`

	MobilePlays    repeatedNumber `json:"mobileVideoView,case:ignore"`
	MobileViewers  repeatedNumber `json:"mobileUniqueViewer,case:ignore"`
	MobileDuration repeatedNumber `json:"mobilePlayDuration,case:ignore"`
	MobileTraffic  repeatedNumber `json:"mobileFlowSize,case:ignore"`
}

// repeatedNumber is a number that a row may hold more than once, in one spelling or in several. Values that
// disagree make it invalid: nothing says which of them is right.
type repeatedNumber struct{ wire.Number }

// UnmarshalJSONFrom reads one value of any type and compares it with the one that the row had before.
func (f *repeatedNumber) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var n wire.Number
	if err := n.UnmarshalJSONFrom(d); err != nil {
		return err
	}
	before, usable := f.Float()
	if v, ok := n.Float(); usable && ok && v == before || n.Absent() {
		return nil
	}
	if !f.Absent() {
		n = wire.InvalidNumber(f.Raw() + " ≠ " + n.Raw())
	}
	f.Number = n
	return nil
}

// maxRows is far beyond the hours of a day; it bounds what a hostile answer costs.
const maxRows = 1000

// hourRows are the rows of an answer: objects, and nothing else.
type hourRows []hourFields

// UnmarshalJSONFrom reads an array.
func (r *hourRows) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if kind := d.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindInvalid {
			return fmt.Errorf("/%d: want an object, got %s", len(*r), wire.KindName(kind))
		}
		if len(*r) == maxRows {
			return fmt.Errorf("want the hours of a day, got more than %d", maxRows)
		}
		var row hourFields
		if err := json.UnmarshalDecode(d, &row); err != nil {
			return err
		}
		*r = append(*r, row)
	}
	_, err := d.ReadToken()
	return err
}
