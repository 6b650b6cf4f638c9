package getui_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	// echo answers with all that it was sent, as a careless vendor does.
	var sign string
	echo := func(status, code int) func(http.ResponseWriter, *http.Request) bool {
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
	refused := func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		return "http://" + l.Addr().String()
	}
	untrusted := func(t *testing.T) string {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.URL
	}
	serving := func(h func(http.ResponseWriter, *http.Request) bool) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h(w, r) }))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	loggedIn := func(onCall func(http.ResponseWriter, *http.Request) bool) func(*testing.T) string {
		return func(t *testing.T) string {
			v := newVendor()
			v.onCall = onCall
			s := httptest.NewServer(v)
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	redirect := func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "/"+r.Header.Get("Token")+"?s="+masterSecret, http.StatusFound)
		return true
	}
	hangUp := func(w http.ResponseWriter, r *http.Request) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprintf(conn, "%s %s\r\n\r\n", r.Header.Get("Token"), masterSecret)
			conn.Close()
		}
		return true
	}

	for _, test := range []struct {
		name string
		url  func(*testing.T) string
		kind transport.Kind
	}{
		{"login refused with an echo", serving(echo(400, 20001)), transport.Auth},
		{"login limited with an echo", serving(echo(401, 10003)), transport.RateLimited},
		{"login answered with a page of secrets", serving(always(200, masterSecret+appKey)), transport.Malformed},
		{"report rejected with an echo", loggedIn(echo(400, 20001)), transport.Rejected},
		{"token refused with an echo", loggedIn(echo(401, 10001)), transport.Auth},
		{"report of another shape", loggedIn(always(200, `{"code":0,"data":{"online_statics":"`+masterSecret+appKey+`"}}`)), transport.Malformed},
		{"report with secrets for names", loggedIn(always(200, `{"code":0,"data":{"online_statics":{"`+masterSecret+`":}}}`)), transport.Malformed},
		{"wrong region with an echo", loggedIn(always(301, `{"code":301,"msg":"`+appKey+`","data":["`+masterSecret+`"]}`)), transport.Rejected},
		{"connection refused", refused, transport.Network},
		{"certificate not trusted", untrusted, transport.Network},
		{"login redirected", serving(redirect), transport.HTTP},
		{"report redirected", loggedIn(redirect), transport.HTTP},
		{"no HTTP", serving(hangUp), transport.Network},
		{"no HTTP, with a token", loggedIn(hangUp), transport.Network},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			c := client(rt, func(o *getui.Options) { o.BaseURL = test.url(t) + "/v2" })
			for range 2 {
				err := users(t.Context(), c)
				failure(t, err, test.kind)
				texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
				for e := err; e != nil; e = errors.Unwrap(e) {
					texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %q", e, e, e))
				}
				for _, text := range texts {
					for _, secret := range []string{masterSecret, appKey, "planted", sign} {
						if secret != "" && strings.Contains(text, secret) {
							t.Errorf("it shows %q: %s", secret, text)
						}
					}
				}
			}
		})
	}
}

func TestSecretsAreNotSentAnywhereElse(t *testing.T) {
	var strayed int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed++ }))
	defer other.Close()
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		return true
	}
	s := httptest.NewServer(v)
	defer s.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	c := client(rt, func(o *getui.Options) { o.BaseURL = s.URL + "/v2" })
	failure(t, users(t.Context(), c), transport.HTTP)
	if strayed != 0 {
		t.Errorf("%d requests went to where the vendor pointed", strayed)
	}
}
