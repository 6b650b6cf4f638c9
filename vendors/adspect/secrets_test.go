package adspect_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status int) func(*testing.T) string {
		return vendortest.Serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, _, _ := r.BasicAuth()
			fail(w, status, fmt.Sprint(user, " ", r.Header.Get("Authorization"), " ", strings.TrimRight(authKey, "="), " ",
				base64.StdEncoding.EncodeToString([]byte(apiKey)), " ", strings.Repeat("x", 100), authKey))
		}))
	}
	saying := func(status int, body string) func(*testing.T) string {
		return vendortest.Serving(vendortest.Always(status, body))
	}
	redirect := vendortest.Redirecting(func(*http.Request) string { return "/" + apiKey + "?a=" + authKey })
	hangUp := vendortest.HangingUp(func(r *http.Request) string { return apiKey + " " + r.Header.Get("Authorization") })
	secrets := []string{
		apiKey, "planted", authKey, strings.TrimRight(authKey, "="),
		strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(apiKey)), "="),
	}

	leak := vendortest.NewLeak
	vendortest.RunLeaks(t, []vendortest.Leak{
		leak("refused with an echo", echo(401), transport.Auth),
		leak("forbidden with an echo", echo(403), transport.Rejected),
		leak("rejected with an echo", echo(400), transport.Rejected),
		leak("limited with an echo", echo(429), transport.RateLimited),
		leak("failed with an echo", echo(500), transport.HTTP),
		leak("page of secrets", saying(200, apiKey+authKey), transport.Malformed),
		leak("error page of secrets", saying(502, apiKey+authKey), transport.HTTP),
		leak("names made of secrets", saying(200, `{"`+apiKey+authKey+`":}`), transport.Malformed),
		leak("rows made of secrets", saying(200, `["`+apiKey+`","`+authKey+`"]`), transport.Malformed),
		leak("lists made of secrets", saying(200, `[{"`+apiKey+`":"`+authKey+`"}]`), transport.Malformed),
		leak("redirected", vendortest.Serving(redirect), transport.HTTP),
		leak("no HTTP", vendortest.Serving(hangUp), transport.Network),
	}, func(t *testing.T, leak vendortest.Leak, rt http.RoundTripper) {
		for _, request := range requests {
			if strings.HasPrefix(request.call, "GET /collections/") && leak.Kind == transport.Malformed {
				continue // any names are good
			}
			c := client(rt, func(o *adspect.Options) { o.BaseURL = leak.URL(t) })
			for range 2 {
				err := request.do(t.Context(), c)
				failure(t, err, leak.Kind)
				vendortest.ExpectNoSecrets(t, err, secrets...)
			}
		}
	})
}

func TestKeyRotatedWhileTheRequestRuns(t *testing.T) {
	// The answer may quote the old key or the new one.
	basic := func(key string) string { return base64.StdEncoding.EncodeToString([]byte(key + ":")) }
	key := "planted-old-key"
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		key = "planted-new-key"
		fail(w, 400, "planted-old-key planted-new-key "+basic("planted-old-key")+" "+basic("planted-new-key"))
		return true
	}
	c := client(v, func(o *adspect.Options) { o.APIKey = func() (string, error) { return key, nil } })
	if e := failure(t, funnel(t.Context(), c), transport.Rejected); e.Message != "<secret> <secret> <secret> <secret>" {
		t.Errorf("got %v", e)
	}
}

func TestKeyIsNotSentAnywhereElse(t *testing.T) {
	v := newVendor()
	vendortest.ExpectNoRedirect(t, func(redirect vendortest.Hook) http.Handler {
		v.onCall = redirect
		return v
	}, func(rt http.RoundTripper, url string) {
		c := client(rt, func(o *adspect.Options) { o.BaseURL = url })
		for _, request := range requests {
			failure(t, request.do(t.Context(), c), transport.HTTP)
		}
	})
	v.ExpectCalls(t, len(requests))
}
