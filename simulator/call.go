package simulator

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

// unknown stands for an account or an endpoint that a request names and the vendor does not have.
const unknown = "unknown"

// vendor is one simulated API.
type vendor interface {
	// route names the account and the endpoint (or unknown) that a call is for and gives what answers it. The path is what follows the
	// vendor's name, unescaped segment by segment. The call does not have what route finds out yet, nor the vendor's time.
	route(c *call, path []string) route
	// refuse is the vendor's answer with an error code of its own; the message may be empty.
	refuse(code int, message string) answer
	// throttle is how the vendor says that an endpoint is called too often.
	throttle(endpoint string) answer
	// badShape is an answer that says success and holds data of a shape that no endpoint has.
	badShape() answer
	// frame is what stands before and after the data of a successful answer that is one long string.
	frame() (head, tail string)
	// accounts are the ids of the vendor's accounts, sorted.
	accounts() []string
	// forgetTokens ends all tokens of an account; of all accounts if it is "".
	forgetTokens(account string)
}

// route is where a request leads.
type route struct {
	account, endpoint string
	answer            func(*call) answer
}

// call is one request to a vendor.
type call struct {
	vendor, account, endpoint string
	request                   *http.Request
	body                      []byte
	arrived                   time.Time // by the simulator's clock: what limits of calls a minute go by
	now                       time.Time // by the vendor's clock, which a fault may have set wrong
	exhausted                 bool      // a fault has used up what is limited

	// leave ends what the call takes up at the vendor until its answer begins. It may be called more than once.
	leave func()
}

// matchPath compares a path with a pattern and gives what stands at its "*".
func matchPath(pattern string, path []string) (name string, ok bool) {
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

// isJSON reports whether a Content-Type is that of JSON in UTF-8.
func isJSON(contentType string) bool {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	charset, given := parameters["charset"]
	return err == nil && mediaType == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// decodeObject reads one JSON object and nothing after it.
func decodeObject(text []byte) (object map[string]any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // keeps the digits of a timestamp
	if err := d.Decode(&object); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return object, err == io.EOF
}

// equal compares credentials.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
