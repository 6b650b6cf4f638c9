package getui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const authEndpoint endpoint = "POST /auth"

// maxToken bounds what is taken for a token.
const maxToken = 4 << 10

// login asks for a token, in another data centre if GeTui says so. A data centre that refuses the app is left: GeTui
// may have sent the app there by mistake, and then its credentials are good at the configured address. If that sends
// the app there again, they are refused.
func (c *Client) login(ctx context.Context) (transport.Token, error) {
	var refusedAway *transport.Error // by a data centre to which GeTui has sent the app
	for moved := false; ; {
		base := c.base()
		t, answer, err := c.loginAt(ctx, base)
		err = c.nameBase(err, base)
		switch {
		case answer.code == codeWrongRegion && refusedAway != nil:
			c.transport.OpenBreaker(refusedAway, t.Secrets)
			return t, refusedAway
		case answer.code == codeWrongRegion:
			if moved || !c.move(base, answer.hosts) {
				return t, err
			}
			moved = true
		case err != nil && base != c.configured:
			c.moveTo(base, c.configured) // where the next login goes
			e, ok := errors.AsType[*transport.Error](err)
			if !ok || !answer.refused {
				return t, err
			}
			away := *e
			away.Kind, away.Advice = transport.Auth, away.Advice+"; "+adviceCredentials
			refusedAway = &away
		case err == nil && base != c.base() && !moved: // another caller has moved: the token is of no use there
			moved = true
		default:
			return t, err
		}
	}
}

// loginAt makes the one request: POST /auth, signed with the lower-case hex SHA-256 of app
// key, timestamp (ms) and master secret.
func (c *Client) loginAt(ctx context.Context, base string) (transport.Token, outcome, error) {
	t := transport.Token{BaseURL: base}
	var sign string
	refused := false
	answer, err := c.exchange(ctx, call{
		request: transport.Request{
			Method:   http.MethodPost,
			URL:      base + "/" + url.PathEscape(c.appID) + "/auth",
			Endpoint: string(authEndpoint),
			Header:   http.Header{"Content-Type": {"application/json;charset=utf-8"}},
			// GeTui takes a signature for a short time only: it must not wait for the rate limit.
			Prepare: func(r *transport.Request, s transport.Secrets) (err error) {
				t.Secrets = s.Fingerprint()
				r.Body, sign, err = c.signedLogin(s[0], time.Now())
				return err
			},
			Secrets: func() []string { return c.secretsAnd(sign)() },
		},
		signed: true,
		explain: func(code, status int) (transport.Kind, string) {
			kind, advice := explainLogin(code, status)
			if refused = kind == transport.Auth; refused && base != c.configured {
				// That says nothing of them at the configured address.
				return transport.Rejected, ""
			}
			return kind, advice
		},
		decode: func(data jsontext.Value, _ http.Header) error {
			var err error
			t.Value, t.Expires, err = decodeToken(data)
			return err
		},
	})
	answer.refused = refused
	return t, answer, err
}

// signedLogin returns the body of a login at the given time, and the signature in it.
func (c *Client) signedLogin(secret string, at time.Time) (body []byte, sign string, err error) {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	sum := sha256.Sum256([]byte(c.appKey + timestamp + secret))
	sign = hex.EncodeToString(sum[:])
	body, err = json.Marshal(struct {
		Sign      string `json:"sign"`
		Timestamp string `json:"timestamp"`
		AppKey    string `json:"appkey"`
	}{sign, timestamp, c.appKey}, jsontext.AllowInvalidUTF8(true))
	return body, sign, err
}

// decodeToken reads the answer to a login. For an expiry that cannot be parsed it returns the zero time.
func decodeToken(data jsontext.Value) (value string, expires time.Time, err error) {
	var answer struct {
		Token      wire.Text   `json:"token"`
		ExpireTime wire.Number `json:"expire_time"`
	}
	if err := wire.Unmarshal(data, &answer); err != nil {
		return "", time.Time{}, err
	}
	value, _ = answer.Token.Get()
	// It is to stand in a header, and net/http would not send one with other characters.
	notInHeader := func(r rune) bool { return r <= ' ' || r > '~' }
	if value == "" || len(value) > maxToken || strings.ContainsFunc(value, notInHeader) {
		return "", time.Time{}, errors.New("want a token that fits in a header, got none")
	}
	if ms, ok := answer.ExpireTime.Float(); ok && ms > 0 {
		expires = time.UnixMilli(int64(ms))
	}
	return value, expires, nil
}
