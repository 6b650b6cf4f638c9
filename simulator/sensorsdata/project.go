package sensorsdata

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Project is a project at Sensors Data: its secret, its tags, and how many users it has. Zero values of all but the
// secret have defaults.
type Project struct {
	// Project is the name, and what faults and counters call the account; "default" by default, as for requests that
	// name none.
	Project   string
	APISecret string
	// Name is what a configuration calls the project; the project's own name by default.
	Name string

	// DemoTags are the tags whose values a configuration reads. SecretInHeader lets it send the secret in the header.
	DemoTags       []int
	SecretInHeader bool

	// Location is the zone that times are written in, without saying so, and whose days tags are computed for;
	// Asia/Shanghai by default.
	Location *time.Location

	// Users is the number of users at the start of 2026; 50000 by default.
	Users int64
	// Directories are where tags lie; one without a name of its own by default. A directory comes after the one it
	// lies in.
	Directories []Directory
	// Tags are the tags; DefaultTags() by default, if Directories has no value either.
	Tags []Tag

	// RuleBytes is about the size of the rules of each tag that has rules, as JSON. They are twice in a list of
	// tags, and once for each partition. By default they are a few rules for each value.
	RuleBytes int
	// TagsFromZero lets the parameter start of the list of tags count from 0. Otherwise it counts from 1, as it does
	// for partitions by the document, and 0 is taken for 1. The document leaves it open.
	TagsFromZero bool
	// MaxTagsPerPage is how many tags a page of the list has at most, however many are requested; 0 = all. The
	// document names no bound.
	MaxTagsPerPage int
}

// Directory is a directory of tags.
type Directory struct {
	ID   int64
	Name string
	// Parent is the directory that this one lies in; 0 = none.
	Parent int64
	// Default marks the directory of tags that nobody has put anywhere.
	Default bool
	// Hidden marks a directory that is not listed, nor are its tags unless they are requested.
	Hidden bool
}

// Tag is a tag: a property by whose values users are grouped. Zero values of all but the id have defaults.
type Tag struct {
	ID int64
	// Name is the name in the API, as user_tag_xxx, and DisplayName the one for people. Both follow from the id by
	// default.
	Name, DisplayName string
	// Directory is the id of the one that the tag lies in; the first one by default.
	Directory int64

	// DataType is STRING (by default), NUMBER, BOOL, DATETIME or LIST. With a LIST a user has several values.
	DataType string
	// Source is the number of how the tag is made; 1 (rules) by default.
	Source int
	// Values are what a user may have; two by default.
	Values []string
	// Share is the part of the users that have a value, in parts per million; 400000 by default.
	Share int64

	// ByHand marks a tag that nobody computes regularly; here it is done on the first day of each month. Others are
	// computed each night.
	ByHand bool
	// Pending marks a tag that has not been approved yet and therefore was never computed.
	Pending bool
	// Suspended is when the tag was suspended; zero = never. What is computed by hand cannot be.
	Suspended time.Time
	// Takes is about how long it takes to compute the tag, at most 12 hours; 20 seconds by default.
	Takes time.Duration
	// FailsOneIn lets the computation fail once in every so many days; 0 = never.
	FailsOneIn int64

	// Forbidden marks a tag for which the secret has no permission. It is listed in directories, and left out of
	// a user's tags.
	Forbidden bool
}

// The states of a tag.
const (
	tagPending   = "PENDING"
	tagRunning   = "RUNNING"
	tagSuspended = "SUSPEND"
)

// types are the data types, and their numbers in the tags of a user. The document has those of the first two.
var types = map[string]int{"NUMBER": 1, "STRING": 2, "LIST": 3, "DATETIME": 5, "BOOL": 6}

