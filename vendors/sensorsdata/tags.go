package sensorsdata

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	tagsEndpoint endpoint = "GET /v2/user_tags"
	tagEndpoint  endpoint = "GET /v2/user_tags/ID"
)

// Tag is a user tag and how its computation fares. Texts and words are as Sensors Data sends
// them, "" where it sends none. Its rules and who made it are not read.
type Tag struct {
	ID          string // a whole number
	DirectoryID string // a whole number
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

	// Unusable is what came in place of texts, ids and objects and is none: each costs its own field.
	Unusable []string
}

// Tag returns one tag.
//
// Source: GET /v2/user_tags/ID.
func (c *Client) Tag(ctx context.Context, id string) (Tag, error) {
	var tag Tag
	err := c.do(ctx, call{name: tagEndpoint, path: "/v2/user_tags/" + transport.PathSegment(id)}, func(s *stream) error {
		var p problem
		found, sentID, err := s.tag(&p, fieldSet{})
		switch wanted, ok := wholeNumber(id); {
		case err != nil:
			return err
		case found.ID == "" && sentID != "":
			return fmt.Errorf("/id: want a whole number, got %.60q", sentID)
		case found.ID == "":
			return p.instead("/id: want an id, got none")
		case ok && found.ID != wanted:
			return fmt.Errorf("want tag %s, got tag %s", wanted, found.ID)
		}
		if err := p.reported(); err != nil {
			return err
		}
		tag = found
		return s.keep(found.texts()...)
	})
	if err != nil {
		return Tag{}, err
	}
	return tag, nil
}

// tag reads one tag. Members that a tag does not have are for p, unless it is nil. sentID is the id that came if
// it is none that can be used, and seen gets the documented fields that the tag has.
func (s *stream) tag(p *problem, seen fieldSet) (t Tag, sentID string, err error) {
	var success, last partitionFields
	err = s.object(func(name string) (err error) {
		switch name {
		case "id":
			t.ID, sentID, err = s.id()
			return err
		case "dir_id":
			var unusable string
			if t.DirectoryID, unusable, err = s.id(); err == nil && unusable != "" {
				err = s.addUnreadable(&t.Unusable, unusable)
			}
		case "name":
			t.Name, err = s.text(&t.Unusable)
		case "cname":
			t.DisplayName, err = s.text(&t.Unusable)
		case "data_type":
			t.DataType, err = s.text(&t.Unusable)
		case "unit":
			t.Unit, err = s.text(&t.Unusable)
		case "source_type":
			t.SourceType, err = s.sourceType(&t.Unusable)
		case "is_routine":
			err = json.UnmarshalDecode(s.decoder, &t.Routine)
			if err == nil && t.Routine.Invalid() {
				err = s.addUnreadable(&t.Unusable, t.Routine.Raw())
			}
		case "status":
			t.Status, err = s.text(&t.Unusable)
		case "cron":
			t.Cron, err = s.text(new([]string))
			return err
		case "create_time":
			t.CreateTime, err = s.time()
			return err
		case "failed_partition_count":
			err = json.UnmarshalDecode(s.decoder, &t.FailedPartitions)
		case "last_succeed_partition":
			success, err = s.partitionIfObject(&t.Unusable)
		case "last_partition_info":
			last, err = s.partitionIfObject(&t.Unusable)
		default:
			if p == nil {
				return s.decoder.SkipValue()
			}
			return p.member(s.decoder, name)
		}
		seen.add(name)
		return err
	})
	t.LastSuccess, t.LastPartition, t.NextBaseTime = success.Partition, last.Partition, last.next
	seen.addPartitions(&t, &success, &last)
	return t, sentID, err
}

// texts are all of a tag whose length is up to the vendor.
func (t *Tag) texts() []string {
	return slices.Concat([]string{
		t.ID, t.DirectoryID, t.Name, t.DisplayName, t.DataType, t.Unit, t.SourceType, t.Status, t.Cron,
		t.LastSuccess.Status, t.LastPartition.Status,
		unreadable(t.FailedPartitions), unreadable(t.LastSuccess.Users), unreadable(t.LastPartition.Users),
	}, t.Unusable)
}

// unreadable returns what came in place of a number; "" if a number came, or nothing.
func unreadable(n wire.Number) string {
	if !n.Invalid() {
		return ""
	}
	return n.Raw()
}

