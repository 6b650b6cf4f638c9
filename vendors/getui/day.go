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
// own location. GeTui has none of the current day. A day without a report gives an empty one,
// and is missing; an answer of another day is Malformed.
//
// Source: GET /report/push/date/DATE.
func (c *Client) PushDay(ctx context.Context, day time.Time, brands bool) (Report, Defects, error) {
	date := day.Format(time.DateOnly)
	query := url.Values{}
	if brands {
		query.Set(brandsQuery, "true")
	}
	var result Report
	var defects Defects
	err := c.get(ctx, pushDayEndpoint, "/report/push/date/"+date, query, func(data jsontext.Value) (err error) {
		result, defects, err = decodeOne(data, date, date, expected{total: channelFields, brands: brands})
		return err
	})
	return result, defects, err
}

// UserDay returns the users of one day: the calendar day of day in its own location. GeTui
// has none of the current day. A day of which GeTui has nothing is missing; an answer of
// another day is Malformed.
//
// Source: GET /report/user/date/DATE.
func (c *Client) UserDay(ctx context.Context, day time.Time) (UserDay, Defects, error) {
	date := day.Format(time.DateOnly)
	var users UserDay
	var defects Defects
	err := c.get(ctx, userDayEndpoint, "/report/user/date/"+date, nil, func(data jsontext.Value) (err error) {
		users, defects, err = decodeUserDay(data, date)
		return err
	})
	return users, defects, err
}

// userDay is a UserDay with what was found of it.
type userDay struct {
	UserDay
	row
}

// userFields are the fields of a day, in the order of [fields].
var userFields = []string{"accumulative_num", "register_num", "active_num", "online_num"}

// UnmarshalJSONFrom reads a day, or what stands in its place.
func (u *userDay) UnmarshalJSONFrom(d *jsontext.Decoder) (err error) {
	*u = userDay{}
	u.row, err = readRow(d, func(name string) (*wire.Number, int) {
		switch name {
		case userFields[0]:
			return &u.Users, 0
		case userFields[1]:
			return &u.NewUsers, 1
		case userFields[2]:
			return &u.ActiveUsers, 2
		case userFields[3]:
			return &u.PeakOnlineUsers, 3
		default:
			return nil, 0
		}
	}, func(string) error { return d.SkipValue() })
	return err
}

func decodeUserDay(data jsontext.Value, date string) (users UserDay, defects Defects, err error) {
	var days wire.Object[userDay]
	if err := wire.Unmarshal(data, &days); err != nil {
		return UserDay{}, Defects{}, err
	}
	found, named := false, len(days) == 0
	for _, m := range days {
		u := m.Value
		switch {
		case m.Name != date:
			continue
		case found:
			defects.unusable(date, wrongTwice)
			continue
		}
		named = true
		if u.empty() {
			continue
		}
		if problem := u.problem(); problem != "" {
			defects.unusable(date, problem)
			continue
		}
		found, users = true, u.UserDay
		for range u.twice {
			defects.unusable(date, fieldTwice)
		}
		for i, name := range userFields {
			if !u.had.has(i) {
				defects.missing(name)
			}
		}
	}
	switch {
	case found:
	case defects.any():
		return UserDay{}, Defects{}, defects.error("the users of " + date)
	case !named:
		return UserDay{}, Defects{}, fmt.Errorf("want the users of %s, got none, but something else", date)
	default:
		defects.missing(date)
	}
	return users, defects, nil
}
