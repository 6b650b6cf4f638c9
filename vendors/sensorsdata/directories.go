package sensorsdata

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const directoriesEndpoint endpoint = "GET /v2/user_tags/dirs"

// maxNesting is far beyond the directories that people make within each other.
const maxNesting = 100

// Directory is a directory of tags.
type Directory struct {
	ID   string
	Name string // cname
	Tags int    // directly in it; those of the directories within it count there
}

// TagDirectories returns all directories, one after the other: each before those within it.
// Tags that stand in none are counted in a last one with no ID, if there are any. Directories
// that came without an id are left out and counted; if none came with one, the answer is
// Malformed.
//
// Source: GET /v2/user_tags/dirs.
func (c *Client) TagDirectories(ctx context.Context) (directories []Directory, withoutID int, err error) {
	err = c.do(ctx, call{name: directoriesEndpoint, path: "/v2/user_tags/dirs"}, func(s *stream) error {
		found := tree{stream: s}
		tags := 0
		err := s.list(func(i int) error {
			isTag, err := found.node(1)
			if err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			if isTag {
				tags++
			}
			return nil
		})
		if err != nil {
			return err
		}
		withoutID = found.withoutID
		if len(found.directories) == 0 && withoutID > 0 {
			return fmt.Errorf("want directories with ids, got %d without", withoutID)
		}
		if tags > 0 {
			found.directories = append(found.directories, Directory{Tags: tags})
		}
		directories = found.directories
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return directories, withoutID, nil
}

// tree collects the directories of an answer.
type tree struct {
	*stream
	directories []Directory
	withoutID   int
}

// node reads a directory with all in it, a tag, or something else, which is skipped.
func (t *tree) node(depth int) (isTag bool, err error) {
	if depth > maxNesting {
		// An error of its own kind, for all the places that it is within would leave no room for it.
		return false, &transport.Error{Kind: transport.Malformed, Err: fmt.Errorf("want at most %d directories within each other, got more", maxNesting)}
	}
	var (
		kind, id, name wire.Text
		tags           int
		hasItems       bool
	)
	at := len(t.directories)
	t.directories = append(t.directories, Directory{}) // it comes before those within it
	err = t.object(func(member string) error {
		switch member {
		case "type":
			return json.UnmarshalDecode(t.decoder, &kind)
		case "id":
			return json.UnmarshalDecode(t.decoder, &id)
		case "cname":
			return json.UnmarshalDecode(t.decoder, &name)
		case "items":
			if t.null() {
				return t.decoder.SkipValue()
			}
			hasItems = true
			return t.array(func(i int) error {
				isTag, err := t.node(depth + 1)
				if err != nil {
					return fmt.Errorf("items/%d: %w", i, err)
				}
				if isTag {
					tags++
				}
				return nil
			})
		}
		return t.decoder.SkipValue()
	})
	if err != nil {
		return false, err
	}

	word := strings.ToUpper(sent(kind))
	if word != "DIR" && (word != "" || !hasItems) {
		t.directories = slices.Delete(t.directories, at, at+1)
		return word == "USER_TAG", nil
	}
	d := Directory{ID: sent(id), Name: sent(name), Tags: tags}
	if d.ID == "" {
		t.directories = slices.Delete(t.directories, at, at+1)
		t.withoutID++
		return false, nil
	}
	t.directories[at] = d
	return false, t.keep(d.ID, d.Name)
}