// sourceType reads the number of a source. What is no number at all is a word that is not documented.
func (s *stream) sourceType(unusable *[]string) (string, error) {
	text, err := s.text(unusable)
	if number, ok := wholeNumber(text); ok {
		return number, err
	}
	if _, parseErr := strconv.ParseFloat(text, 64); parseErr == nil || errors.Is(parseErr, strconv.ErrRange) {
		if err == nil {
			err = s.addUnreadable(unusable, text)
		}
		return "", err
	}
	return text, err
}

// fieldSet is the documented fields of tags that have come.
type fieldSet map[string]bool

func (f fieldSet) add(names ...string) {
	for _, name := range names {
		f[name] = true
	}
}

// What a tag shows that must have more fields.
const (
	someSuccess = "a tag that was computed"
	someLast    = "a tag with a last partition"
	someEnded   = "a tag whose last partition has ended"
	someNext    = "a tag that is computed regularly"
)

// addPartitions adds the fields of a tag's partitions, and which of them the tag must have.
func (f fieldSet) addPartitions(t *Tag, success, last *partitionFields) {
	for _, name := range success.seen {
		f.add("last_succeed_partition." + name)
	}
	for _, name := range last.seen {
		f.add("last_partition_info." + name)
	}
	if len(success.seen) > 0 || last.Status == "SUCCEED" {
		f.add(someSuccess)
	}
	if len(last.seen) == 0 {
		return
	}
	f.add(someLast)
	if last.Status == "SUCCEED" || last.Status == "FAILED" {
		f.add(someEnded)
	}
	if routine, _ := t.Routine.Get(); routine && t.Status == "RUNNING" {
		f.add(someNext)
	}
}

// documentedFields are those of a tag that are read; beside the first, some tags need not have them.
var documentedFields = []struct {
	of    string // what some tag must show; "" = any tag
	names []string
}{
	{"", []string{
		"dir_id", "name", "cname", "data_type", "unit", "source_type", "is_routine", "status", "failed_partition_count",
		"last_succeed_partition", "last_partition_info",
	}},
	{someSuccess, []string{
		"last_succeed_partition.base_time", "last_succeed_partition.finished_time", "last_succeed_partition.user_count",
	}},
	{someLast, []string{"last_partition_info.base_time", "last_partition_info.status"}},
	{someEnded, []string{"last_partition_info.start_time", "last_partition_info.finished_time"}},
	{someNext, []string{"last_partition_info.next_partition_base_time"}},
}

// missing returns the documented fields that none of the tags has.
func (f fieldSet) missing() []string {
	var missing []string
	for _, fields := range documentedFields {
		for _, name := range fields.names {
			if (fields.of == "" || f[fields.of]) && !f[name] {
				missing = append(missing, name)
			}
		}
	}
	return missing
}

// text reads a text. If the value is no text it is added to unusable, and text returns "".
func (s *stream) text(unusable *[]string) (string, error) {
	raw := kindText(s.decoder.PeekKind())
	var t wire.Text
	if err := json.UnmarshalDecode(s.decoder, &t); err != nil {
		return "", err
	}
	if t.Invalid() {
		return "", s.addUnreadable(unusable, raw)
	}
	return sent(t), nil
}

// id reads an id, a whole number. unusable is what came if it is none; both are "" if nothing came.
func (s *stream) id() (id, unusable string, err error) {
	var kinds []string
	text, err := s.text(&kinds)
	if id, ok := wholeNumber(text); ok {
		return id, "", err
	}
	if len(kinds) > 0 {
		text = kinds[0]
	}
	return "", text, err
}

// wholeNumber returns the digits of a whole number as ids are written, which may have come as 2.0 or 2e0.
func wholeNumber(text string) (digits string, ok bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(n, 10), n >= 0
	}
	const exact = 1 << 53 // from there on a float64 stands for several whole numbers
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "0123456789.+eE") != "" || v < 0 || v >= exact || v != math.Trunc(v) {
		return "", false
	}
	return strconv.FormatInt(int64(v), 10), true
}

// kindText names what came in place of a text, as errors and logs show it.
func kindText(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindBeginObject:
		return "{…}"
	case jsontext.KindBeginArray:
		return "[…]"
	default:
		return kind.String()
	}
}

// sent returns a text as it was sent, "" if there is none.
func sent(t wire.Text) string {
	s, _ := t.Get()
	return s
}
