package getui_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// together makes n requests at once and returns their errors.
func together(ctx context.Context, n int, c *getui.Client) []error {
	return vendortest.Together(n, func() error { return users(ctx, c) })
}

func TestOneLoginForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.Delay = time.Second
		c := client(v)
		for _, err := range together(t.Context(), 50, c) {
			if err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 1, 50)
	})
}

func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		c := client(v)
		start := time.Now()
		for time.Since(start) < 10*24*time.Hour {
			if err := users(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		for i, at := range v.logins {
			// The first request at or after 23 h; the token lasts for 24.
			if want := start.Add(time.Duration(i) * 23 * time.Hour); at.Before(want) || at.Sub(want) > time.Duration(i)*10*time.Minute {
				t.Errorf("login %d came %s after the start, want %s", i, at.Sub(start), want.Sub(start))
			}
		}
		if len(v.logins) != 11 {
			t.Errorf("%d logins in ten days, want 11", len(v.logins))
		}
	})
}

func TestExpiryThatCannotBeUsed(t *testing.T) {
	for name, expiry := range map[string]string{
		"missing":     `"x":0`,
		"null":        `"expire_time":null`,
		"a word":      `"expire_time":"tomorrow"`,
		"in seconds":  `"expire_time":"946771200"`,
		"in the past": `"expire_time":"1"`,
		"near":        `"expire_time":"946684860000"`, // 2000-01-01 00:01
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := reporting()
				v.onLogin = func(w http.ResponseWriter, _ *http.Request) bool {
					token := fmt.Sprintf("t%d", len(v.logins))
					v.tokens[token] = time.Now().Add(30 * time.Minute)
					return vendortest.Always(200, `{"code":"0","data":{"token":"`+token+`",`+expiry+`}}`)(w, nil)
				}
				c := client(v)
				for range 12 { // two hours: the token runs out after each third request
					if err := users(t.Context(), c); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Minute)
				}
				v.expect(t, 3, 12+2)
			})
		})
	}
}

func TestTokenThatIsNone(t *testing.T) {
	for name, data := range map[string]string{
		"missing":     `{}`,
		"empty":       `{"token":""}`,
		"an object":   `{"token":{}}`,
		"two headers": `{"token":"a\r\nX: y"}`,
		"Chinese":     `{"token":"令牌"}`,
		"endless":     `{"token":"` + strings.Repeat("x", 5000) + `"}`,
		"no data":     `null`,
	} {
		t.Run(name, func(t *testing.T) {
			v := reporting()
			v.onLogin = vendortest.Always(200, `{"code":0,"data":`+data+`}`)
			e := failure(t, users(t.Context(), client(v)), transport.Malformed)
			if e.Endpoint != "POST /auth" {
				t.Errorf("it is the failure of %s, want POST /auth", e.Endpoint)
			}
			v.expect(t, 1, 0)
		})
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.Delay = time.Second
		c := client(v)
		if err := users(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		v.With(func() { clear(v.tokens) }) // GeTui forgets all sessions
		for _, err := range together(t.Context(), 20, c) {
			if err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 2, 1+20+20)
	})
}

func TestRefusedTokenOfALateAnswer(t *testing.T) {
	// The first caller's answer, "token refused", comes after a second caller has logged in
	// again: the new token is used, no third one fetched.
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		var late bool
		slow := vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := v.RoundTrip(r)
			if late && r.Header.Get("Token") == "planted-token-1" && r.URL.Path == "/v2/A1b2C3/report/push/count" {
				time.Sleep(5 * time.Second)
			}
			return resp, err
		})
		v.reports[pushQuotaPath] = pushCountDocument
		c := client(slow)
		users(t.Context(), c)
		late = true
		v.With(func() { clear(v.tokens) })
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, _, err := c.PushQuota(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // it was refused and does not know yet
		callers.Go(func() {
			if err := users(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		callers.Wait()
		v.expect(t, 2, 1+2+2)
	})
}

func TestTokenRefusedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.onCall = vendortest.Always(401, `{"code":10001,"msg":"token错误或失效"}`)
		c := client(v)
		e := failure(t, users(t.Context(), c), transport.Auth)
		if e.Code != "10001" || e.Status != 401 || e.Advice == "" {
			t.Errorf("got %v, want the code, the status and an advice", e)
		}
		v.expect(t, 2, 2)
		for range 9 {
			time.Sleep(time.Minute)
			e := failure(t, users(t.Context(), c), transport.Auth)
			if e.RetryAfter <= 0 || !strings.Contains(e.Error(), "refused since 2000-01-01T00:00:00Z") {
				t.Errorf("got %v, want since when and how long still", e)
			}
		}
		v.expect(t, 2, 2)

		time.Sleep(3 * time.Minute)
		v.onCall = nil
		if err := users(t.Context(), c); err != nil {
			t.Errorf("after the pause: %v", err)
		}
		v.expect(t, 3, 3)
	})
}

