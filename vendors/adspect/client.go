// Package adspect reads the statistics of Adspect, a filter for ad traffic, over its REST API.
//
// Reports are read as they arrive: what one costs in memory does not follow its size. Each
// method makes one request, but for [Client.Streams], which makes one for each page; their
// errors are those of [transport.Client.Do].
package adspect

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultBaseURL is Adspect's API.
const DefaultBaseURL = "https://api.adspect.net/v1"

// MaxPerPage is how many objects Adspect puts on one page of a list.
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
	transport *transport.Client
}

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	o.Transport.UseCredentials(transport.Credential{
		Name: "API key", Keys: "api_key or api_key_file", Read: o.APIKey, Forms: formsOf,
	})
	return &Client{
		baseURL:   strings.TrimRight(o.BaseURL, "/"),
		transport: o.Transport,
	}
}

type endpoint = transport.Endpoint

// do asks for path (escaped) and hands a successful answer to read.
func (c *Client) do(ctx context.Context, name endpoint, path string, query url.Values, read func(*transport.Response) error) error {
	if encoded := query.Encode(); encoded != "" {
		path += "?" + encoded
	}
	return c.transport.Do(ctx, transport.Request{
		Method:   name.Method(),
		URL:      c.baseURL + path,
		Endpoint: string(name),
		Header: http.Header{
			"Content-Type": {"application/json"}, // mandatory, with or without a body
			"Accept":       {"application/json"},
		},
		Prepare: func(r *transport.Request, s transport.Secrets) error {
			r.Header.Set("Authorization", "Basic "+credentialsOf(s[0]))
			return nil
		},
	}, func(r *transport.Response) error {
		if r.Status < 200 || r.Status >= 300 {
			return explain(r)
		}
		return read(r)
	})
}

// get does the same for an answer that is held whole.
func (c *Client) get(
	ctx context.Context, name endpoint, path string, query url.Values, decode func(body []byte, h http.Header) error,
) error {
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

// formsOf returns the forms in which a key may be quoted back, beside the key itself.
func formsOf(key string) []string {
	credentials := credentialsOf(key)
	return []string{credentials, strings.TrimRight(credentials, "="), base64.StdEncoding.EncodeToString([]byte(key))}
}
