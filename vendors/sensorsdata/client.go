// Package sensorsdata reads the user tags and segments of Sensors Data (神策), a platform for
// user analytics, over its tag API (version 2).
//
// Lists are read as they arrive, and the trees of rules in them are skipped: what one costs in
// memory follows the number of tags, not the size of their rules. Each method makes one request,
// but for [Client.Tags]; their errors are those of [transport.Client.Do].
//
// The secret travels in the query of each request, or in a header ([Options.SecretInHeader]).
package sensorsdata

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultProject is the project that an installation begins with.
const DefaultProject = "default"

const vendor = "sensorsdata"

const secretHeader = "sensorsdata-token"

// Options configure the client of one account.
type Options struct {
	BaseURL string // of the installation, without /api
	Project string // "" = DefaultProject

	// APISecret returns the present secret. It is called for each request, before it waits and
	// again when it is sent: a changed one is tried at once, also while Sensors Data refuses the
	// credentials.
	APISecret func() (string, error)

	// SecretInHeader sends the secret in the header sensorsdata-token, which keeps it out of
	// URLs, instead of the query.
	SecretInHeader bool

	// Location is that of times without a zone, and of the days that are asked for;
	// nil = UTC.
	Location *time.Location

	Transport *transport.Client // of this account alone
}

// Client reads one account's tags. It is safe for concurrent use.
type Client struct {
	baseURL   string
	project   string
	inHeader  bool // the secret
	location  *time.Location
	transport *transport.Client
	serial    *transport.SerialLock

	tagsFromOne atomic.Pointer[bool] // nil = not known yet
}

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.Project == "" {
		o.Project = DefaultProject
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	o.Transport.UseCredentials(transport.Credential{
		Name: "API secret", Keys: "api_secret or api_secret_file", Read: o.APISecret,
	})
	return &Client{
		baseURL:   strings.TrimRight(o.BaseURL, "/"),
		project:   o.Project,
		inHeader:  o.SecretInHeader,
		location:  o.Location,
		transport: o.Transport,
		serial:    transport.NewSerialLock("the previous request for a report or users did not end within %s; they are sent one at a time"),
	}
}

type endpoint = transport.Endpoint

// call is a request without what all of them have.
type call struct {
	name  endpoint
	path  string // escaped, from the version on
	query url.Values
	body  []byte // JSON; nil = none

	sizeLimit *transport.SizeLimit // counts what is kept of all pages of a list; nil = of this answer alone
	alone     bool                 // wait for all earlier such calls: it does not, as Sensors Data puts it, support high concurrency
}

// do makes a call and hands a successful answer to read.
func (c *Client) do(ctx context.Context, call call, read func(*stream) error) error {
	query := url.Values{"project": {c.project}}
	maps.Copy(query, call.query)
	header := http.Header{"Accept": {"application/json"}}
	if call.body != nil {
		header.Set("Content-Type", "application/json")
	}
	var lock *transport.SerialLock
	if call.alone {
		lock = c.serial
	}
	sizeLimit := call.sizeLimit
	if sizeLimit == nil {
		sizeLimit = c.transport.NewSizeLimit()
		defer sizeLimit.Release()
	}
	return c.transport.Do(ctx, transport.Request{
		Serial:   lock,
		Method:   call.name.Method(),
		Endpoint: string(call.name),
		Header:   header,
		Body:     call.body,
		Prepare: func(r *transport.Request, s transport.Secrets) error {
			if c.inHeader {
				r.Header.Set(secretHeader, s[0])
			} else {
				query.Set("token", s[0])
			}
			r.URL = c.baseURL + "/api" + call.path + "?" + query.Encode()
			return nil
		},
	}, func(r *transport.Response) error {
		if r.Status < 200 || r.Status >= 300 {
			return explain(r)
		}
		return newStream(r.Body, c.location, sizeLimit).all(read)
	})
}

// unsent is the failure of a call that makes no sense, and is not sent.
func unsent(name endpoint, why string) *transport.Error {
	return &transport.Error{Vendor: vendor, Endpoint: string(name), Kind: transport.Rejected, Err: errors.New(why)}
}

// day returns the calendar day of t as requests name it.
func (c *Client) day(t time.Time) string { return t.In(c.location).Format(time.DateOnly) }
