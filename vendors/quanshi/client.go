// Package quanshi reads the live events of Quanshi (全时), and who watched them, over its open
// API for events.
//
// Quanshi reports a failure by the code in the answer's body, which its client goes by: the HTTP
// status may be 200. Each method makes one request, after a login if there is no token, and
// repeats it once for a token that Quanshi no longer takes; [Client.Events] does so for each
// page. Their errors are those of [transport.Client.Do] and name Quanshi's request id wherever
// an answer gave one.
//
// The rows of a report are full of personal data. They are read as they arrive, and nothing of
// them is kept but values and the few texts of a [Row].
package quanshi

import (
	"context"
	"strings"
	"sync"
	"time"

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
	appKeyHeader string
	userID       string
	userEmail    string
	readyToken   bool // it is one of the credentials
	transport    *transport.Client
	tokens       *transport.TokenSource

	mu        sync.Mutex
	foundUser string // the id of the user, found by e-mail; "" = not yet
}

// The credentials, in the order in which they are read.
const (
	appKeyAt = iota
	appSecretAt
	tokenAt // where a token is configured
)

// New returns the client of one account. It sends nothing yet.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = DefaultBaseURL
	}
	if o.AppKeyHeader == "" {
		o.AppKeyHeader = DefaultAppKeyHeader
	}
	credentials := []transport.Credential{
		{Name: "app key", Keys: "app_key", Read: o.AppKey},
		{Name: "app secret", Keys: "app_secret or app_secret_file", Read: o.AppSecret},
	}
	if o.Token != nil {
		credentials = append(credentials, transport.Credential{Name: "token", Keys: "token or token_file", Read: o.Token})
	}
	o.Transport.UseCredentials(credentials...)
	c := &Client{
		baseURL:      strings.TrimRight(o.BaseURL, "/"),
		appKeyHeader: o.AppKeyHeader,
		userID:       o.UserID,
		userEmail:    o.UserEmail,
		readyToken:   o.Token != nil,
		transport:    o.Transport,
	}
	c.tokens = transport.NewTokenSource(vendor, c.login)
	return c
}

type endpoint = transport.Endpoint

// call is one request and how its answer is read.
type call struct {
	name endpoint
	body func(token string) any // JSON

	read func(*answer) error // takes the data of the answer
}

// loginPause is for how long after a login because of a token that Quanshi did not take there is no other, if the
// new token was not taken either.
const loginPause = 10 * time.Minute

// do makes a call with a token, for which it logs in if need be.
//
// Quanshi does not document its codes: an answer that speaks of a token may be about the token, or about the one
// event that was asked for. So a token that is not taken is replaced by a new login, in vain at most once in ten
// minutes, and the call is made once more. Whatever comes of that is the call's own failure.
func (c *Client) do(ctx context.Context, call call) error {
	if c.readyToken {
		_, err := c.exchange(ctx, call, nil)
		return err
	}
	var refused *transport.Token
	for {
		t, err := c.tokens.Get(ctx, string(call.name), refused)
		if err != nil {
			return err
		}
		x, err := c.exchange(ctx, call, t)
		if err == nil && refused != nil {
			c.tokens.Replaced()
		}
		if !x.tokenRefused || refused != nil || !c.tokens.MayReplace(x.token, loginPause) {
			return err
		}
		if x.envelope.delivered { // the call cannot be made again: the next one logs in
			c.tokens.Drop(x.token)
			return err
		}
		refused = x.token
	}
}
