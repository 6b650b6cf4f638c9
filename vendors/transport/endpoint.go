package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Endpoint is the name of a request in errors: the method and the path, with words for its variable parts.
type Endpoint string

// Method returns the method: "GET" of "GET /tags/ID".
func (e Endpoint) Method() string {
	method, _, _ := strings.Cut(string(e), " ")
	return method
}

// Path returns the path: "/tags/ID" of "GET /tags/ID".
func (e Endpoint) Path() string {
	_, path, _ := strings.Cut(string(e), " ")
	return path
}

// PathSegment escapes text for one segment of a path, also "." and "..", which would mean other folders.
func PathSegment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}

// maxClockSkew is the largest difference between this machine's clock and a vendor's that is not mentioned.
const maxClockSkew = time.Minute

// ClockSkew returns the difference between this machine's clock and the vendor's as text: "it is 25m0s ahead of
// GeTui's"; "" if there is none. h is the header of an answer and at is when it came. known is false if h has no usable
// Date.
func ClockSkew(h http.Header, at time.Time, vendor string, precision time.Duration) (skew string, known bool) {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return "", false
	}
	switch d := at.Sub(theirs).Round(precision); {
	case d > maxClockSkew:
		return fmt.Sprintf("it is %s ahead of %s's", d, vendor), true
	case d < -maxClockSkew:
		return fmt.Sprintf("it is %s behind %s's", -d, vendor), true
	}
	return "", true
}
