package sensorsdata_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// TestPlantedSecrets lets each failure happen that could carry the secret, and looks
// for it in all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	escaped := url.QueryEscape(apiSecret)
	all := strings.Join([]string{apiSecret, escaped, strings.ToLower(escaped), url.PathEscape(apiSecret)}, " ")
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status int) func(*testing.T) string {
		return vendortest.Serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":%q,"code":%q,"request_id":%q}`, r.URL.String()+" "+strings.Repeat("x", 60)+apiSecret,
				r.URL.RawQuery, r.URL.Query().Get("token")+r.Header.Get("sensorsdata-token"))
		}))
	}
	saying := func(status int, body string) func(*testing.T) string {
		return vendortest.Serving(vendortest.Always(status, body))
	}
	redirect := vendortest.Redirecting(func(r *http.Request) string { return "/elsewhere?" + r.URL.RawQuery })
	hangUp := vendortest.HangingUp(func(r *http.Request) string { return apiSecret + " " + r.URL.RawQuery })
	cut := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `[{"`+all)
	})

	leak := vendortest.NewLeak
	vendortest.RunLeaks(t, []vendortest.Leak{
		leak("refused with an echo", echo(401), transport.Auth),
		leak("forbidden with an echo", echo(403), transport.Rejected),
		leak("rejected with an echo", echo(400), transport.Rejected),
		leak("rejected under 200 with an echo", echo(200), transport.Rejected),
		leak("limited with an echo", echo(429), transport.RateLimited),
		leak("failed with an echo", echo(500), transport.HTTP),
		leak("page of secrets", saying(200, all), transport.Malformed),
		leak("error page of secrets", saying(502, all), transport.HTTP),
		leak("names made of secrets", saying(200, `{"`+all+`":}`), transport.Malformed),
		leak("rows made of secrets", saying(200, `["`+all+`",["`+all+`"]]`), transport.Malformed),
		leak("lists made of secrets", saying(200, `[{"`+all+`":{"`+all+`":x`), transport.Malformed),
		leak("redirected", vendortest.Serving(redirect), transport.HTTP),
		leak("no HTTP", vendortest.Serving(hangUp), transport.Network),
		leak("cut in the middle", vendortest.Serving(cut), transport.Malformed),
	}, func(t *testing.T, leak vendortest.Leak, rt http.RoundTripper) {
		for i, request := range slices.Concat(requests, requests) {
			c := client(rt, func(o *sensorsdata.Options) { o.BaseURL, o.SecretInHeader = leak.URL(t), i >= len(requests) })
			for range 2 {
				err := request.do(t.Context(), c)
				failure(t, err, leak.Kind)
				vendortest.ExpectNoSecrets(t, err, "planted", apiSecret, escaped, strings.ToLower(escaped))
			}
		}
	})
}

func TestSecretRotatedWhileTheRequestRuns(t *testing.T) {
	// The answer may quote the old secret or the new one.
	secret := "planted-old-secret"
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		secret = "planted-new-secret"
		return vendortest.Always(400, `{"error":"planted-old-secret planted-new-secret"}`)(w, r)
	}
	c := client(v, func(o *sensorsdata.Options) { o.APISecret = func() (string, error) { return secret, nil } })
	if e := failure(t, tags(t.Context(), c), transport.Rejected); e.Message != "<secret> <secret>" {
		t.Errorf("got %v", e)
	}
}

func TestSecretIsNotSentAnywhereElse(t *testing.T) {
	v := newVendor()
	vendortest.ExpectNoRedirect(t, func(redirect vendortest.Hook) http.Handler {
		v.onCall = redirect
		return v
	}, func(rt http.RoundTripper, url string) {
		c := client(rt, func(o *sensorsdata.Options) { o.BaseURL = url })
		for _, request := range requests {
			failure(t, request.do(t.Context(), c), transport.HTTP)
		}
	})
	v.ExpectCalls(t, len(requests))
}
