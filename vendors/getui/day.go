package getui

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	pushDayEndpoint endpoint = "GET /report/push/date/DATE"
	userDayEndpoint endpoint = "GET /report/user/date/DATE"
)

// PushDay returns the push report of all messages of one day: the calendar day of day in its
// own location. GeTui has none of the current day. An answer without that day is Malformed.
//
// Source: GET /report/push/date/DATE.
func (c *Client) PushDay(ctx context.Context, day time.Time, brands bool) (Report, error) {
	date := day.Format(time.DateOnly)
	query := url.Values{}
	if brands {
		query.Set(brandsQuery, "true")
	}
	var result Report
	err := c.get(ctx, pushDayEndpoint, "/report/push/date/"+date, query, func(data jsontext.Value) error {
		var days reports
		if err := wire.Unmarshal(data, &days); err != nil {
			return err
		}
		r, ok := find(days, date)
		if !ok {
			return fmt.Errorf("want a report of %s, got none", date)
		}
		result = r.result(brands)
		return nil
	})
	return result, err
}

// UserDay returns the users of one day: the calendar day of day in its own location. GeTui
// has none of the current day. An answer without that day is Malformed.
//
// Source: GET /report/user/date/DATE.
func (c *Client) UserDay(ctx context.Context, day time.Time) (UserDay, error) {
	date := day.Format(time.DateOnly)
	var users UserDay
	err := c.get(ctx, userDayEndpoint, "/report/user/date/"+date, nil, func(data jsontext.Value) error {
		var days wire.Object[wire.IfObject[struct {
			Accumulative wire.Number `json:"accumulative_num"`
			Register     wire.Number `json:"register_num"`
			Active       wire.Number `json:"active_num"`
			Online       wire.Number `json:"online_num"`
		}]]
		if err := wire.Unmarshal(data, &days); err != nil {
			return err
		}
		for _, m := range days {
			if v := m.Value.Value; m.Name == date && m.Value.OK {
				users = UserDay{
					Users:           v.Accumulative,
					NewUsers:        v.Register,
					ActiveUsers:     v.Active,
					PeakOnlineUsers: v.Online,
				}
				return nil
			}
		}
		return fmt.Errorf("want the users of %s, got none", date)
	})
	return users, err
}
