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

// quanshiEndpoints are the endpoints of Quanshi, as faults and counters name them.
var quanshiEndpoints = []string{"event_list", "event_report", "event_stats", "token_create", "user_search"}

// quanshiAPI is Quanshi's API of live events, as far as it reads.
type quanshiAPI struct {
	now  func() time.Time
	apps map[string]*quanshiServer
}

// quanshiServer is the API for one application.
type quanshiServer struct {
	app    QuanshiApp // with its defaults
	data   QuanshiData
	nonces quanshiNonces
	tokens quanshiTokens
}

// QuanshiVendor returns Quanshi with the given apps, DefaultQuanshiApps() if there are none.
func QuanshiVendor(apps ...QuanshiApp) core.Vendor {
	return core.Vendor{
		Name: "quanshi", Endpoints: quanshiEndpoints, HasTokens: true,
		New: func(seed uint64, now func() time.Time) core.API {
			if apps == nil {
				apps = DefaultQuanshiApps()
			}
			return newQuanshi(seed, apps, now)
		},
	}
}

func newQuanshi(seed uint64, apps []QuanshiApp, now func() time.Time) *quanshiAPI {
	q := &quanshiAPI{now: now, apps: make(map[string]*quanshiServer, len(apps))}
	for _, app := range apps {
		if _, twice := q.apps[app.AppKey]; twice {
			panic(fmt.Sprintf("simulator: two Quanshi applications have the key %q", app.AppKey))
		}
		app = app.withDefaults()
		if err := app.validate(); err != nil {
			panic(fmt.Sprintf("simulator: the Quanshi application %q: %v", app.AppKey, err))
		}
		q.apps[app.AppKey] = &quanshiServer{
			app:    app,
			data:   QuanshiData{Seed: seed, App: app},
			tokens: quanshiTokens{seed: seed, app: app},
		}
	}
	return q
}

// quanshiRoutes are the paths below /eventopenapi. All take POST alone.
var quanshiRoutes = []struct {
	endpoint, path string
	withToken      bool // the body has to hold one
	answer         func(s *quanshiServer, c *core.Call, body quanshiBody) core.Answer
}{
	{"user_search", "user/search/email", false, (*quanshiServer).userSearch},
	{"token_create", "token/create", false, (*quanshiServer).tokenCreate},
	{"event_list", "event/public/list", true, (*quanshiServer).eventList},
	{"event_report", "event/report/details", true, (*quanshiServer).eventReport},
	{"event_stats", "event/report/stats", true, (*quanshiServer).eventStats},
}

// Route finds the endpoint below /eventopenapi, and the application by its key in the header. The document does not say how errors are told.
// Here those of HTTP (path, method, type of the body) have its status, all others come with 200; each is an envelope.
func (q *quanshiAPI) Route(c *core.Call, path []string) core.Route {
	server := q.find(c.Request.Header)
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	if server != nil {
		to.Account = server.app.AppKey
	}
	refuse := func(status int) core.Route {
		to.Answer = func(c *core.Call) core.Answer { return quanshiFailure(status, c.Now) }
		return to
	}
	if len(path) == 0 || path[0] != "eventopenapi" {
		return refuse(http.StatusNotFound)
	}
	for _, found := range quanshiRoutes {
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
				return quanshiRefusal(err, c.Now)
			}
			return found.answer(server, c, body)
		}
		return to
	}
	return refuse(http.StatusNotFound)
}

// find gives the application that a header names, or nil.
func (q *quanshiAPI) find(h http.Header) *quanshiServer {
	for _, server := range q.apps {
		if core.Equal(h.Get(server.app.AppKeyHeader), server.app.AppKey) {
			return server
		}
	}
	return nil
}

// admit checks what every call has to bring, and reads its body.
func (q *quanshiAPI) admit(server *quanshiServer, c *core.Call, withToken bool) (quanshiBody, error) {
	if server == nil {
		return nil, q.keyError(c.Request.Header)
	}
	if err := server.signed(c); err != nil {
		return nil, err
	}
	body, ok := core.DecodeObject(c.Body)
	if !ok || body == nil {
		return nil, quanshiError{quanshiBadParameter, "The body is not a JSON object"}
	}
	if withToken {
		if token, ok := body["token"].(string); !ok || !server.tokens.valid(token, c.Now) {
			return nil, quanshiError{code: quanshiBadToken}
		}
	}
	return body, nil
}

// keyError says why a header names no application.
func (q *quanshiAPI) keyError(h http.Header) error {
	names := make(map[string]bool)
	for _, server := range q.apps {
		if h.Get(server.app.AppKeyHeader) != "" {
			return quanshiError{quanshiBadKey, "Invalid " + server.app.AppKeyHeader}
		}
		names[server.app.AppKeyHeader] = true
	}
	if len(names) == 0 {
		names[quanshiKeyHeader] = true
	}
	return quanshiError{quanshiBadKey, strings.Join(slices.Sorted(maps.Keys(names)), " or ") + " is missing in the header"}
}

func (q *quanshiAPI) Refuse(code int, message string) core.Answer {
	return quanshiRefusal(quanshiError{code, message}, q.now())
}

// Throttle is a guess: the document tells neither a limit nor what happens beyond it.
func (q *quanshiAPI) Throttle(string) core.Answer {
	return quanshiRefusal(quanshiError{code: quanshiTooFrequent}, q.now())
}

func (q *quanshiAPI) BadShape() core.Answer { return quanshiSuccess([]string{"unexpected"}, q.now()) }

func (q *quanshiAPI) Frame() (head, tail string) {
	return `{"code":200,"msg":"Success","data":{"padding":"`, `"}}`
}

func (q *quanshiAPI) ForgetTokens(account string) {
	for key, server := range q.apps {
		if core.Matches(account, key) {
			server.tokens.forget()
		}
	}
}

func (q *quanshiAPI) Accounts() []string {
	return slices.Sorted(maps.Keys(q.apps))
}
