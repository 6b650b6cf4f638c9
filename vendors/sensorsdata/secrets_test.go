package sensorsdata_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestPlantedSecrets lets each failure happen that could carry the secret, and looks
// for it in all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
	escaped := url.QueryEscape(apiSecret)
	all := strings.Join([]string{apiSecret, escaped, strings.ToLower(escaped), url.PathEscape(apiSecret)}, " ")
	serving := func(h http.HandlerFunc) func(*testing.T) string {
		return func(t *testing.T) string {
			s := httptest.NewServer(h)
			t.Cleanup(s.Close)
			return s.URL
		}
	}
	// echo answers with all that it was sent, as a careless vendor does.
	echo := func(status int) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":%q,"code":%q,"request_id":%q}`, r.URL.String()+" "+strings.Repeat("x", 60)+apiSecret, r.URL.RawQuery, r.URL.Query().Get("token")+r.Header.Get("sensorsdata-token"))
		})
	}
	saying := func(status int, body string) func(*testing.T) string {
		return serving(func(w http.ResponseWriter, r *http.Request) { always(status, body)(w, r) })
	}

	for _, test := range []struct {
		name string
		url  func(*testing.T) string
		kind transport.Kind
	}{
		{"refused with an echo", echo(401), transport.Auth},
		{"forbidden with an echo", echo(403), transport.Rejected},
		{"rejected with an echo", echo(400), transport.Rejected},
		{"rejected under 200 with an echo", echo(200), transport.Rejected},
		{"limited with an echo", echo(429), transport.RateLimited},
		{"failed with an echo", echo(500), transport.HTTP},
		{"page of secrets", saying(200, all), transport.Malformed},
		{"error page of secrets", saying(502, all), transport.HTTP},
		{"names made of secrets", saying(200, `{"`+all+`":}`), transport.Malformed},
		{"rows made of secrets", saying(200, `["`+all+`",["`+all+`"]]`), transport.Malformed},
		{"lists made of secrets", saying(200, `[{"`+all+`":{"`+all+`":x`), transport.Malformed},
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
				fmt.Fprintf(conn, "%s %s\r\n\r\n", apiSecret, r.URL.RawQuery)
				conn.Close()
			}
		}), transport.Network},
		{"cut in the middle", serving(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `[{"`+all)
		}), transport.Malformed},
		{"no host", func(*testing.T) string { return "http://vendor.invalid:0/\x7f" }, transport.Network},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			for i, request := range slices.Concat(requests, requests) {
				c := client(rt, func(o *sensorsdata.Options) { o.BaseURL, o.SecretInHeader = test.url(t), i >= len(requests) })
				for range 2 {
					err := request.do(t.Context(), c)
					failure(t, err, test.kind)
					texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
					for e := err; e != nil; e = errors.Unwrap(e) {
						texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %q", e, e, e))
					}
					secrets := []string{"planted", apiSecret, escaped, strings.ToLower(escaped)}
					for _, text := range texts {
						for _, secret := range secrets {
							if strings.Contains(text, secret) {
								t.Errorf("%s: it shows %q: %s", request.call, secret, text)
							}
						}
					}
				}
			}
		})
	}
}

func TestSecretRotatedWhileTheRequestRuns(t *testing.T) {
	// The answer may quote the old secret or the new one.
	secret := "planted-old-secret"
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		secret = "planted-new-secret"
		return always(400, `{"error":"planted-old-secret planted-new-secret"}`)(w, r)
	}
	c := client(v, func(o *sensorsdata.Options) { o.APISecret = func() (string, error) { return secret, nil } })
	if e := failure(t, tags(t.Context(), c), transport.Rejected); e.Message != "<secret> <secret>" {
		t.Errorf("got %v", e)
	}
}

func TestSecretIsNotSentAnywhereElse(t *testing.T) {
	var strayed int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed++ }))
	defer other.Close()
	v := newVendor()
	v.onCall = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+"?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		return true
	}
	s := httptest.NewServer(v)
	defer s.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	c := client(rt, func(o *sensorsdata.Options) { o.BaseURL = s.URL })
	for _, request := range requests {
		failure(t, request.do(t.Context(), c), transport.HTTP)
	}
	if strayed != 0 {
		t.Errorf("%d requests went to where the vendor pointed", strayed)
	}
}
