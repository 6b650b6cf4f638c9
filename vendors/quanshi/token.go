package quanshi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	searchEndpoint endpoint = "POST /eventopenapi/user/search/email"
	tokenEndpoint  endpoint = "POST /eventopenapi/token/create"
)

const (
	// loginPatience is how long one login may take with all its waits for budgets, when
	// nobody waits for it any more.
	loginPatience = 2 * time.Minute
	// renewalPause is how long a token that still lasts is used on after a failed renewal.
	renewalPause = time.Minute
	// renewBefore is how long before its expiry a token is replaced, if it lasts long.
	renewBefore = time.Hour
	// usualLife is how long a token lasts where it is not said, and at most.
	usualLife = 24 * time.Hour
	minLife   = time.Minute
	// maxToken and maxUserID bound what is taken for one.
	maxToken  = 4 << 10
	maxUserID = 128
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

// login asks for a token in the name of the user, who is found by e-mail first if need be.
func (c *Client) login(ctx context.Context) error {
	userID := c.userID
	if userID == "" {
		userID = c.session.user()
	}
	if userID == "" {
		var err error
		if userID, err = c.searchUser(ctx); err != nil {
			return err
		}
		c.session.found(userID)
	}
	err := c.createToken(ctx, userID)
	if transport.KindOf(err) == transport.Rejected {
		c.session.found("") // it may be another one by now
	}
	return err
}

// searchUser returns the id of the user with the configured e-mail address.
//
// Source: POST /eventopenapi/user/search/email.
func (c *Client) searchUser(ctx context.Context) (string, error) {
	var userID string
	err := c.plain(ctx, call{
		name: searchEndpoint,
		body: func(string) any {
			return struct {
				Email string `json:"email"`
			}{c.userEmail}
		},
		read: whole(func(data jsontext.Value, _ *envelope) error {
			var answer struct {
				UserID wire.Text `json:"userId"`
			}
			if err := wire.Unmarshal(data, &answer); err != nil {
				return err
			}
			id, _ := answer.UserID.Get()
			if userID = strings.TrimSpace(id); userID == "" || len(userID) > maxUserID {
				return errors.New("userId: want the id of a user, got none")
			}
			return nil
		}),
	}, "check user_email")
	return userID, err
}

// createToken asks for a token and keeps it.
//
// Source: POST /eventopenapi/token/create.
func (c *Client) createToken(ctx context.Context, userID string) error {
	var (
		value string
		life  time.Duration
	)
	err := c.plain(ctx, call{
		name: tokenEndpoint,
		body: func(string) any {
			return struct {
				UserID string `json:"userId"`
			}{userID}
		},
		read: whole(func(data jsontext.Value, e *envelope) (err error) {
			value, life, err = decodeToken(data, e.timeStamp)
			return err
		}),
	}, "check user_id or user_email")
	if err == nil {
		c.session.opened(value, life, time.Now())
	}
	return err
}

// plain makes a call that needs no token. advice is for a failure that is about none of what
// requests are signed with.
func (c *Client) plain(ctx context.Context, call call, advice string) error {
	if _, err := c.present(call.name); err != nil {
		return err
	}
	x, err := c.exchange(ctx, call, nil)
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Kind == transport.Rejected && e.Advice == "" {
		advised := *e
		advised.Advice = advice
		err = &advised
	}
	c.noteRefusal(x, err)
	return err
}

// decodeToken reads a token and how long it lasts from now on, which the vendor's own clock
// says: it may have been made earlier. What is not said, or beyond a day, is a day.
func decodeToken(data jsontext.Value, now wire.Number) (value string, life time.Duration, err error) {
	var answer struct {
		Token      wire.Text   `json:"token"`
		CreateTime wire.Number `json:"createTime"` // ms
		Expire     wire.Number `json:"expire"`     // s
	}
	if err := wire.Unmarshal(data, &answer); err != nil {
		return "", 0, err
	}
	if value, _ = answer.Token.Get(); strings.TrimSpace(value) == "" || len(value) > maxToken {
		return "", 0, errors.New("token: want a token, got none")
	}
	life = usualLife
	if seconds, ok := answer.Expire.Float(); ok && seconds > 0 && seconds < usualLife.Seconds() {
		life = time.Duration(seconds * float64(time.Second))
	}
	created, ok := answer.CreateTime.Float()
	if at, known := now.Float(); ok && known && at > created {
		if age := at - created; age < usualLife.Seconds()*1000 {
			life -= time.Duration(age * float64(time.Millisecond))
		}
	}
	return value, life, nil
}
