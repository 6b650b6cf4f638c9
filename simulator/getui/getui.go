package getui

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// getuiEndpoints are the endpoints of GeTui, as faults and counters name them.
var getuiEndpoints = []string{
	"auth", "push_quota", "online_users", "push_day", "user_day", "tasks", "task_groups", "task_losses",
}

// getuiAPI is GeTui's REST API, version 2.
type getuiAPI struct {
	apps map[string]*getuiServer
}

// getuiServer is the API for one application.
type getuiServer struct {
	app    GetuiApp
	data   GetuiData
	tokens getuiTokens

	loginsPerMinute, loginsPerDay core.RateLimit
	quotaCalls                    core.RateLimit
}

// GetuiVendor returns GeTui with the given apps, DefaultGetuiApps() if there are none.
func GetuiVendor(apps ...GetuiApp) core.Vendor {
	return core.Vendor{
		Name: "getui", Endpoints: getuiEndpoints, HasTokens: true,
		New: func(seed uint64, _ func() time.Time) core.API {
			if apps == nil {
				apps = DefaultGetuiApps()
			}
			return newGetui(seed, apps)
		},
	}
}

func newGetui(seed uint64, apps []GetuiApp) *getuiAPI {
	g := &getuiAPI{apps: make(map[string]*getuiServer, len(apps))}
	for _, app := range apps {
		if _, twice := g.apps[app.AppID]; twice {
			panic(fmt.Sprintf("simulator: two GeTui applications have the id %q", app.AppID))
		}
		app = app.withDefaults()
		g.apps[app.AppID] = &getuiServer{
			app:             app,
			data:            GetuiData{Seed: seed, App: app},
			tokens:          getuiTokens{seed: seed, appID: app.AppID},
			loginsPerMinute: core.RateLimit{Requests: app.AuthPerMinute, Span: time.Minute},
			loginsPerDay:    core.RateLimit{Requests: app.AuthPerDay, Span: 24 * time.Hour},
			quotaCalls:      core.RateLimit{Requests: app.PushCountPerMinute, Span: time.Minute},
		}
	}
	return g
}

// getuiRoutes are the paths below /v2/APPID, each with the one method that it takes. A segment that is "*" takes anything, an empty name
// too: an endpoint says better than "not found" what it misses. What it took is handed to the endpoint.
var getuiRoutes = []struct {
	endpoint, method, path string
	answer                 func(s *getuiServer, c *core.Call, name string) core.Answer
}{
	{"auth", http.MethodPost, "auth", (*getuiServer).login},
	{"auth", http.MethodDelete, "auth/*", (*getuiServer).logout},
	{"push_quota", http.MethodGet, "report/push/count", (*getuiServer).pushQuota},
	{"online_users", http.MethodGet, "report/online_user", (*getuiServer).onlineUsers},
	{"push_day", http.MethodGet, "report/push/date/*", (*getuiServer).pushDay},
	{"user_day", http.MethodGet, "report/user/date/*", (*getuiServer).userDay},
	{"tasks", http.MethodGet, "report/push/task/*", (*getuiServer).tasks},
	{"task_losses", http.MethodGet, "report/push/task/*/detail", (*getuiServer).taskLosses},
	{"task_groups", http.MethodGet, "report/push/task_group/*", (*getuiServer).taskGroup},
}

// Route finds the endpoint below /v2/APPID. Every answer, also that for a path that does not exist, is an envelope.
func (g *getuiAPI) Route(c *core.Call, path []string) core.Route {
	if len(path) < 2 || path[0] != "v2" {
		return core.Route{Account: core.Unknown, Endpoint: core.Unknown, Answer: getuiAlways(getuiNotFound)}
	}
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	server, known := g.apps[path[1]]
	if known {
		to.Account = path[1]
	}
	for _, found := range getuiRoutes {
		name, ok := core.MatchPath(found.path, path[2:])
		if !ok {
			continue
		}
		to.Endpoint = found.endpoint
		switch {
		case c.Request.Method != found.method:
			to.Answer = getuiAlways(getuiBadMethod)
		case !known:
			// The published codes have none for this; users of the API have reported it so.
			to.Answer = func(*core.Call) core.Answer { return getuiInvalid("appid") }
		case server.app.Blacklisted:
			to.Answer = getuiAlways(getuiBlacklisted)
		case len(server.app.RegionHosts) > 0:
			to.Answer = func(*core.Call) core.Answer { return getuiMoved(server.app.RegionHosts, "") }
		case found.endpoint == "auth":
			to.Answer = func(c *core.Call) core.Answer { return found.answer(server, c, name) }
		default:
			to.Answer = func(c *core.Call) core.Answer {
				if !server.tokens.valid(c.Request.Header.Get("token"), c.Now) {
					return getuiRefusal(getuiBadToken, "")
				}
				return found.answer(server, c, name)
			}
		}
		return to
	}
	to.Answer = getuiAlways(getuiNotFound)
	return to
}

func getuiAlways(code int) func(*core.Call) core.Answer {
	return func(*core.Call) core.Answer { return getuiRefusal(code, "") }
}

func (g *getuiAPI) Refuse(code int, message string) core.Answer { return getuiRefusal(code, message) }

func (g *getuiAPI) Throttle(endpoint string) core.Answer {
	if endpoint == "auth" {
		return getuiRefusal(getuiTooManyLogins, "")
	}
	return getuiRefusal(getuiTooManyCalls, "")
}

func (g *getuiAPI) BadShape() core.Answer { return getuiSuccess([]string{"unexpected"}) }

func (g *getuiAPI) Frame() (head, tail string) {
	return `{"code":0,"msg":"success","data":{"padding":"`, `"}}`
}

func (g *getuiAPI) ForgetTokens(account string) {
	for id, server := range g.apps {
		if core.Matches(account, id) {
			server.tokens.forget()
		}
	}
}

func (g *getuiAPI) Accounts() []string { return slices.Sorted(maps.Keys(g.apps)) }
