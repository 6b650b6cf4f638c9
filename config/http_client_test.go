package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// certificate writes a self-signed certificate and its key to dir and gives
// their files and the key's text.
func certificate(t *testing.T, dir string) (certFile, keyFile, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	key = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, key
}

func TestHTTPClientMakesARoundTripper(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "header"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := collector.ParseConfig(filepath.Join(dir, "engage.yml"), []byte(`
getui:
  - account: a
    app_id: b
    app_key: c
    master_secret: d
    http_client:
      proxy_url: https://user:pass@proxy.example:3128
      no_proxy: a.example,b.example
      proxy_connect_header: {X-Proxy: [k]}
      enable_http2: true
      tls_config:
        ca_file: cert.pem
        cert_file: cert.pem
        key_file: key.pem
        server_name: api.example
        insecure_skip_verify: true
        min_version: TLS12
        max_version: TLS13
      http_headers:
        X-Gateway: {values: [a, b], secrets: [c], files: [header]}
`), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := testkit.Accounts[getui.Config](t, c, "getui")[0].HTTPClient
	want := &promconfig.HTTPClientConfig{
		EnableHTTP2: true,
		TLSConfig: promconfig.TLSConfig{
			CAFile:             filepath.Join(dir, "cert.pem"),
			CertFile:           filepath.Join(dir, "cert.pem"),
			KeyFile:            filepath.Join(dir, "key.pem"),
			ServerName:         "api.example",
			InsecureSkipVerify: true,
			MinVersion:         promconfig.TLSVersions["TLS12"],
			MaxVersion:         promconfig.TLSVersions["TLS13"],
		},
		ProxyConfig: promconfig.ProxyConfig{
			ProxyURL:           got.ProxyURL,
			NoProxy:            "a.example,b.example",
			ProxyConnectHeader: promconfig.ProxyHeader{"X-Proxy": {"k"}},
		},
		HTTPHeaders: &promconfig.Headers{Headers: map[string]promconfig.Header{"X-Gateway": {
			Values: []string{"a", "b"}, Secrets: []promconfig.Secret{"c"}, Files: []string{filepath.Join(dir, "header")},
		}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	testkit.Equal(t, "proxy_url", got.ProxyURL.String(), "https://user:pass@proxy.example:3128")
	if _, err := promconfig.NewRoundTripperFromConfig(*got, "test"); err != nil {
		t.Error(err)
	}
}

// TestHTTPClientKeys meets a key that a newer prometheus/common brings: it must
// be taken or refused on purpose, not fall among the unknown ones.
func TestHTTPClientKeys(t *testing.T) {
	for _, tc := range []struct {
		name, before, after string
		of                  any
	}{
		{"http_client", "", "", promconfig.HTTPClientConfig{}},
		{"tls_config", "tls_config: {", "}", promconfig.TLSConfig{}},
		{"http_headers", "http_headers: {X-A: {", "}}", promconfig.Header{}},
	} {
		for _, key := range yamlKeys(reflect.TypeOf(tc.of)) {
			t.Run(tc.name+"."+key, func(t *testing.T) {
				_, err := collector.ParseConfig("engage.yml", []byte(
					"getui: [{account: a, app_id: b, app_key: c, master_secret: d, http_client: {"+tc.before+key+": null"+tc.after+"}}]"), config.Options{})
				if err != nil && strings.Contains(err.Error(), "unknown key") {
					t.Error(err)
				}
			})
		}
	}
}

func yamlKeys(of reflect.Type) []string {
	var keys []string
	for field := range of.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			keys = append(keys, yamlKeys(field.Type)...)
		case name != "":
			keys = append(keys, name)
		}
	}
	return keys
}
