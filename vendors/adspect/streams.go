package adspect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const streamsEndpoint endpoint = "GET /streams"

// maxPages bounds how long a list is followed.
const maxPages = 100

// Stream is a stream of traffic and how it is filtered.
type Stream struct {
	ID          string
	Name        string
	Mode        string // Filter, Review, Money, White
	FilterLevel string // off, low, medium, high, paranoid; a number nobody knows keeps its digits
}

// Streams returns all streams of the account, each once, in Adspect's order, which is that of
// their names. It makes one request for each hundred of them. A stream without an id makes
// the answer Malformed; more than a hundred pages are TooLarge.
//
// Source: GET /streams, all pages.
func (c *Client) Streams(ctx context.Context) ([]Stream, error) {
	var streams []Stream
	known := map[string]bool{}
	for page := 1; ; page++ {
		var (
			found []Stream
			last  bool
		)
		err := c.get(ctx, streamsEndpoint, "/streams", url.Values{
			"page": {strconv.Itoa(page)}, "per-page": {strconv.Itoa(MaxPerPage)},
		}, func(body []byte, h http.Header) (err error) {
			found, err = decodeStreams(body)
			last = len(found) < MaxPerPage
			tooMany := !last && page == maxPages
			if pages, ok := parseHeaderCount(h, "X-Pagination-Page-Count"); ok {
				last = float64(page) >= pages
				tooMany = pages > maxPages // better known at once than after a hundred requests
			}
			if err == nil && tooMany {
				err = &transport.Error{Kind: transport.TooLarge, Err: fmt.Errorf("the account has more than %d pages of streams", maxPages)}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		// A stream that is made or renamed meanwhile shifts others to the next page; and a
		// page beyond the last may be the last one again.
		fresh := false
		for _, s := range found {
			if !known[s.ID] {
				known[s.ID], fresh = true, true
				streams = append(streams, s)
			}
		}
		if last || !fresh {
			return streams, nil
		}
	}
}

func decodeStreams(body []byte) ([]Stream, error) {
	// A stream has far more members than these.
	var answer []struct {
		ID          wire.Text `json:"stream_id"`
		Name        wire.Text `json:"name"`
		Mode        wire.Text `json:"mode"`
		FilterLevel wire.Text `json:"filter_level"`
	}
	if err := wire.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	if answer == nil {
		return nil, errors.New("want an array, got null")
	}
	streams := make([]Stream, len(answer))
	for i, a := range answer {
		id, _ := a.ID.Get()
		if id == "" {
			return nil, fmt.Errorf("/%d/stream_id: want an id, got none", i)
		}
		streams[i].ID = id
		streams[i].Name, _ = a.Name.Get()
		streams[i].Mode, _ = a.Mode.Get()
		level, _ := a.FilterLevel.Get()
		streams[i].FilterLevel = filterLevel(level)
	}
	return streams, nil
}

// filterLevels are the words for the numbers from 0 on.
var filterLevels = []string{"off", "low", "medium", "high", "paranoid"}

func filterLevel(level string) string {
	level = strings.ToLower(strings.TrimSpace(level))
	if n, err := strconv.Atoi(level); err == nil && n >= 0 && n < len(filterLevels) {
		return filterLevels[n]
	}
	return level
}

// parseHeaderCount reads a count that stands in a header.
func parseHeaderCount(h http.Header, name string) (count float64, ok bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(h.Get(name)), 10, 32)
	return float64(n), err == nil
}
