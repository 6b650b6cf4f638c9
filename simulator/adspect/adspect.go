// Package adspect simulates Adspect's API of ad traffic, version 1.
package adspect

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// endpoints are the endpoints of Adspect, as faults and counters name them. A funnel is of today or yesterday if its
// span lies within that day in the zone it asks for. saved_queries is GET and HEAD /reports.
var endpoints = []string{
	"funnel_today", "funnel_yesterday", "funnel_other", "streams", "saved_queries", "click_log", "account",
	"collections",
}

// api is Adspect's REST API, version 1.
type api struct {
	servers []*server
}

// server is the API for one account.
type server struct {
	account Account
	traffic *traffic
	all     *api // a saved query opens another account's statistics
}

// Vendor returns Adspect with the given accounts, DefaultAccounts() if there are none.
func Vendor(accounts ...Account) core.Vendor {
	if accounts == nil {
		accounts = DefaultAccounts()
	}
	v := core.Vendor{
		Name: "adspect", BasePath: "/adspect/v1", Endpoints: endpoints,
		Refusal: core.Refusal{Code: 401},
		New:     func(seed uint64, _ func() time.Time) core.API { return newAPI(seed, accounts) },
	}
	for _, a := range accounts {
		v.Accounts = append(v.Accounts, a.configured())
	}
	return v
}

func newAPI(seed uint64, accounts []Account) *api {
	a := new(api)
	for _, account := range accounts {
		for _, stream := range account.Streams {
			if stream.FilterLevel < 0 || stream.FilterLevel >= len(filterLevels) {
				panic(fmt.Sprintf("simulator: the Adspect stream %q has filter level %d, not 0 to 4", stream.Name,
					stream.FilterLevel))
			}
			if len(stream.Tags) > maxTags {
				panic(fmt.Sprintf("simulator: the Adspect stream %q has %d tags, more than %d", stream.Name,
					len(stream.Tags), maxTags))
			}
		}
		for _, other := range a.servers {
			if other.account.AccountID == account.AccountID {
				panic(fmt.Sprintf("simulator: two Adspect accounts have the id %q", account.AccountID))
			}
			if other.account.APIKey == account.APIKey {
				panic(fmt.Sprintf("simulator: the Adspect accounts %q and %q have the same key",
					other.account.AccountID, account.AccountID))
			}
		}
		traffic := Data{Seed: seed, Account: account}.traffic()
		a.servers = append(a.servers, &server{account: traffic.account, traffic: traffic, all: a})
	}
	return a
}

// routes are the paths below /v1, each with its method. A "*" is handed to the endpoint.
var routes = []struct {
	endpoint, method, path string
	answer                 func(s *server, c *core.Call, name string) core.Answer
}{
	{"streams", http.MethodGet, "streams", (*server).streams},
	{"streams", http.MethodHead, "streams", (*server).streamCount},
	{"streams", http.MethodGet, "streams/*", (*server).stream},
	{"saved_queries", http.MethodGet, "reports", (*server).savedQueries},
	{"saved_queries", http.MethodHead, "reports", (*server).savedQueryCount},
	{"funnel_other", http.MethodGet, "reports/funnel", (*server).funnel},
	{"click_log", http.MethodGet, "reports/log", (*server).log},
	{"saved_queries", http.MethodGet, "reports/*", (*server).savedQuery},
	{"account", http.MethodGet, "account", (*server).accountInfo},
	{"collections", http.MethodGet, "collections/*", (*server).collection},
}

// Route finds the endpoint below /v1. The account is known by its key alone. The methods that write are none of the
// simulator's.
func (a *api) Route(c *core.Call, path []string) core.Route {
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown, Answer: always(http.StatusNotFound)}
	server := a.authenticate(c.Request)
	if server != nil {
		to.Account = server.account.AccountID
	}
	if len(path) > 0 && path[0] == "v1" {
		for _, found := range routes {
			name, ok := core.MatchPath(found.path, path[1:])
			if !ok || (to.Endpoint != core.Unknown && found.method != c.Request.Method) {
				continue
			}
			to.Endpoint, to.Answer = found.endpoint, always(http.StatusMethodNotAllowed)
			if found.method == c.Request.Method {
				to.Answer = func(c *core.Call) core.Answer { return found.answer(server, c, name) }
				break
			}
		}
	}
	if to.Endpoint == "funnel_other" {
		to.Endpoint = server.funnelEndpoint(c)
	}
	inner := to.Answer
	to.Answer = func(c *core.Call) core.Answer {
		if server == nil {
			return unauthorized()
		}
		if !core.IsJSON(c.Request.Header.Get("Content-Type")) {
			return badContentType(c.Request.Header.Get("Content-Type"))
		}
		return inner(c)
	}
	return to
}

