package sensorsdata

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const (
	// TagsPerPage is how many tags one request of [Client.Tags] asks for.
	TagsPerPage = 200
	maxPages    = 100 // bounds how long a list is followed
	maxReadings = 3   // of a list that changes meanwhile
)

// TagList is the tags of a project, and what is wrong with the rows that gave them.
type TagList struct {
	Tags []Tag // each once, in the answer's order

	WithoutID []string // of rows that have no usable id, what came in its place; "" for nothing
	Repeated  []string // ids of rows that came again on the same page
	Missing   []string // documented fields that no tag has
}

// Tags returns all tags of the project but those in hidden directories. It asks for 200 tags at
// a time until a page brings no new one.
//
// Pages overlap, for tags may come and go between two requests: each begins with the last tag of
// the one before, the second page with the last two if the server counts tags from one. Where two
// pages do not meet, or overlap by more, all is read again, until a reading is even or has the
// same tags as the one before; after three the list is Malformed. So it is if the server sends the
// first page whatever is asked for, unless it gives all tags whatever count is asked for, if no row
// has an id, and if rows without ids leave open what a page goes on with. More than a hundred pages
// are TooLarge.
//
// A server may leave out of a page, after it has cut it, what the account may not see: an empty
// first page, and after the first 200 tags a page without new ones, are the end only if there is
// nothing 200 tags further.
//
// Source: GET /v2/user_tags, all pages.
func (c *Client) Tags(ctx context.Context) (TagList, error) {
	var before []string // the ids of a reading that was uneven
	for range maxReadings {
		r := tagReading{pageOf: make(map[string]int), seen: make(fieldSet), sizeLimit: c.transport.NewSizeLimit()}
		result, err := c.readTags(ctx, &r)
		if err != nil {
			return TagList{}, err
		}
		ids := slices.Sorted(maps.Keys(r.pageOf))
		switch result {
		case whole:
			return r.list(), nil
		case uneven:
			if before != nil && slices.Equal(ids, before) {
				return r.list(), nil
			}
			before = ids
		}
	}
	return TagList{}, tagsAreMalformed(
		"the list of tags changes while it is read: its pages did not fit together %d times", maxReadings)
}

func tagsAreMalformed(format string, args ...any) error {
	return &transport.Error{
		Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.Malformed, Err: fmt.Errorf(format, args...),
	}
}

// tagReading is one reading of all pages.
type tagReading struct {
	TagList
	pageOf    map[string]int // on which page a tag came first
	seen      fieldSet
	sizeLimit *transport.SizeLimit

	firstRows      int  // of the first page
	isInconsistent bool // pages overlap by more than they should
	isShared       bool // the first two pages overlap by two: so they should if the server counts from one
}

func (r *tagReading) list() TagList {
	if len(r.Tags) > 0 {
		r.Missing = r.seen.missing()
	}
	return r.TagList
}

// readingResult is what came of one reading.
type readingResult uint8

const (
	whole  readingResult = iota // all pages meet as they should
	uneven                      // all pages meet, but overlap by more: tags may have moved meanwhile
	broken                      // two pages do not meet
)

func (c *Client) readTags(ctx context.Context, r *tagReading) (readingResult, error) {
	defer r.sizeLimit.Release()
	var before tagPage
	start := 0
	isStuck, hasJumped := false, false // since the last page with new tags
	jump := func() {
		start += TagsPerPage
		before, hasJumped, r.isInconsistent = tagPage{endsWithID: true}, true, true
	}
	// look reads on after a stretch of tags that the account may not see, and reports whether there are more tags.
	look := func(number int) (bool, error) {
		page, err := c.readPage(ctx, r, number, start+TagsPerPage)
		if err != nil || len(page.new) == 0 {
			return false, err
		}
		r.add(&page, 0)
		r.isInconsistent = true
		start += TagsPerPage + max(page.rows-1, 1)
		before, isStuck, hasJumped = page, false, false
		return true, nil
	}
	for number := 0; number < maxPages; number++ {
		page, err := c.readPage(ctx, r, number, start)
		if err != nil {
			return broken, err
		}
		isNew := len(page.new) > 0
		switch {
		case number == 0 && !isNew && len(page.withoutID) > 0:
			return broken, tagsAreMalformed("want tags with ids, got %d without", len(page.withoutID))
		case number == 0 && !isNew:
			number++
			if more, err := look(number); err != nil || !more {
				return whole, err
			}
			continue
		case number == 0:
			r.add(&page, 0)
			r.firstRows = page.rows
			start = max(page.rows-1, 1)
			before = page
			continue
		case !isNew && page.hasFirst && start >= 2 && hasJumped:
			return broken, tagsAreMalformed("the list of tags cannot be read beyond its first %d: "+
				"the request for the next ones returned the first page again", r.firstRows)
		case !isNew && page.hasFirst && start >= 2:
			if isAll, err := c.givesAll(ctx, r.firstRows); isAll || err != nil {
				return whole, err
			}
			jump()
			continue
		case page.known == 0 && before.rows > 1 && before.endsWithID:
			return broken, nil
		case !isNew && len(page.withoutID) > 2: // more than the end of the page before
			return broken, tagsAreMalformed(
				"want tags with ids, got a page with none but %d without", len(page.withoutID))
		case !isNew && (page.rows == 0 || page.rows <= 2 && page.rows < before.rows):
			r.add(&page, r.compare(&before, &page, number))
			if start >= TagsPerPage-1 && !hasJumped {
				number++
				if more, err := look(number); err != nil || more {
					if err != nil {
						return broken, err
					}
					continue
				}
			}
			return c.evaluate(ctx, r)
		case !isNew && hasJumped && (page.rows > 2 || isStuck):
			return broken, nil
		case !isNew && (page.rows > 2 || isStuck):
			jump()
			continue
		case !isNew: // as long as the page before: it may be all that the server sends at a time
			start++
			before, isStuck = page, true
			continue
		}
		// A short page is not the last one: a server may have a bound of its own, and leave out
		// what the account may not see. The next page begins with the last row of this one.
		r.add(&page, r.compare(&before, &page, number))
		start = max(start+page.rows-1, start+1)
		before, isStuck, hasJumped = page, false, false
	}
	return broken, &transport.Error{
		Vendor: vendor, Endpoint: string(tagsEndpoint), Kind: transport.TooLarge,
		Err: fmt.Errorf("the list of tags goes on after %d pages with %d tags", maxPages, len(r.Tags)),
	}
}

