package polyv_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	var sign string // of the last request
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status, code int, message string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			sign = r.URL.Query().Get("sign")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code":%d,"message":%q}`, code, fmt.Sprint(
				message, " ", sign, " ", strings.ToLower(sign), " ", secretKey, " ", r.URL.RawQuery, " ", strings.Repeat("x", 150), sign))
		}
	}
	serving := func(h func(http.ResponseWriter, *http.Request)) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sign = r.URL.Query().Get("sign")
				h(w, r)
			}))
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	saying := func(status int, body string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(body, "SIGN", sign))
		})
	}

	for _, test := range []struct {
		name string
		url  func(*testing.T) string
		kind transport.Kind
	}{
		{"refused with an echo", serving(echo(400, 400, "the sign is not right.")), transport.Auth},
		{"refused under 200 with an echo", serving(echo(200, 400, "the sign is not right.")), transport.Auth},
		{"clock with an echo", serving(echo(400, 400, "ptime is too old.")), transport.Rejected},
		{"rejected with an echo", serving(echo(401, 401, "")), transport.Rejected},
		{"limited with an echo", serving(echo(429, 429, "")), transport.RateLimited},
		{"page of secrets", saying(200, secretKey+"SIGN"), transport.Malformed},
		{"status with secrets", saying(502, secretKey+"SIGN"), transport.HTTP},
		{"code made of secrets", saying(200, `{"code":"`+secretKey+` SIGN"}`), transport.Rejected},
		{"row made of secrets", saying(200, `{"code":200,"data":[{"`+secretKey+`SIGN":}]}`), transport.Malformed},
		{"rows that are secrets", saying(200, `{"code":200,"data":["`+secretKey+`SIGN"]}`), transport.Malformed},
		{"connection refused", func(t *testing.T) string {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			return "http://" + l.Addr().String()
		}, transport.Network},
		{"certificate not trusted", func(t *testing.T) string {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.StartTLS()
			t.Cleanup(s.Close)
			return s.URL
		}, transport.Network},
		{"redirected", serving(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+r.URL.RawQuery, http.StatusFound)
		}), transport.HTTP},
		{"no HTTP", serving(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				fmt.Fprintf(conn, "%s %s\r\n\r\n", secretKey, r.URL.RawQuery)
				conn.Close()
			}
		}), transport.Network},
		{"no host", func(*testing.T) string { return "http://vendor.invalid:0/\x7f" }, transport.Network},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			c := client(rt, func(o *polyv.Options) { o.BaseURL = test.url(t) })
			for range 2 {
				err := today(t.Context(), c)
				failure(t, err, test.kind)
				texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
				for e := err; e != nil; e = errors.Unwrap(e) {
					texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %q", e, e, e))
				}
				for _, text := range texts {
					for _, secret := range []string{secretKey, "planted", sign, strings.ToLower(sign), userID} {
						if secret != "" && strings.Contains(text, secret) {
							t.Errorf("it shows %q: %s", secret, text)
						}
					}
				}
			}
		})
	}
}

func TestSecretRotatedWhileTheRequestRuns(t *testing.T) {
	// The answer may quote the old key or the new one.
	secret := "planted-old-key"
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		secret = "planted-new-key"
		return always(200, `{"code":400,"message":"planted-old-key planted-new-key"}`)(w, r)
	}
	c := client(v, func(o *polyv.Options) { o.SecretKey = func() (string, error) { return secret, nil } })
	if e := failure(t, today(t.Context(), c), transport.Rejected); strings.Contains(e.Error(), "planted") {
		t.Errorf("it shows a secret: %v", e)
	}
}

func TestSignatureIsNotSentAnywhereElse(t *testing.T) {
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
	c := client(rt, func(o *polyv.Options) { o.BaseURL = s.URL })
	failure(t, today(t.Context(), c), transport.HTTP)
	if strayed != 0 {
		t.Errorf("%d requests went to where the vendor pointed", strayed)
	}
}
