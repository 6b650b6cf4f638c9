package getui_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	var sign string
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status, code int) vendortest.Hook {
		return func(w http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			var sent struct{ Sign string }
			if json.Unmarshal(body, &sent) == nil {
				sign = sent.Sign
			}
			fail(w, status, code, fmt.Sprint(sent.Sign, " ", masterSecret, " ", appKey, " ", r.Header.Get("Token"), " ", r.URL.Path))
			return true
		}
	}
	loggedIn := func(onCall vendortest.Hook) func(*testing.T) string {
		return func(t *testing.T) string {
			v := newVendor()
			v.onCall = onCall
			return vendortest.Serving(v)(t)
		}
	}
	redirect := vendortest.Redirecting(func(r *http.Request) string { return "/" + r.Header.Get("Token") + "?s=" + masterSecret })
	hangUp := vendortest.HangingUp(func(r *http.Request) string { return r.Header.Get("Token") + " " + masterSecret })
	shape := `{"code":0,"data":{"online_statics":"` + masterSecret + appKey + `"}}`
	names := `{"code":0,"data":{"online_statics":{"` + masterSecret + `":}}}`
	moved := `{"code":301,"msg":"` + appKey + `","data":["` + masterSecret + `"]}`

	leak := vendortest.NewLeak
	vendortest.RunLeaks(t, []vendortest.Leak{
		leak("login refused with an echo", vendortest.Serving(echo(400, 20001)), transport.Auth),
		leak("login limited with an echo", vendortest.Serving(echo(401, 10003)), transport.RateLimited),
		leak("login answered with a page of secrets", vendortest.Serving(vendortest.Always(200, masterSecret+appKey)), transport.Malformed),
		leak("report rejected with an echo", loggedIn(echo(400, 20001)), transport.Rejected),
		leak("token refused with an echo", loggedIn(echo(401, 10001)), transport.Auth),
		leak("report of another shape", loggedIn(vendortest.Always(200, shape)), transport.Malformed),
		leak("report with secrets for names", loggedIn(vendortest.Always(200, names)), transport.Malformed),
		leak("wrong region with an echo", loggedIn(vendortest.Always(301, moved)), transport.Rejected),
		leak("login redirected", vendortest.Serving(redirect), transport.HTTP),
		leak("report redirected", loggedIn(redirect), transport.HTTP),
		leak("no HTTP", vendortest.Serving(hangUp), transport.Network),
		leak("no HTTP, with a token", loggedIn(hangUp), transport.Network),
	}, func(t *testing.T, leak vendortest.Leak, rt http.RoundTripper) {
		c := client(rt, func(o *getui.Options) { o.BaseURL = leak.URL(t) + "/v2" })
		for range 2 {
			err := users(t.Context(), c)
			failure(t, err, leak.Kind)
			vendortest.ExpectNoSecrets(t, err, masterSecret, appKey, "planted", sign)
		}
	})
}

func TestSecretsAreNotSentAnywhereElse(t *testing.T) {
	v := newVendor()
	vendortest.ExpectNoRedirect(t, func(redirect vendortest.Hook) http.Handler {
		v.onCall = redirect
		return v
	}, func(rt http.RoundTripper, url string) {
		failure(t, users(t.Context(), client(rt, func(o *getui.Options) { o.BaseURL = url + "/v2" })), transport.HTTP)
	})
	v.expect(t, 1, 1)
}
