package transport

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind is the reason why a request failed, as in the label "reason" of the failure counter.
type Kind uint8

// The kinds of failure. A vendor's client decides which kind an error of its vendor is. Timeout, Network, TooLarge and
// Throttled come from this package.
const (
	Auth        Kind = iota + 1 // the credentials are wrong, expired for good, or cannot be read
	RateLimited                 // the vendor says that it is called too often
	Throttled                   // our own limits do not allow the request in time; nothing was sent
	Timeout                     // no answer, or not all of it, in the time allowed
	Network                     // no answer: refused, reset, no such host, an untrusted certificate
	HTTP                        // the vendor's server failed, by its status or code, or an unexplained status outside 2xx
	Rejected                    // the vendor understood the request and rejected it
	Malformed                   // an answer that is not what the vendor documents, or that ends early
	TooLarge                    // an answer of more than MaxResponseBytes
)

// KindCount is one more than the highest kind: the length of an array by kind.
const KindCount = TooLarge + 1

var kindNames = [...]string{
	Auth:        "auth",
	RateLimited: "rate_limited",
	Throttled:   "throttled",
	Timeout:     "timeout",
	Network:     "network",
	HTTP:        "http",
	Rejected:    "rejected",
	Malformed:   "malformed",
	TooLarge:    "too_large",
}

// IsServerCode reports whether a code in the body of an answer is one of 500 to 599. For vendors whose codes have the
// numbers of HTTP, these say that the server failed, not that it refused the request.
func IsServerCode(code string) bool {
	n, err := strconv.Atoi(strings.TrimSpace(code))
	return err == nil && n >= 500 && n < 600
}

// String returns the kind as the label value "auth", "rate_limited", …; "" for no kind.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return ""
	}
	return kindNames[k]
}

// Kinds returns every kind, in the order of the constants.
func Kinds() []Kind {
	return []Kind{Auth, RateLimited, Throttled, Timeout, Network, HTTP, Rejected, Malformed, TooLarge}
}

// Error is the failure of a request. It is safe to log and to show: it contains no secret, no URL, no header and no
// body, and texts of the vendor are bounded and escaped. An Error may be shared by several callers that waited for the
// same request: it must not be changed.
type Error struct {
	Vendor   string // "getui"
	Endpoint string // a pattern: "GET /report/push/date/DATE"
	Kind     Kind

	// NotSent is true if no part of the request has reached the vendor: no connection was opened, our own limits did not
	// allow it, or a secret could not be read. Such a request may be sent again soon.
	NotSent bool

	Status    int    // HTTP status of the answer, 0 = none came
	Code      string // the vendor's own error code, "" = none
	Message   string // the vendor's own error message
	RequestID string // the vendor's id of this request, which its support asks for

	RetryAfter time.Duration // how long the vendor, or our own limits, ask to wait; 0 = not said
	Advice     string        // what the user can do about it, "" = nothing
	Err        error         // the cause; its text is safe to show as well
}

// ServerFailed reports whether the vendor's server failed by its own account: with a status of 5xx or 408, with a code
// that the vendor uses for that, or within an answer that had begun as a success. Every other failure of kind HTTP is the
// answer to this request, whenever it is sent.
func (e *Error) ServerFailed() bool {
	return e.Kind == HTTP && (e.Code != "" || e.Status >= http.StatusInternalServerError ||
		e.Status == http.StatusRequestTimeout || e.Status/100 == 2)
}

// Error returns what was tried, what came and what to do, on one line:
//
//	getui GET /report/push/count: rate_limited: answered 401, code 10005 (too frequent); retry after 30s
func (e *Error) Error() string {
	var tried string
	if e.Vendor != "" {
		tried = e.Vendor + " "
	}
	if e.Endpoint != "" {
		tried += e.Endpoint + ": "
	}
	return tried + e.Reason()
}

// Reason returns the text of Error without what was tried. It is the same for all requests that failed for the same
// reason.
func (e *Error) Reason() string {
	cause := e.Cause()
	switch {
	case cause == "":
		return e.Kind.String()
	case e.came() == "" && e.Err == nil:
		return e.Kind.String() + "; " + cause
	}
	return e.Kind.String() + ": " + cause
}

// Cause returns the text of Reason without the kind: what came, and what to do.
func (e *Error) Cause() string {
	text := e.came()
	add := func(separator, more string) {
		if text != "" {
			text += separator
		}
		text += more
	}
	if e.Err != nil {
		add(": ", e.Err.Error())
	}
	if e.RetryAfter > 0 {
		add("; ", "retry after "+roundForText(e.RetryAfter).String())
	}
	if e.Advice != "" {
		add("; ", e.Advice)
	}
	return text
}

// came returns what the vendor answered as text; "" if it has not answered.
func (e *Error) came() string {
	var came []string
	if e.Status != 0 {
		came = append(came, "answered "+strconv.Itoa(e.Status))
	}
	switch {
	case e.Code != "" && e.Message != "":
		came = append(came, "code "+e.Code+" ("+e.Message+")")
	case e.Code != "":
		came = append(came, "code "+e.Code)
	case e.Message != "":
		came = append(came, e.Message)
	}
	if e.RequestID != "" {
		came = append(came, "request id "+e.RequestID)
	}
	return strings.Join(came, ", ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of a failed read: that of the [*Error] in err's chain, Timeout for
// a deadline that passed, Network for any other error, 0 for nil.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != 0 {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Timeout
	}
	return Network
}

// roundForText rounds d for a text: to seconds, or to milliseconds if it is shorter than a second.
func roundForText(d time.Duration) time.Duration {
	if d >= time.Second {
		return d.Round(time.Second)
	}
	return d.Round(time.Millisecond)
}
