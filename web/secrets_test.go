package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/internal/testkit"

	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// Whatever a vendor does with an account's secrets, nothing of them reaches the log (at debug level), the metrics or a
// page.
func TestSecretsReachNothing(t *testing.T) {
	planted := []string{"app-key-planted", "master-secret-planted", "t0ken-planted-by-vendor"}
	// echo is what the request carried, with all that is secret; a login carries no token, for none was given yet.
	echo := func(r *http.Request) string {
		body, _ := io.ReadAll(r.Body)
		return strings.Join([]string{planted[0], planted[1], string(body), r.Header.Get("token")}, " ")
	}
	refused := httptest.NewServer(http.NotFoundHandler())
	refused.Close()
	untrusted := httptest.NewTLSServer(webtest.Answer(webtest.Quota))
	defer untrusted.Close()
	untrusted.Config.ErrorLog = nil

	for _, tt := range []struct {
		name string
		url  string
		has  string // what the log must say all the same
	}{
		{"answering", vendor(t, webtest.Answer(webtest.Quota)).URL, "endpoint read"},
		{"refusing, with the secrets in its message", vendor(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"code":10002,"msg":%q}`, echo(r))
		}).URL, "10002"},
		{"refusing the login, with the secrets in its message", server(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"code":20001,"msg":%q}`, echo(r))
		}), "20001"},
		{"answering with the secrets as garbage", vendor(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, echo(r)) }).URL, "malformed"},
		{"answering with the secrets as code", vendor(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, `{"code":%q,"msg":"no"}`, echo(r)) }).URL, "endpoint failing"},
		{"redirecting", vendor(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://elsewhere.example/?token="+r.Header.Get("token"))
			w.WriteHeader(http.StatusFound)
		}).URL, "302"},
		{"sending to another data centre", vendor(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"code":301,"msg":"moved","data":{"hosts":["https://%s.example"]}}`, strings.ReplaceAll(r.Header.Get("token"), " ", ""))
		}).URL, "301"},
		{"refusing connections", refused.URL, "refused"},
		{"with a certificate nobody knows", untrusted.URL, "certificate"},
		{"behind a proxy that quotes its password", "http://vendor.example/v2|proxy_url: 'http://corp:proxy-password-planted@" + strings.TrimPrefix(raw(t, "HTTP/1.1 407 login of corp:proxy-password-planted failed, master-secret-planted\r\n\r\n"), "http://") + "'", "407"},
		{"behind a proxy for TLS that quotes its password", "https://vendor.example/v2|proxy_url: 'http://corp:proxy-password-planted@" + strings.TrimPrefix(raw(t, "HTTP/1.1 407 login of corp:proxy-password-planted failed\r\n\r\n"), "http://") + "'", "endpoint failing"},
		{"behind a gateway that quotes its header", server(t, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"code":20001,"msg":"bad key %s"}`, r.Header.Get("X-Gateway-Key"))
		}) + "|http_headers: {X-Gateway-Key: {secrets: [gateway-key-planted]}}", "bad key"},
		{"with a status line of its own", raw(t, "HTTP/1.1 master-secret-planted\r\n\r\n"), "endpoint failing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			buffer := &testkit.Output{}
			h := newHandler(t, tt.url, log.NewLogfmtLogger(buffer), nil)
			var out strings.Builder
			for _, path := range []string{"/metrics", "/metrics", "/", "/-/healthy", "/-/ready"} {
				out.WriteString(webtest.Get(h, path).Body.String())
			}
			if logged := buffer.String(); !strings.Contains(logged, tt.has) {
				t.Errorf("the log does not say what happened (no %q):\n%s", tt.has, logged)
			}
			out.WriteString(buffer.String())
			for _, secret := range append(planted, sum(planted[1]), "proxy-password-planted", "gateway-key-planted") {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q got out:\n%s", secret, out.String())
				}
			}
		})
	}
}

func sum(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// raw answers every request with the bytes given, whatever they are.
func raw(t *testing.T, answer string) string {
	t.Helper()
	return server(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		io.WriteString(conn, answer)
	})
}
