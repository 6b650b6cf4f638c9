package sensorsdata_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestStatus(t *testing.T) {
	const advice = "check api_secret or api_secret_file, and project"
	for _, test := range []struct {
		status  int
		kind    transport.Kind
		advice  string
		refused bool // for good: no more requests
	}{
		{400, transport.Rejected, "", false},
		{401, transport.Auth, advice, true},
		{403, transport.Rejected, advice + ", and whether the account may read this", false},
		{404, transport.Rejected, "check base_url (only the host, /api is added), project and, if it is about a tag, its id", false},
		{405, transport.HTTP, "", false},
		{422, transport.Rejected, "", false},
		{429, transport.RateLimited, "", false},
		{500, transport.HTTP, "", false},
		{503, transport.HTTP, "", false},
		{302, transport.HTTP, "check base_url", false},
	} {
		for _, request := range requests {
			t.Run(fmt.Sprint(test.status, " ", request.call), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVendor()
					v.onCall = vendortest.Always(test.status, `{"error":"Not so."}`)
					c := client(v)
					message := "Not so."
					if test.status == 302 {
						message = ""
					}
					for range 3 {
						e := failure(t, request.do(t.Context(), c), test.kind)
						if e.Status != test.status || e.Advice != test.advice || e.Message != message || e.Endpoint != request.endpoint {
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

func TestMessages(t *testing.T) {
	for _, test := range []struct{ name, body, want, code, id string }{
		{"nothing", ``, "", "", ""},
		{"page", `<html>`, "", "", ""},
		{"cut", `{"error":"x"`, "", "", ""},
		{"list", `[{"error":"x"}]`, "", "", ""},
		{"text", `"x"`, "", "", ""},
		{"error", `{"error":"标签不存在"}`, "标签不存在", "", ""},
		{"error is a number", `{"error":17}`, "17", "", ""},
		{"error is an object", `{"error":{"message":"no such tag","code":7}}`, "no such tag", "7", ""},
		{"error within an error", `{"error":{"error":"no such tag"}}`, "no such tag", "", ""},
		{"error is a list", `{"error":["x"],"message":"no such tag"}`, "no such tag", "", ""},
		{"message", `{"code":"NOT_FOUND","message":"no such tag","request_id":"r-1"}`, "no such tag", "NOT_FOUND", "r-1"},
		{"msg", `{"msg":"no such tag"}`, "no such tag", "", ""},
		{"error_msg", `{"error_msg":"no such tag","error":""}`, "no such tag", "", ""},
		{"long", `{"error":"` + strings.Repeat("长", 1000) + `"}`, strings.Repeat("长", 199) + "…", "", ""},
		{"hostile", `{"error":"a\u001b[31m\nb"}`, `a\x1b[31m\nb`, "", ""},
		{"too long to look at", strings.Repeat(" ", 64<<10) + `{"error":"x"}`, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, status := range []int{400, 401, 429, 500} {
				v := newVendor()
				v.onCall = vendortest.Always(status, test.body)
				var e *transport.Error
				if err := tags(t.Context(), client(v)); !errors.As(err, &e) || e.Message != test.want || e.Code != test.code || e.RequestID != test.id || e.Status != status {
					t.Errorf("got %v, want %q", err, test.want)
				}
			}
		})
	}
}

// TestPagesInsteadOfAnswers lets something else answer at base_url: the page for people, a proxy's login.
func TestPagesInsteadOfAnswers(t *testing.T) {
	const advice = "check base_url: only the host, /api is added"
	for _, test := range []struct {
		name, body, contentType string
		advice                  string
	}{
		{"page", "<!DOCTYPE html><html>login</html>", "text/html", advice},
		{"page behind a mark and blanks", "\ufeff \n<html>", "text/html;charset=utf-8", advice},
		{"page of no type", "<html>", "", advice},
		{"broken JSON", `[{"id":`, "application/json", ""},
		{"text", "ok", "text/plain", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, request := range requests {
				v := newVendor()
				v.onCall = func(w http.ResponseWriter, _ *http.Request) bool {
					w.Header().Set("Content-Type", test.contentType)
					fmt.Fprint(w, test.body)
					return true
				}
				if e := failure(t, request.do(t.Context(), client(v)), transport.Malformed); e.Advice != test.advice {
					t.Errorf("got %v, want the advice %q", e, test.advice)
				}
			}
		})
	}
}

func TestErrorsUnderASuccess(t *testing.T) {
	for _, request := range requests {
		failed := answering(request.call, `{"error":"system error","code":500}`)
		e := failure(t, request.do(t.Context(), client(failed)), transport.HTTP)
		if want := "sensorsdata " + request.endpoint + ": http: answered 200, code 500 (system error)"; e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
		for _, body := range []string{`{"error":"no such tag","code":3}`, `{"code":3,"msg":"no such tag"}`} {
			v := answering(request.call, body)
			e := failure(t, request.do(t.Context(), client(v)), transport.Rejected)
			if want := "sensorsdata " + request.endpoint + ": rejected: answered 200, code 3 (no such tag)"; e.Error() != want {
				t.Errorf("got  %s\nwant %s", e, want)
			}
		}
	}
}

func TestRateLimited(t *testing.T) {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Retry-After", "30")
		return vendortest.Always(429, `{"error":"slow down"}`)(w, r)
	}
	e := failure(t, tags(t.Context(), client(v)), transport.RateLimited)
	if want := "sensorsdata GET /v2/user_tags: rate_limited: answered 429, slow down; retry after 30s"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

// credentials are the cases of the API secret.
var credentials = vendortest.Credentials{
	Vendor: "sensorsdata", Secret: apiSecret,
	Unreadable: "sensorsdata GET /v2/user_tags: auth: the API secret cannot be read: " +
		"open secrets/account: no such file or directory; check api_secret or api_secret_file",
	New: func(secret func() (string, error)) vendortest.Account {
		v := answering("GET /v2/user_tags", `[]`)
		return vendortest.Account{
			Requests: requestsOf(client(v, func(o *sensorsdata.Options) { o.APISecret = secret })),
			Accept:   func(secret string) { v.secret = secret },
			Expect: func(t *testing.T, refused, answered int) {
				v.ExpectCalls(t, refused+2*answered) // an empty list takes a second request
			},
		}
	},
}

func TestRefusedCredentials(t *testing.T) { credentials.TestRefused(t) }

func TestSecretIsRotated(t *testing.T) { credentials.TestRotated(t) }

func TestUnreadableSecretClosesNothing(t *testing.T) { credentials.TestUnreadable(t) }

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i, request := range requests {
			v := answering(request.call, request.answer)
			v.Delay = time.Minute
			vendortest.ExpectTimeout(t, "sensorsdata", requestsOf(client(v))[i])
		}
	})
}

// TestSecretIsRotatedWhileTheRequestWaits gives out another secret while a request waits for its rate limit, or
// behind others: it carries the new one.
func TestSecretIsRotatedWhileTheRequestWaits(t *testing.T) {
	for _, test := range []struct {
		name      string
		perMinute int
		delay     time.Duration
	}{
		{"for its rate limit", 1, 0},
		{"for the one before it", 60, 9 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex // guards what follows
				secret := apiSecret
				v := newVendor()
				v.onCall, v.Delay = vendortest.Always(200, reportDocument), test.delay
				var sent []string
				recorded := vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					sent = append(sent, r.URL.Query().Get("token"))
					mu.Unlock()
					return v.RoundTrip(r)
				})
				c := client(recorded, func(o *sensorsdata.Options) {
					o.APISecret = func() (string, error) {
						mu.Lock()
						defer mu.Unlock()
						return secret, nil
					}
					o.Transport = transport.New(transport.Options{Vendor: "sensorsdata", RoundTripper: recorded, RequestsPerMinute: test.perMinute, Timeout: 2 * time.Minute})
				})
				var all sync.WaitGroup
				for range 2 {
					all.Go(func() {
						if err := requests[4].do(t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				time.Sleep(time.Second) // the first is sent, the second waits
				mu.Lock()
				secret = "rotated"
				mu.Unlock()
				all.Wait()
				if len(sent) != 2 || sent[0] != apiSecret || sent[1] != "rotated" {
					t.Errorf("sent %q", sent)
				}
			})
		})
	}
}

