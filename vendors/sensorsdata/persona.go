package sensorsdata

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const personaEndpoint endpoint = "POST /v2/persona_info/user_tags"

// tagsPerPersona is how many tags Sensors Data advises to ask for at one time.
const tagsPerPersona = 20

// PersonaTag is the value that a tag has for one user.
type PersonaTag struct {
	TagID       string
	DisplayName string    // cname
	Value       wire.Text // true and false are texts too
	DataType    string    // a number, as sent
	Partition   Partition
}

// PersonaTags returns the values that tags have for one user, by Sensors Data's own id of the
// user, in the answer's order; tags that have none for that user are not in it. It makes one
// request for each 20 tags. The user's id is in no error.
//
// Of these requests and those of [Client.TagReport] and [Client.SegmentUsers] one at a time is
// under way.
//
// Source: POST /v2/persona_info/user_tags.
func (c *Client) PersonaTags(ctx context.Context, userID string, tagIDs []string) ([]PersonaTag, error) {
	numbers := make([]uint64, len(tagIDs))
	for i, id := range tagIDs {
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			return nil, unsent(personaEndpoint, "want numbers for the ids of tags, got something else")
		}
		numbers[i] = n
	}
	var tags []PersonaTag
	for some := range slices.Chunk(numbers, tagsPerPersona) {
		body, err := json.Marshal(struct {
			UserID string   `json:"user_id"`
			TagIDs []uint64 `json:"user_tag_ids"`
		}{userID, some})
		if err != nil {
			return nil, unsent(personaEndpoint, "the user's id cannot be sent")
		}
		err = c.do(ctx, call{name: personaEndpoint, path: "/v2/persona_info/user_tags", body: body, alone: true, personal: userID}, func(s *stream) error {
			found, err := s.personaTags()
			tags = append(tags, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tags, nil
}

func (s *stream) personaTags() ([]PersonaTag, error) {
	var (
		p    problem
		tags []PersonaTag
		told bool
	)
	err := s.object(func(name string) error {
		if name != "user_tags" {
			return p.member(s.decoder, name)
		}
		told = true
		if s.null() {
			return s.decoder.SkipValue()
		}
		return s.array(func(i int) error {
			tag, err := s.personaTag()
			if err != nil {
				return fmt.Errorf("user_tags/%d: %w", i, err)
			}
			tags = append(tags, tag)
			return s.keep(tag.TagID, tag.DisplayName, sent(tag.Value), tag.DataType, tag.Partition.Status)
		})
	})
	if err == nil && !told {
		err = p.instead(`want "user_tags", got none`)
	}
	return tags, err
}

func (s *stream) personaTag() (PersonaTag, error) {
	var tag PersonaTag
	err := s.object(func(name string) (err error) {
		var t wire.Text
		switch name {
		case "tag_id":
			err = json.UnmarshalDecode(s.decoder, &t)
			tag.TagID = sent(t)
		case "cname":
			err = json.UnmarshalDecode(s.decoder, &t)
			tag.DisplayName = sent(t)
		case "data_type":
			err = json.UnmarshalDecode(s.decoder, &t)
			tag.DataType = sent(t)
		case "value":
			tag.Value, err = s.value()
		case "partition_info":
			var f wire.IfObject[partitionFields]
			err = json.UnmarshalDecode(s.decoder, &f)
			tag.Partition = s.partition(&f.Value)
		default:
			err = s.decoder.SkipValue()
		}
		return err
	})
	return tag, err
}
