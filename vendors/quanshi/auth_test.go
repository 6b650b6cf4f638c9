package quanshi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// together makes n requests at once and returns their errors.
func together(ctx context.Context, n int, c *quanshi.Client) []error {
	return vendortest.Together(n, func() error { return list(ctx, c) })
}

func TestOneLoginForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = time.Second
		c := client(v)
		for _, err := range together(t.Context(), 50, c) {
			if err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 1, 50*listCalls)
		v.With(func() { clear(v.tokens) }) // Quanshi forgets all sessions
		for _, err := range together(t.Context(), 20, c) {
			if err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 2, 50*listCalls+20+20*listCalls)
	})
}

func TestLoginOutlivesItsFirstCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = time.Second
		c := client(v)
		ctx, cancel := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		callers.Go(func() {
			if err := list(ctx, c); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want a cancellation", err)
			}
		})
		synctest.Wait()
		callers.Go(func() {
			if err := list(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		callers.Wait()
		v.expect(t, 1, listCalls)
	})
}

func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		c := client(v)
		for range 10 * 24 * 6 {
			if err := list(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		v.expect(t, 11, 10*24*6*listCalls)
	})
}

func TestUnusualLifetimesOfTokens(t *testing.T) {
	for name, told := range map[string]string{
		"missing": `"x":0`, "null": `"expire":null`, "a word": `"expire":"tomorrow"`, "in ms": `"expire":86400000`, "none": `"expire":0`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor()
				v.onCall = func(w http.ResponseWriter, path string) bool {
					if path != tokenPath {
						return false
					}
					v.tokens["t"] = time.Now().Add(24 * time.Hour)
					succeed(w, `{"token":"t",`+told+`}`)
					return true
				}
				c := client(v)
				for range 48 {
					if err := list(t.Context(), c); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour)
				}
				v.expect(t, 3, 48*listCalls)
			})
		})
	}
}

func TestUserByEmail(t *testing.T) {
	byEmail := func(o *quanshi.Options) { o.UserID, o.UserEmail = "", email }
	v := newVendor()
	c := client(v, byEmail)
	for range 2 {
		if err := list(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		v.With(func() { clear(v.tokens) })
	}
	if n := strings.Count(strings.Join(v.paths, " "), searchPath); n != 1 {
		t.Errorf("searched %d times, want once", n)
	}
	v.expect(t, 2, listCalls+1+listCalls)

	v = newVendor()
	v.onCall = always(searchPath, 200, `{"code":4041,"msg":"no user `+email+`","requestId":"request-9"}`)
	e := failure(t, list(t.Context(), client(v, byEmail)), transport.Rejected)
	if e.Endpoint != "POST "+searchPath || e.Advice != "check user_email" || e.RequestID != "request-9" || strings.Contains(e.Error(), email) {
		t.Errorf("got %v", e)
	}
}

func TestTokenThatIsNone(t *testing.T) {
	for name, data := range map[string]string{
		"missing": `{}`, "empty": `{"token":""}`, "an object": `{"token":{}}`, "endless": `{"token":"` + strings.Repeat("x", 5000) + `"}`, "no data": `null`,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor()
			v.onCall = always(tokenPath, 200, `{"code":200,"data":`+data+`}`)
			if e := failure(t, list(t.Context(), client(v)), transport.Malformed); e.Endpoint != "POST "+tokenPath {
				t.Errorf("it is the failure of %s", e.Endpoint)
			}
			v.expect(t, 1, 0)
		})
	}
}

const tokenIsOver = `{"code":4010,"msg":"token已失效","requestId":"request-9"}`

