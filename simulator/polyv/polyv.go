// Package polyv simulates Polyv's API of playback, version 2.
package polyv

import (
	"crypto/sha1" //nolint:gosec // The vendor signs with SHA-1.
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// route is a request that the API knows. Each has the user's id in its path.
type route struct {
	pattern string
	// endpoint returns which of the endpoints a request reads.
	endpoint func(q url.Values, now time.Time, zone *time.Location) string
	// answer answers a request that checkSignature accepts.
	answer func(p *api, c *core.Call, data Data) core.Answer
}

var routes = []route{
	{"v2/hourly/*", hourlyEndpoint, (*api).hourly},
}

// endpoints name what requests read, as faults and counters do. GET /v2/hourly/USERID has four of them: today and
// yesterday by dr, the day before yesterday by start and end, and anything else.
var endpoints = []string{"playback_today", "playback_yesterday", "traffic_settled", "playback_other"}

// ptimeTolerance is how far ptime may be off, to either side.
const ptimeTolerance = 3 * time.Minute

// api is Polyv's API, version 2.
type api struct {
	users        map[string]Data
	mirrorStatus bool
	limit        callLimit
}

// Vendor returns Polyv with the given users, DefaultUsers() if there are none.
func Vendor(users ...User) core.Vendor {
	if users == nil {
		users = DefaultUsers()
	}
	v := core.Vendor{
		Name: "polyv", BasePath: "/polyv", Endpoints: endpoints,
		Refusal: core.Refusal{Code: 400, Message: "the sign is not right."},
		New:     func(seed uint64, _ func() time.Time) core.API { return newAPI(seed, users) },
	}
	for _, u := range users {
		v.Accounts = append(v.Accounts, u.configured())
	}
	return v
}

func newAPI(seed uint64, users []User) *api {
	p := &api{users: make(map[string]Data, len(users))}
	for _, user := range users {
		if _, twice := p.users[user.UserID]; twice {
			panic(fmt.Sprintf("simulator: two Polyv users have the id %q", user.UserID))
		}
		p.mirrorStatus = p.mirrorStatus || user.MirrorStatus
		p.users[user.UserID] = Data{Seed: seed, User: user.withDefaults()}
	}
	return p
}

// Route finds the route of a request. What comes from a source that calls too often is not looked at.
func (p *api) Route(c *core.Call, path []string) core.Route {
	to := core.Route{Account: core.Unknown, Endpoint: core.Unknown}
	var (
		found *route
		data  Data
		known bool
	)
	for i := range routes {
		id, matches := core.MatchPath(routes[i].pattern, path)
		if !matches {
			continue
		}
		found = &routes[i]
		data, known = p.users[id]
		to.Endpoint = found.endpoint(c.Request.URL.Query(), c.Arrived, data.user().Location)
		if known {
			to.Account = id
		}
	}
	to.Answer = func(c *core.Call) core.Answer {
		switch {
		case !p.limit.admit(source(c.Request), c.Arrived):
			return p.Throttle(c.Endpoint)
		case found == nil:
			return plainText(http.StatusNotFound)
		case c.Request.Method != http.MethodGet:
			return plainText(http.StatusMethodNotAllowed)
		}
		if refusal := checkSignature(c, data, known); refusal != nil {
			return p.Refuse(refusal.code, refusal.message)
		}
		return found.answer(p, c, data)
	}
	return to
}

// hourlyEndpoint returns which endpoint a request to GET /v2/hourly/USERID reads.
func hourlyEndpoint(q url.Values, now time.Time, zone *time.Location) string {
	first, last, _ := askedDays(q, now.In(zone))
	settled := core.Midnight(now.In(zone), -2)
	switch {
	case q.Get("start") != "" || q.Get("end") != "":
		if first.Equal(settled) && last.Equal(settled) {
			return "traffic_settled"
		}
	case q.Get("dr") == "today":
		return "playback_today"
	case q.Get("dr") == "yesterday":
		return "playback_yesterday"
	}
	return "playback_other"
}

// source is where a request comes from: its address without the port.
func source(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// checkSignature returns why a request is refused, or nil. The document does not say what is checked first; this is the
// order of its table.
func checkSignature(c *core.Call, data Data, known bool) *apiError {
	q := c.Request.URL.Query()
	if q.Get("sign") == "" {
		return &apiError{codeBadRequest, "sign can not be empty."}
	}
	sent, ok := parseTime(q.Get("ptime"))
	switch {
	case !ok || sent.Sub(c.Now) > ptimeTolerance:
		return &apiError{codeBadRequest, "ptime is illegal."}
	case c.Now.Sub(sent) > ptimeTolerance:
		return &apiError{codeBadRequest, "ptime is too old."}
	case !known:
		return &apiError{codeBadRequest, "Could not find user by userid."}
	case !core.Equal(q.Get("sign"), signature(q, data.User.SecretKey)):
		return &apiError{codeBadRequest, "the sign is not right."}
	}
	return nil
}

// hourly is GET /v2/hourly/USERID.
func (p *api) hourly(c *core.Call, data Data) core.Answer {
	q := c.Request.URL.Query()
	first, last, refusal := askedDays(q, c.Now.In(data.User.Location))
	if refusal != nil {
		return p.Refuse(refusal.code, refusal.message)
	}
	rows := make([]core.Object, 0, 24)
	for _, hour := range data.Hourly(first, last, c.Now) {
		rows = append(rows, hour.json(data.User))
	}
	return successAnswer(rows)
}

// parseTime reads 13 digits of milliseconds.
func parseTime(ptime string) (sent time.Time, ok bool) {
	if len(ptime) != 13 || strings.Trim(ptime, "0123456789") != "" {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(ptime, 10, 64)
	return time.UnixMilli(ms), err == nil
}

// signature signs all parameters that are sent and not empty; the user's id stands in the path and is none.
func signature(q url.Values, secretKey string) string {
	var pairs []string
	for name := range q {
		if value := q.Get(name); value != "" && name != "sign" {
			pairs = append(pairs, name+"="+value)
		}
	}
	slices.Sort(pairs)
	sum := sha1.Sum([]byte(strings.Join(pairs, "&") + secretKey)) //nolint:gosec // The vendor signs with SHA-1.
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func (p *api) BadShape() core.Answer { return successAnswer([]any{"unexpected", []int{1}}) }

func (p *api) Frame() (head, tail string) {
	return `{"code":200,"status":"success","message":"success","data":[{"padding":"`, `"}]}`
}

func (p *api) ForgetTokens(string) {} // it hands out none

func (p *api) Accounts() []string { return slices.Sorted(maps.Keys(p.users)) }
