package sensorsdata

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	tagsEndpoint endpoint = "GET /v2/user_tags"
	tagEndpoint  endpoint = "GET /v2/user_tags/ID"
)

const (
	// TagsPerPage is how many tags one request of [Client.Tags] asks for.
	TagsPerPage = 200
	maxPages    = 100 // bounds how long a list is followed
)

// Tag is a user tag and how its computation fares. Texts and words are as Sensors Data sends
// them, "" where it sends none. Its rules and who made it are not read.
type Tag struct {
	ID          string
	DirectoryID string
	Name        string
	DisplayName string // cname
	DataType    string // BOOL, NUMBER, STRING, DATETIME, LIST
	Unit        string // DAY
	SourceType  string // digits: 1 rules, 7 SQL, …
	Routine     wire.Bool
	Status      string // PENDING, RUNNING, SUSPEND
	Cron        string
	CreateTime  time.Time

	FailedPartitions wire.Number
	LastSuccess      Partition // its StartTime is not sent; zero before the first
	LastPartition    Partition // zero if there is none
	NextBaseTime     time.Time // of the next partition
}

// tagFields is a tag as Sensors Data writes it.
type tagFields struct {
	ID               wire.Text   `json:"id"`
	DirectoryID      wire.Text   `json:"dir_id"`
	Name             wire.Text   `json:"name"`
	DisplayName      wire.Text   `json:"cname"`
	DataType         wire.Text   `json:"data_type"`
	Unit             wire.Text   `json:"unit"`
	SourceType       wire.Text   `json:"source_type"`
	Routine          wire.Bool   `json:"is_routine"`
	Status           wire.Text   `json:"status"`
	Cron             wire.Text   `json:"cron"`
	CreateTime       wire.Text   `json:"create_time"`
	FailedPartitions wire.Number `json:"failed_partition_count"`

	LastSuccess   wire.IfObject[partitionFields] `json:"last_succeed_partition"`
	LastPartition wire.IfObject[partitionFields] `json:"last_partition_info"`
}

// Tags returns all tags of the project but those in hidden directories, each once, in the
// answer's order. It makes one request for each 200 of them. A tag without an id makes the
// answer Malformed; more than a hundred pages are TooLarge.
//
// Source: GET /v2/user_tags, all pages.
func (c *Client) Tags(ctx context.Context) ([]Tag, error) {
	var tags []Tag
	known := map[string]bool{}
	kept := 0
	for page := range maxPages {
		query := url.Values{"count": {strconv.Itoa(TagsPerPage)}, "invisible": {"false"}}
		if page > 0 {
			// Whether the first tag is number 0 or 1 is not documented. If it is 1, each page
			// begins with the last tag of the one before.
			query.Set("start", strconv.Itoa(page*TagsPerPage))
		}
		found, fresh := 0, false
		err := c.do(ctx, call{name: tagsEndpoint, path: "/v2/user_tags", query: query}, func(s *stream) error {
			s.kept = kept
			defer func() { kept = s.kept }()
			return s.list(func(i int) error {
				found++
				var f tagFields
				if err := s.fields(&f); err != nil {
					return fmt.Errorf("/%d: %w", i, err)
				}
				tag := s.tag(&f)
				if tag.ID == "" {
					return fmt.Errorf("/%d/id: want an id, got none", i)
				}
				if known[tag.ID] {
					return nil
				}
				known[tag.ID], fresh = true, true
				tags = append(tags, tag)
				return s.keep(tag.texts()...)
			})
		})
		if err != nil {
			return nil, err
		}
		// More than were asked for are all there are: pages mean nothing to such a server.
		// And one that knows no start gives the first page for ever.
		if found != TagsPerPage || !fresh {
			return tags, nil
		}
	}
	return nil, &transport.Error{
		Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.TooLarge,
		Err: fmt.Errorf("the project has %d tags or more", maxPages*TagsPerPage),
	}
}

// Tag returns one tag.
//
// Source: GET /v2/user_tags/ID.
func (c *Client) Tag(ctx context.Context, id string) (Tag, error) {
	var tag Tag
	err := c.do(ctx, call{name: tagEndpoint, path: "/v2/user_tags/" + segment(id)}, func(s *stream) error {
		var answer struct {
			problem
			tagFields
		}
		if err := s.fields(&answer); err != nil {
			return err
		}
		found := s.tag(&answer.tagFields)
		if found.ID == "" {
			return answer.instead("/id: want an id, got none")
		}
		if err := s.keep(found.texts()...); err != nil {
			return err
		}
		tag = found
		return nil
	})
	if err != nil {
		return Tag{}, err
	}
	return tag, nil
}

func (s *stream) tag(f *tagFields) Tag {
	return Tag{
		ID:               sent(f.ID),
		DirectoryID:      sent(f.DirectoryID),
		Name:             sent(f.Name),
		DisplayName:      sent(f.DisplayName),
		DataType:         sent(f.DataType),
		Unit:             sent(f.Unit),
		SourceType:       sent(f.SourceType),
		Routine:          f.Routine,
		Status:           sent(f.Status),
		Cron:             sent(f.Cron),
		CreateTime:       s.time(f.CreateTime),
		FailedPartitions: f.FailedPartitions,
		LastSuccess:      s.partition(&f.LastSuccess.Value),
		LastPartition:    s.partition(&f.LastPartition.Value),
		NextBaseTime:     s.time(f.LastPartition.Value.NextBaseTime),
	}
}

// texts are all of a tag whose length is up to the vendor.
func (t *Tag) texts() []string {
	return []string{
		t.ID, t.DirectoryID, t.Name, t.DisplayName, t.DataType, t.Unit, t.SourceType, t.Status, t.Cron, t.LastSuccess.Status, t.LastPartition.Status,
	}
}

// sent returns a text as it was sent, "" if there is none.
func sent(t wire.Text) string {
	s, _ := t.Get()
	return s
}