// TestTokenRefused refuses each token: there is one new login in ten minutes, and then a rejection that says what
// came.
func TestTokenRefused(t *testing.T) {
	for _, request := range requests {
		t.Run(request.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor()
				v.onCall = always(request.path, 200, tokenIsOver)
				c := client(v)
				for range 3 * 60 {
					e := failure(t, request.do(t.Context(), c), transport.Rejected)
					if e.Code != "4010" || e.RequestID != "request-9" || !strings.Contains(e.Advice, "user_id") {
						t.Errorf("got %v", e)
					}
					time.Sleep(10 * time.Second)
				}
				v.expect(t, 4, 183)

				v.With(func() { v.onCall = nil })
				if err := request.do(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestTokenRefusedToOneEvent has one event of several answered as if the token were over.
func TestTokenRefusedToOneEvent(t *testing.T) {
	for _, refused := range []struct {
		name   string
		status int
		body   string
	}{
		{"clearly", 200, tokenIsOver},
		{"perhaps", 200, `{"code":40302,"msg":"鉴权失败: 无权查看该会议"}`},
		{"by its code", 200, `{"code":401,"msg":"Unauthorized"}`},
		{"by its status", 401, ``},
	} {
		for _, account := range []struct {
			name   string
			client func(http.RoundTripper, ...func(*quanshi.Options)) *quanshi.Client
			logins int // in three hours
		}{{"with logins", client, 1 + 3*6}, {"with a token", readyClient, 0}} {
			t.Run(refused.name+"/"+account.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVendor()
					v.tokens["planted-ready-token"] = time.Now().Add(1000 * time.Hour)
					v.answers[reportPath] = `{"report":{"lives":[]}}`
					v.onCall = func(w http.ResponseWriter, _ string) bool {
						if v.bodies[len(v.bodies)-1]["eventId"] != 3.0 {
							return false
						}
						w.WriteHeader(refused.status)
						fmt.Fprint(w, refused.body)
						return true
					}
					c := account.client(v)
					for range 36 {
						for id := range 6 {
							_, err := c.EventReport(t.Context(), quanshi.ReportQuery{EventID: fmt.Sprint(id + 1)}, func(*quanshi.Row) {})
							if id+1 == 3 {
								failure(t, err, transport.Rejected)
							} else if err != nil {
								t.Fatal(err)
							}
						}
						time.Sleep(5 * time.Minute)
					}
					if len(v.logins) != account.logins {
						t.Errorf("%d logins in three hours", len(v.logins))
					}
				})
			})
		}
	}
}

func TestTokenRefusedAfterRows(t *testing.T) {
	v := newVendor()
	v.onCall = always(reportPath, 200, `{"data":{"report":{"lives":[{}]}},"code":4010,"msg":"token已失效"}`)
	c := client(v)
	rows, _, err := read(t.Context(), c)
	failure(t, err, transport.Rejected)
	if len(rows) != 1 {
		t.Errorf("the caller was called with %d rows, want one", len(rows))
	}
	v.expect(t, 1, 1)
	v.With(func() { v.onCall = nil })
	if err := report(t.Context(), c); err != nil {
		t.Error(err)
	}
	v.expect(t, 2, 2)
}

// TestReadyToken has a ready token end and another one take its place.
func TestReadyToken(t *testing.T) {
	for _, request := range requests {
		t.Run(request.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor()
				v.tokens["planted-old-token"] = time.Now().Add(time.Hour)
				v.tokens["planted-new-token"] = time.Now().Add(3 * time.Hour)
				token := "planted-old-token"
				c := client(v, func(o *quanshi.Options) { o.UserID, o.Token = "", func() (string, error) { return token, nil } })
				if err := request.do(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Hour)
				kind, calls := transport.Rejected, request.calls+3 // it may be about the event alone
				if request.path == listPath {
					kind, calls = transport.Auth, request.calls+1 // it is not
				}
				for range 3 {
					if e := failure(t, request.do(t.Context(), c), kind); !strings.Contains(e.Advice, "token_file") {
						t.Errorf("the advice is %q", e.Advice)
					}
				}
				v.expect(t, 0, calls)

				token = "planted-new-token"
				if err := request.do(t.Context(), c); err != nil {
					t.Error(err)
				}
				v.expect(t, 0, calls+request.calls)
			})
		})
	}
}

