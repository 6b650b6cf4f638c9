package e2e

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var relativeLink = regexp.MustCompile(`href="(\./[^"#]*)`)

// Behind nginx with TLS, under a path, all pages work and lead to each other, and Prometheus reaches each target that
// /sd lists, whether or not nginx removes the path.
func TestBehindNginx(t *testing.T) {
	for _, tt := range []struct {
		name, upstreamPath string
		flags              []string
	}{
		{"path is passed on", "", nil},
		{"path is removed", "/", []string{"--web.route-prefix=/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, address := t.TempDir(), freeAddress(t)
			site := "https://" + address + "/engage/"
			exporter := testkit.Start(t, binary, append([]string{
				"demo", "--no-faults", "--web.listen-address=127.0.0.1:0", "--web.external-url=" + site,
			}, tt.flags...)...)
			upstream := strings.TrimPrefix(exporter.Printed(`Open (http://[^/]+)/`), "http://")
			certificate, key, client := certificateOf(t, dir)
			config := fmt.Sprintf(nginxConfig, dir, address, certificate, key, upstream, tt.upstreamPath)
			testkit.Start(t, nginx(), "-p", dir, "-e", "stderr", "-c", testkit.WriteFile(t, dir, "nginx.conf", config))
			var page string
			testkit.Await(t, "nginx", func() (err error) {
				page, err = get(client, site)
				return err
			})

			links := relativeLink.FindAllStringSubmatch(page, -1)
			if len(links) < 4 {
				t.Errorf("the status page has only the links %q", links)
			}
			for _, link := range links {
				if _, err := get(client, site+strings.TrimPrefix(html.UnescapeString(link[1]), "./")); err != nil {
					t.Error(err)
				}
			}

			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"-/refresh", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Accept", "text/html") // as a browser does when its user presses the button
			r.Header.Set("Origin", "https://"+address)
			response, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if at := response.Request.URL.String(); response.StatusCode != http.StatusOK || at != site {
				text, _ := io.ReadAll(response.Body)
				t.Errorf("the refresh leads to %s and answers %d: %.200s", at, response.StatusCode, text)
			}

			var groups []struct {
				Targets []string
				Labels  map[string]string
			}
			list, err := get(client, site+"sd")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(list), &groups); err != nil || len(groups) < 8 {
				t.Fatalf("%d targets, %v: %s", len(groups), err, list)
			}
			for _, group := range groups {
				account := group.Labels["__meta_engage_account"]
				probe := group.Labels["__scheme__"] + "://" + group.Targets[0] + group.Labels["__metrics_path__"] +
					"?target=" + url.QueryEscape(group.Labels["__param_target"])
				if text, err := get(client, probe); err != nil || !strings.Contains(text, `engage_endpoint_up{account="`+account+`"`) {
					t.Errorf("%s, as Prometheus calls it: %v\n%.200s", probe, err, text)
				}
			}
		})
	}
}

// nginxConfig takes a folder for nginx, its address, certificate and key, and the exporter's address and path.
const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/pid;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  server {
    listen %[2]s ssl;
    ssl_certificate %[3]s;
    ssl_certificate_key %[4]s;
    location /engage/ {
      proxy_pass http://%[5]s%[6]s;
      proxy_set_header Host $http_host;
    }
  }
}
`

// nginx returns the program. Debian installs it where only root's PATH leads.
func nginx() string {
	const path = "/usr/sbin/nginx"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	return "nginx"
}

// certificateOf writes the certificate of a test server and its key to files, and returns a client that trusts it.
func certificateOf(t *testing.T, dir string) (certificate, key string, client *http.Client) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(name, kind string, der []byte) string {
		return testkit.WriteFile(t, dir, name, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	return encode("certificate.pem", "CERTIFICATE", pair.Certificate[0]), encode("key.pem", "PRIVATE KEY", private), server.Client()
}
