package adspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	streamsEndpoint     endpoint = "GET /streams"
	streamCountEndpoint endpoint = "HEAD /streams"
)

// maxPages bounds how long a list is followed.
const maxPages = 100

// The headers that say how long a list is.
const (
	totalCountHeader = "X-Pagination-Total-Count"
	pageCountHeader  = "X-Pagination-Page-Count"
)

// Stream is a stream of traffic and how it is filtered. What Adspect does not say is "".
type Stream struct {
	ID          string
	Name        string
	Mode        string // Filter, Review, Money, White; a mode that the document does not have keeps its spelling
	FilterLevel string // off, low, medium, high, paranoid; an unknown number keeps its digits
	Tags        []string

	// Unusable are the values that came and cannot be read; their fields are empty.
	Unusable []Unusable
}

// Unusable is a value that came and cannot be read.
type Unusable struct {
	Field string // as Adspect names it
	Text  string // the value as JSON, without what goes beyond 1 KiB
}

func newUnusable(field string, value []byte) Unusable {
	return Unusable{Field: field, Text: string(value[:min(len(value), 1<<10)])}
}

// StreamList is all streams of an account.
type StreamList struct {
	Streams []Stream // each once, in Adspect's order, which is that of their names

	// Repeated is the number of streams that stood on a page of the list a second time.
	Repeated int

	// Absent are the documented fields that no stream has, and the header with the number of
	// streams if no answer had it: the list cannot be checked then.
	Absent []string
}

// Streams returns all streams of the account. It makes one request for each hundred of them,
// and one more for their number if the pages do not say it.
//
// The pages must hold as many streams as Adspect says there are, and that number must stay
// the same. If they do not, the list may have changed while it was read: it is read once more,
// and is Malformed if it still does not fit. A stream without a usable id makes the answer
// Malformed; more than a hundred pages are TooLarge.
//
// Source: GET /streams, all pages.
func (c *Client) Streams(ctx context.Context) (StreamList, error) {
	list, mismatch, err := c.readStreams(ctx)
	if mismatch != nil {
		list, mismatch, err = c.readStreams(ctx)
	}
	if mismatch != nil {
		err = &transport.Error{
			Vendor: vendor, Endpoint: string(streamsEndpoint), Kind: transport.Malformed, Err: mismatch,
			Advice: "the list was read twice; if this lasts, ask Adspect",
		}
	}
	if err != nil {
		return StreamList{}, err
	}
	return list, nil
}

// readStreams reads the pages of the list once. mismatch says what does not fit in them.
func (c *Client) readStreams(ctx context.Context) (list StreamList, mismatch, err error) {
	var (
		total     headerCount
		sizeLimit = c.transport.NewSizeLimit()
		fields    = map[string]bool{} // the documented fields that a stream has
		pageOf    = map[string]int{}  // by the id of a stream
	)
	defer sizeLimit.Release()
	for number := 1; ; number++ {
		page, err := c.streamPage(ctx, number, fields, sizeLimit)
		if err == nil && number == 1 && !page.total.ok {
			page.total, err = c.countStreams(ctx)
		}
		if err != nil {
			return StreamList{}, nil, err
		}
		if total.ok && page.total.ok && page.total != total {
			mismatch = fmt.Errorf("there were %v streams at first, and %v at page %d of the list", total, page.total, number)
			return list, mismatch, nil
		}
		if page.total.ok {
			total = page.total
		}

		fresh := false
		for _, s := range page.streams {
			switch pageOf[s.ID] {
			case 0:
				fresh = true
				pageOf[s.ID] = number
				list.Streams = append(list.Streams, s)
			case number:
				list.Repeated++
			}
		}
		found := uint64(len(list.Streams) + list.Repeated)
		if complete := total.ok && found >= total.n && uint64(number) >= page.pages.n; complete || !fresh {
			list.Absent = absentFields(list.Streams, fields, total.ok)
			return list, mismatchOf(found, total, number, len(page.streams) > 0 && !fresh), nil
		}
		if number == maxPages {
			return StreamList{}, nil, &transport.Error{
				Vendor: vendor, Endpoint: string(streamsEndpoint), Kind: transport.TooLarge,
				Status: http.StatusOK, Err: errTooManyPages,
			}
		}
	}
}