// authenticate finds the account whose key is the user name of HTTP Basic authentication; the password is empty.
func (a *api) authenticate(r *http.Request) *server {
	key, password, ok := r.BasicAuth()
	if !ok || password != "" {
		return nil
	}
	for _, server := range a.servers {
		if core.Equal(key, server.account.APIKey) {
			return server
		}
	}
	return nil
}

// funnelEndpoint names what a funnel is asked for.
func (s *server) funnelEndpoint(c *core.Call) string {
	zone := time.UTC
	if s != nil {
		zone = s.account.Location
	}
	span, err := span(c.Request.URL.Query(), c.Arrived, zone)
	if err != nil || !span.from.Before(span.to) {
		return "funnel_other"
	}
	today, tomorrow := core.Midnight(c.Arrived.In(span.zone), 0), core.Midnight(c.Arrived.In(span.zone), 1)
	switch {
	case !span.from.Before(today) && !span.to.After(tomorrow):
		return "funnel_today"
	case !span.from.Before(core.Midnight(today, -1)) && !span.to.After(today):
		return "funnel_yesterday"
	}
	return "funnel_other"
}

func (a *api) Refuse(code int, message string) core.Answer {
	if code < 400 || code > 599 {
		return jsonAnswer(http.StatusBadRequest, errorBody(http.StatusBadRequest, code, message))
	}
	return errorAnswer(code, message)
}

// Throttle is a guess: neither a limit nor its answer is published.
func (a *api) Throttle(string) core.Answer {
	refusal := errorAnswer(http.StatusTooManyRequests, "Rate limit exceeded.")
	refusal.RetryAfter = "30"
	return refusal
}

func (a *api) BadShape() core.Answer {
	return jsonAnswer(http.StatusOK, [][][]string{{{"unexpected"}}})
}

func (a *api) Frame() (head, tail string) { return `["`, `"]` + "\n" }

func (a *api) ForgetTokens(string) {} // it hands out none

// The document knows errors by their existence only. Pagination headers and the names of its parameters are those of
// a framework whose errors look like this.
func errorBody(status, code int, message string) core.Object {
	name := http.StatusText(status)
	if message == "" {
		message = name
	}
	return core.Object{{"name", name}, {"message", message}, {"code", code}, {"status", status}}
}

func errorAnswer(status int, message string) core.Answer {
	return jsonAnswer(status, errorBody(status, 0, message))
}

func always(status int) func(*core.Call) core.Answer {
	return func(*core.Call) core.Answer { return errorAnswer(status, "") }
}

func unauthorized() core.Answer {
	refusal := errorAnswer(http.StatusUnauthorized, "Your request was made with invalid credentials.")
	refusal.Header = core.Object{{"Www-Authenticate", `Basic realm="api"`}}
	return refusal
}

func badContentType(given string) core.Answer {
	if mediaType, _, err := mime.ParseMediaType(given); err == nil && mediaType == "application/xml" {
		return errorAnswer(http.StatusUnsupportedMediaType, "The simulator does not speak XML.")
	}
	return errorAnswer(http.StatusUnsupportedMediaType, "Content-Type must be application/json or application/xml.")
}

const contentType = "application/json; charset=UTF-8"

func jsonAnswer(status int, value any) core.Answer {
	return core.Answer{Status: status, ContentType: contentType, Body: core.Encode(value)}
}

func (a *api) Accounts() []string {
	ids := make([]string, len(a.servers))
	for i, server := range a.servers {
		ids[i] = server.account.AccountID
	}
	slices.Sort(ids)
	return ids
}
