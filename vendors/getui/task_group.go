package getui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

const taskGroupEndpoint endpoint = "GET /report/push/task_group/NAME"

// TaskGroupOptions say what the report of a group covers.
type TaskGroupOptions struct {
	Brands bool // the channel gt by device brand as well

	// Start and End are the first and last day, each the calendar day in its own location;
	// zero = GeTui's default, 70 days ago and today.
	Start, End time.Time
}

// TaskGroup returns the push report of all tasks that were pushed under one group name. A
// group that GeTui does not know gives an empty report, and is missing. An answer of another
// group is Malformed.
//
// Source: GET /report/push/task_group/NAME.
func (c *Client) TaskGroup(ctx context.Context, name string, o TaskGroupOptions) (Report, Defects, error) {
	if name == "" {
		return Report{}, Defects{}, fmt.Errorf("%s %s: an empty group name", vendor, taskGroupEndpoint)
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
	var defects Defects
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	path := "/report/push/task_group/" + pathSegment(name)
	err := c.get(ctx, taskGroupEndpoint, path, query, func(data jsontext.Value, _ http.Header) (err error) {
		e := expected{total: allFields, brands: o.Brands}
		result, defects, err = decodeOne(data, name, "the group", e, sizeLimit)
		return err
	})
	return result, defects, err
}
