// Package quanshi reads the live events of Quanshi (全时), and who watched them, over its open
// API for events.
//
// Quanshi tells a failure by the code in the answer's body, which its client goes by: the HTTP
// status may be 200. Each method makes one request, after a login if there is no token, and
// repeats it once for a token that Quanshi no longer takes; [Client.Events] does so for each
// page. Their errors are those of [transport.Client.Do] and name Quanshi's request id wherever
// an answer gave one.
//
// The rows of a report are full of personal data. They are read as they arrive, and nothing of
// them is kept but figures and the few texts of a [Row].
package quanshi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// DefaultBaseURL is Quanshi's API.
const DefaultBaseURL = "https://events-openapi.quanshi.com"

// DefaultAppKeyHeader is the header in which the app key travels.
const DefaultAppKeyHeader = "AppKey"

const vendor = "quanshi"

// Options configure the client of one account. AppKey, AppSecret and Transport are required,
// and one of UserID, UserEmail and Token.
type Options struct {
	BaseURL string // "" = DefaultBaseURL

	// AppKey and AppSecret return what requests are signed with at present. They are called
	// for each: a changed one is tried at once, also while Quanshi refuses the credentials.
	AppKey    func() (string, error)
	AppSecret func() (string, error)

	// AppKeyHeader is the header that the app key is sent in; "" = DefaultAppKeyHeader. Newer
	// pages of Quanshi's document call it AppId.
	AppKeyHeader string

	UserID    string // in whose name to log in
	UserEmail string // how to find the user if UserID is empty

	// Token returns a token that was made elsewhere; nil = log in. It is called for each request.
	Token func() (string, error)

	Transport *transport.Client // of this account alone
}

// Client reads one account's events. It is safe for concurrent use.
type Client struct {
	baseURL      string
	appKey       func() (string, error)
	appSecret    func() (string, error)
	appKeyHeader string
	userID       string
	userEmail    string
	readyToken   func() (string, error)
	transport    *transport.Client

	session session
	trust   trust
	logins  singleflight.Group
}

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.AppKeyHeader == "" {
		o.AppKeyHeader = DefaultAppKeyHeader
	}
	return &Client{
		baseURL:      strings.TrimRight(o.BaseURL, "/"),
		appKey:       o.AppKey,
		appSecret:    o.AppSecret,
		appKeyHeader: o.AppKeyHeader,
		userID:       o.UserID,
		userEmail:    o.UserEmail,
		readyToken:   o.Token,
		transport:    o.Transport,
	}
}

// endpoint names a request as errors do: the method and a path.
type endpoint string

func (e endpoint) path() string {
	_, path, _ := strings.Cut(string(e), " ")
	return path
}

// call is one request and how its answer is read.
type call struct {
	name endpoint
	body func(token string) any // JSON

	// read takes the answer: the envelope into the one, the data to where it belongs.
	read func(*transport.Response, *envelope) error
}

// do makes a call with a token, for which it logs in if need be. A token that Quanshi does not
// take is replaced once, unless the caller was told of the answer already.
func (c *Client) do(ctx context.Context, call call) error {
	var (
		stale   uint64 // the token to be replaced
		renewed bool
	)
	for {
		if _, err := c.present(call.name); err != nil { // and let new ones pass
			return err
		}
		t := &token{}
		if c.readyToken == nil {
			var err error
			if t, err = c.token(ctx, call.name, stale); err != nil {
				return err
			}
		}
		x, err := c.exchange(ctx, call, t)
		if x.refusal == notRefused {
			if err == nil {
				c.trust.serves(x.subject(), time.Now())
			}
			c.noteRefusal(x, err)
			return err
		}
		if !renewed && !x.envelope.told && c.renewable(x) {
			renewed, stale = true, x.token.serial
			continue
		}
		return c.refused(x, renewed, err)
	}
}

// refused takes a refusal of the token to which there is nothing more to try. It costs the account
// its token only if that is to blame, else it is a rejection like others.
func (c *Client) refused(x *exchange, afterLogin bool, err error) error {
	if c.trust.blames(x.subject(), x.refusal, afterLogin && c.readyToken == nil, time.Now()) {
		if c.readyToken == nil {
			c.session.forget(x.token.serial) // the next read logs in
		} else {
			c.noteRefusal(x, err)
		}
		return err
	}
	if x.envelope.told && c.readyToken == nil && c.renewable(x) { // no new token was tried: the next read does
		c.session.forget(x.token.serial)
	}
	if e, ok := errors.AsType[*transport.Error](err); ok {
		rejected := *e
		rejected.Kind, rejected.Advice = transport.Rejected, adviceSubject+adviceToken
		return &rejected
	}
	return err
}

// renewable reports whether there can be another token than the one that was refused, and it may
// help.
func (c *Client) renewable(x *exchange) bool {
	if c.readyToken == nil {
		return c.trust.needsLogin(x.subject(), time.Now())
	}
	present, err := c.readyToken()
	return err == nil && present != x.spoke
}

// noteRefusal stops all requests of this account if Quanshi refused its credentials. 403 may be
// about this endpoint alone: it must not silence the account's others.
func (c *Client) noteRefusal(x *exchange, err error) {
	e, ok := errors.AsType[*transport.Error](err)
	if ok && x.answered && e.Kind == transport.Auth && e.Status != http.StatusForbidden {
		c.transport.RefuseSecret(e, x.sent.fingerprint())
	}
}
