package sensorsdata

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

const (
	pageSize = 50
	// maxPersonaTags is what the document advises not to exceed.
	maxPersonaTags = 20
)

// usersRequest is the body of a request for users.
type usersRequest struct {
	Filter   *userFilter `json:"filter"`
	PageSize *int64      `json:"num_per_page"`
	Page     int64       `json:"page"`
	AllPages bool        `json:"all_page"`
	Profiles []string    `json:"profiles"`
	Limit    *int64      `json:"limit"`
	UseCache bool        `json:"use_cache"`
}

// check reads a request, with what holds for what it leaves out.
func (r *usersRequest) check() error {
	if r.PageSize == nil {
		r.PageSize = new(int64(pageSize))
	}
	switch {
	case r.Filter == nil:
		return errors.New("filter is required")
	case *r.PageSize < 1:
		return errors.New("invalid value of num_per_page")
	case r.Page < 0:
		return errors.New("invalid value of page")
	case r.Limit != nil && *r.Limit < 1:
		return errors.New("invalid value of limit")
	}
	for _, name := range r.Profiles {
		if property, ok := strings.CutPrefix(name, "user."); !ok || property == "" {
			return fmt.Errorf("invalid value of profiles: %s", name)
		}
	}
	return nil
}

// users is POST /reports/user_analytics/users: how many match, and some of them. The document leaves open whether the
// limit of the list is one of the size too. Here it is: who wants to know the size had better not set one.
func (s *server) users(c *core.Call, _ string) core.Answer {
	var body usersRequest
	err := decodeBody(c.Body, &body)
	if err == nil {
		err = body.check()
	}
	if err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	size, err := s.data.segment(s.project, *body.Filter, c.Now)
	if err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	if body.Limit != nil {
		size = min(size, *body.Limit)
	}
	pages := size / *body.PageSize
	if size%*body.PageSize > 0 {
		pages++
	}
	from, to := int64(0), size
	if body.AllPages {
		pages = min(pages, 1)
	} else {
		page := min(body.Page, pages)
		from = min(page**body.PageSize, size)
		to = from + min(*body.PageSize, size-from)
	}
	columns := make([]string, len(body.Profiles))
	for i, name := range body.Profiles {
		columns[i] = strings.TrimPrefix(name, "user.")
	}
	return stream(core.Object{
		{"page_num", pages},
		{"size", size},
		{"column_name", columns},
		{"permitted_properties", columns},
		{"users", iter.Seq[core.Object](func(yield func(core.Object) bool) {
			for i := from; i < to; i++ {
				if !yield(s.user(i, columns)) {
					return
				}
			}
		})},
	})
}

// What users are called and where they live.
var (
	familyNames = []string{"吴", "姜", "赵", "欧阳", "孙", "林"}
	givenNames  = []string{"掭歂", "俿搝", "晟睿", "婧祎", "子墨"}
	provinces   = []string{"上海", "北京", "浙江", "广东", "四川"}
	levels      = []string{"青铜", "白银", "黄金", "钻石"}
)

// user is one row: what is personal in it is invented, and should never be seen again.
func (s *server) user(i int64, columns []string) core.Object {
	n := s.data.noise("user").WithInt(i)
	profiles := core.Object{}
	for _, name := range columns {
		value := ""
		switch name {
		case "$name":
			value = core.Pick(familyNames, n.With("family")) + core.Pick(givenNames, n.With("given"))
		case "province", "city":
			value = core.Pick(provinces, n.With(name))
		case "behaviorGender":
			value = core.Pick([]string{"男", "女"}, n.With(name))
		case "viplevel":
			value = core.Pick(levels, n.With(name))
		case "mobile":
			value = fmt.Sprintf("1000000%04d", n.With(name).Between(0, 9999))
		case "email":
			value = fmt.Sprintf("sim-user-%d@mail.example", i)
		default:
			continue // the user does not have it
		}
		profiles = append(profiles, core.Member{name, value})
	}
	return core.Object{
		{"id", strconv.FormatInt(int64(n.With("id")), 10)},
		{"first_id", fmt.Sprintf("%016x", uint64(n.With("first id")))}, {"profiles", profiles},
	}
}

// personaRequest is the body of a request for the tags of a user.
type personaRequest struct {
	UserID string  `json:"user_id"`
	TagIDs []int64 `json:"user_tag_ids"`
}

// personaTags is POST /persona_info/user_tags: the values of those tags that the user has, in the order of the request.
func (s *server) personaTags(c *core.Call, _ string) core.Answer {
	var body personaRequest
	if err := decodeBody(c.Body, &body); err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	if _, err := strconv.ParseInt(body.UserID, 10, 64); err != nil {
		return errorAnswer(http.StatusBadRequest, "invalid value of user_id")
	}
	if len(body.TagIDs) == 0 || len(body.TagIDs) > maxPersonaTags {
		return errorAnswer(http.StatusBadRequest, fmt.Sprintf("user_tag_ids takes 1 to %d ids", maxPersonaTags))
	}
	found := []core.Object{}
	for _, id := range body.TagIDs {
		tag, ok := s.project.tag(id)
		if !ok || tag.Forbidden {
			continue
		}
		p, ok := lastSucceeded(s.data.partitions(s.project, tag, c.Now))
		n := s.data.noise("persona").With(body.UserID).WithInt(id)
		if !ok || n.With("has").Between(1, core.Million) > tag.Share {
			continue
		}
		found = append(found, core.Object{
			{"tag_id", id}, {"cname", tag.DisplayName}, {"value", core.Pick(tag.Values, n.With("value"))},
			{"data_type", types[tag.DataType]},
			{"partition_info", s.partitionJSON(p)},
		})
	}
	return jsonAnswer(core.Object{{"user_tags", found}})
}
