package polyv_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestDocumentedErrors(t *testing.T) {
	for _, test := range []struct {
		code    int
		message string
		kind    transport.Kind
		advice  string
		refused bool // for good: no more requests
	}{
		{400, "sign can not be empty.", transport.Auth, "check what removes the query from requests (base_url, a proxy)", true},
		{400, "ptime is too old.", transport.Rejected, "set this machine's clock, it is off by more than the 3 minutes that Polyv allows", false},
		{400, "ptime is illegal.", transport.Rejected, "set this machine's clock, it is off by more than the 3 minutes that Polyv allows", false},
		{400, "Could not find user by userid.", transport.Auth, "check user_id", true},
		{400, "the sign is not right.", transport.Auth, "check user_id and secret_key", true},
		{401, "start and end illegal.", transport.Rejected, "", false},
		{500, "query failed.", transport.HTTP, "", false},
	} {
		for _, status := range []int{200, test.code} {
			for _, form := range []string{`%d`, `"%d"`, `" %d "`} {
				t.Run(fmt.Sprintf("%s %s with %d", test.message, form, status), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						v := newVendor()
						v.onCall = vendortest.Always(status, fmt.Sprintf(`{"code":`+form+`,"status":"error","message":%q,"data":""}`, test.code, test.message))
						c := client(v)
						for range 3 {
							e := failure(t, today(t.Context(), c), test.kind)
							if e.Code != fmt.Sprint(test.code) || e.Message != test.message || e.Status != status || e.Advice != test.advice {
								t.Errorf("got %v", e)
							}
						}
						if test.refused {
							v.ExpectCalls(t, 1)
						} else {
							v.ExpectCalls(t, 3)
						}
					})
				})
			}
		}
	}
}

func TestDocumentedFailure(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(200, failureDocument)
	e := failure(t, today(t.Context(), client(v)), transport.Rejected)
	if want := "polyv GET /v2/hourly/USERID: rejected: answered 200, code 400 (ptime is too old.); " +
		"set this machine's clock, it is off by more than the 3 minutes that Polyv allows"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestBadRange(t *testing.T) {
	for _, mirror := range []bool{false, true} {
		v := newVendor()
		v.mirror = mirror
		c := client(v)
		_, err := c.Hourly(t.Context(), polyv.Days(time.Unix(86400*9, 0), time.Unix(86400*8, 0)))
		if e := failure(t, err, transport.Rejected); e.Code != "401" || e.Message != "start and end illegal." {
			t.Errorf("got %v", e)
		}
		if err := today(t.Context(), c); err != nil { // 401 is no refusal
			t.Error(err)
		}
	}
}

func TestOtherCodes(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		kind       transport.Kind
		code       string
	}{
		{"unknown code", `{"code":404,"message":"no such thing"}`, 200, transport.Rejected, "404"},
		{"unknown message", `{"code":400,"message":"dr is illegal."}`, 200, transport.Rejected, "400"},
		{"broken server", `{"code":404,"message":"no such thing"}`, 500, transport.HTTP, "404"},
		{"broken server with a code of a wrong request", `{"code":400,"message":"dr is illegal."}`, 503, transport.HTTP, "400"},
		{"broken server with a code that is no number", `{"code":"E-7","message":"x"}`, 502, transport.HTTP, "E-7"},
		{"broken server with refused credentials", `{"code":400,"message":"the sign is not right."}`, 500, transport.Auth, "400"},
		{"forbidden", `{"code":403,"message":"ip is not allowed"}`, 403, transport.Rejected, "403"},
		{"no message", `{"code":400}`, 400, transport.Rejected, "400"},
		{"message of another type", `{"code":400,"message":{"sign":1}}`, 400, transport.Rejected, "400"},
		{"message in capitals", `{"code":400,"message":"THE SIGN IS NOT RIGHT"}`, 200, transport.Auth, "400"},
		{"failed server", `{"code":503,"message":"x"}`, 200, transport.HTTP, "503"},
		{"code above those of HTTP", `{"code":600,"message":"x"}`, 200, transport.Rejected, "600"},
		{"code that is no number", `{"code":"E-7","message":"x"}`, 200, transport.Rejected, "E-7"},
		{"code that is empty", `{"code":"","message":"x"}`, 200, transport.Rejected, ""},
		{"code that is zero", `{"code":0,"data":[]}`, 200, transport.Rejected, "0"},
		{"too many requests", `{"code":429,"message":"x"}`, 200, transport.RateLimited, "429"},
		{"too many requests by status", `{"code":400,"message":"x"}`, 429, transport.RateLimited, "400"},
		{"too many requests in words", `{"code":400,"message":"Requests are too frequent."}`, 200, transport.RateLimited, "400"},
		{"too many requests in Chinese", `{"code":403,"message":"接口调用过于频繁"}`, 403, transport.RateLimited, "403"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.onCall = vendortest.Always(test.status, test.body)
			if e := failure(t, today(t.Context(), client(v)), test.kind); e.Code != test.code || e.Status != test.status {
				t.Errorf("got %v, want code %q", e, test.code)
			}
		})
	}
}

func TestLongCodesAndMessages(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(200, `{"code":"`+strings.Repeat("7", 1000)+`","message":"a\nb\u0000`+strings.Repeat("长", 1000)+`"}`)
	e := failure(t, today(t.Context(), client(v)), transport.Rejected)
	if len([]rune(e.Code)) != 200 || len([]rune(e.Message)) != 200 || !strings.HasPrefix(e.Message, `a\nb\x00长`) {
		t.Errorf("got %v", e)
	}
}