// An answer that has an error beside its data is no success: 0 may stand for a value that could not be computed.
func TestErrorsBesideData(t *testing.T) {
	const report = `"aggregate_result":{"rows":[{"by_value":"$ALL","partition_values":[{"user_count":0,"percent":0}]}]},` +
		`"non_aggregate_result":{"rows":[]}`
	for call, data := range map[string]string{
		"POST /v2/reports/user_analytics/users": `"size":0,"users":[]`,
		"POST /v2/user_tags/15/report":          report,
		"GET /v2/user_tags/15":                  `"id":15,"name":"n"`,
	} {
		for _, test := range []struct {
			name, fields string
			isRejected   bool
		}{
			{"text", `"error":"query timed out","code":"50010"`, true},
			{"object with a message", `"error":{"message":"query timed out"}`, true},
			{"blank text", `"error":" "`, false},
			{"object without a message", `"error":{"code":0}`, false},
			{"null", `"error":null`, false},
			{"number", `"error":0`, false},
			{"false", `"error":false`, false},
			{"message and code alone", `"message":"success","msg":"ok","code":"0"`, false},
		} {
			for _, body := range []string{`{` + test.fields + `,` + data + `}`, `{` + data + `,` + test.fields + `}`} {
				t.Run(call+"/"+test.name, func(t *testing.T) {
					for _, request := range requests {
						if request.call != call {
							continue
						}
						err := request.do(t.Context(), client(answering(call, body)))
						if !test.isRejected {
							if err != nil {
								t.Errorf("got %v", err)
							}
							return
						}
						if e := failure(t, err, transport.Rejected); e.Message != "query timed out" {
							t.Errorf("got %v", e)
						}
						return
					}
					t.Errorf("no request %s", call)
				})
			}
		}
	}
}
