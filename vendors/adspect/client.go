// Package adspect reads the statistics of Adspect, a filter for ad traffic, over its REST API.
//
// Reports are read as they arrive: what one costs in memory does not follow its size. Each
// method makes one request, but for [Client.Streams], which makes one for each page; their
// errors are those of [transport.Client.Do].
package adspect

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultBaseURL is Adspect's API.
const DefaultBaseURL = "https://api.adspect.net/v1"

// MaxPerPage is how many things Adspect puts on one page of a list.
const MaxPerPage = 100

const vendor = "adspect"

// Options configure the client of one account.
type Options struct {
	BaseURL string // with the version; "" = DefaultBaseURL

	// APIKey returns the present key. It is called for each request: a changed one is tried
	// at once, also while Adspect refuses the credentials.
	APIKey func() (string, error)

	Transport *transport.Client // of this account alone
}

// Client reads one account's statistics. It is safe for concurrent use.
type Client struct {
	baseURL   string
	apiKey    func() (string, error)
	transport *transport.Client
}

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	return &Client{
		baseURL:   strings.TrimRight(o.BaseURL, "/"),
		apiKey:    o.APIKey,
		transport: o.Transport,
	}
}

// endpoint names a request as errors do, with words in place of what varies: the method and
// a path.
type endpoint string

func (e endpoint) method() string {
	method, _, _ := strings.Cut(string(e), " ")
	return method
}

// do asks for path (escaped) and hands a successful answer to read.
func (c *Client) do(ctx context.Context, name endpoint, path string, query url.Values, read func(*transport.Response) error) error {
	key, err := c.presentKey(name)
	if err != nil {
		return err
	}
	if encoded := query.Encode(); encoded != "" {
		path += "?" + encoded
	}
	credentials := credentialsOf(key)
	answered := false
	err = c.transport.Do(ctx, transport.Request{
		Method:   name.method(),
		URL:      c.baseURL + path,
		Endpoint: string(name),
		Header: http.Header{
			"Authorization": {"Basic " + credentials},
			"Content-Type":  {"application/json"}, // mandatory, with or without a body
			"Accept":        {"application/json"},
		},
		Secrets: func() []string {
			hidden := secretsOf(key)
			if present, err := c.apiKey(); err == nil {
				hidden = append(hidden, secretsOf(present)...)
			}
			return hidden
		},
	}, func(r *transport.Response) error {
		answered = true
		if r.Status < 200 || r.Status >= 300 {
			return explain(r)
		}
		return read(r)
	})
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Kind == transport.Auth && answered {
		c.transport.RefuseSecret(e, key)
	}
	return err
}

// get does the same for an answer that is held whole.
func (c *Client) get(ctx context.Context, name endpoint, path string, query url.Values, decode func(body []byte, h http.Header) error) error {
	return c.do(ctx, name, path, query, func(r *transport.Response) error {
		body, err := r.ReadAll()
		if err != nil {
			return err
		}
		return decode(body, r.Header)
	})
}

// credentialsOf returns what follows "Basic" in the header: the key is the user, the
// password is empty.
func credentialsOf(key string) string { return base64.StdEncoding.EncodeToString([]byte(key + ":")) }

// secretsOf returns the forms in which a key may be quoted back.
func secretsOf(key string) []string {
	if key == "" {
		return nil
	}
	credentials := credentialsOf(key)
	return []string{key, credentials, strings.TrimRight(credentials, "="), base64.StdEncoding.EncodeToString([]byte(key))}
}

// presentKey returns the API key, and lets requests pass again if it is another one than
// Adspect refused: to rotate it needs no restart.
func (c *Client) presentKey(name endpoint) (string, error) {
	key, err := c.apiKey()
	if err != nil {
		return "", &transport.Error{
			Vendor: vendor, Endpoint: string(name), Kind: transport.Auth,
			Err:    fmt.Errorf("the API key cannot be read: %w", err),
			Advice: "check api_key or api_key_file",
		}
	}
	c.transport.NoticeSecret(key)
	return key, nil
}
