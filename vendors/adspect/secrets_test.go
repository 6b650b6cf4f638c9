package adspect_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// TestPlantedSecrets lets each failure happen that could carry a secret and looks for it in
// all that the error says, to whomever asks.
func TestPlantedSecrets(t *testing.T) {
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
			user, _, _ := r.BasicAuth()
			fail(w, status, fmt.Sprint(user, " ", r.Header.Get("Authorization"), " ", strings.TrimRight(authKey, "="), " ",
				base64.StdEncoding.EncodeToString([]byte(apiKey)), " ", strings.Repeat("x", 100), authKey))
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
		{"limited with an echo", echo(429), transport.RateLimited},
		{"failed with an echo", echo(500), transport.HTTP},
		{"page of secrets", saying(200, apiKey+authKey), transport.Malformed},
		{"error page of secrets", saying(502, apiKey+authKey), transport.HTTP},
		{"names made of secrets", saying(200, `{"`+apiKey+authKey+`":}`), transport.Malformed},
		{"rows made of secrets", saying(200, `["`+apiKey+`","`+authKey+`"]`), transport.Malformed},
		{"lists made of secrets", saying(200, `[{"`+apiKey+`":"`+authKey+`"}]`), transport.Malformed},
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
			http.Redirect(w, r, "/"+apiKey+"?a="+authKey, http.StatusFound)
		}), transport.HTTP},
		{"no HTTP", serving(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				fmt.Fprintf(conn, "%s %s\r\n\r\n", apiKey, r.Header.Get("Authorization"))
				conn.Close()
			}
		}), transport.Network},
	} {
		t.Run(test.name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			for _, request := range requests {
				if strings.HasPrefix(request.call, "GET /collections/") && test.kind == transport.Malformed {
					continue // any names are good
				}
				c := client(rt, func(o *adspect.Options) { o.BaseURL = test.url(t) })
				for range 2 {
					err := request.do(t.Context(), c)
					failure(t, err, test.kind)
					texts := []string{err.Error(), fmt.Sprintf("%+v", err)}
					for e := err; e != nil; e = errors.Unwrap(e) {
						texts = append(texts, e.Error(), fmt.Sprintf("%v %+v %q", e, e, e))
					}
					for _, text := range texts {
						for _, secret := range []string{
							apiKey, "planted", authKey, strings.TrimRight(authKey, "="), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(apiKey)), "="),
						} {
							if strings.Contains(text, secret) {
								t.Errorf("it shows %q: %s", secret, text)
							}
						}
					}
				}
			}
		})
	}
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
	c := client(rt, func(o *adspect.Options) { o.BaseURL = s.URL })
	for _, request := range requests {
		failure(t, request.do(t.Context(), c), transport.HTTP)
	}
	if strayed != 0 {
		t.Errorf("%d requests went to where the vendor pointed", strayed)
	}
}
