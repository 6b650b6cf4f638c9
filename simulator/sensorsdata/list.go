package sensorsdata

import (
	"cmp"
	"errors"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// created is the day on which the first tag was made.
var created = time.Date(2019, time.November, 27, 0, 0, 0, 0, time.UTC)

// tags is GET /user_tags: a part of the list, by id. Tags in hidden directories are asked for; the document does not
// say what comes if nothing is.
func (s *server) tags(c *core.Call, _ string) core.Answer {
	q := query{values: c.Request.URL.Query()}
	start, count := q.number("start", 0, 0), q.number("count", math.MaxInt, 1)
	hidden := q.choice("invisible", "true", "false") == "true"
	if q.err != nil {
		return errorAnswer(http.StatusBadRequest, q.err.Error())
	}
	if most := s.project.MaxTagsPerPage; most > 0 {
		count = min(count, most)
	}
	if !s.project.TagsFromZero {
		start = max(0, start-1)
	}
	var list []*Tag
	for i := range s.project.Tags {
		if tag := &s.project.Tags[i]; hidden || !s.project.hidden(tag.Directory) {
			list = append(list, tag)
		}
	}
	list = page(list, start, count)
	return stream(iter.Seq[core.Object](func(yield func(core.Object) bool) {
		for _, tag := range list {
			if !yield(s.tagJSON(tag, c.Now)) {
				return
			}
		}
	}))
}

// tag is GET /user_tags/ID.
func (s *server) tag(c *core.Call, id string) core.Answer {
	tag, refusal := s.find(id)
	if refusal != nil {
		return *refusal
	}
	return stream(s.tagJSON(tag, c.Now))
}

// find reads the id of a tag.
func (s *server) find(id string) (*Tag, *core.Answer) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		refusal := errorAnswer(http.StatusBadRequest, "invalid id of a tag")
		return nil, &refusal
	}
	tag, ok := s.project.tag(number)
	if !ok {
		refusal := errorAnswer(http.StatusNotFound, "tag not found: "+strconv.FormatInt(number, 10))
		return nil, &refusal
	}
	return tag, nil
}

// tagJSON writes a tag in the document's order. What was never computed is null.
func (s *server) tagJSON(tag *Tag, now time.Time) core.Object {
	partitions := s.data.partitions(s.project, tag, now)
	rules := rules{tag, s.project.RuleBytes}
	var cron, succeeded, last any
	if !tag.ByHand {
		cron = "0 0 1 * * ? *"
	}
	failed := 0
	for _, p := range partitions {
		if p.Status == partitionFailed {
			failed++
		}
	}
	if p, ok := lastSucceeded(partitions); ok {
		succeeded = core.Object{
			{"base_time", s.time(p.Base)}, {"finished_time", s.time(p.Finished)}, {"user_count", p.Users},
			{"status", p.Status},
			{"rule_content_list", rules},
		}
	}
	if len(partitions) > 0 {
		p := partitions[len(partitions)-1]
		info := s.partitionJSON(p)
		if tag.Status(now) == tagRunning && !tag.ByHand {
			info = append(info, core.Member{"next_partition_base_time", s.time(core.Midnight(p.Base, 1))})
		}
		last = info
	}
	created := created.Add(time.Duration(s.data.noise("created").WithInt(tag.ID).Between(0,
		400*24*60*60)) * time.Second)
	return core.Object{
		{"id", tag.ID},
		{"dir_id", tag.Directory},
		{"name", tag.Name},
		{"cname", tag.DisplayName},
		{"user_name", "sim-tag-author@mail.example"},
		{"create_time", s.time(created)},
		{"data_type", tag.DataType},
		{"unit", "DAY"},
		{"source_type", tag.Source},
		{"is_routine", !tag.ByHand},
		{"status", tag.Status(now)},
		{"comment", ""},
		{"cron", cron},
		{"rule_content_list", rules},
		{"failed_partition_count", failed},
		{"last_succeed_partition", succeeded},
		{"last_partition_info", last},
	}
}

func (s *server) time(at time.Time) any { return formatTime(at, s.project.Location) }

func (s *server) partitionJSON(p Partition) core.Object {
	return core.Object{
		{"base_time", s.time(p.Base)}, {"start_time", s.time(p.Started)}, {"finished_time", s.time(p.Finished)},
		{"user_count", p.Users}, {"status", p.Status},
	}
}