// withDefaults fills in what the project does not say. The tags are in the order of their ids after that.
func (p Project) withDefaults() Project {
	p.Project = cmp.Or(p.Project, noProject)
	p.Users = cmp.Or(p.Users, 50_000)
	if p.Location == nil {
		p.Location = core.Shanghai()
	}
	if p.Tags == nil && p.Directories == nil {
		p.Tags, p.Directories = DefaultTags(), DefaultDirectories()
	}
	if len(p.Directories) == 0 {
		p.Directories = []Directory{{ID: 1, Name: "未分类", Default: true}}
	}
	p.Tags = slices.SortedStableFunc(slices.Values(p.Tags), func(a, b Tag) int { return cmp.Compare(a.ID, b.ID) })
	for i := range p.Tags {
		tag := &p.Tags[i]
		tag.Name = cmp.Or(tag.Name, fmt.Sprintf("user_tag_biaoqian%d", tag.ID))
		tag.DisplayName = cmp.Or(tag.DisplayName, fmt.Sprintf("标签%d", tag.ID))
		tag.Directory = cmp.Or(tag.Directory, p.Directories[0].ID)
		tag.DataType = cmp.Or(tag.DataType, "STRING")
		tag.Source = cmp.Or(tag.Source, 1)
		tag.Share = cmp.Or(tag.Share, 400_000)
		tag.Takes = cmp.Or(tag.Takes, 20*time.Second)
		if tag.Values == nil {
			tag.Values = layers
		}
	}
	return p
}

// layers are the values of a tag that does not say.
var layers = []string{"分层1", "分层2"}

// validate says what no project can be.
func (p Project) validate() error {
	if p.APISecret == "" {
		return errors.New("it has no secret")
	}
	if p.MaxTagsPerPage < 0 {
		return fmt.Errorf("it gives %d tags a page", p.MaxTagsPerPage)
	}
	directories := make(map[int64]bool)
	for _, d := range p.Directories {
		if directories[d.ID] {
			return fmt.Errorf("two directories have the id %d", d.ID)
		}
		if d.Parent != 0 && !directories[d.Parent] {
			return fmt.Errorf("directory %d lies in %d, which does not come before it", d.ID, d.Parent)
		}
		directories[d.ID] = true
	}
	ids, names := make(map[int64]bool), make(map[string]bool)
	for i := range p.Tags {
		tag := &p.Tags[i]
		switch {
		case ids[tag.ID]:
			return fmt.Errorf("two tags have the id %d", tag.ID)
		case names[tag.Name]:
			return fmt.Errorf("two tags have the name %q", tag.Name)
		case !directories[tag.Directory]:
			return fmt.Errorf("tag %d lies in directory %d, which does not exist", tag.ID, tag.Directory)
		case types[tag.DataType] == 0:
			return fmt.Errorf("tag %d has the unknown data type %q", tag.ID, tag.DataType)
		case len(tag.Values) == 0 || len(slices.Compact(slices.Sorted(slices.Values(tag.Values)))) < len(tag.Values):
			return fmt.Errorf("tag %d has no values, or one of them twice", tag.ID)
		case tag.Takes < 0 || tag.Takes > 12*time.Hour:
			return fmt.Errorf("tag %d takes %s to compute, not at most 12 hours", tag.ID, tag.Takes)
		}
		ids[tag.ID], names[tag.Name] = true, true
	}
	return nil
}

// tag finds a tag of a project with its defaults.
func (p Project) tag(id int64) (*Tag, bool) {
	i, found := slices.BinarySearchFunc(p.Tags, id, func(t Tag, id int64) int { return cmp.Compare(t.ID, id) })
	if !found {
		return nil, false
	}
	return &p.Tags[i], true
}

func (p Project) directory(id int64) Directory {
	i := slices.IndexFunc(p.Directories, func(d Directory) bool { return d.ID == id })
	return p.Directories[i]
}

// hidden says whether a directory, or one that it lies in, is.
func (p Project) hidden(id int64) bool {
	for id != 0 {
		d := p.directory(id)
		if d.Hidden {
			return true
		}
		id = d.Parent
	}
	return false
}
