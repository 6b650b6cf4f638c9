package getui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const tasksEndpoint endpoint = "GET /report/push/task/ID,…"

// MaxTaskIDs is how many tasks GeTui reports on in one answer.
const MaxTaskIDs = 200

// TaskOptions say what a report of tasks holds beside the stages.
type TaskOptions struct {
	ActionIDs []string // custom events to count
	Brands    bool     // the channel gt by device brand
}

// Tasks returns the push reports of tasks of the last 90 days, at most [MaxTaskIDs], in
// GeTui's order. A task that GeTui does not know, or that was pushed to single users, is
// missing. No ids cost no request.
//
// Source: GET /report/push/task/ID,….
func (c *Client) Tasks(ctx context.Context, ids []string, o TaskOptions) ([]TaskReport, Defects, error) {
	path, err := taskPath(tasksEndpoint, ids)
	if err != nil || path == "" {
		return nil, Defects{}, err
	}
	query := url.Values{}
	if len(o.ActionIDs) > 0 {
		query.Set("actionIdList", strings.Join(o.ActionIDs, ","))
	}
	if o.Brands {
		query.Set(brandsQuery, "true")
	}
	var tasks []TaskReport
	var defects Defects
	sizeLimit := c.transport.NewSizeLimit()
	defer sizeLimit.Release()
	err = c.get(ctx, tasksEndpoint, path, query, func(data jsontext.Value, _ http.Header) error {
		e := expected{total: allFields, brands: o.Brands, actions: o.ActionIDs}
		found, d, err := decodeTasks(data, ids, e, sizeLimit)
		for _, m := range found {
			tasks = append(tasks, TaskReport{TaskID: m.Name, Report: m.Value.result(o.Brands)})
		}
		defects = d
		return err
	})
	return tasks, defects, err
}

// taskPath returns the path of the report on tasks, "" for none.
func taskPath(name endpoint, ids []string) (string, error) {
	if len(ids) == 0 {
		return "", nil
	}
	if len(ids) > MaxTaskIDs {
		return "", fmt.Errorf("%s %s: %d task ids, at most %d fit in a request", vendor, name, len(ids), MaxTaskIDs)
	}
	escaped := make([]string, len(ids))
	for i, id := range ids {
		if id == "" {
			return "", fmt.Errorf("%s %s: an empty task id", vendor, name)
		}
		escaped[i] = pathSegment(id)
	}
	return "/report/push/task/" + strings.Join(escaped, ","), nil
}

// pathSegment escapes a name for use in a path. A segment of dots alone would be taken for a
// step up.
func pathSegment(name string) string {
	if name == "." || name == ".." {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}
