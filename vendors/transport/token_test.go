package transport_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// logins is what a token source logs in with: after a second, with tokens that last a day.
type logins struct {
	n     int
	fail  error
	panic bool
}

func (l *logins) login(context.Context) (transport.Token, error) {
	l.n++
	time.Sleep(time.Second)
	if l.panic {
		panic("odd")
	}
	return transport.Token{Value: fmt.Sprint("token-", l.n), Expires: time.Now().Add(24 * time.Hour)}, l.fail
}

// got returns the value of a token, or the kind of failure.
func got(t *transport.Token, err error) string {
	if err != nil {
		return transport.KindOf(err).String()
	}
	return t.Value
}

func TestTokenSource(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(ctx context.Context, l *logins, s *transport.TokenSource) string
		want string
		n    int // logins
	}{
		{"renewed an hour before the end", func(ctx context.Context, _ *logins, s *transport.TokenSource) string {
			s.Get(ctx, "GET /x", nil)
			time.Sleep(23*time.Hour - time.Second)
			before := got(s.Get(ctx, "GET /x", nil))
			time.Sleep(time.Second)
			return before + " " + got(s.Get(ctx, "GET /x", nil))
		}, "token-1 token-2", 2},
		{"kept while it lasts and a renewal fails", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			s.Get(ctx, "GET /x", nil)
			l.fail = &transport.Error{Kind: transport.Network}
			time.Sleep(23 * time.Hour)
			during := got(s.Get(ctx, "GET /x", nil))
			time.Sleep(time.Hour)
			return during + " " + got(s.Get(ctx, "GET /x", nil))
		}, "token-1 network", 3},
		{"dropped where the credentials are refused", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			s.Get(ctx, "GET /x", nil)
			l.fail = &transport.Error{Kind: transport.Auth}
			time.Sleep(23 * time.Hour)
			during := got(s.Get(ctx, "GET /x", nil))
			l.fail = nil
			return during + " " + got(s.Get(ctx, "GET /x", nil))
		}, "auth token-3", 3},
		{"replaced once for all that were refused", func(ctx context.Context, _ *logins, s *transport.TokenSource) string {
			refused, _ := s.Get(ctx, "GET /x", nil)
			var callers sync.WaitGroup
			for range 10 {
				callers.Go(func() { s.Get(ctx, "GET /x", refused) })
			}
			callers.Wait()
			s.Drop(refused) // which is old news
			return got(s.Get(ctx, "GET /x", refused))
		}, "token-2", 2},
		{"replaced in vain once in a while", func(ctx context.Context, _ *logins, s *transport.TokenSource) string {
			first, _ := s.Get(ctx, "GET /x", nil)
			may := fmt.Sprint(s.MayReplace(first, time.Minute), s.MayReplace(first, time.Minute))
			second, _ := s.Get(ctx, "GET /x", first)
			may += fmt.Sprint(" ", s.MayReplace(first, time.Minute), s.MayReplace(second, time.Minute))
			time.Sleep(time.Minute)
			may += fmt.Sprint(" ", s.MayReplace(second, time.Minute))
			third, _ := s.Get(ctx, "GET /x", second)
			s.Replaced()
			return may + fmt.Sprint(" ", s.MayReplace(third, time.Minute))
		}, "true true true false true true", 3},
		{"logins that the vendor limits", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			l.fail = &transport.Error{Kind: transport.RateLimited, Status: 429, RetryAfter: 30 * time.Minute}
			first := got(s.Get(ctx, "GET /x", nil))
			time.Sleep(10 * time.Minute)
			_, err := s.Get(ctx, "GET /y", nil)
			e, _ := errors.AsType[*transport.Error](err)
			second := fmt.Sprint(e.Kind, " ", e.NotSent, " ", e.RetryAfter)
			l.fail = nil
			time.Sleep(20 * time.Minute)
			return first + ", " + second + ", " + got(s.Get(ctx, "GET /x", nil))
		}, "rate_limited, rate_limited true 20m0s, token-2", 2},
		{"logins that the vendor limits without a time", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			l.fail = &transport.Error{Kind: transport.RateLimited, Code: "10003"}
			for range 12 { // in two minutes
				s.Get(ctx, "GET /x", nil)
				time.Sleep(10 * time.Second)
			}
			l.fail = nil
			time.Sleep(time.Minute)
			return got(s.Get(ctx, "GET /x", nil))
		}, "token-3", 3},
		{"a renewal that the vendor limits", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			s.Get(ctx, "GET /x", nil)
			l.fail = &transport.Error{Kind: transport.RateLimited, RetryAfter: 30 * time.Minute}
			time.Sleep(23 * time.Hour)
			during := got(s.Get(ctx, "GET /x", nil))
			time.Sleep(20 * time.Minute)
			return during + " " + got(s.Get(ctx, "GET /x", nil))
		}, "token-1 token-1", 2},
		{"a renewal limited beyond the token's end", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			s.Get(ctx, "GET /x", nil)
			time.Sleep(23 * time.Hour)
			l.fail = &transport.Error{Kind: transport.RateLimited, RetryAfter: 90 * time.Minute}
			during := got(s.Get(ctx, "GET /x", nil))
			time.Sleep(time.Hour)
			after := got(s.Get(ctx, "GET /x", nil))
			l.fail = nil
			time.Sleep(30 * time.Minute)
			return during + " " + after + " " + got(s.Get(ctx, "GET /x", nil))
		}, "token-1 rate_limited token-3", 3},
		{"a token that is refused while the vendor limits logins", func(ctx context.Context, l *logins, s *transport.TokenSource) string {
			refused, _ := s.Get(ctx, "GET /x", nil)
			time.Sleep(23 * time.Hour)
			l.fail = &transport.Error{Kind: transport.RateLimited, RetryAfter: 30 * time.Minute}
			s.Get(ctx, "GET /x", nil)
			time.Sleep(time.Minute)
			return got(s.Get(ctx, "GET /x", refused))
		}, "rate_limited", 2},
		{"a caller that cannot wait", func(ctx context.Context, _ *logins, s *transport.TokenSource) string {
			hasty, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			_, err := s.Get(hasty, "GET /x", nil)
			e, ok := errors.AsType[*transport.Error](err)
			return fmt.Sprint(ok && e.Endpoint == "GET /x" && e.Vendor == "acme", " ", got(nil, err), " ", got(s.Get(ctx, "GET /x", nil)))
		}, "true timeout token-1", 1},
		{"a login that panics", func(ctx context.Context, l *logins, s *transport.TokenSource) (said string) {
			l.panic = true
			func() {
				defer func() { said = fmt.Sprint(recover()) }()
				s.Get(ctx, "GET /x", nil)
			}()
			l.panic = false
			return said + " " + got(s.Get(ctx, "GET /x", nil))
		}, "odd token-2", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l logins
				s := transport.NewTokenSource("acme", l.login)
				if said := test.run(t.Context(), &l, s); said != test.want || l.n != test.n {
					t.Errorf("got %q after %d logins, want %q after %d", said, l.n, test.want, test.n)
				}
			})
		})
	}
}
