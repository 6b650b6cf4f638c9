// Package polyv reads the playback statistics of Polyv (保利威), a video host, over its API v2.
//
// Each request is signed with the account's secret key and the present time. Polyv tells a
// failure by the code in the answer's body, which its client goes by: the HTTP status may be
// 200. Each method makes one request; its errors are those of [transport.Client.Do].
package polyv

import (
	"context"
	"errors"
	"fmt"
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
	secretKey func() (string, error)
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
	return &Client{
		baseURL:   strings.TrimRight(o.BaseURL, "/"),
		userID:    o.UserID,
		secretKey: o.SecretKey,
		location:  o.Location,
		transport: o.Transport,
	}
}

// endpoint names a request as errors do, with words in place of what varies.
type endpoint string

// get asks for path (escaped) with a signed query, and hands the data of the answer to decode.
func (c *Client) get(ctx context.Context, name endpoint, path string, params map[string]string, decode func(jsontext.Value, http.Header) error) error {
	if _, err := c.presentSecret(name); err != nil { // and let a new one pass
		return err
	}
	var secret, signature string
	answered, err := c.exchange(ctx, transport.Request{
		Method:   http.MethodGet,
		Endpoint: string(name),
		Prepare: func(r *transport.Request, _ transport.Secrets) (err error) { // Polyv takes a signature for three minutes only
			if secret, err = c.presentSecret(name); err != nil {
				return err
			}
			var query url.Values
			query, signature = signed(params, time.Now(), secret)
			r.URL = c.baseURL + path + "?" + query.Encode()
			return nil
		},
		Secrets: func() []string {
			// An answer may quote the signature in another case.
			hidden := []string{secret, signature, strings.ToLower(signature)}
			if present, err := c.secretKey(); err == nil {
				hidden = append(hidden, present)
			}
			return hidden
		},
	}, decode)
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Kind == transport.Auth && answered {
		c.transport.RefuseSecret(e, secret)
	}
	return err
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

// presentSecret returns the secret key, and lets requests pass again if it is another one
// than Polyv refused: to rotate it needs no restart.
func (c *Client) presentSecret(name endpoint) (string, error) {
	secret, err := c.secretKey()
	if err != nil {
		return "", &transport.Error{
			Vendor: vendor, Endpoint: string(name), Kind: transport.Auth,
			Err:    fmt.Errorf("the secret key cannot be read: %w", err),
			Advice: "check secret_key or secret_key_file",
		}
	}
	c.transport.NoticeSecret(secret)
	return secret, nil
}

// segment escapes text for one segment of a path, where "." and ".." would mean others.
func segment(text string) string {
	if text == "." || text == ".." {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return url.PathEscape(text)
}