func TestBlocked(t *testing.T) {
	for _, test := range []struct {
		name   string
		header string
		body   string
		want   time.Duration
	}{
		{"it says for how long", "30", `{"code":429}`, 30 * time.Second},
		{"it does not", "", `{"code":429}`, 5 * time.Minute},
		{"no envelope", "", `<html>`, 5 * time.Minute},
		{"no code", "7", `{"message":"slow down"}`, 7 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				if test.header != "" {
					w.Header().Set("Retry-After", test.header)
				}
				return vendortest.Always(429, test.body)(w, r)
			}
			if e := failure(t, today(t.Context(), client(v)), transport.RateLimited); e.RetryAfter != test.want {
				t.Errorf("got %v, want to retry after %s", e, test.want)
			}
		})
	}
}

func TestStatusWithoutEnvelope(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
	}{
		{400, ``}, {401, `{"error":"who are you"}`}, {403, `<html>`}, {502, `<html>`}, {503, `{"code":`},
		{302, ``}, {301, `<a href="https://evil.test">`},
	} {
		t.Run(fmt.Sprint(test.status, test.body), func(t *testing.T) {
			v := newVendor()
			v.onCall = vendortest.Always(test.status, test.body)
			c := client(v)
			for range 2 {
				e := failure(t, today(t.Context(), c), transport.HTTP)
				if e.Status != test.status || strings.Contains(e.Error(), "evil") {
					t.Errorf("got %v", e)
				}
			}
			v.ExpectCalls(t, 2)
		})
	}
}

func TestCodeCountsMoreThanTheStatus(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(500, `{"code":"200","data":[{"currentHour":3}]}`)
	hours, err := client(v).Hourly(t.Context(), polyv.Today)
	if err != nil || len(hours) != 1 || hours[0].Hour != 3 {
		t.Errorf("got %v, %v, want the hour", hours, err)
	}
}

func TestClockSkew(t *testing.T) {
	for _, test := range []struct {
		name    string
		ahead   time.Duration // of the vendor's clock
		message string
		advice  string
	}{
		{"ours is ahead", -25 * time.Minute, "ptime is illegal.", "set this machine's clock, it is 25m0s ahead of Polyv's"},
		{"ours is behind", 3 * time.Hour, "ptime is too old.", "set this machine's clock, it is 3h0m0s behind Polyv's"},
		{"just too far behind", 181 * time.Second, "ptime is too old.", "set this machine's clock, it is 3m0s behind Polyv's"},
	} {
		for _, mirror := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, mirror), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVendor()
					v.ahead, v.mirror = test.ahead, mirror
					c := client(v)
					for range 2 {
						e := failure(t, today(t.Context(), c), transport.Rejected)
						if e.Message != test.message || e.Advice != test.advice {
							t.Errorf("got  %v\nwant %s; %s", e, test.message, test.advice)
						}
					}
					v.ahead = 0 // no pause once the clock is right
					if err := today(t.Context(), c); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// The Date of an answer has no fraction of a second. However much of one has passed, endpoints that meet the same clock
// say the same of it, and can be reported together.
func TestClockSkewIsOneForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.ahead = 15 * time.Minute
		c := client(v)
		for range 8 {
			if e := failure(t, today(t.Context(), c), transport.Rejected); e.Advice != "set this machine's clock, it is 15m0s behind Polyv's" {
				t.Errorf("got %s", e.Advice)
			}
			time.Sleep(130 * time.Millisecond)
		}
	})
}

func TestClockThatIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Date", time.Now().Add(50*time.Second).UTC().Format(http.TimeFormat))
			return vendortest.Always(400, failureDocument)(w, r)
		}
		e := failure(t, today(t.Context(), client(v)), transport.Rejected)
		if !strings.Contains(e.Advice, "agrees with the answer's Date") {
			t.Errorf("the advice is %q", e.Advice)
		}
	})
}

func TestSmallSkewDoesNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		for _, v.ahead = range []time.Duration{-170 * time.Second, 170 * time.Second} {
			if err := today(t.Context(), client(v)); err != nil {
				t.Error(err)
			}
		}
	})
}

// credentials are the cases of the secret key.
var credentials = vendortest.Credentials{
	Vendor: "polyv", Secret: secretKey,
	Unreadable: "polyv GET /v2/hourly/USERID: auth: the secret key cannot be read: " +
		"open secrets/account: no such file or directory; check secret_key or secret_key_file",
	New: func(secret func() (string, error)) vendortest.Account {
		v := newVendor()
		return vendortest.Account{
			Requests: requests(client(v, func(o *polyv.Options) { o.SecretKey = secret })),
			Accept:   func(secret string) { v.secret = secret },
			Expect:   func(t *testing.T, refused, answered int) { v.ExpectCalls(t, refused+answered) },
		}
	},
}

func TestRefusedCredentials(t *testing.T) { credentials.TestRefused(t) }

func TestSecretIsRotated(t *testing.T) { credentials.TestRotated(t) }

func TestUnreadableSecretClosesNothing(t *testing.T) { credentials.TestUnreadable(t) }

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor()
		v.Delay = time.Minute
		vendortest.ExpectTimeout(t, "polyv", requests(client(v))[0])
	})
}