var errTooManyPages = fmt.Errorf("the account has more than %d pages of streams", maxPages)

// mismatchOf returns what does not fit in a list of streams, nil if all does.
func mismatchOf(found uint64, total headerCount, pages int, repeats bool) error {
	switch {
	case !total.ok || found == total.n:
		return nil
	case repeats:
		return fmt.Errorf("want %v streams, got %d; page %d repeats earlier ones", total, found, pages)
	default:
		return fmt.Errorf("want %v streams, got %d on %d pages", total, found, pages)
	}
}

// streamPage is one page of the list of streams.
type streamPage struct {
	streams      []Stream
	total, pages headerCount
}

// streamPage returns a page of the list, and adds the documented fields that its streams have
// to fields.
func (c *Client) streamPage(
	ctx context.Context, number int, fields map[string]bool, sizeLimit *transport.SizeLimit,
) (page streamPage, err error) {
	err = c.get(ctx, streamsEndpoint, "/streams", url.Values{
		"page": {strconv.Itoa(number)}, "per-page": {strconv.Itoa(MaxPerPage)},
	}, func(body []byte, h http.Header) (err error) {
		read := pageReader{fields: fields, sizeLimit: sizeLimit}
		if err := wire.Unmarshal(body, &read); err != nil {
			return err
		}
		page.streams = read.streams
		page.total, page.pages = parseHeaderCount(h, totalCountHeader), parseHeaderCount(h, pageCountHeader)
		if page.pages.n > maxPages { // better known at once than after a hundred requests
			return &transport.Error{Kind: transport.TooLarge, Err: errTooManyPages}
		}
		return nil
	})
	return page, err
}

// countStreams returns the number of streams, not ok if the answer does not say it.
//
// Source: HEAD /streams.
func (c *Client) countStreams(ctx context.Context) (total headerCount, err error) {
	query := url.Values{"per-page": {strconv.Itoa(MaxPerPage)}}
	err = c.do(ctx, streamCountEndpoint, "/streams", query, func(r *transport.Response) error {
		total = parseHeaderCount(r.Header, totalCountHeader)
		return nil
	})
	return total, err
}

// absentFields returns what no answer had of what Adspect documents.
func absentFields(streams []Stream, fields map[string]bool, counted bool) (absent []string) {
	if len(streams) > 0 {
		for _, field := range []string{"name", "mode", "filter_level", "tags"} {
			if !fields[field] {
				absent = append(absent, field)
			}
		}
	}
	if !counted {
		absent = append(absent, totalCountHeader)
	}
	return absent
}

// pageReader reads the streams of a page, and adds the documented fields that they have to fields.
type pageReader struct {
	streams   []Stream
	fields    map[string]bool
	sizeLimit *transport.SizeLimit
}

// UnmarshalJSONFrom reads a list of streams.
func (p *pageReader) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if kind := d.PeekKind(); kind != jsontext.KindBeginArray {
		if err := d.SkipValue(); err != nil { // broken JSON is reported as such
			return err
		}
		return fmt.Errorf("want an array, got %s", wire.KindName(kind))
	}
	return wire.Elements(d, func(i int) error {
		s, err := p.stream(d, i)
		if err != nil {
			return err
		}
		p.streams = append(p.streams, s)
		texts := []string{s.ID, s.Name, s.Mode, s.FilterLevel}
		for _, unusable := range s.Unusable {
			texts = append(texts, unusable.Text)
		}
		return p.sizeLimit.AddSized("streams", streamBytes, texts...)
	})
}

// streamBytes is what a stream counts as beside its texts.
const streamBytes = 512

