package adspect_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestStatus(t *testing.T) {
	const advice = "check api_key or api_key_file"
	for _, test := range []struct {
		status  int
		kind    transport.Kind
		advice  string
		refused bool // for good: no more requests
	}{
		{400, transport.Rejected, "", false},
		{401, transport.Auth, advice, true},
		{402, transport.HTTP, "", false},
		{403, transport.Rejected, advice + ", and whether the account may read this", false},
		{404, transport.Rejected, "check base_url", false},
		{405, transport.HTTP, "", false},
		{422, transport.Rejected, "", false},
		{429, transport.RateLimited, "", false},
		{500, transport.HTTP, "", false},
		{502, transport.HTTP, "", false},
		{301, transport.HTTP, "check base_url", false},
	} {
		for _, request := range requests {
			t.Run(fmt.Sprint(test.status, " ", request.call), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					v := newVendor()
					v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
						if r.Method == http.MethodHead {
							return vendortest.Always(test.status, "")(w, r)
						}
						fail(w, test.status, "Not so.")
						return true
					}
					c := client(v)
					for range 3 {
						e := failure(t, request.do(t.Context(), c), test.kind)
						message := "Not so."
						if test.kind == transport.HTTP || strings.HasPrefix(request.call, "HEAD") {
							message = ""
						}
						if e.Status != test.status || e.Advice != test.advice || e.Message != message || e.Endpoint != endpointOf(request.call) {
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
	long := strings.Repeat("长", 1000)
	for _, test := range []struct{ name, body, want string }{
		{"nothing", ``, ""},
		{"page", `<html>`, ""},
		{"cut", `{"message":"x"`, ""},
		{"message", `{"name":"Bad Request","message":"Unknown metric: cliks","code":0,"status":400,"type":"yii\\web\\BadRequestHttpException"}`, "Unknown metric: cliks"},
		{"name alone", `{"name":"Bad Request","message":""}`, "Bad Request"},
		{"error", `{"error":"Unknown metric"}`, "Unknown metric"},
		{"error is an object", `{"error":{"message":"Unknown metric","code":7}}`, "Unknown metric"},
		{"error is a list", `{"error":["Unknown metric"],"name":"Bad Request"}`, "Bad Request"},
		{"message before error", `{"error":"bad_request","message":"Unknown metric"}`, "Unknown metric"},
		{"message is an object", `{"message":{"metrics":["x"]},"error":"bad_request"}`, "bad_request"},
		{"message is a number", `{"message":17}`, "17"},
		{"one for each field", `[{"field":"metrics","message":"Metrics cannot be blank."},{"field":"group_by","message":"Unknown: dat"}]`, "metrics: Metrics cannot be blank.; group_by: Unknown: dat"},
		{"list of other things", `["a",5,{"message":"b"},null]`, "b"},
		{"text", `"Unknown metric"`, ""},
		{"null", `null`, ""},
		{"blanks", "{\"message\":\" \\n \"}", ""},
		{"long", `{"message":"` + long + `"}`, strings.Repeat("长", 199) + "…"},
		{"hostile", `{"message":"a\u001b[31m\nb"}`, `a\x1b[31m\nb`},
		{"too long to look at", strings.Repeat(" ", 64<<10) + `{"message":"x"}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, status := range []int{400, 401, 422} {
				v := newVendor()
				v.onCall = vendortest.Always(status, test.body)
				var e *transport.Error
				if err := funnel(t.Context(), client(v)); !errors.As(err, &e) || e.Message != test.want || e.Status != status {
					t.Errorf("got %v, want %q", err, test.want)
				}
			}
		})
	}
}

func TestRateLimited(t *testing.T) {
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Retry-After", "30")
		return vendortest.Always(429, `{"message":"Too many requests."}`)(w, r)
	}
	e := failure(t, funnel(t.Context(), client(v)), transport.RateLimited)
	if want := "adspect GET /reports/funnel: rate_limited: answered 429, Too many requests.; retry after 30s"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestUnknownNames(t *testing.T) {
	v := newVendor()
	v.onCall = vendortest.Always(400, `{"name":"Bad Request","message":"Unknown group_by: streams"}`)
	e := failure(t, funnel(t.Context(), client(v)), transport.Rejected)
	if want := "adspect GET /reports/funnel: rejected: answered 400, Unknown group_by: streams"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
}

func TestEveryRequestSucceeds(t *testing.T) {
	for _, request := range requests {
		t.Run(request.call, func(t *testing.T) {
			v := reporting(request.call, request.answer)
			v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("X-Pagination-Total-Count", "1")
				for name, want := range map[string]string{
					"Authorization": "Basic " + authKey, "Content-Type": "application/json", "Accept-Encoding": "gzip",
				} {
					if got := r.Header.Values(name); len(got) != 1 || got[0] != want {
						t.Errorf("header %s is %q, want %q", name, got, want)
					}
				}
				if user, password, ok := r.BasicAuth(); !ok || user != apiKey || password != "" {
					t.Errorf("user %q, password %q", user, password)
				}
				return false
			}
			if err := request.do(t.Context(), client(v)); err != nil {
				t.Error(err)
			}
			v.ExpectCalls(t, 1)
		})
	}
}

func TestDocumentedKey(t *testing.T) {
	// base64 of the key of Adspect's document and a colon.
	const key, want = "SEbMw152aoe2ArffS7yjEJzJ_MFnd33e", "Basic U0ViTXcxNTJhb2UyQXJmZlM3eWpFSnpKX01GbmQzM2U6"
	v := reporting("GET /reports/funnel", "")
	v.key = key
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		if got := r.Header.Get("Authorization"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		return false
	}
	if err := funnel(t.Context(), client(v, func(o *adspect.Options) { o.APIKey = func() (string, error) { return key, nil } })); err != nil {
		t.Error(err)
	}
}

// credentials are the cases of the API key.
var credentials = vendortest.Credentials{
	Vendor: "adspect", Secret: apiKey,
	Unreadable: "adspect GET /reports/funnel: auth: the API key cannot be read: " +
		"open secrets/account: no such file or directory; check api_key or api_key_file",
	New: func(secret func() (string, error)) vendortest.Account {
		v := reporting("GET /reports/funnel", "")
		return vendortest.Account{
			Requests: requestsOf(client(v, func(o *adspect.Options) { o.APIKey = secret })),
			Accept:   func(secret string) { v.key = secret },
			Expect:   func(t *testing.T, refused, answered int) { v.ExpectCalls(t, refused+answered) },
		}
	},
}

func TestRefusedCredentials(t *testing.T) {
	v := reporting("GET /reports/funnel", "")
	v.key = "another"
	e := failure(t, funnel(t.Context(), client(v)), transport.Auth)
	if want := "adspect GET /reports/funnel: auth: answered 401, Your request was made with invalid credentials.; check api_key or api_key_file"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	credentials.TestRefused(t)
}

func TestKeyIsRotated(t *testing.T) { credentials.TestRotated(t) }

func TestUnreadableKeyClosesNothing(t *testing.T) { credentials.TestUnreadable(t) }

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for i, request := range requests {
			v := reporting(request.call, request.answer)
			v.onCall = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("X-Pagination-Total-Count", "1")
				return false
			}
			v.Delay = time.Minute
			vendortest.ExpectTimeout(t, "adspect", requestsOf(client(v))[i])
		}
	})
}
