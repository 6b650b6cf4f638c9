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

// login asks for a token, in another data centre if GeTui says so.
func (c *Client) login(ctx context.Context) (transport.Token, error) {
	for moved := false; ; moved = true {
		base := c.base()
		t, answer, err := c.loginAt(ctx, base)
		elsewhere := answer.code == codeWrongRegion && c.move(base, answer.hosts)
		if err == nil { // another caller may have moved meanwhile: the token is of no use there
			elsewhere = base != c.base()
		}
		if !elsewhere || moved {
			return t, err
		}
	}
}

// loginAt makes the one request: POST /auth, signed with the lower-case hex SHA-256 of app
// key, timestamp (ms) and master secret.
func (c *Client) loginAt(ctx context.Context, base string) (transport.Token, outcome, error) {
	t := transport.Token{BaseURL: base}
	var sign string
	answer, err := c.exchange(ctx, call{
		request: transport.Request{
			Method:   http.MethodPost,
			URL:      base + "/" + url.PathEscape(c.appID) + "/auth",
			Endpoint: string(authEndpoint),
			Header:   http.Header{"Content-Type": {"application/json;charset=utf-8"}},
			// GeTui takes a signature for a short time only: it must not wait for a budget.
			Prepare: func(r *transport.Request, s transport.Secrets) (err error) {
				t.Secrets = s.Fingerprint()
				r.Body, sign, err = c.signedLogin(s[0], time.Now())
				return err
			},
			Secrets: func() []string { return c.secretsAnd(sign)() },
		},
		signed:  true,
		explain: explainLogin,
		decode: func(data jsontext.Value) error {
			var err error
			t.Value, t.Expires, err = decodeToken(data)
			return err
		},
	})
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

// decodeToken reads the answer to a login. An expiry that cannot be read gives the zero time.
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
