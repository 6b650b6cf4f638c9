package getui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const onlineUsersEndpoint endpoint = "GET /report/online_user"

// OnlineUsers returns how many users were online during the last day, every ten minutes, the
// oldest point first. A point whose time cannot be read is left out; an answer without any
// is Malformed.
//
// Source: GET /report/online_user.
func (c *Client) OnlineUsers(ctx context.Context) ([]OnlinePoint, error) {
	var points []OnlinePoint
	err := c.get(ctx, onlineUsersEndpoint, "/report/online_user", nil, func(data jsontext.Value) (err error) {
		points, err = decodeOnlinePoints(data)
		return err
	})
	return points, err
}

// maxMillis is the last millisecond of the year 9999, beyond which no time is meant.
const maxMillis = 253402300799999

func decodeOnlinePoints(data jsontext.Value) ([]OnlinePoint, error) {
	var answer struct {
		Points wire.Object[wire.Number] `json:"online_statics"`
	}
	if err := wire.Unmarshal(data, &answer); err != nil {
		return nil, err
	}
	var points []OnlinePoint
	for _, m := range answer.Points {
		ms, err := strconv.ParseInt(m.Name, 10, 64)
		if err != nil || ms <= 0 || ms > maxMillis {
			continue
		}
		points = append(points, OnlinePoint{Time: time.UnixMilli(ms).UTC(), Users: m.Value})
	}
	if len(points) == 0 {
		return nil, errors.New("online_statics: want points by time in milliseconds, got none")
	}
	slices.SortStableFunc(points, func(a, b OnlinePoint) int { return cmp.Compare(a.Time.UnixMilli(), b.Time.UnixMilli()) })
	return points, nil
}
