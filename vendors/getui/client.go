// Package getui reads the reports of GeTui (个推), a push service, over its REST API v2.
//
// GeTui answers many failures with HTTP 401 and a code in the body: the client goes by the
// code. Each method makes one request, after a login if there is no token, and repeats it
// once for a token that GeTui no longer takes and once for an app that lives in another data
// centre. Its errors are those of [transport.Client.Do].
package getui

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultBaseURL is GeTui's API in mainland China.
const DefaultBaseURL = "https://restapi.getui.com/v2"

// regionHosts are the hosts of GeTui's data centres.
var regionHosts = []string{"restapi.getui.com", "cncrestapi.getui.com", "nzrestapi.getui.com"}

const vendor = "getui"

// Options configure the client of one app. AppID, AppKey, MasterSecret and Transport are
// required.
type Options struct {
	// BaseURL has the version and not the app id; "" = DefaultBaseURL. Only with that one the client follows an answer
	// that names another data centre of GeTui's.
	BaseURL string
	AppID   string
	AppKey  string

	// MasterSecret returns the present secret. It is called for each login, and, while
	// GeTui refuses the credentials, before each request: a changed one is tried at once.
	MasterSecret func() (string, error)

	Transport *transport.Client // of this account alone

	Location *time.Location // of GeTui's days; nil = that of mainland China
}

// Client reads one app's reports. It is safe for concurrent use.
type Client struct {
	appID      string
	appKey     string
	transport  *transport.Client
	location   *time.Location
	configured string // the base URL, without the app id

	tokens *transport.TokenSource

	mu      sync.Mutex
	baseURL string // at present: configured, or that of another data centre
}

// New returns the client of one app. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	o.Transport.UseCredentials(transport.Credential{
		Name: "master secret", Keys: "master_secret or master_secret_file", Read: o.MasterSecret,
	})
	if o.Location == nil {
		o.Location = time.FixedZone("UTC+8", 8*60*60)
	}
	base := strings.TrimRight(o.BaseURL, "/")
	c := &Client{
		appID: o.AppID, appKey: o.AppKey, transport: o.Transport, location: o.Location, configured: base, baseURL: base,
	}
	c.tokens = transport.NewTokenSource(vendor, c.login)
	return c
}

type endpoint = transport.Endpoint

// decoder reads the data of an answer, an object, that came with a header.
type decoder = func(data jsontext.Value, h http.Header) error

// get asks for path (escaped, below the app) and hands the data of the answer, an object, to
// decode. It logs in if need be. A token that GeTui does not take is replaced once, a wrong
// data centre left once; each costs one more request.
func (c *Client) get(ctx context.Context, name endpoint, path string, query url.Values, decode decoder) error {
	// The ids that are asked for.
	subjects := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == ',' })
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var (
		refused        *transport.Token // to be replaced
		renewed, moved bool
	)
	for {
		t, err := c.tokens.Get(ctx, string(name), refused)
		if err != nil {
			return err
		}
		answer, err := c.exchange(ctx, call{
			request: transport.Request{
				Method:   http.MethodGet,
				URL:      t.BaseURL + "/" + url.PathEscape(c.appID) + path,
				Endpoint: string(name),
				Header:   http.Header{"Token": {t.Value}},
				Subjects: subjects,
				Secrets:  c.secretsAnd(t.Value),
			},
			explain: explain,
			decode:  decode,
		})
		err = c.nameBase(err, t.BaseURL)
		switch {
		case answer.code == codeWrongRegion && !moved && c.move(t.BaseURL, answer.hosts):
			moved, refused = true, t
		case answer.code == codeTokenInvalid && !renewed:
			renewed, refused = true, t
		case answer.code == codeTokenInvalid || answer.code == codeBlacklisted:
			if e, ok := errors.AsType[*transport.Error](err); ok && c.tokens.Newer(t) == nil { // else it is old news
				c.tokens.Drop(t)
				c.transport.OpenBreaker(e, t.Secrets)
			}
			return err
		default:
			return err
		}
	}
}

// secretsAnd returns a function that lists the app's secrets and those of one request.
func (c *Client) secretsAnd(own ...string) func() []string {
	return func() []string {
		return append([]string{c.appKey}, own...)
	}
}
