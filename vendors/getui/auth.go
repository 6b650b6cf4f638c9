package getui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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

const (
	// loginPatience is how long one login may take with all its waits for budgets, when
	// nobody waits for it any more.
	loginPatience = 2 * time.Minute
	// renewalPause is how long a token that still lasts is used on after a failed renewal.
	renewalPause = time.Minute
	// maxToken bounds what is taken for a token.
	maxToken = 4 << 10
)

// token returns a token that came after the one with the serial stale (0 = any). All callers
// that need a new one share one login. A caller whose ctx ends leaves; the login goes on for
// the others.
func (c *Client) token(ctx context.Context, name endpoint, stale uint64) (*token, error) {
	for {
		if t := c.session.usable(stale, time.Now()); t != nil {
			return t, nil
		}
		login := c.logins.DoChan("", func() (any, error) {
			if c.session.usable(stale, time.Now()) != nil {
				return nil, nil // a login has ended between our look and this one
			}
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loginPatience)
			defer cancel()
			return nil, c.renewSafely(ctx, stale)
		})
		select {
		case result := <-login:
			if p, ok := errors.AsType[*panicked](result.Err); ok {
				panic(p.value)
			}
			if result.Err != nil {
				return nil, result.Err
			}
		case <-ctx.Done():
			return nil, gaveUp(ctx, name)
		}
	}
}

// gaveUp tells that ctx ended while a login was awaited.
func gaveUp(ctx context.Context, name endpoint) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &transport.Error{
			Vendor: vendor, Endpoint: string(name), Kind: transport.Timeout,
			Err: fmt.Errorf("no token before the deadline of the whole read: %w", ctx.Err()),
		}
	}
	return fmt.Errorf("%s %s: %w", vendor, name, ctx.Err())
}

// renewSafely keeps a panic for those who wait: left to itself it would end the process, for
// the login has a goroutine of its own.
func (c *Client) renewSafely(ctx context.Context, stale uint64) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicked{value}
		}
	}()
	return c.renew(ctx, stale)
}

type panicked struct{ value any }

func (*panicked) Error() string { return "the login panicked" }

// renew logs in. If that fails for a reason other than the credentials, a token that lasts
// yet is kept.
func (c *Client) renew(ctx context.Context, stale uint64) error {
	err := c.login(ctx)
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind == transport.Auth {
		return err
	}
	now := time.Now()
	if c.session.keep(stale, now.Add(max(renewalPause, e.RetryAfter)), now) {
		return nil
	}
	return err
}

// login asks for a token, in another data centre if GeTui says so.
func (c *Client) login(ctx context.Context) error {
	for moved := false; ; moved = true {
		base := c.session.baseURL()
		answer, err := c.loginAt(ctx, base)
		if answer.code == codeWrongRegion && !moved && c.move(base, answer.hosts) {
			continue
		}
		return err
	}
}

// loginAt makes the one request: POST /auth, signed with the lower-case hex SHA-256 of app
// key, timestamp (ms) and master secret.
func (c *Client) loginAt(ctx context.Context, base string) (outcome, error) {
	opened := token{base: base}
	var sign string
	now := time.Now()
	answer, err := c.exchange(ctx, call{
		request: transport.Request{
			Method:   http.MethodPost,
			URL:      base + "/" + url.PathEscape(c.appID) + "/auth",
			Endpoint: string(authEndpoint),
			Header:   http.Header{"Content-Type": {"application/json;charset=utf-8"}},
			// GeTui takes a signature for a short time only: it must not wait for a budget.
			Prepare: func(r *transport.Request, s transport.Secrets) (err error) {
				opened.secret = s.Fingerprint()
				now = time.Now()
				r.Body, sign, err = c.signedLogin(s[0], now)
				return err
			},
			Secrets: func() []string { return c.secretsAnd(sign)() },
		},
		explain: explainLogin,
		decode: func(data jsontext.Value) error {
			var err error
			opened.value, opened.expires, err = decodeToken(data)
			return err
		},
	})
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Kind == transport.Auth && answer.code != 0 {
		refusal := *e
		if skew := clockSkew(answer.header, time.Now()); skew != "" {
			refusal.Advice = skew + "; " + refusal.Advice
		}
		err = &refusal
		c.refuse(err, opened.secret)
	}
	if err == nil {
		c.session.opened(opened, now)
	}
	return answer, err
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

// maxClockSkew is by how much our clock may differ from GeTui's before it is mentioned.
const maxClockSkew = time.Minute

// clockSkew tells by how much this machine's clock differs from the one that answered, or ""
// if it does not, or is not known. GeTui refuses logins that are signed for another time.
func clockSkew(h http.Header, now time.Time) string {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	switch skew := now.Sub(theirs).Round(time.Second); {
	case skew > maxClockSkew:
		return fmt.Sprintf("set this machine's clock, it is %s ahead of GeTui's", skew)
	case skew < -maxClockSkew:
		return fmt.Sprintf("set this machine's clock, it is %s behind GeTui's", -skew)
	}
	return ""
}
