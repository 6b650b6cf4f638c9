package polyv

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Polyv's codes, as far as they matter. 401 has nothing to do with credentials: it says that
// the start of a range lies behind its end.
const (
	codeUnreadable = -1 // ours: the code is no number
	codeSuccess    = 200
	codeBadRequest = 400 // the signature, the time or the user: the message says which
)

// blockPause is for how long Polyv blocks an address that asked too often.
const blockPause = 5 * time.Minute

// explain returns what kind of failure a code with its message stands for, and what the user
// can do about it. What it does not know is Rejected, since Polyv understood and said no, unless the code
// or the HTTP status is that of a server that failed.
func explain(code int, message string, r *transport.Response, arrived time.Time) *transport.Error {
	message = strings.ToLower(message)
	switch {
	case code == http.StatusTooManyRequests || r.Status == http.StatusTooManyRequests || tooOften(message):
		return blocked(r.Header)
	case code != codeBadRequest:
		return unexplained(code, r)
	case strings.Contains(message, "sign is not right"):
		return &transport.Error{Kind: transport.Auth, Advice: "check user_id and secret_key"}
	case strings.Contains(message, "could not find user"):
		return &transport.Error{Kind: transport.Auth, Advice: "check user_id"}
	case strings.Contains(message, "sign can not be empty"):
		return &transport.Error{Kind: transport.Auth, Advice: "check what removes the query from requests (base_url, a proxy)"}
	case strings.Contains(message, "ptime is"):
		// Not Auth: the credentials are as good as they were, and nobody has to wait once
		// the clock is right.
		return &transport.Error{Kind: transport.Rejected, Advice: setClock(r.Header, arrived)}
	}
	return unexplained(code, r)
}

// unexplained returns the failure of an answer whose code and message say no more: Polyv's code 500 is an exception in
// its own program.
func unexplained(code int, r *transport.Response) *transport.Error {
	if r.Status >= http.StatusInternalServerError || transport.IsServerCode(strconv.Itoa(code)) {
		return &transport.Error{Kind: transport.HTTP}
	}
	return &transport.Error{Kind: transport.Rejected}
}

// tooOften reports whether a message speaks of requests that are too frequent: Polyv
// documents that it blocks, but not how it says so.
func tooOften(message string) bool {
	for _, words := range []string{"frequen", "too many", "rate limit", "频繁", "频率"} {
		if strings.Contains(message, words) {
			return true
		}
	}
	return false
}

// blocked is the failure of a request that came too soon after others.
func blocked(h http.Header) *transport.Error {
	e := &transport.Error{Kind: transport.RateLimited}
	if h.Get("Retry-After") == "" {
		e.RetryAfter = blockPause
	}
	return e
}

// clockPrecision is how well the difference is known: a Date has whole seconds, and was some time on its way.
const clockPrecision = 10 * time.Second

// setClock returns what to do about a time that Polyv does not take, by the Date of its answer.
func setClock(h http.Header, now time.Time) string {
	skew, known := transport.ClockSkew(h, now, "Polyv", clockPrecision)
	switch {
	case !known:
		return "set this machine's clock, it is off by more than the 3 minutes that Polyv allows"
	case skew != "":
		return "set this machine's clock, " + skew
	}
	return "this machine's clock agrees with the answer's Date: check what delays or repeats requests (a proxy)"
}
