package vendortest

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Credentials are the cases of a secret that the vendor refuses, that changes, or that cannot be read.
type Credentials struct {
	// Vendor is the vendor as errors name it.
	Vendor string

	// Secret is the secret that the vendor accepts.
	Secret string

	// Unreadable is the error of a request whose secret gives the error "open secrets/account: no such file or
	// directory".
	Unreadable string

	// New returns an account that reads its secret with this function.
	New func(secret func() (string, error)) Account
}

// Account is an account at a stand-in vendor.
type Account struct {
	// Requests are the requests that the account can make. The cases make the first one, and all of them where every
	// request has to fail.
	Requests []Request

	// Accept makes the vendor accept another secret.
	Accept func(secret string)

	// Expect fails the test if the vendor has refused or answered another number of requests.
	Expect func(t *testing.T, refused, answered int)
}

// TestRefused has a vendor refuse the secret: nothing is sent for ten minutes.
func (c Credentials) TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := c.New(func() (string, error) { return c.Secret, nil })
		a.Accept("another")
		c.fail(t, a)
		for range 9 {
			time.Sleep(time.Minute)
			for _, request := range a.Requests {
				e := Failure(t, c.Vendor, request.Do(t.Context()), transport.Auth)
				if e.RetryAfter <= 0 || strings.Count(e.Error(), "refused since 2000-01-01T00:00:00Z") != 1 {
					t.Errorf("got %v, want since when and for how long", e)
				}
			}
		}
		a.Expect(t, 1, 0)

		time.Sleep(3 * time.Minute)
		a.Accept(c.Secret)
		c.pass(t, a, "after the pause")
		a.Expect(t, 1, 1)
	})
}

// TestRotated changes a refused secret: each new one is tried at once, and once.
func (c Credentials) TestRotated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := "old"
		var unreadable error
		a := c.New(func() (string, error) { return secret, unreadable })
		c.fail(t, a)
		c.fail(t, a)
		a.Expect(t, 1, 0)

		unreadable = errors.New("open secrets/account: no such file or directory") // in the middle of the rotation
		if e := c.fail(t, a); e.Error() != c.Unreadable {
			t.Errorf("got  %s\nwant %s", e, c.Unreadable)
		}
		unreadable = nil

		secret = "wrong too"
		c.fail(t, a)
		c.fail(t, a)
		a.Expect(t, 2, 0)

		secret = c.Secret
		c.pass(t, a, "with the new secret")
		c.pass(t, a, "with the new secret again")
		a.Expect(t, 2, 2)

		secret = "newest" // without a failure between
		a.Accept(secret)
		c.pass(t, a, "with the newest secret")
	})
}

// TestUnreadable has a secret that cannot be read at first: nothing is sent, and nothing has to pass before the next
// try.
func (c Credentials) TestUnreadable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		readable := false
		a := c.New(func() (string, error) {
			if !readable {
				return "", errors.New("permission denied")
			}
			return c.Secret, nil
		})
		for _, request := range a.Requests {
			e := Failure(t, c.Vendor, request.Do(t.Context()), transport.Auth)
			if e.RetryAfter != 0 || e.Endpoint != request.Endpoint || !strings.Contains(e.Error(), "permission denied") {
				t.Errorf("got %v, want the reason, the endpoint %s and no pause", e, request.Endpoint)
			}
		}
		a.Expect(t, 0, 0)
		readable = true
		c.pass(t, a, "with a secret that can be read")
	})
}

// fail makes a request that fails because of the secret.
func (c Credentials) fail(t *testing.T, a Account) *transport.Error {
	t.Helper()
	return Failure(t, c.Vendor, a.Requests[0].Do(t.Context()), transport.Auth)
}

// pass makes a request that succeeds.
func (c Credentials) pass(t *testing.T, a Account, when string) {
	t.Helper()
	if err := a.Requests[0].Do(t.Context()); err != nil {
		t.Errorf("%s: %v", when, err)
	}
}
