// Package getui simulates GeTui's API of push reports, version 2.
package getui

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// endpoints are the endpoints of GeTui, as faults and counters name them.
var endpoints = []string{
	"auth", "push_quota", "online_users", "push_day", "user_day", "tasks", "task_groups", "task_losses",
}

// api is GeTui's REST API, version 2.
type api struct {
	apps map[string]*server
}

// server is the API for one application.
type server struct {
	app    App
	data   Data
	tokens tokens

	loginsPerMinute, loginsPerDay core.RateLimit
	quotaCalls                    core.RateLimit
}

// Vendor returns GeTui with the given apps, DefaultApps() if there are none.
func Vendor(apps ...App) core.Vendor {
	if apps == nil {
		apps = DefaultApps()
	}
	v := core.Vendor{
		Name: "getui", BasePath: "/getui/v2", Endpoints: endpoints, Logins: []string{"auth"}, QuotaEndpoint: "push_quota",
		Refusal: core.Refusal{Endpoint: "auth", Code: 20001, Message: "sign is invalid"},
		New:     func(seed uint64, _ func() time.Time) core.API { return newAPI(seed, apps) },
	}
	for _, a := range apps {
		v.Accounts = append(v.Accounts, a.configured())
	}
	return v
}

func newAPI(seed uint64, apps []App) *api {
	g := &api{apps: make(map[string]*server, len(apps))}
	for _, app := range apps {
		if _, twice := g.apps[app.AppID]; twice {
			panic(fmt.Sprintf("simulator: two GeTui applications have the id %q", app.AppID))
		}
		app = app.withDefaults()
		g.apps[app.AppID] = &server{
			app:             app,
			data:            Data{Seed: seed, App: app},
			tokens:          tokens{seed: seed, appID: app.AppID},
			loginsPerMinute: core.RateLimit{Requests: app.AuthPerMinute, Span: time.Minute},
			loginsPerDay:    core.RateLimit{Requests: app.AuthPerDay, Span: 24 * time.Hour},
			quotaCalls:      core.RateLimit{Requests: app.PushCountPerMinute, Span: time.Minute},
		}
	}
	return g
}

// routes are the paths below /v2/APPID, each with the one method that it takes. A segment that is "*" takes anything,
// an empty name too: an endpoint says better than "not found" what it misses. What it took is handed to the endpoint.
var routes = []struct {
	endpoint, method, path string
	answer                 func(s *server, c *core.Call, name string) core.Answer
}{
	{"auth", http.MethodPost, "auth", (*server).login},
	{"auth", http.MethodDelete, "auth/*", (*server).logout},
	{"push_quota", http.MethodGet, "report/push/count", (*server).pushQuota},
	{"online_users", http.MethodGet, "report/online_user", (*server).onlineUsers},
	{"push_day", http.MethodGet, "report/push/date/*", (*server).pushDay},
	{"user_day", http.MethodGet, "report/user/date/*", (*server).userDay},
	{"tasks", http.MethodGet, "report/push/task/*", (*server).tasks},
	{"task_losses", http.MethodGet, "report/push/task/*/detail", (*server).taskLosses},
	{"task_groups", http.MethodGet, "report/push/task_group/*", (*server).taskGroup},
}

// Route finds the endpoint below /v2/APPID. Every answer, also that for a path that does not exist, is an envelope.
func (g *api) Route(c *core.Call, path []string) core.Route {
	if len(path) < 2 || path[0] != "v2" {
		return core.Route{Account: core.Unknown, Endpoint: core.Unknown, Answer: always(notFound)}
	}
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	server, known := g.apps[path[1]]
	if known {
		to.Account = path[1]
	}
	for _, found := range routes {
		name, ok := core.MatchPath(found.path, path[2:])
		if !ok {
			continue
		}
		to.Endpoint = found.endpoint
		switch {
		case c.Request.Method != found.method:
			to.Answer = always(badMethod)
		case !known:
			// The published codes have none for this; users of the API have reported it so.
			to.Answer = func(*core.Call) core.Answer { return invalid("appid") }
		case server.app.Blacklisted:
			to.Answer = always(blacklisted)
		case len(server.app.RegionHosts) > 0:
			to.Answer = func(*core.Call) core.Answer { return moved(server.app.RegionHosts, "") }
		case found.endpoint == "auth":
			to.Answer = func(c *core.Call) core.Answer { return found.answer(server, c, name) }
		default:
			to.Answer = func(c *core.Call) core.Answer {
				if !server.tokens.valid(c.Request.Header.Get("token"), c.Now) {
					return errorAnswer(badToken, "")
				}
				return found.answer(server, c, name)
			}
		}
		return to
	}
	to.Answer = always(notFound)
	return to
}

func always(code int) func(*core.Call) core.Answer {
	return func(*core.Call) core.Answer { return errorAnswer(code, "") }
}

func (g *api) Refuse(code int, message string) core.Answer { return errorAnswer(code, message) }

func (g *api) Throttle(endpoint string) core.Answer {
	if endpoint == "auth" {
		return errorAnswer(tooManyLogins, "")
	}
	return errorAnswer(tooManyCalls, "")
}

func (g *api) BadShape() core.Answer { return successAnswer([]string{"unexpected"}) }

func (g *api) Frame() (head, tail string) {
	return `{"code":0,"msg":"success","data":{"padding":"`, `"}}`
}

func (g *api) ForgetTokens(account string) {
	for id, server := range g.apps {
		if core.Matches(account, id) {
			server.tokens.forget()
		}
	}
}

func (g *api) Accounts() []string { return slices.Sorted(maps.Keys(g.apps)) }
