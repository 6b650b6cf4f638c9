package core

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// Unknown stands for an account or an endpoint that a request names and the vendor does not have.
const Unknown = "unknown"

// API is one simulated API.
type API interface {
	// Route names the account and the endpoint (or unknown) that a call is for and gives what answers it. The path is what follows the
	// vendor's name, unescaped segment by segment. The call does not have what route finds out yet, nor the vendor's time.
	Route(c *Call, path []string) Route
	// Refuse is the vendor's answer with an error code of its own; the message may be empty.
	Refuse(code int, message string) Answer
	// Throttle is how the vendor says that an endpoint is called too often.
	Throttle(endpoint string) Answer
	// BadShape is an answer that says success and holds data of a shape that no endpoint has.
	BadShape() Answer
	// Frame is what stands before and after the data of a successful answer that is one long string.
	Frame() (head, tail string)
	// Accounts are the ids of the vendor's accounts, sorted.
	Accounts() []string
	// ForgetTokens ends all tokens of an account; of all accounts if it is "".
	ForgetTokens(account string)
}

// Route is where a request leads.
type Route struct {
	Account, Endpoint string
	Answer            func(*Call) Answer
}

// Call is one request to a vendor.
type Call struct {
	Vendor, Account, Endpoint string
	Request                   *http.Request
	Body                      []byte
	Arrived                   time.Time // by the simulator's clock: what limits of calls a minute go by
	Now                       time.Time // by the vendor's clock, which a fault may have set wrong
	Exhausted                 bool      // a fault has used up what is limited

	// Release ends what the call takes up at the vendor until its answer begins. It may be called more than once.
	Release func()
}

// MatchPath compares a path with a pattern and gives what stands at its "*".
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

// DecodeObject reads one JSON object and nothing after it.
func DecodeObject(text []byte) (object map[string]any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // keeps the digits of a timestamp
	if err := d.Decode(&object); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return object, err == io.EOF
}

// Equal compares credentials.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Matches says whether a name is the one asked for, or whether all are ("").
func Matches(asked, name string) bool { return asked == "" || asked == name }