func TestRefusedLogin(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		body    string
		kind    transport.Kind
		refused bool // for good
	}{
		{"signature", 400, `{"code":20001,"msg":"sign error"}`, transport.Auth, true},
		{"app key", 401, `{"code":"10001","msg":"appkey error"}`, transport.Auth, true},
		{"failure without a name", 200, `{"code":1,"msg":"failure"}`, transport.Auth, true},
		{"code nobody knows", 403, `{"code":30007}`, transport.Auth, true},
		{"blacklisted", 401, `{"code":10002,"msg":"blacklist"}`, transport.Auth, true},
		{"logins too frequent", 401, `{"code":10003,"msg":"too frequent"}`, transport.RateLimited, false},
		{"calls too frequent", 401, `{"code":10005,"msg":"too frequent"}`, transport.RateLimited, false},
		{"requests too frequent", 403, `{"code":30018}`, transport.RateLimited, false},
		{"too many requests", 429, `{"code":1}`, transport.RateLimited, false},
		{"starting", 200, `{"code":2,"msg":"service starting"}`, transport.HTTP, false},
		{"busy", 403, `{"code":30019}`, transport.HTTP, false},
		{"broken server", 500, `{"code":1}`, transport.HTTP, false},
		{"unavailable", 503, `{"code":2,"msg":"service starting"}`, transport.HTTP, false},
		{"gateway", 502, `<html>`, transport.HTTP, false},
		{"page", 200, `<html>`, transport.Malformed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := reporting()
				v.onLogin = vendortest.Always(test.status, test.body)
				c := client(v)
				for attempt := range 3 {
					e := failure(t, users(t.Context(), c), test.kind)
					if e.Endpoint != "POST /auth" || e.Status != test.status {
						t.Errorf("got %v, want an answer of %d to POST /auth", e, test.status)
					}
					if e.NotSent != (attempt > 0) || attempt > 0 && e.RetryAfter <= 0 {
						t.Errorf("attempt %d: not sent: %t, retry after %s", attempt, e.NotSent, e.RetryAfter)
					}
				}
				v.expect(t, 1, 0) // nobody logs in again at once, however many need a token
				if test.refused || test.kind == transport.RateLimited {
					return
				}
				for logins, seconds := range []int{9, 18, 36, 54, 54} {
					time.Sleep(time.Duration(seconds-1) * time.Second)
					failure(t, users(t.Context(), c), test.kind)
					v.expect(t, logins+1, 0)
					time.Sleep(time.Second)
					failure(t, users(t.Context(), c), test.kind)
					v.expect(t, logins+2, 0)
				}
			})
		})
	}
}

func TestManyMeetARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.secret, v.Delay = "another", time.Second
		c := client(v)
		for _, err := range together(t.Context(), 50, c) {
			failure(t, err, transport.Auth)
		}
		v.expect(t, 1, 0)
		time.Sleep(11*time.Minute + time.Second)
		for _, err := range together(t.Context(), 50, c) {
			failure(t, err, transport.Auth)
		}
		v.expect(t, 2, 0)
	})
}

func TestBlacklisted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.onCall = vendortest.Always(401, `{"code":10002,"msg":"blacklist"}`)
		c := client(v)
		e := failure(t, users(t.Context(), c), transport.Auth)
		if !strings.Contains(e.Advice, "ask GeTui") {
			t.Errorf("the advice is %q", e.Advice)
		}
		failure(t, users(t.Context(), c), transport.Auth)
		v.expect(t, 1, 1)
	})
}

// credentials are the cases of the master secret.
var credentials = vendortest.Credentials{
	Vendor: "getui", Secret: masterSecret,
	Unreadable: "getui POST /auth: auth: the master secret cannot be read: " +
		"open secrets/account: no such file or directory; check master_secret or master_secret_file",
	New: func(secret func() (string, error)) vendortest.Account {
		v := reporting()
		c := client(v, func(o *getui.Options) { o.MasterSecret = secret })
		return vendortest.Account{
			Requests: []vendortest.Request{
				{Endpoint: "POST /auth", Do: func(ctx context.Context) error { return users(ctx, c) }},
			},
			Accept: func(secret string) { v.secret = secret },
			Expect: func(t *testing.T, refused, answered int) { v.expect(t, refused+min(answered, 1), answered) },
		}
	},
}

func TestRefusedCredentials(t *testing.T) { credentials.TestRefused(t) }

func TestSecretIsRotated(t *testing.T) { credentials.TestRotated(t) }

func TestUnreadableSecretClosesNothing(t *testing.T) { credentials.TestUnreadable(t) }

func TestSecretIsRotatedWhileATokenLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := masterSecret
		v := reporting()
		c := client(v, func(o *getui.Options) { o.MasterSecret = func() (string, error) { return secret, nil } })
		users(t.Context(), c)
		v.With(func() { v.secret = "new"; clear(v.tokens) })
		failure(t, users(t.Context(), c), transport.Auth) // the login with the old secret
		failure(t, users(t.Context(), c), transport.Auth)
		v.expect(t, 2, 2)
		secret = "new"
		if err := users(t.Context(), c); err != nil {
			t.Error(err)
		}
		v.expect(t, 3, 3)
	})
}

