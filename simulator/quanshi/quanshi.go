// Package quanshi simulates Quanshi's API of live events.
package quanshi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// endpoints are the endpoints of Quanshi, as faults and counters name them.
var endpoints = []string{"event_list", "event_report", "event_stats", "token_create", "user_search"}

// api is Quanshi's API of live events, as far as it reads.
type api struct {
	now  func() time.Time
	apps map[string]*server
}

// server is the API for one application.
type server struct {
	app    App // with its defaults
	data   Data
	nonces nonces
	tokens tokens
}

// Vendor returns Quanshi with the given apps, DefaultApps() if there are none.
func Vendor(apps ...App) core.Vendor {
	if apps == nil {
		apps = DefaultApps()
	}
	v := core.Vendor{
		Name: "quanshi", BasePath: "/quanshi", Endpoints: endpoints, Logins: []string{"token_create", "user_search"},
		Refusal: core.Refusal{Code: 40104},
		New:     func(seed uint64, now func() time.Time) core.API { return newAPI(seed, apps, now) },
	}
	for _, a := range apps {
		v.Accounts = append(v.Accounts, a.configured())
	}
	return v
}

func newAPI(seed uint64, apps []App, now func() time.Time) *api {
	q := &api{now: now, apps: make(map[string]*server, len(apps))}
	for _, app := range apps {
		if _, twice := q.apps[app.AppKey]; twice {
			panic(fmt.Sprintf("simulator: two Quanshi applications have the key %q", app.AppKey))
		}
		app = app.withDefaults()
		if err := app.validate(); err != nil {
			panic(fmt.Sprintf("simulator: the Quanshi application %q: %v", app.AppKey, err))
		}
		q.apps[app.AppKey] = &server{
			app:    app,
			data:   Data{Seed: seed, App: app},
			tokens: tokens{seed: seed, app: app},
		}
	}
	return q
}

// routes are the paths below /eventopenapi. All take POST alone.
var routes = []struct {
	endpoint, path string
	withToken      bool // the body has to hold one
	answer         func(s *server, c *core.Call, body body) core.Answer
}{
	{"user_search", "user/search/email", false, (*server).userSearch},
	{"token_create", "token/create", false, (*server).tokenCreate},
	{"event_list", "event/public/list", true, (*server).eventList},
	{"event_report", "event/report/details", true, (*server).eventReport},
	{"event_stats", "event/report/stats", true, (*server).eventStats},
}

// Route finds the endpoint below /eventopenapi, and the application by its key in the header. The document does not
// say how errors are reported. Here those of HTTP (path, method, type of the body) have its status, all others come
// with 200; each is an envelope.
func (q *api) Route(c *core.Call, path []string) core.Route {
	server := q.find(c.Request.Header)
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	if server != nil {
		to.Account = server.app.AppKey
	}
	refuse := func(status int) core.Route {
		to.Answer = func(c *core.Call) core.Answer { return failure(status, c.Now) }
		return to
	}
	if len(path) == 0 || path[0] != "eventopenapi" {
		return refuse(http.StatusNotFound)
	}
	for _, found := range routes {
		if _, ok := core.MatchPath(found.path, path[1:]); !ok {
			continue
		}
		to.Endpoint = found.endpoint
		switch {
		case c.Request.Method != http.MethodPost:
			return refuse(http.StatusMethodNotAllowed)
		case !core.IsJSON(c.Request.Header.Get("Content-Type")):
			return refuse(http.StatusUnsupportedMediaType)
		}
		to.Answer = func(c *core.Call) core.Answer {
			body, err := q.admit(server, c, found.withToken)
			if err != nil {
				return errorAnswer(err, c.Now)
			}
			return found.answer(server, c, body)
		}
		return to
	}
	return refuse(http.StatusNotFound)
}

// find returns the application that a header names, or nil.
func (q *api) find(h http.Header) *server {
	for _, server := range q.apps {
		if core.Equal(h.Get(server.app.AppKeyHeader), server.app.AppKey) {
			return server
		}
	}
	return nil
}

// admit checks what every call has to bring, and reads its body.
func (q *api) admit(server *server, c *core.Call, withToken bool) (body, error) {
	if server == nil {
		return nil, q.keyError(c.Request.Header)
	}
	if err := server.signed(c); err != nil {
		return nil, err
	}
	body, ok := core.DecodeObject(c.Body)
	if !ok || body == nil {
		return nil, apiError{badParameter, "The body is not a JSON object"}
	}
	if withToken {
		if token, ok := body["token"].(string); !ok || !server.tokens.valid(token, c.Now) {
			return nil, apiError{code: badToken}
		}
	}
	return body, nil
}

// keyError says why a header names no application.
func (q *api) keyError(h http.Header) error {
	names := make(map[string]bool)
	for _, server := range q.apps {
		if h.Get(server.app.AppKeyHeader) != "" {
			return apiError{badKey, "Invalid " + server.app.AppKeyHeader}
		}
		names[server.app.AppKeyHeader] = true
	}
	if len(names) == 0 {
		names[keyHeader] = true
	}
	return apiError{badKey, strings.Join(slices.Sorted(maps.Keys(names)), " or ") + " is missing in the header"}
}

func (q *api) Refuse(code int, message string) core.Answer {
	return errorAnswer(apiError{code, message}, q.now())
}

// Throttle is a guess: the document has neither a limit nor what happens beyond it.
func (q *api) Throttle(string) core.Answer {
	return errorAnswer(apiError{code: tooFrequent}, q.now())
}

func (q *api) BadShape() core.Answer { return successAnswer([]string{"unexpected"}, q.now()) }

func (q *api) Frame() (head, tail string) {
	return `{"code":200,"msg":"Success","data":{"padding":"`, `"}}`
}

func (q *api) ForgetTokens(account string) {
	for key, server := range q.apps {
		if core.Matches(account, key) {
			server.tokens.forget()
		}
	}
}

func (q *api) Accounts() []string {
	return slices.Sorted(maps.Keys(q.apps))
}
