package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// getuiEndpoints are the endpoints of GeTui, as faults and counters name them.
var getuiEndpoints = []string{
	"auth", "push_quota", "online_users", "push_day", "user_day", "tasks", "task_groups", "task_losses",
}

// getui is GeTui's REST API, version 2.
type getui struct {
	apps map[string]*getuiServer
}

// getuiServer is the API for one application.
type getuiServer struct {
	app    GetuiApp
	data   GetuiData
	tokens getuiTokens

	loginsPerMinute, loginsPerDay window
	quotaCalls                    window
}

func newGetui(seed uint64, apps []GetuiApp) *getui {
	g := &getui{apps: make(map[string]*getuiServer, len(apps))}
	for _, app := range apps {
		if _, twice := g.apps[app.AppID]; twice {
			panic(fmt.Sprintf("simulator: two GeTui applications have the id %q", app.AppID))
		}
		app = app.withDefaults()
		g.apps[app.AppID] = &getuiServer{
			app:             app,
			data:            GetuiData{Seed: seed, App: app},
			tokens:          getuiTokens{seed: seed, appID: app.AppID},
			loginsPerMinute: window{limit: app.AuthPerMinute, span: time.Minute},
			loginsPerDay:    window{limit: app.AuthPerDay, span: 24 * time.Hour},
			quotaCalls:      window{limit: app.PushCountPerMinute, span: time.Minute},
		}
	}
	return g
}

// getuiRoutes are the paths below /v2/APPID, each with the one method that it takes. A segment that is "*" takes anything, an empty name
// too: an endpoint says better than "not found" what it misses. What it took is handed to the endpoint.
var getuiRoutes = []struct {
	endpoint, method, path string
	answer                 func(s *getuiServer, c *call, name string) answer
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

// route finds the endpoint below /v2/APPID. Every answer, also that for a path that does not exist, is an envelope.
func (g *getui) route(c *call, path []string) route {
	if len(path) < 2 || path[0] != "v2" {
		return route{unknown, unknown, getuiAlways(getuiNotFound)}
	}
	to := route{account: unknown, endpoint: unknown}
	server, known := g.apps[path[1]]
	if known {
		to.account = path[1]
	}
	for _, found := range getuiRoutes {
		name, ok := matchPath(found.path, path[2:])
		if !ok {
			continue
		}
		to.endpoint = found.endpoint
		switch {
		case c.request.Method != found.method:
			to.answer = getuiAlways(getuiBadMethod)
		case !known:
			// The published codes have none for this; users of the API have reported it so.
			to.answer = func(*call) answer { return getuiInvalid("appid") }
		case server.app.Blacklisted:
			to.answer = getuiAlways(getuiBlacklisted)
		case len(server.app.RegionHosts) > 0:
			to.answer = func(*call) answer { return getuiMoved(server.app.RegionHosts, "") }
		case found.endpoint == "auth":
			to.answer = func(c *call) answer { return found.answer(server, c, name) }
		default:
			to.answer = func(c *call) answer {
				if !server.tokens.valid(c.request.Header.Get("token"), c.now) {
					return getuiRefusal(getuiBadToken, "")
				}
				return found.answer(server, c, name)
			}
		}
		return to
	}
	to.answer = getuiAlways(getuiNotFound)
	return to
}

func getuiAlways(code int) func(*call) answer {
	return func(*call) answer { return getuiRefusal(code, "") }
}

func (g *getui) refuse(code int, message string) answer { return getuiRefusal(code, message) }

func (g *getui) throttle(endpoint string) answer {
	if endpoint == "auth" {
		return getuiRefusal(getuiTooManyLogins, "")
	}
	return getuiRefusal(getuiTooManyCalls, "")
}

func (g *getui) badShape() answer { return getuiSuccess([]string{"unexpected"}) }

func (g *getui) frame() (head, tail string) {
	return `{"code":0,"msg":"success","data":{"padding":"`, `"}}`
}

func (g *getui) forgetTokens(account string) {
	for id, server := range g.apps {
		if matches(account, id) {
			server.tokens.forget()
		}
	}
}

func (g *getui) accounts() []string { return slices.Sorted(maps.Keys(g.apps)) }