func (p *pageReader) stream(d *jsontext.Decoder, i int) (s Stream, err error) {
	// A stream has far more members than these.
	var a struct {
		ID          jsontext.Value `json:"stream_id"`
		Name        jsontext.Value `json:"name"`
		Mode        jsontext.Value `json:"mode"`
		FilterLevel jsontext.Value `json:"filter_level"`
		Tags        jsontext.Value `json:"tags"`
	}
	if kind := d.PeekKind(); kind != jsontext.KindBeginObject && kind != jsontext.KindNull && kind != jsontext.KindInvalid {
		return Stream{}, fmt.Errorf("/%d: unexpected %s", i, wire.KindName(kind))
	}
	if err := json.UnmarshalDecode(d, &a); err != nil {
		return Stream{}, err
	}
	id, ok := wire.TextIn(a.ID).Get()
	switch {
	case !ok || id == "":
		return Stream{}, fmt.Errorf("/%d/stream_id: want an id, got none", i)
	case !ValidStreamID(id):
		return Stream{}, fmt.Errorf("/%d/stream_id: want an id, got another value", i)
	}
	s.ID = id
	s.Name = s.text("name", a.Name, p.fields)
	s.Mode = streamMode(s.text("mode", a.Mode, p.fields))
	s.FilterLevel = filterLevel(s.text("filter_level", a.FilterLevel, p.fields))
	if a.Tags != nil {
		p.fields["tags"] = true
		err = s.readTags(a.Tags, p.sizeLimit)
	}
	return s, err
}

// text returns the text of a field, "" if it is not there or cannot be read.
func (s *Stream) text(field string, value jsontext.Value, fields map[string]bool) string {
	if value == nil || value.Kind() == jsontext.KindNull {
		return ""
	}
	fields[field] = true
	text := wire.TextIn(value)
	if !text.Valid() {
		s.Unusable = append(s.Unusable, newUnusable(field, value))
	}
	v, _ := text.Get()
	return v
}

// readTags reads the tags of a stream: a list of texts. null is an empty list.
func (s *Stream) readTags(value jsontext.Value, sizeLimit *transport.SizeLimit) error {
	if kind := value.Kind(); kind != jsontext.KindBeginArray {
		if kind != jsontext.KindNull {
			s.Unusable = append(s.Unusable, newUnusable("tags", value))
		}
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(value), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return wire.Elements(d, func(int) error {
		item, err := d.ReadValue()
		if err != nil {
			return err
		}
		if tag, ok := wire.TextIn(item).Get(); ok && strings.TrimSpace(tag) != "" {
			s.Tags = append(s.Tags, tag)
			return sizeLimit.Add("tags of streams", tag)
		}
		s.Unusable = append(s.Unusable, newUnusable("tags", item))
		return sizeLimit.Add("tags of streams") // its text counts with the stream
	})
}

// ValidStreamID reports whether text can be the id of a stream. What is a number must be a
// whole one of at most 20 digits: 2.0 and 1e3 are none.
func ValidStreamID(text string) bool {
	if text == "" || len(text) > 128 || text == "true" || text == "false" {
		return false
	}
	if _, err := strconv.ParseFloat(text, 64); err != nil && !errors.Is(err, strconv.ErrRange) {
		return true
	}
	return len(text) <= 20 && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

// streamModes are the modes of Adspect's document.
var streamModes = []string{"Filter", "Review", "Money", "White"}

// streamMode returns a documented mode as the document spells it.
func streamMode(mode string) string {
	mode = strings.TrimSpace(mode)
	for _, documented := range streamModes {
		if strings.EqualFold(mode, documented) {
			return documented
		}
	}
	return mode
}

// filterLevels are the words for the numbers from 0 on.
var filterLevels = []string{"off", "low", "medium", "high", "paranoid"}

func filterLevel(level string) string {
	level = strings.ToLower(strings.TrimSpace(level))
	for n, word := range filterLevels {
		if v, err := strconv.ParseFloat(level, 64); err == nil && v == float64(n) {
			return word
		}
	}
	return level
}

// headerCount is a count that stands in a header; not ok if there is none.
type headerCount struct {
	n  uint64
	ok bool
}

func (c headerCount) String() string { return strconv.FormatUint(c.n, 10) }

// parseHeaderCount reads a count that stands in a header. Where the header stands twice, both
// must say the same.
func parseHeaderCount(h http.Header, name string) headerCount {
	var count headerCount
	for i, text := range h.Values(name) {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
		if err != nil || i > 0 && n != count.n {
			return headerCount{}
		}
		count = headerCount{n, true}
	}
	return count
}
