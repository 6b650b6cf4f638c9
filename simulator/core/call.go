// Package core holds what the simulated vendors share: the API that each of them implements, calls and answers,
// limits of calls, days, and numbers that look random.
package core

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Unknown is the name of accounts and endpoints that the vendor does not have.
const Unknown = "unknown"

// Vendor is a simulated vendor with its accounts.
type Vendor struct {
	// Name is the first segment of the vendor's paths, and the vendor's name in faults and counters.
	Name string
	// Endpoints are the names of its endpoints in faults and counters.
	Endpoints []string
	// Logins are those of the endpoints by which a client gets a token; none if the vendor hands out no tokens.
	Logins []string
	// QuotaEndpoint is the endpoint that returns quotas which a fault can use up; "" if the vendor has none.
	QuotaEndpoint string
	// Refusal is how the vendor refuses credentials.
	Refusal Refusal
	// BasePath is the path of the base URL.
	BasePath string
	// Accounts are the vendor's accounts, in the order in which they were given.
	Accounts []Account
	// New returns the vendor's API. All data is derived from the seed; now is the simulator's clock. New panics if
	// the accounts are impossible.
	New func(seed uint64, now func() time.Time) API
}

// Refusal is an error code of a vendor: that of the endpoint, or of all endpoints if it is "". An empty message stands
// for the vendor's usual one.
type Refusal struct {
	Endpoint string
	Code     int
	Message  string
}

// Account is a simulated account, as a client of the vendor has to know it.
type Account struct {
	// ID is the account's name in faults and counters.
	ID string
	// Name is what a configuration calls the account.
	Name string
	// Secret is the secret among the settings.
	Secret string
	// Settings are the lines of YAML that configure an exporter for the account, except its name and base URL. They
	// have every key that makes a metric appear.
	Settings string
}

// API is the simulated API of one vendor.
type API interface {
	// Route returns the account and the endpoint that a call is for (Unknown if there is none), and the function that
	// answers it. The path is what follows the vendor's name, each segment unescaped. The call's Account, Endpoint
	// and Now are not set yet.
	Route(c *Call, path []string) Route
	// Refuse returns the vendor's answer with one of its error codes. An empty message stands for the vendor's usual
	// one.
	Refuse(code int, message string) Answer
	// Throttle returns the vendor's answer to calls that come too often.
	Throttle(endpoint string) Answer
	// BadShape returns an answer that reports success and has data of a shape that no endpoint has.
	BadShape() Answer
	// Frame returns the beginning and the end of a successful answer whose data is one long string.
	Frame() (head, tail string)
	// Accounts returns the ids of the vendor's accounts, sorted.
	Accounts() []string
	// ForgetTokens makes all tokens of an account invalid, or of all accounts if it is "". It does nothing if the
	// vendor has no tokens.
	ForgetTokens(account string)
}

// Route is the account and the endpoint that a request is for, and the function that answers it.
type Route struct {
	Account, Endpoint string
	Answer            func(*Call) Answer
}

// Call is one request to a vendor.
type Call struct {
	Vendor, Account, Endpoint string
	Request                   *http.Request
	Body                      []byte
	Arrived                   time.Time // by the simulator's clock, which limits of calls use
	Now                       time.Time // by the vendor's clock, which a fault may have set wrong
	Exhausted                 bool      // a fault has used up the quotas

	// Release ends the call's use of what the vendor limits, such as calls at the same time. It is called before the
	// answer is sent, and may be called more than once.
	Release func()
}

// MatchPath reports whether a path matches a pattern, and returns the segment at the pattern's "*".
func MatchPath(pattern string, path []string) (name string, ok bool) {
	parts := strings.Split(pattern, "/")
	if len(parts) != len(path) {
		return "", false
	}
	for i, part := range parts {
		switch part {
		case "*":
			name = path[i]
		case path[i]:
		default:
			return "", false
		}
	}
	return name, true
}

// IsJSON reports whether a Content-Type is that of JSON in UTF-8.
func IsJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// DecodeObject decodes a text that is one JSON object. It keeps numbers as json.Number.
func DecodeObject(text []byte) (object map[string]any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // keeps the digits of a timestamp
	if err := d.Decode(&object); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return object, err == io.EOF
}

// Equal reports whether two credentials are equal.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Matches reports whether a name is the wanted one; "" wants all names.
func Matches(asked, name string) bool { return asked == "" || asked == name }

// List returns values as a list in YAML.
func List[T any](values []T) string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, fmt.Sprint(v))
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// RateLimit admits a number of calls in any span of time. Calls that it does not admit do not count.
type RateLimit struct {
	Requests int
	Span     time.Duration

	mu       sync.Mutex
	admitted []time.Time // oldest first
}

// Admit reports whether a call at that time is within the limit, and counts it if so.
func (l *RateLimit) Admit(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := 0
	for old < len(l.admitted) && now.Sub(l.admitted[old]) >= l.Span {
		old++
	}
	l.admitted = l.admitted[old:]
	if len(l.admitted) >= l.Requests {
		return false
	}
	l.admitted = append(l.admitted, now)
	return true
}
