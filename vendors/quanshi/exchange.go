package quanshi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// exchange is one request and what is known of its answer.
type exchange struct {
	name  endpoint
	event string      // that is asked about; "" = none
	token *token      // nil or without a value = there is none of ours in the request
	sent  credentials // what it was signed with
	spoke string      // the token in it, wherever that is from
	sign  signature

	answered bool
	arrived  time.Time
	envelope envelope
	refusal  refusal // of the token
}

// exchange sends one request and opens the envelope of its answer. The code in it decides; the
// HTTP status counts where there is none.
func (c *Client) exchange(ctx context.Context, call call, t *token) (*exchange, error) {
	x := &exchange{name: call.name, token: t}
	secrets := func() []string {
		return append(c.hidden(x.sent), x.spoke, x.sign.nonce, x.sign.checkSum, strings.ToUpper(x.sign.checkSum))
	}
	err := c.transport.Do(ctx, transport.Request{
		Method:   http.MethodPost,
		URL:      c.baseURL + call.name.path(),
		Endpoint: string(call.name),
		// Quanshi takes a signature for a short time only, and a token may be replaced
		// meanwhile: neither must wait for a budget.
		Prepare: func(r *transport.Request, _ transport.Secrets) (err error) {
			if x.sent, err = c.present(call.name); err != nil {
				return err
			}
			now := time.Now()
			x.spoke = x.sent.token
			if t != nil && c.readyToken == nil {
				if newer := c.session.usable(t.serial, now); newer != nil {
					x.token = newer
				}
				x.spoke = x.token.value
			}
			x.sign = sign(x.sent.appSecret, now)
			r.Header = x.sign.header(c.appKeyHeader, x.sent.appKey)
			r.Body, err = json.Marshal(call.body(x.spoke), jsontext.AllowInvalidUTF8(true))
			x.event = eventOf(r.Body)
			return err
		},
		Secrets: secrets,
	}, func(r *transport.Response) error {
		x.answered, x.arrived = true, time.Now()
		if r.Status < 200 || r.Status >= 300 {
			return x.explainStatus(r)
		}
		if err := call.read(r, &x.envelope); err != nil {
			return err
		}
		if x.envelope.ok() {
			return x.envelope.problem
		}
		if !x.envelope.coded {
			return errors.New(`want an object with "code" and "data", got no code`)
		}
		return x.explain(r)
	})
	err = x.named(err, secrets)
	return x, err
}

// named adds the request id to err, where the answer gave one and err does not tell it: of an
// answer that broke off, say.
func (x *exchange) named(err error, secrets func() []string) error {
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.RequestID != "" || x.envelope.requestID == "" {
		return err
	}
	id := x.envelope.requestID
	hidden := secrets()
	slices.SortFunc(hidden, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range hidden {
		if len(secret) >= 4 {
			id = strings.ReplaceAll(id, secret, "<secret>")
		}
	}
	named := *e
	named.RequestID = id
	return &named
}

// eventOf is the event that the body of a request asks about.
func eventOf(body []byte) string {
	var asked struct {
		EventID wire.Text `json:"eventId"`
	}
	if wire.Unmarshal(body, &asked) != nil {
		return ""
	}
	id, _ := asked.EventID.Get()
	return id
}

// subject tells what is asked for from what the account's other calls ask for.
func (x *exchange) subject() string { return string(x.name) + " " + x.event }

// message is what the answer says, without what may tell of a person.
func (x *exchange) message() string {
	return hidePersonal(x.envelope.message, x.envelope.requestID, x.event)
}