// partitions is GET /user_tags/ID/partitions, oldest first unless it is asked for in turn.
func (s *server) partitions(c *core.Call, id string) core.Answer {
	tag, refusal := s.find(id)
	if refusal != nil {
		return *refusal
	}
	q := query{values: c.Request.URL.Query()}
	start, count := q.number("start", 1, 1), q.number("count", math.MaxInt, 1)
	backward := q.choice("order", "desc", "asc") == "desc"
	list := s.data.partitions(s.project, tag, c.Now)
	if q.values.Has("from_date") || q.values.Has("to_date") {
		if !q.values.Has("from_date") || !q.values.Has("to_date") {
			return errorAnswer(http.StatusBadRequest, "from_date and to_date are required together")
		}
		from, to := q.moment("from_date", s.project.Location), q.moment("to_date", s.project.Location)
		if q.err == nil && from.After(to) {
			q.err = errors.New("from_date is after to_date")
		}
		list = slices.DeleteFunc(list, func(p Partition) bool { return p.Base.Before(from) || p.Base.After(to) })
	}
	if q.err != nil {
		return errorAnswer(http.StatusBadRequest, q.err.Error())
	}
	if backward {
		slices.Reverse(list)
	}
	list = page(list, start-1, count)
	return stream(iter.Seq[core.Object](func(yield func(core.Object) bool) {
		for _, p := range list {
			if !yield(append(s.partitionJSON(p), core.Member{"rule_content_list", rules{tag, s.project.RuleBytes}})) {
				return
			}
		}
	}))
}

// tagStatus is GET /user_tags/ID/status: the partitions of the days that are listed, as far as there are any.
func (s *server) tagStatus(c *core.Call, id string) core.Answer {
	tag, refusal := s.find(id)
	if refusal != nil {
		return *refusal
	}
	list := s.data.partitions(s.project, tag, c.Now)
	found := []core.Object{}
	for text := range strings.SplitSeq(c.Request.URL.Query().Get("base_time_list"), ",") {
		base, ok := moment(text, s.project.Location)
		if !ok {
			return errorAnswer(http.StatusBadRequest, "invalid value of base_time_list")
		}
		for _, p := range list {
			if p.Base.Equal(base) {
				found = append(found, core.Object{
					{"base_time", s.time(p.Base)}, {"user_count", p.Users}, {"status", p.Status},
					{"start_time", s.time(p.Started)}, {"finished_time", s.time(p.Finished)},
				})
			}
		}
	}
	return jsonAnswer(found)
}

// tagFilters are the parameters of the directories.
var tagFilters = []string{"need_user_tag", "tag_status", "unit", "source_type", "last_partition_status", "is_routine"}

// directories is GET /user_tags/dirs: all that are not hidden, also those without a tag.
func (s *server) directories(c *core.Call, _ string) core.Answer {
	q := query{values: c.Request.URL.Query()}
	none := q.choice("need_user_tag", "true", "false") == "false"
	status := q.choice("tag_status", tagPending, tagRunning, tagSuspended)
	q.choice("unit", "DAY") // all are
	source := q.number("source_type", 0, 1)
	last := q.choice("last_partition_status", partitionNew, partitionComputing, partitionSucceeded, partitionFailed)
	routine := q.choice("is_routine", "1", "0")
	if q.err != nil {
		return errorAnswer(http.StatusBadRequest, q.err.Error())
	}
	return jsonAnswer(s.directoriesIn(0, func(tag *Tag) bool {
		return !none && core.Matches(status, tag.Status(c.Now)) && (source == 0 || source == tag.Source) &&
			(last == "" || s.lastIs(tag, last, c.Now)) && (routine == "" || (routine == "1") != tag.ByHand)
	}))
}

// lastIs says whether the newest partition of a tag has a state.
func (s *server) lastIs(tag *Tag, status string, now time.Time) bool {
	list := s.data.partitions(s.project, tag, now)
	return len(list) > 0 && list[len(list)-1].Status == status
}

// item is a directory or a tag.
type item struct {
	id int64
	core.Object
}

// directoriesIn are the directories in one, each with those in it and its tags, mixed.
func (s *server) directoriesIn(parent int64, wanted func(*Tag) bool) []item {
	list := []item{}
	for _, d := range s.project.Directories {
		if d.Parent != parent || d.Hidden {
			continue
		}
		items := s.directoriesIn(d.ID, wanted)
		for i := range s.project.Tags {
			if tag := &s.project.Tags[i]; tag.Directory == d.ID && wanted(tag) {
				items = append(items, item{tag.ID, core.Object{
					{"type", "USER_TAG"}, {"id", tag.ID}, {"name", tag.Name}, {"cname", tag.DisplayName},
					{"data_type", tag.DataType}, {"is_permitted", !tag.Forbidden},
				}})
			}
		}
		slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.id, b.id) })
		directory := core.Object{{"type", "DIR"}, {"id", d.ID}, {"cname", d.Name}}
		if d.Default {
			directory = append(directory, core.Member{"is_default", true})
		}
		list = append(list, item{d.ID, append(directory, core.Member{"items", items})})
	}
	return list
}
