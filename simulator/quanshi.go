package simulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// quanshiEndpoints are the endpoints of Quanshi, as faults and counters name them.
var quanshiEndpoints = []string{"event_list", "event_report", "event_stats", "token_create", "user_search"}

// quanshi is Quanshi's API of live events, as far as it reads.
type quanshi struct {
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

func newQuanshi(seed uint64, apps []QuanshiApp, now func() time.Time) *quanshi {
	q := &quanshi{now: now, apps: make(map[string]*quanshiServer, len(apps))}
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
	answer         func(s *quanshiServer, c *call, body quanshiBody) answer
}{
	{"user_search", "user/search/email", false, (*quanshiServer).userSearch},
	{"token_create", "token/create", false, (*quanshiServer).tokenCreate},
	{"event_list", "event/public/list", true, (*quanshiServer).eventList},
	{"event_report", "event/report/details", true, (*quanshiServer).eventReport},
	{"event_stats", "event/report/stats", true, (*quanshiServer).eventStats},
}

// route finds the endpoint below /eventopenapi, and the application by its key in the header. The document does not say how errors are told.
// Here those of HTTP (path, method, type of the body) have its status, all others come with 200; each is an envelope.
func (q *quanshi) route(c *call, path []string) route {
	server := q.find(c.request.Header)
	to := route{account: unknown, endpoint: unknown}
	if server != nil {
		to.account = server.app.AppKey
	}
	refuse := func(status int) route {
		to.answer = func(c *call) answer { return quanshiFailure(status, c.now) }
		return to
	}
	if len(path) == 0 || path[0] != "eventopenapi" {
		return refuse(http.StatusNotFound)
	}
	for _, found := range quanshiRoutes {
		if _, ok := matchPath(found.path, path[1:]); !ok {
			continue
		}
		to.endpoint = found.endpoint
		switch {
		case c.request.Method != http.MethodPost:
			return refuse(http.StatusMethodNotAllowed)
		case !isJSON(c.request.Header.Get("Content-Type")):
			return refuse(http.StatusUnsupportedMediaType)
		}
		to.answer = func(c *call) answer {
			body, err := q.admit(server, c, found.withToken)
			if err != nil {
				return quanshiRefusal(err, c.now)
			}
			return found.answer(server, c, body)
		}
		return to
	}
	return refuse(http.StatusNotFound)
}

// find gives the application that a header names, or nil.
func (q *quanshi) find(h http.Header) *quanshiServer {
	for _, server := range q.apps {
		if equal(h.Get(server.app.AppKeyHeader), server.app.AppKey) {
			return server
		}
	}
	return nil
}

// admit checks what every call has to bring, and reads its body.
func (q *quanshi) admit(server *quanshiServer, c *call, withToken bool) (quanshiBody, error) {
	if server == nil {
		return nil, q.keyError(c.request.Header)
	}
	if err := server.signed(c); err != nil {
		return nil, err
	}
	body, ok := decodeObject(c.body)
	if !ok || body == nil {
		return nil, quanshiError{quanshiBadParameter, "The body is not a JSON object"}
	}
	if withToken {
		if token, ok := body["token"].(string); !ok || !server.tokens.valid(token, c.now) {
			return nil, quanshiError{code: quanshiBadToken}
		}
	}
	return body, nil
}

// keyError says why a header names no application.
func (q *quanshi) keyError(h http.Header) error {
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

func (q *quanshi) refuse(code int, message string) answer {
	return quanshiRefusal(quanshiError{code, message}, q.now())
}

// throttle is a guess: the document tells neither a limit nor what happens beyond it.
func (q *quanshi) throttle(string) answer {
	return quanshiRefusal(quanshiError{code: quanshiTooFrequent}, q.now())
}

func (q *quanshi) badShape() answer { return quanshiSuccess([]string{"unexpected"}, q.now()) }

func (q *quanshi) frame() (head, tail string) {
	return `{"code":200,"msg":"Success","data":{"padding":"`, `"}}`
}

func (q *quanshi) forgetTokens(account string) {
	for key, server := range q.apps {
		if matches(account, key) {
			server.tokens.forget()
		}
	}
}

func (q *quanshi) accounts() []string {
	return slices.Sorted(maps.Keys(q.apps))
}
