// Package polyv reads the playback statistics of Polyv (保利威), a video host, over its API v2.
//
// Each request is signed with the account's secret key and the present time. Polyv reports a
// failure by the code in the answer's body, which its client goes by: the HTTP status may be
// 200. Each method makes one request; its errors are those of [transport.Client.Do].
package polyv

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultBaseURL is Polyv's API.
const DefaultBaseURL = "https://api.polyv.net"

const vendor = "polyv"

// Options configure the client of one account.
type Options struct {
	BaseURL string // without the version; "" = DefaultBaseURL
	UserID  string

	// SecretKey returns the present key. It is called for each request: a changed one is
	// tried at once, also while Polyv refuses the credentials.
	SecretKey func() (string, error)

	// Location is the time zone of Polyv's days; nil = Asia/Shanghai's, which is 8 h ahead of
	// UTC.
	Location *time.Location

	Transport *transport.Client // of this account alone
}

// Client reads one account's statistics. It is safe for concurrent use.
type Client struct {
	baseURL   string
	userID    string
	location  *time.Location
	transport *transport.Client
}

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.Location == nil {
		o.Location = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	o.Transport.UseCredentials(transport.Credential{
		Name: "secret key", Keys: "secret_key or secret_key_file", Read: o.SecretKey,
	})
	return &Client{
		baseURL:   strings.TrimRight(o.BaseURL, "/"),
		userID:    o.UserID,
		location:  o.Location,
		transport: o.Transport,
	}
}

type endpoint = transport.Endpoint

// get asks for path (escaped) with a signed query, and hands the data of the answer to decode.
func (c *Client) get(
	ctx context.Context, name endpoint, path string, params map[string]string, decode func(jsontext.Value, http.Header) error,
) error {
	var signature string
	return c.exchange(ctx, transport.Request{
		Method:   http.MethodGet,
		Endpoint: string(name),
		Prepare: func(r *transport.Request, s transport.Secrets) error { // Polyv takes a signature for three minutes only
			var query url.Values
			query, signature = signed(params, time.Now(), s[0])
			r.URL = c.baseURL + path + "?" + query.Encode()
			return nil
		},
		// An answer may quote the signature in another case.
		Secrets: func() []string { return []string{signature, strings.ToLower(signature)} },
	}, decode)
}

// signed returns the query of a request made at now: params, the time and the signature.
func signed(params map[string]string, now time.Time, secret string) (query url.Values, signature string) {
	query = url.Values{}
	for name, value := range params {
		query.Set(name, value)
	}
	query.Set("ptime", strconv.FormatInt(now.UnixMilli(), 10))
	signature = sign(query, secret)
	query.Set("sign", signature)
	return query, signature
}