func TestRenewalThatFailsKeepsTheToken(t *testing.T) {
	for _, test := range []struct {
		name     string
		onLogin  vendortest.Hook
		attempts int // to renew, in the token's last hour, with a request a minute
		after    int // logins of two requests after its end
	}{
		{"too frequent", vendortest.Always(401, `{"code":10003}`), 60, 1},
		{"too frequent, for long", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Retry-After", "1500")
			return vendortest.Always(401, `{"code":10003}`)(w, r)
		}, 3, 0},
		{"gateway", vendortest.Always(502, ``), 60, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := reporting()
				c := client(v)
				users(t.Context(), c)
				time.Sleep(23 * time.Hour)
				v.onLogin = test.onLogin
				for range 60 {
					if err := users(t.Context(), c); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				v.expect(t, 1+test.attempts, 61)
				// When it has run out, it is not sent any more.
				if e := failure(t, users(t.Context(), c), transport.KindOf(users(t.Context(), c))); e.Endpoint != "POST /auth" {
					t.Errorf("got %v after the token's end, want what came of the login", e)
				}
				v.expect(t, 1+test.attempts+test.after, 61)
			})
		})
	}
}

func TestRefusedRenewal(t *testing.T) {
	// Also while an old token lasts, a login that was refused is not tried again and again.
	synctest.Test(t, func(t *testing.T) {
		secret := masterSecret
		v := reporting()
		c := client(v, func(o *getui.Options) { o.MasterSecret = func() (string, error) { return secret, nil } })
		users(t.Context(), c)
		time.Sleep(23 * time.Hour)
		secret = "mistyped"
		for range 5 {
			failure(t, users(t.Context(), c), transport.Auth)
		}
		v.expect(t, 2, 1)
	})
}

func TestRefusalOfAnOldToken(t *testing.T) {
	// Two requests are sent with a token that GeTui has forgotten. The slow one is refused
	// twice, since GeTui forgets again; when it learns so, a third token works.
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.reports[pushQuotaPath] = pushCountDocument
		late := false
		slow := vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := v.RoundTrip(r)
			if late && strings.HasSuffix(r.URL.Path, "/push/count") && r.Header.Get("Token") == "planted-token-2" {
				time.Sleep(5 * time.Second)
			}
			return resp, err
		})
		c := client(slow)
		users(t.Context(), c)
		late = true
		forget := true
		v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
			if forget && r.Header.Get("Token") == "planted-token-2" {
				clear(v.tokens)
				forget = false
			}
			return false
		}
		v.With(func() { clear(v.tokens) })
		var callers sync.WaitGroup
		callers.Go(func() {
			_, _, err := c.PushQuota(t.Context())
			failure(t, err, transport.Auth)
		})
		synctest.Wait()
		time.Sleep(time.Second)
		if err := users(t.Context(), c); err != nil {
			t.Error(err)
		}
		callers.Wait()
		if err := users(t.Context(), c); err != nil {
			t.Errorf("a refusal of the token before closed the account: %v", err)
		}
	})
}

func TestCallerThatGivesUpLeavesTheLoginToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := reporting()
		v.Delay = 5 * time.Second
		c := client(v)
		hasty, cancel := context.WithCancel(t.Context())
		pressed, cancelPressed := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancelPressed()
		var callers sync.WaitGroup
		callers.Go(func() { // the one that begins the login
			err := users(hasty, c)
			if !errors.Is(err, context.Canceled) || err.Error() != "getui GET /report/online_user: context canceled" {
				t.Errorf("got %v, want a cancellation", err)
			}
		})
		synctest.Wait()
		callers.Go(func() {
			e := failure(t, users(pressed, c), transport.Timeout)
			if e.Endpoint != "GET /report/online_user" || !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("got %v", e)
			}
		})
		for range 10 {
			callers.Go(func() {
				if err := users(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		time.Sleep(time.Second)
		cancel()
		callers.Wait()
		v.expect(t, 1, 10)
	})
}

func TestClockSkew(t *testing.T) {
	for _, test := range []struct {
		name string
		skew time.Duration // of our clock
		want string
	}{
		{"right", 0, "check app_id, app_key and master_secret"},
		{"nearly right", -50 * time.Second, "check app_id, app_key and master_secret"},
		{"ahead", 25 * time.Minute, "set this machine's clock, it is 25m0s ahead of GeTui's; check app_id, app_key and master_secret"},
		{"behind", -3 * time.Hour, "set this machine's clock, it is 3h0m0s behind GeTui's; check app_id, app_key and master_secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := reporting()
				v.onLogin = func(w http.ResponseWriter, r *http.Request) bool {
					w.Header().Set("Date", time.Now().Add(-test.skew).UTC().Format(http.TimeFormat))
					return vendortest.Always(400, `{"code":20001,"msg":"timestamp"}`)(w, r)
				}
				c := client(v)
				for range 2 { // the refusal goes on saying so
					if e := failure(t, users(t.Context(), c), transport.Auth); e.Advice != test.want {
						t.Errorf("the advice is %q, want %q", e.Advice, test.want)
					}
				}
			})
		})
	}
}
