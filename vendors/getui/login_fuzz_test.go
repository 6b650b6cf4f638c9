package getui_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// FuzzLogin uses any bytes as the answer to a login: what is taken for a token is sent as one line of a header, and
// nothing does more harm than to fail.
func FuzzLogin(f *testing.F) {
	for _, seed := range []string{
		`{"code":0,"data":{"token":"t","expire_time":"4102444800000"}}`, `{"code":0,"data":{"token":"t","expire_time":1}}`, `{"code":0,"data":{"token":""}}`, `{"code":0,"data":{"token":7}}`,
		`{"code":0,"data":{"token":"a\nb"}}`, `{"code":0,"data":{"token":"t","expire_time":"1e300"}}`, `{"code":20001,"msg":"sign is invalid"}`, `{"code":301,"data":{"hosts":["cncrestapi.getui.com"]}}`,
		`{"code":10002}`, `{"code":0}`, ``, `<html>`, "{\"code\":0,\"data\":{\"token\":\"\\ud800\xff\"}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		logins, reads := 0, 0
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			body := string(answer)
			if strings.HasSuffix(r.URL.Path, "/auth") {
				logins++
			} else {
				reads++
				body = `{"code":0,"msg":"success","data":` + pushCountDocument + `}`
				if token := r.Header.Get("token"); token == "" || len(token) > 4<<10 {
					t.Errorf("the token is %q", token)
				}
			}
			return vendortest.TextResponse(r, body), nil
		}))
		_, _, err := c.PushQuota(t.Context())
		if err != nil {
			vendortest.ExpectKind(t, err, transport.Malformed, transport.TooLarge, transport.Rejected,
				transport.RateLimited, transport.Auth, transport.HTTP)
		} else if reads == 0 {
			t.Error("quotas come of no request")
		}
		if logins > 2 || reads > 2 {
			t.Errorf("%d logins and %d requests for one read", logins, reads)
		}
	})
}