func TestSecretRotated(t *testing.T) {
	for _, wrong := range []string{"secret", "key"} {
		t.Run(wrong, func(t *testing.T) {
			v := newVendor()
			key, secret := appKey, appSecret
			if wrong == "key" {
				key = "another-key"
			} else {
				secret = "another-secret"
			}
			c := client(v, func(o *quanshi.Options) {
				o.AppKey = func() (string, error) { return key, nil }
				o.AppSecret = func() (string, error) { return secret, nil }
			})
			for range 3 {
				e := failure(t, list(t.Context(), c), transport.Auth)
				if !strings.Contains(e.Error(), "app_key_header") {
					t.Errorf("got %v, want an advice", e)
				}
			}
			if len(v.paths) != 1 {
				t.Errorf("asked %d times, want once", len(v.paths))
			}
			key, secret = appKey, appSecret
			if err := list(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRefusedAfterALogin(t *testing.T) {
	v := newVendor()
	secret := appSecret
	c := client(v, func(o *quanshi.Options) { o.AppSecret = func() (string, error) { return secret, nil } })
	if err := list(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	secret = "another-secret"
	for range 3 {
		failure(t, list(t.Context(), c), transport.Auth)
	}
	v.expect(t, 1, listCalls+1)
	secret = appSecret
	if err := list(t.Context(), c); err != nil {
		t.Error(err)
	}
	v.expect(t, 1, listCalls+1+listCalls)
}

func TestCredentialsThatCannotBeRead(t *testing.T) {
	broken := func() (string, error) { return "", errors.New("no such file") }
	for name, change := range map[string]func(*quanshi.Options){
		"app_key":    func(o *quanshi.Options) { o.AppKey = broken },
		"app_secret": func(o *quanshi.Options) { o.AppSecret = broken },
		"token":      func(o *quanshi.Options) { o.Token = broken },
		"empty":      func(o *quanshi.Options) { o.AppSecret = text("") },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVendor()
			if e := failure(t, list(t.Context(), client(v, change)), transport.Auth); e.Advice == "" {
				t.Errorf("got %v, want an advice", e)
			}
			v.expect(t, 0, 0)
		})
	}
}

func TestHeaderOfTheAppKey(t *testing.T) {
	v := newVendor()
	v.header = "AppId"
	if err := list(t.Context(), client(v, func(o *quanshi.Options) { o.AppKeyHeader = "AppId" })); err != nil {
		t.Error(err)
	}
	e := failure(t, list(t.Context(), client(v)), transport.Auth)
	if !strings.Contains(e.Error(), "AppId") {
		t.Errorf("got %v, want advice about the header", e)
	}
}

// TestSignatureDoesNotWait lets a request wait for its rate limit longer than Quanshi takes a
// signature.
func TestSignatureDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		c := client(v, func(o *quanshi.Options) {
			o.Transport = transport.New(transport.Options{Vendor: "quanshi", RoundTripper: v, RequestsPerMinute: 1})
		})
		ctx := transport.WithLimits(t.Context(), transport.Limits{WaitUntil: time.Now().Add(time.Hour)})
		began := time.Now()
		for range 12 {
			if err := list(ctx, c); err != nil && transport.KindOf(err) != transport.Throttled {
				t.Fatal(err)
			}
		}
		if time.Since(began) < 8*time.Minute {
			t.Errorf("all within %s: nothing has waited", time.Since(began))
		}
	})
}

func TestLoginThatFailsKeepsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		c := client(v)
		if err := list(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(23*time.Hour + time.Minute)
		v.With(func() { v.onCall = always(tokenPath, 500, `oops`) })
		for range 3 {
			if err := list(t.Context(), c); err != nil {
				t.Error(err)
			}
		}
		v.expect(t, 2, 4*listCalls)
		time.Sleep(2 * time.Hour) // it is over
		if e := failure(t, list(t.Context(), c), transport.HTTP); e.Endpoint != "POST "+tokenPath {
			t.Error(e)
		}
	})
}

func TestNoncesDiffer(t *testing.T) {
	v := newVendor()
	c := client(v)
	for i := range 20 {
		if err := list(t.Context(), c); err != nil {
			t.Fatal(fmt.Sprint(i), err)
		}
	}
	if n := 1 + 20*listCalls; len(v.nonces) != n {
		t.Errorf("%d nonces in %d requests", len(v.nonces), n)
	}
}

// Where Go refuses SHA-1 as a security function, the vendor's checksum, which has no choice, is made all the same.
func TestCheckSumWithApprovedFunctionsOnly(t *testing.T) {
	if os.Getenv("GODEBUG") != "fips140=only" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCheckSumWithApprovedFunctionsOnly$")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
		return
	}
	sum := ""
	_ = list(t.Context(), client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
		sum = r.Header.Get("CheckSum")
		return vendortest.Response(r, http.StatusServiceUnavailable, nil, http.NoBody, 0), nil
	})))
	if len(sum) != 40 {
		t.Errorf("sent the checksum %q, want 40 digits", sum)
	}
}
