package transport

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Endpoint names a request as errors do: the method and a path, with words in place of what varies.
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

// PathSegment escapes text for one segment of a path, where "." and ".." would mean others.
func PathSegment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}

// maxClockSkew is by how much this machine's clock may differ from a vendor's before it is mentioned.
const maxClockSkew = time.Minute

// ClockSkew returns by how much this machine's clock differed from the one that answered with the header h at a
// given time: "it is 25m0s ahead of GeTui's"; "" if it did not. known is false if the answer has no usable Date.
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
