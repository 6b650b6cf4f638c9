package sensorsdata

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const usersEndpoint endpoint = "POST /v2/reports/user_analytics/users"

// SegmentUsers returns how many users a filter, a JSON object, selects. One user is asked for,
// without any properties: whether a page may have none is not documented. What comes of users
// is skipped.
//
// Only one request of this kind or of [Client.TagReport] is under way at a time.
//
// Source: POST /v2/reports/user_analytics/users.
func (c *Client) SegmentUsers(ctx context.Context, filter []byte) (wire.Number, error) {
	if jsontext.Value(filter).Kind() != jsontext.KindBeginObject || !jsontext.Value(filter).IsValid() {
		return wire.Number{}, unsent(usersEndpoint, "want a JSON object for the filter, got something else")
	}
	// No "limit": whether it bounds the count as well is not documented.
	body, err := json.Marshal(struct {
		Filter     jsontext.Value `json:"filter"`
		NumPerPage int            `json:"num_per_page"`
		Page       int            `json:"page"`
		AllPage    bool           `json:"all_page"`
		Profiles   []string       `json:"profiles"`
		UseCache   bool           `json:"use_cache"` // how old that may be is not known
	}{Filter: filter, NumPerPage: 1, Profiles: []string{}})
	if err != nil {
		return wire.Number{}, unsent(usersEndpoint, "the filter cannot be sent")
	}
	var size wire.Number
	err = c.do(ctx, call{name: usersEndpoint, path: "/v2/reports/user_analytics/users", body: body, alone: true}, func(s *stream) error {
		var answer struct {
			problem
			Size wire.Number `json:"size"`
		}
		if err := s.fields(&answer); err != nil {
			return err
		}
		if answer.Size.Absent() {
			return answer.instead(`want "size", got none`)
		}
		size = answer.Size
		return answer.reported()
	})
	if err != nil {
		return wire.Number{}, err
	}
	return size, nil
}
