// Package sensorsdata simulates Sensors Data's API of tags, version 2.
package sensorsdata

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// endpoints are the endpoints of Sensors Data, as faults and counters name them.
var endpoints = []string{
	"tags", "tag", "tag_directories", "tag_values", "tag_partitions", "tag_status", "segments", "persona_tags",
}

// noProject is the project of a request that names none.
const noProject = "default"

// api is Sensors Data's API of tags, version 2, but for what writes and for users as CSV.
type api struct {
	projects map[string]*server
}

// server is the API for one project.
type server struct {
	project Project // with its defaults, the tags by id
	data    Data
	// busy says that one of those reads is under way that "do not support high concurrency".
	busy atomic.Bool
}

// Vendor returns Sensors Data with the given projects, DefaultProjects() if there are none.
func Vendor(projects ...Project) core.Vendor {
	if projects == nil {
		projects = DefaultProjects()
	}
	v := core.Vendor{
		Name: "sensorsdata", BasePath: "/sensorsdata", Endpoints: endpoints,
		Refusal: core.Refusal{Code: 401, Message: "token is invalid"},
		New:     func(seed uint64, _ func() time.Time) core.API { return newAPI(seed, projects) },
	}
	for _, p := range projects {
		v.Accounts = append(v.Accounts, p.configured())
	}
	return v
}

func newAPI(seed uint64, projects []Project) *api {
	s := &api{projects: make(map[string]*server, len(projects))}
	for _, project := range projects {
		project = project.withDefaults()
		if _, twice := s.projects[project.Project]; twice {
			panic(fmt.Sprintf("simulator: two Sensors Data projects have the name %q", project.Project))
		}
		if err := project.validate(); err != nil {
			panic(fmt.Sprintf("simulator: the Sensors Data project %q: %v", project.Project, err))
		}
		s.projects[project.Project] = &server{project: project, data: Data{Seed: seed, Project: project}}
	}
	return s
}

// routes are the paths below /api/v2, each with the one method of it that reads. A "*" is handed to the endpoint.
var routes = []struct {
	endpoint, method, path string
	parameters             []string
	alone                  bool // no other of these at the same time
	answer                 func(s *server, c *core.Call, name string) core.Answer
}{
	{"tags", http.MethodGet, "user_tags", []string{"start", "count", "invisible"}, false, (*server).tags},
	{"tag_directories", http.MethodGet, "user_tags/dirs", tagFilters, false, (*server).directories},
	{"tag", http.MethodGet, "user_tags/*", nil, false, (*server).tag},
	{"tag_values", http.MethodPost, "user_tags/*/report", nil, true, (*server).report},
	{"tag_partitions", http.MethodGet, "user_tags/*/partitions",
		[]string{"from_date", "to_date", "order", "start", "count"}, false, (*server).partitions},
	{"tag_status", http.MethodGet, "user_tags/*/status", []string{"base_time_list"}, false, (*server).tagStatus},
	{"segments", http.MethodPost, "reports/user_analytics/users", nil, true, (*server).users},
	{"persona_tags", http.MethodPost, "persona_info/user_tags", nil, true, (*server).personaTags},
}

// Route finds the endpoint below /api/v2. The secret and the project stand in the query or in headers.
func (s *api) Route(c *core.Call, path []string) core.Route {
	q := c.Request.URL.Query()
	token := cmp.Or(q.Get("token"), c.Request.Header.Get("sensorsdata-token"))
	project := cmp.Or(q.Get("project"), c.Request.Header.Get("sensorsdata-project"), noProject)
	server := s.projects[project]
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	if server != nil {
		to.Account = project
	}
	refuse := func(status int, message string) core.Route {
		to.Answer = func(*core.Call) core.Answer { return errorAnswer(status, message) }
		return to
	}
	if len(path) < 2 || path[0] != "api" || path[1] != "v2" {
		return refuse(http.StatusNotFound, "")
	}
	for _, found := range routes {
		name, ok := core.MatchPath(found.path, path[2:])
		if !ok {
			continue
		}
		to.Endpoint = found.endpoint
		switch {
		case token == "":
			return refuse(http.StatusUnauthorized, "token is required")
		case server == nil:
			return refuse(http.StatusNotFound, "project not found")
		case !core.Equal(token, server.project.APISecret):
			return refuse(http.StatusUnauthorized, "token is invalid")
		case c.Request.Method != found.method:
			return refuse(http.StatusMethodNotAllowed, "")
		}
		if err := parameters(q, found.parameters); err != nil {
			return refuse(http.StatusBadRequest, err.Error())
		}
		if found.method == http.MethodPost && !core.IsJSON(c.Request.Header.Get("Content-Type")) {
			return refuse(http.StatusUnsupportedMediaType, "Content-Type must be application/json")
		}
		if found.alone {
			// The document does not say how many are too many, nor what then happens. Here it is two.
			if !server.busy.CompareAndSwap(false, true) {
				to.Answer = func(*core.Call) core.Answer { return s.Throttle(found.endpoint) }
				return to
			}
			held := true
			c.Release = func() {
				if held {
					held = false
					server.busy.Store(false)
				}
			}
		}
		to.Answer = func(c *core.Call) core.Answer { return found.answer(server, c, name) }
		return to
	}
	return refuse(http.StatusNotFound, "")
}

func (s *api) Refuse(code int, message string) core.Answer {
	if code < 400 || code > 599 { // it has no codes of its own
		return errorAnswer(http.StatusBadRequest, cmp.Or(message, fmt.Sprintf("error %d", code)))
	}
	return errorAnswer(code, message)
}

// Throttle is a guess: neither a limit nor its answer is published.
func (s *api) Throttle(string) core.Answer {
	return errorAnswer(http.StatusTooManyRequests, "too many concurrent queries")
}

func (s *api) BadShape() core.Answer { return jsonAnswer([][]string{{"unexpected"}}) }

func (s *api) Frame() (head, tail string) { return `["`, `"]` }

func (s *api) ForgetTokens(string) {} // it hands out none

func (s *api) Accounts() []string { return slices.Sorted(maps.Keys(s.projects)) }
