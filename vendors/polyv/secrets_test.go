package polyv_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	var sign string // of the last request
	serving := func(h vendortest.Hook) func(*testing.T) string {
		return vendortest.Serving(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sign = r.URL.Query().Get("sign")
			h(w, r)
		}))
	}
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status, code int, message string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) bool {
			said := fmt.Sprint(message, " ", sign, " ", strings.ToLower(sign), " ", secretKey, " ", r.URL.RawQuery, " ",
				strings.Repeat("x", 150), sign)
			return vendortest.Always(status, fmt.Sprintf(`{"code":%d,"message":%q}`, code, said))(w, r)
		})
	}
	saying := func(status int, body string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) bool {
			return vendortest.Always(status, strings.ReplaceAll(body, "SIGN", sign))(w, r)
		})
	}

	leak := vendortest.NewLeak
	vendortest.RunLeaks(t, []vendortest.Leak{
		leak("refused with an echo", echo(400, 400, "the sign is not right."), transport.Auth),
		leak("refused under 200 with an echo", echo(200, 400, "the sign is not right."), transport.Auth),
		leak("clock with an echo", echo(400, 400, "ptime is too old."), transport.Rejected),
		leak("rejected with an echo", echo(401, 401, ""), transport.Rejected),
		leak("limited with an echo", echo(429, 429, ""), transport.RateLimited),
		leak("page of secrets", saying(200, secretKey+"SIGN"), transport.Malformed),
		leak("status with secrets", saying(502, secretKey+"SIGN"), transport.HTTP),
		leak("code made of secrets", saying(200, `{"code":"`+secretKey+` SIGN"}`), transport.Rejected),
		leak("row made of secrets", saying(200, `{"code":200,"data":[{"`+secretKey+`SIGN":}]}`), transport.Malformed),
		leak("rows that are secrets", saying(200, `{"code":200,"data":["`+secretKey+`SIGN"]}`), transport.Malformed),
		leak("redirected", serving(vendortest.Redirecting(func(r *http.Request) string { return "/elsewhere?" + r.URL.RawQuery })),
			transport.HTTP),
		leak("no HTTP", serving(vendortest.HangingUp(func(r *http.Request) string { return secretKey + " " + r.URL.RawQuery })),
			transport.Network),
	}, func(t *testing.T, leak vendortest.Leak, rt http.RoundTripper) {
		c := client(rt, func(o *polyv.Options) { o.BaseURL = leak.URL(t) })
		for range 2 {
			err := today(t.Context(), c)
			failure(t, err, leak.Kind)
			vendortest.ExpectNoSecrets(t, err, secretKey, "planted", sign, strings.ToLower(sign), userID)
		}
	})
}

func TestSecretRotatedWhileTheRequestRuns(t *testing.T) {
	// The answer may quote the old key or the new one.
	secret := "planted-old-key"
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		secret = "planted-new-key"
		return vendortest.Always(200, `{"code":400,"message":"planted-old-key planted-new-key"}`)(w, r)
	}
	c := client(v, func(o *polyv.Options) { o.SecretKey = func() (string, error) { return secret, nil } })
	if e := failure(t, today(t.Context(), c), transport.Rejected); strings.Contains(e.Error(), "planted") {
		t.Errorf("it shows a secret: %v", e)
	}
}

func TestSignatureIsNotSentAnywhereElse(t *testing.T) {
	v := newVendor()
	vendortest.ExpectNoRedirect(t, func(redirect vendortest.Hook) http.Handler {
		v.onCall = redirect
		return v
	}, func(rt http.RoundTripper, url string) {
		failure(t, today(t.Context(), client(rt, func(o *polyv.Options) { o.BaseURL = url })), transport.HTTP)
	})
	v.ExpectCalls(t, 1)
}
