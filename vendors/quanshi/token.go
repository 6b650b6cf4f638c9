package quanshi

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	searchEndpoint endpoint = "POST /eventopenapi/user/search/email"
	tokenEndpoint  endpoint = "POST /eventopenapi/token/create"
)

const (
	// usualLife is how long a token lasts where it is not said, and at most.
	usualLife = 24 * time.Hour
	// maxToken and maxUserID bound what is taken for one.
	maxToken  = 4 << 10
	maxUserID = 128
)

// login asks for a token in the name of the user, who is found by e-mail first if need be.
func (c *Client) login(ctx context.Context) (transport.Token, error) {
	userID := c.userID
	if userID == "" {
		userID = c.found()
	}
	if userID == "" {
		var err error
		if userID, err = c.searchUser(ctx); err != nil {
			return transport.Token{}, err
		}
		c.setFound(userID)
	}
	t, err := c.createToken(ctx, userID)
	// A gateway's 5xx, which has no code, says nothing of the user.
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Code != "" && (e.Kind == transport.Rejected || e.Kind == transport.HTTP) {
		c.setFound("") // it may be another one by now
	}
	return t, err
}

func (c *Client) found() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.foundUser
}

func (c *Client) setFound(userID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.foundUser = userID
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
		read: func(a *answer) error {
			var id wire.Text
			if _, err := a.readData(map[string]any{"userId": &id}); err != nil || !a.usable() {
				return err
			}
			said, _ := id.Get()
			if userID = strings.TrimSpace(said); userID == "" || len(userID) > maxUserID {
				return errors.New("data/userId: want the id of a user, got none")
			}
			return nil
		},
	}, "check user_email")
	return userID, err
}

// createToken asks for a token.
//
// Source: POST /eventopenapi/token/create.
func (c *Client) createToken(ctx context.Context, userID string) (transport.Token, error) {
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
		read: func(a *answer) (err error) {
			value, life, err = readToken(a)
			return err
		},
	}, "check user_id or user_email")
	return transport.Token{Value: value, Expires: time.Now().Add(life)}, err
}

// plain makes a call that needs no token. advice is for a failure that is about none of what
// requests are signed with.
func (c *Client) plain(ctx context.Context, call call, advice string) error {
	_, err := c.exchange(ctx, call, nil)
	if e, ok := errors.AsType[*transport.Error](err); ok && e.Kind == transport.Rejected && e.Advice == "" {
		advised := *e
		advised.Advice = advice
		err = &advised
	}
	return err
}

// readToken reads a token and how long it lasts from now on, which the vendor's own clock
// says: it may have been made earlier. What is not said, or beyond a day, is a day.
func readToken(a *answer) (value string, life time.Duration, err error) {
	var (
		token  wire.Text
		create wire.Number // ms
		expire wire.Number // s
	)
	_, err = a.readData(map[string]any{"token": &token, "createTime": &create, "expire": &expire})
	if err != nil || !a.usable() {
		return "", 0, err
	}
	if value, _ = token.Get(); strings.TrimSpace(value) == "" || len(value) > maxToken {
		return "", 0, errors.New("data/token: want a token, got none")
	}
	life = usualLife
	if seconds, ok := expire.Float(); ok && seconds > 0 && seconds < usualLife.Seconds() {
		life = time.Duration(seconds * float64(time.Second))
	}
	created, ok := create.Float()
	if at, known := a.timeStamp.Float(); ok && known && at > created {
		if age := at - created; age < usualLife.Seconds()*1000 {
			life -= time.Duration(age * float64(time.Millisecond))
		}
	}
	return value, life, nil
}
