package sensorsdata

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

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
	readings    = 2   // of a list that changes meanwhile
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
	CreateTime  Time

	FailedPartitions wire.Number
	LastSuccess      Partition // its StartTime is not sent; zero before the first
	LastPartition    Partition // zero if there is none
	NextBaseTime     Time      // of the next partition
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
// answer's order, and how many rows came without an id; if no row has one, the answer is
// Malformed. It asks for 200 tags at a time until a page brings no new one.
//
// Pages overlap, for tags may come and go between two requests. Where two pages do not meet all
// is read again; if that happens again, the list is Malformed. More than a hundred pages are
// TooLarge. A tag that the server leaves out of a page after having cut it costs nothing, unless
// it leaves out a whole page.
//
// Source: GET /v2/user_tags, all pages.
func (c *Client) Tags(ctx context.Context) (tags []Tag, withoutID int, err error) {
	for range readings {
		list := tagList{pageOf: map[string]int{}}
		met, err := c.readTags(ctx, &list)
		if err != nil {
			return nil, 0, err
		}
		if met {
			return list.tags, list.withoutID, nil
		}
	}
	return nil, 0, &transport.Error{
		Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.Malformed,
		Err: errors.New("the list of tags changes while its pages are read: twice two of them did not meet"),
	}
}

// tagList is a list of tags that is read page by page.
type tagList struct {
	tags      []Tag
	withoutID int
	pageOf    map[string]int // on which page a tag came first
	kept      int
}

// readTags reads all pages. It stops and reports false where one has no row of those before.
func (c *Client) readTags(ctx context.Context, list *tagList) (met bool, err error) {
	start, overlaps := 0, false
	for page := range maxPages {
		known, withoutID := len(list.tags), list.withoutID
		rows, met, err := c.readPage(ctx, list, page, start)
		if err != nil {
			return false, err
		}
		switch {
		case overlaps && !met:
			return false, nil
		case len(list.tags) == 0 && list.withoutID > 0:
			return false, &transport.Error{
				Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.Malformed,
				Err: fmt.Errorf("want tags with ids, got %d without", list.withoutID),
			}
		case rows > TagsPerPage, len(list.tags) == known:
			// More than were asked for are all there are: pages mean nothing to such a server.
			// And one that knows no start gives the first page for ever.
			if page > 0 {
				list.withoutID = withoutID // those of this page have been counted
			}
			return true, nil
		}
		// A short page is not the last one: a server may have a bound of its own, and leave out
		// what the account may not see. The next page begins with the last row of this one.
		overlaps = rows > 1
		start = max(start+rows-1, start+1)
	}
	return false, &transport.Error{
		Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.TooLarge,
		Err: fmt.Errorf("the list of tags goes on after %d pages with %d tags", maxPages, len(list.tags)),
	}
}

// readPage adds a page to the list. It reports how many rows it has, and whether an earlier page
// had one of them; so it does of a page without tags.
func (c *Client) readPage(ctx context.Context, list *tagList, page, start int) (rows int, met bool, err error) {
	query := url.Values{"count": {strconv.Itoa(TagsPerPage)}, "invisible": {"false"}}
	if start > 0 {
		// Whether the first tag is number 0 or 1 is not documented. If it is 1, pages have one
		// more row in common.
		query.Set("start", strconv.Itoa(start))
	}
	withID := 0
	err = c.do(ctx, call{name: tagsEndpoint, path: "/v2/user_tags", query: query}, func(s *stream) error {
		s.kept = list.kept
		defer func() { list.kept = s.kept }()
		return s.list(func(i int) error {
			rows++
			var f tagFields
			if err := s.fields(&f); err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			tag := s.tag(&f)
			if tag.ID == "" {
				list.withoutID++
				return nil
			}
			withID++
			if first, known := list.pageOf[tag.ID]; known {
				met = met || first < page
				return nil
			}
			list.pageOf[tag.ID] = page
			list.tags = append(list.tags, tag)
			return s.keep(tag.texts()...)
		})
	})
	return rows, met || withID == 0, err
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
