package getui

import (
	"context"
	"fmt"
	"net/http"
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
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	err := c.get(ctx, pushDayEndpoint, "/report/push/date/"+date, query, func(data jsontext.Value, _ http.Header) (err error) {
		e := expected{total: channelFields, brands: brands}
		result, defects, err = decodeOne(data, date, date, e, sizeLimit)
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
	err := c.get(ctx, userDayEndpoint, "/report/user/date/"+date, nil, func(data jsontext.Value, _ http.Header) (err error) {
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

// readUserDay reads a day, or what stands in its place.
func readUserDay(d *jsontext.Decoder) (u userDay, err error) {
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
	return u, err
}

// userDays is the day that was asked for, of the days by date in an answer.
type userDays struct {
	date    string
	users   UserDay
	found   bool // the users
	named   bool // the day, or there is no day at all
	defects Defects
}

// UnmarshalJSONFrom reads the days. Of two on the same date, the first one that is not empty counts.
func (u *userDays) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	named, others := false, 0
	_, err := wire.Members(d, func(name string) error {
		switch {
		case name != u.date:
			others++
			return d.SkipValue()
		case u.found:
			u.defects.unusable(name, wrongTwice)
			return d.SkipValue()
		}
		named = true
		day, err := readUserDay(d)
		switch problem := day.problem(); {
		case err != nil || day.empty():
		case problem != "":
			u.defects.unusable(name, problem)
		default:
			u.found, u.users = true, day.UserDay
			u.defects.repeated(name, day.row)
			for i, name := range userFields {
				if !day.had.has(i) {
					u.defects.missing(name)
				}
			}
		}
		return err
	})
	u.named = named || others == 0
	return err
}

func decodeUserDay(data jsontext.Value, date string) (UserDay, Defects, error) {
	days := userDays{date: date}
	if err := wire.Unmarshal(data, &days); err != nil {
		return UserDay{}, Defects{}, err
	}
	defects := days.defects
	switch {
	case days.found:
	case defects.any():
		return UserDay{}, Defects{}, defects.error("the users of " + date)
	case !days.named:
		return UserDay{}, Defects{}, fmt.Errorf("want the users of %s, got something else", date)
	default:
		defects.missing(date)
	}
	return days.users, defects, nil
}
