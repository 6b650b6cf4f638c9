package quanshi

import (
	"context"
	"crypto/fips140"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // It is what Quanshi's checksum is made of.
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// exchange is one request and what is known of its answer.
type exchange struct {
	name  endpoint
	event string           // that is asked about; "" = none
	token *transport.Token // of a login; nil = there is none in the request
	spoke string           // the token in it, wherever that is from
	sign  signature

	arrived      time.Time
	envelope     envelope
	tokenRefused bool
}

// exchange sends one request and opens the envelope of its answer. The code in it decides; the
// HTTP status counts where there is none.
func (c *Client) exchange(ctx context.Context, call call, t *transport.Token) (*exchange, error) {
	x := &exchange{name: call.name, token: t}
	err := c.transport.Do(ctx, transport.Request{
		Method:   http.MethodPost,
		URL:      c.baseURL + call.name.Path(),
		Endpoint: string(call.name),
		// Quanshi takes a signature for a short time only, and a token may be replaced
		// meanwhile: neither must wait for the limits.
		Prepare: func(r *transport.Request, s transport.Secrets) (err error) {
			switch {
			case t != nil:
				if newer := c.tokens.Newer(t); newer != nil {
					x.token = newer
				}
				x.spoke = x.token.Value
			case c.readyToken:
				x.spoke = s[tokenAt]
			}
			x.sign = sign(s[appSecretAt], time.Now())
			r.Header = x.sign.header(c.appKeyHeader, s[appKeyAt])
			r.Body, err = json.Marshal(call.body(x.spoke), jsontext.AllowInvalidUTF8(true))
			x.event = eventOf(r.Body)
			r.Subjects = []string{x.event}
			return err
		},
		Secrets: func() []string {
			return []string{x.spoke, x.sign.nonce, x.sign.checkSum, c.userEmail}
		},
	}, func(r *transport.Response) error {
		x.arrived = time.Now()
		defer func() { r.RequestID = x.envelope.requestID }()
		if r.Status < 200 || r.Status >= 300 {
			return x.explainStatus(r)
		}
		if err := call.read(newAnswer(r.Body, &x.envelope)); err != nil {
			if e, ok := errors.AsType[*transport.Error](err); ok { // of a bound, which names its place
				return e
			}
			if _, ok := errors.AsType[tooLargeError](err); ok {
				return &transport.Error{Kind: transport.TooLarge, Err: err}
			}
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
	return x, err
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

// signature is what proves who sends a request, and when.
type signature struct {
	nonce    string
	curTime  string // ms
	checkSum string
}

// sign makes the signature of a request that is sent at the given time, with a nonce that no
// other has.
func sign(appSecret string, at time.Time) signature {
	s := signature{nonce: rand.Text(), curTime: strconv.FormatInt(at.UnixMilli(), 10)}
	s.checkSum = checkSum(appSecret, s.nonce, s.curTime)
	return s
}

// checkSum returns the lower-case hex SHA-1 of the three texts.
func checkSum(appSecret, nonce, curTime string) string {
	var sum [sha1.Size]byte
	fips140.WithoutEnforcement(func() { sum = sha1.Sum([]byte(appSecret + nonce + curTime)) }) //nolint:gosec // See above.
	return hex.EncodeToString(sum[:])
}

// header returns the header of a signed request.
func (s signature) header(appKeyHeader, appKey string) http.Header {
	h := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	h.Set(appKeyHeader, appKey)
	h.Set("Nonce", s.nonce)
	h.Set("CurTime", s.curTime)
	h.Set("CheckSum", s.checkSum)
	return h
}