// compare notes whether a page overlaps the one before as it should, and returns how many of its
// first rows came before.
func (r *tagReading) compare(before, page *tagPage, number int) (again int) {
	again = page.known
	if !before.endsWithID {
		return again + 1
	}
	if before.rows <= 2 {
		return again // such pages may be all that the server sends at a time
	}
	switch {
	case page.isMixed || again > 2 || again == 2 && number > 1:
		r.isInconsistent = true
	case again == 2 && len(page.new) > 0:
		r.isShared = true
	}
	return again
}

// evaluate returns the result of a reading whose pages fit together.
func (c *Client) evaluate(ctx context.Context, r *tagReading) (readingResult, error) {
	if r.isShared && !r.isInconsistent {
		fromOne, err := c.countsFromOne(ctx)
		if err != nil {
			return broken, err
		}
		r.isInconsistent = !fromOne
	}
	if r.isInconsistent {
		return uneven, nil
	}
	return whole, nil
}

// countsFromOne reports whether the first tag is number 1 to the server, which is not documented,
// and else number 0. It asks once.
func (c *Client) countsFromOne(ctx context.Context) (bool, error) {
	if known := c.tagsFromOne.Load(); known != nil {
		return *known, nil
	}
	first, err := c.tagAt(ctx, url.Values{})
	if err != nil {
		return false, err
	}
	numberOne, err := c.tagAt(ctx, url.Values{"start": {"1"}})
	if err != nil {
		return false, err
	}
	fromOne := first == numberOne
	c.tagsFromOne.Store(&fromOne)
	return fromOne, nil
}

// tagAt returns the id of the first tag of a page of one.
func (c *Client) tagAt(ctx context.Context, query url.Values) (id string, err error) {
	query.Set("count", "1")
	query.Set("invisible", "false")
	err = c.do(ctx, call{name: tagsEndpoint, path: "/v2/user_tags", query: query}, func(s *stream) error {
		return s.list(func(i int) error {
			if i > 0 {
				return s.decoder.SkipValue()
			}
			tag, _, err := s.tag(nil, fieldSet{})
			id = tag.ID
			return err
		})
	})
	return id, err
}

// add adds what a page has beyond its first rows, which came with the page before.
func (r *tagReading) add(page *tagPage, after int) {
	r.Tags = append(r.Tags, page.new...)
	r.Repeated = append(r.Repeated, page.repeated...)
	for _, row := range page.withoutID {
		if row.at >= after {
			r.WithoutID = append(r.WithoutID, row.sent)
		}
	}
}

// tagPage is one page of the list.
type tagPage struct {
	rows       int
	known      int  // up to which row there are tags of earlier pages
	hasFirst   bool // it begins with the first tag of all
	isMixed    bool // new tags stand before known ones
	endsWithID bool
	new        []Tag
	repeated   []string
	withoutID  []rowWithoutID
}

type rowWithoutID struct {
	at   int
	sent string
}

func (c *Client) readPage(ctx context.Context, r *tagReading, number, start int) (page tagPage, err error) {
	query := url.Values{"count": {strconv.Itoa(TagsPerPage)}, "invisible": {"false"}}
	if start > 0 {
		// Whether the first tag is number 0 or 1 is not documented. If it is 1, pages have one
		// more row in common.
		query.Set("start", strconv.Itoa(start))
	}
	err = c.do(ctx, call{name: tagsEndpoint, path: "/v2/user_tags", query: query, sizeLimit: r.sizeLimit}, func(s *stream) error {
		return s.list(func(i int) error {
			page.rows++
			tag, sentID, err := s.tag(nil, r.seen)
			if err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			page.endsWithID = tag.ID != ""
			if tag.ID == "" {
				page.withoutID = append(page.withoutID, rowWithoutID{i, sentID})
				return s.keep(sentID)
			}
			first, isKnown := r.pageOf[tag.ID]
			switch {
			case isKnown && first < number:
				page.hasFirst = page.hasFirst || page.known == 0 && len(page.new) == 0 && tag.ID == r.Tags[0].ID
				page.isMixed = page.isMixed || len(page.new) > 0
				page.known = i + 1
				return nil
			case isKnown:
				page.repeated = append(page.repeated, tag.ID)
				return s.keep(tag.ID)
			}
			r.pageOf[tag.ID] = number
			page.new = append(page.new, tag)
			return s.keep(tag.texts()...)
		})
	})
	return page, err
}

// givesAll reports whether the server sends all of so many rows however few are asked for: then
// it has no pages, and one page is all there is.
func (c *Client) givesAll(ctx context.Context, all int) (bool, error) {
	if all < 2 || all > TagsPerPage {
		return true, nil // no fewer can be asked for, or fewer have been
	}
	rows := 0
	query := url.Values{"count": {strconv.Itoa(all - 1)}, "invisible": {"false"}}
	err := c.do(ctx, call{name: tagsEndpoint, path: "/v2/user_tags", query: query}, func(s *stream) error {
		return s.list(func(int) error {
			rows++
			return s.decoder.SkipValue()
		})
	})
	return rows >= all, err
}
