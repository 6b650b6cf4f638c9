package getui

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const onlineUsersEndpoint endpoint = "GET /report/online_user"

// OnlineUsers returns how many users were online during the last day, the oldest point first.
// GeTui has a point every ten minutes, and none while nobody is online: there may be no point
// at all. A point whose time cannot be read, or that has the time of another one, is unusable;
// an answer with no other is Malformed.
//
// Source: GET /report/online_user.
func (c *Client) OnlineUsers(ctx context.Context) ([]OnlinePoint, Defects, error) {
	var points []OnlinePoint
	var defects Defects
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	err := c.get(ctx, onlineUsersEndpoint, "/report/online_user", nil, func(data jsontext.Value, _ http.Header) (err error) {
		points, defects, err = decodeOnlinePoints(data, sizeLimit)
		return err
	})
	return points, defects, err
}

const (
	// maxMillis is the last millisecond of the year 9999, beyond which no time is meant.
	maxMillis = 253402300799999
	// maxSeconds is above all times in seconds: as milliseconds it is in March 1973.
	maxSeconds = 100_000_000_000
)

// onlineAnswer is online_statics with what is wrong in it.
type onlineAnswer struct {
	points    []OnlinePoint
	defects   Defects
	is        bool // there is one
	sizeLimit *transport.SizeLimit
}

// UnmarshalJSONFrom reads the points by time.
func (o *onlineAnswer) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if o.is {
		o.defects.unusable("online_statics", wrongTwice)
		return d.SkipValue()
	}
	o.is = true
	_, wrong, err := members(d, func(name string) error {
		var users wire.Number
		if err := users.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		at, ok := pointTime(name)
		if !ok {
			o.defects.unusable("online_statics."+bounded(name), "want a time in milliseconds")
			return nil
		}
		o.points = append(o.points, OnlinePoint{Time: at, Users: users})
		return o.sizeLimit.Add("online_statics")
	})
	if wrong != "" {
		o.defects.unusable("online_statics", wantObject(wrong))
	}
	return err
}

// pointTime reads the time of a point: milliseconds, or seconds, which are a thousand times less.
func pointTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0 || n > maxMillis:
		return time.Time{}, false
	case n < maxSeconds:
		return time.Unix(n, 0).UTC(), true
	default:
		return time.UnixMilli(n).UTC(), true
	}
}

func decodeOnlinePoints(data jsontext.Value, sizeLimit *transport.SizeLimit) ([]OnlinePoint, Defects, error) {
	var answer struct {
		Points onlineAnswer `json:"online_statics"`
	}
	answer.Points.sizeLimit = sizeLimit
	if err := wire.Unmarshal(data, &answer); err != nil {
		return nil, Defects{}, err
	}
	points, defects := answer.Points.points, answer.Points.defects
	if len(points) == 0 && defects.any() {
		return nil, Defects{}, defects.error("points by time in milliseconds")
	}
	if !answer.Points.is {
		defects.missing("online_statics")
	}
	slices.SortStableFunc(points, func(a, b OnlinePoint) int { return a.Time.Compare(b.Time) })
	return slices.CompactFunc(points, func(a, b OnlinePoint) bool {
		if !a.Time.Equal(b.Time) {
			return false
		}
		defects.unusable("online_statics: the point of "+a.Time.Format(time.RFC3339), wrongTwice)
		return true
	}), defects, nil
}
