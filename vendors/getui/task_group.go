package getui

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const taskGroupEndpoint endpoint = "GET /report/push/task_group/NAME"

// TaskGroupOptions say what the report of a group covers.
type TaskGroupOptions struct {
	Brands bool // the channel gt by device brand as well

	// Start and End are the first and last day, each the calendar day in its own location;
	// zero = GeTui's default, 70 days ago and today.
	Start, End time.Time
}

// TaskGroup returns the push report of all tasks that were pushed under one group name. An
// answer without that group is Malformed.
//
// Source: GET /report/push/task_group/NAME.
func (c *Client) TaskGroup(ctx context.Context, name string, o TaskGroupOptions) (Report, error) {
	if name == "" {
		return Report{}, fmt.Errorf("%s %s: an empty group name", vendor, taskGroupEndpoint)
	}
	query := url.Values{}
	if o.Brands {
		query.Set(brandsQuery, "true")
	}
	if !o.Start.IsZero() {
		query.Set("startDate", o.Start.Format(time.DateOnly))
	}
	if !o.End.IsZero() {
		query.Set("endDate", o.End.Format(time.DateOnly))
	}
	var result Report
	err := c.get(ctx, taskGroupEndpoint, "/report/push/task_group/"+pathSegment(name), query, func(data jsontext.Value) error {
		var groups reports
		if err := wire.Unmarshal(data, &groups); err != nil {
			return err
		}
		r, ok := find(groups, name)
		if !ok {
			return errors.New("want a report of the group, got none")
		}
		result = r.result(o.Brands)
		return nil
	})
	return result, err
}
