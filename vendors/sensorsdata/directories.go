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
	ID   string // a whole number
	Name string // cname
	// Tags are directly in it, each counted once; those of the directories within it count there.
	Tags     int
	HasItems bool // else the answer does not say which tags are in it
}

// DirectoryList is the directories of a project, and what is wrong with the answer.
type DirectoryList struct {
	// Directories are each before those within it. Tags that stand in none are counted in a last
	// one with no ID, if there are any.
	Directories []Directory

	WithoutID []string // of directories that have no usable id, what came in its place; "" for nothing
	Repeated  []string // ids of directories, and of tags in one directory, that came again
	Unusable  []string // types of what is neither directory nor tag, and what came in place of texts
	Missing   []string // documented fields that no directory has
}

// TagDirectories returns all directories. If there are some and none has an id that can be used,
// the answer is Malformed.
//
// Source: GET /v2/user_tags/dirs.
func (c *Client) TagDirectories(ctx context.Context) (DirectoryList, error) {
	var list DirectoryList
	err := c.do(ctx, call{name: directoriesEndpoint, path: "/v2/user_tags/dirs"}, func(s *stream) error {
		found := tree{stream: s, known: make(map[string]bool)}
		tags := tagSet{tree: &found}
		err := s.list(func(i int) error {
			if err := found.node(1, &tags); err != nil {
				return fmt.Errorf("/%d: %w", i, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(found.Directories) == 0 && len(found.WithoutID) > 0 {
			return fmt.Errorf("want directories with ids, got %d without", len(found.WithoutID))
		}
		if len(found.Directories) > 0 && !found.hasNames {
			found.Missing = append(found.Missing, "cname")
		}
		if tags.count > 0 {
			found.Directories = append(found.Directories, Directory{Tags: tags.count, HasItems: true})
		}
		list = found.DirectoryList
		return nil
	})
	if err != nil {
		return DirectoryList{}, err
	}
	return list, nil
}

// tree collects the directories of an answer.
type tree struct {
	*stream
	DirectoryList
	known    map[string]bool // ids of directories
	hasNames bool
}

// tagSet counts the tags of one directory, each once.
type tagSet struct {
	*tree
	count     int
	hasOthers bool // there is something else beside tags and directories
	ids       map[string]bool
}

func (t *tagSet) add(id string) error {
	if id != "" && t.ids[id] {
		t.Repeated = append(t.Repeated, id)
		return t.keep(id)
	}
	t.count++
	if id == "" {
		return nil
	}
	if t.ids == nil {
		t.ids = make(map[string]bool)
	}
	t.ids[id] = true
	return t.keep(id)
}

// node reads a directory with all in it, a tag, which it adds to those around it, or something else.
func (t *tree) node(depth int, around *tagSet) error {
	if depth > maxNesting {
		// An error of its own kind, for all the places that it is within would leave no room for it.
		return &transport.Error{
			Kind: transport.Malformed,
			Err:  fmt.Errorf("want at most %d directories within each other, got more", maxNesting),
		}
	}
	var (
		kind     wire.Text
		d        Directory
		sentID   string
		named    bool
		unusable []string
		tags     = tagSet{tree: t}
		at       = len(t.Directories)
	)
	t.Directories = append(t.Directories, Directory{}) // it comes before those within it
	err := t.object(func(member string) (err error) {
		switch member {
		case "type":
			return json.UnmarshalDecode(t.decoder, &kind)
		case "id":
			d.ID, sentID, err = t.id()
			return err
		case "cname":
			named = true
			d.Name, err = t.text(&unusable)
			return err
		case "items":
			if t.null() {
				return t.decoder.SkipValue()
			}
			d.HasItems = true
			return t.array(func(i int) error {
				if err := t.node(depth+1, &tags); err != nil {
					return fmt.Errorf("items/%d: %w", i, err)
				}
				return nil
			})
		}
		return t.decoder.SkipValue()
	})
	if err != nil {
		return err
	}

	word := strings.ToUpper(sent(kind))
	isDirectory := word == "DIR" || word == "" && d.HasItems
	if !isDirectory || d.ID == "" || t.known[d.ID] {
		t.Directories = slices.Delete(t.Directories, at, at+1)
	}
	switch {
	case word == "USER_TAG":
		id := d.ID
		if id == "" {
			id = sentID
		}
		return around.add(id)
	case !isDirectory:
		around.hasOthers = true
		t.Unusable = append(t.Unusable, word)
		return t.keep(word)
	case d.ID == "":
		t.WithoutID = append(t.WithoutID, sentID)
		return t.keep(sentID)
	case t.known[d.ID]:
		t.Repeated = append(t.Repeated, d.ID)
		return t.keep(d.ID)
	}
	d.Tags = tags.count
	d.HasItems = d.HasItems && (tags.count > 0 || !tags.hasOthers)
	t.Directories[at] = d
	t.known[d.ID] = true
	t.hasNames = t.hasNames || named
	t.Unusable = append(t.Unusable, unusable...)
	return t.keep(d.ID, d.Name)
}
