package quanshi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

// FuzzLogin uses any bytes as the answers to a login, of which the search for the user is part: nothing does more
// harm than to fail, and what is taken for a token is sent as it came.
func FuzzLogin(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"code":200,"data":{"userId":19533553}}`, `{"code":200,"timeStamp":1666772400000,"data":{"token":"t","createTime":1666772300000,"expire":86400}}`},
		{`{"code":200,"data":{"userId":"19533553"}}`, `{"code":200,"data":{"token":"t","expire":1e300,"createTime":-1e300}}`},
		{`{"code":4041,"msg":"no such user"}`, `{"code":200,"data":{"token":""}}`}, {`{"code":200,"data":null}`, `{"code":200,"data":{"token":7}}`}, {``, ``}, {`<html>`, `[]`},
		{`{"code":200,"data":{"userId":1}}`, "{\"code\":200,\"data\":{\"token\":\"\\ud800\xff\\n\"}}"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, user, login []byte) {
		requests, reads := 0, 0
		c := client(vendortest.RoundTripper(func(r *http.Request) (*http.Response, error) {
			requests++
			body := ""
			switch r.URL.Path {
			case searchPath:
				body = string(user)
			case tokenPath:
				body = string(login)
			default:
				reads++
				var sent struct{ Token string }
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Token == "" {
					t.Errorf("the token is %q, %v", sent.Token, err)
				}
				body = `{"code":200,"data":{"count":0,"list":[]}}`
			}
			return vendortest.TextResponse(r, body), nil
		}), func(o *quanshi.Options) {
			o.UserID, o.UserEmail = "", email
		})
		if err := list(t.Context(), c); err != nil {
			if transport.KindOf(err) == transport.Network || len(err.Error()) > 4000 || strings.Contains(err.Error(), email) {
				t.Errorf("the answer is taken for %s: %.4100v", transport.KindOf(err), err)
			}
		} else if reads == 0 {
			t.Error("a list comes of no request")
		}
		if requests > 6 {
			t.Errorf("%d requests for one read", requests)
		}
	})
}
