package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// passwordHash is bcrypt's of "scraper-password".
const passwordHash = "$2a$05$DkG67dY2FMSz195beYL6LOMfMrBb5jRbh4gxiGgn/3khblBr2U7la"

var secretKeys = regexp.MustCompile(`(?m)^    (master_secret|secret_key|api_key|api_secret|app_secret): (.*)$`)

// simulated starts the simulator as a process of its own and gives a configuration for it, with the secrets in files
// as a careful user has them.
func simulated(t *testing.T, dir string, flags ...string) (file string) {
	t.Helper()
	sim := testkit.Start(t, binary, append([]string{"simulate", "--listen-address=127.0.0.1:0"}, flags...)...)
	text := sim.Printed(`(?s)(getui:\n.*)\n# Ctrl-C`)
	n := 0
	text = secretKeys.ReplaceAllStringFunc(text, func(line string) string {
		n++
		name := fmt.Sprintf("secret-%d", n)
		key := secretKeys.FindStringSubmatch(line)
		testkit.WriteFile(t, dir, name, key[2]+"\n")
		return "    " + key[1] + "_file: " + name
	})
	return testkit.WriteFile(t, dir, "engage.yml", text)
}

// The real thing: a configuration file, vendors in another process, SIGTERM.
func TestExporterWithConfigurationFile(t *testing.T) {
	file := simulated(t, t.TempDir())
	exporter := testkit.Start(t, binary, "--config.file="+file, "--web.listen-address=127.0.0.1:0")
	address := exporter.Listening()

	page := mustGet(t, "http://"+address+"/metrics")
	for _, want := range []string{
		`engage_endpoint_up{account="shop-android",api_endpoint="push_quota",vendor="getui"} 1`,
		`engage_endpoint_up{account="news-android",api_endpoint="task_losses",vendor="getui"} 1`,
		`engage_endpoint_up{account="academy",api_endpoint="traffic_settled",vendor="polyv"} 1`,
		`engage_endpoint_up{account="media-buying",api_endpoint="funnel_yesterday",vendor="adspect"} 1`,
		"getui_push_quota_remaining{", "polyv_yesterday_plays{", "adspect_today_stream_clicks{", `engage_accounts{vendor="getui"} 2`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM ended the exporter with status %d, want 0", code)
	}
}

// A scrape in flight is answered before the process ends.
func TestSignalFinishesTheScrapeInFlight(t *testing.T) {
	file := simulated(t, t.TempDir(), "--fault=getui/auth=slow:3s")
	exporter := testkit.Start(t, binary, "--config.file="+file, "--web.listen-address=127.0.0.1:0")
	address := exporter.Listening()

	answered := make(chan error, 1)
	go func() {
		page, err := get(http.DefaultClient, "http://"+address+"/metrics")
		if err == nil && !strings.Contains(page, `engage_endpoint_up{account="shop-android",api_endpoint="push_quota",vendor="getui"} 1`) {
			err = fmt.Errorf("the page lacks what was being read:\n%s", page)
		}
		answered <- err
	}()
	testkit.Await(t, "scrape in flight", func() error {
		page, err := get(http.DefaultClient, "http://"+address+"/debug/pprof/goroutine?debug=1")
		if err == nil && !strings.Contains(page, "scrapeHandler") {
			err = fmt.Errorf("no scrape yet")
		}
		return err
	})
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Errorf("ended with status %d, want 0", code)
	}
	if err := <-answered; err != nil {
		t.Errorf("the scrape in flight: %v", err)
	}
}

func TestConfigurationMistakesEndTheExporter(t *testing.T) {
	file := testkit.WriteFile(t, t.TempDir(), "engage.yml", "getui:\n  - account: shop\n    app_idd: A\n    app_key: K\n    master_secret: planted-secret\n    time_zone: Asia/Beijing\n")
	for _, args := range [][]string{{"--config.file=" + file}, {"serve", "--config.file=" + file}, {"check", "--config.file=" + file}} {
		out, err := run(t, "", binary, args...)
		if err == nil {
			t.Errorf("%v succeeded:\n%s", args, out)
		}
		for _, want := range []string{"engage.yml:3:", "app_idd", `did you mean "app_id"?`, "engage.yml:6:", "Asia/Beijing"} {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in\n%s", args, want, out)
			}
		}
		if strings.Contains(out, "planted-secret") {
			t.Errorf("%v printed the secret:\n%s", args, out)
		}
	}
}

// TLS and a password by the toolkit's web configuration file.
func TestTLSAndBasicAuth(t *testing.T) {
	dir := t.TempDir()
	pool := writeCertificate(t, dir)
	web := testkit.WriteFile(t, dir, "web.yml", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {prometheus: '"+passwordHash+"'}\n")
	exporter := testkit.Start(t, binary, "--config.file="+simulated(t, dir), "--web.listen-address=127.0.0.1:0", "--web.config.file="+web)
	address := exporter.Listening()
	exporter.Printed(`TLS is enabled`)

	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	if _, err := get(client, "https://"+address+"/metrics"); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("without a password: %v, want 401", err)
	}
	page, err := get(client, "https://prometheus:scraper-password@"+address+"/metrics")
	if err != nil || !strings.Contains(page, "getui_push_quota_remaining{") {
		t.Errorf("with the password: %v\n%s", err, page)
	}
}

// writeCertificate writes cert.pem and key.pem for loopback, and gives the pool that trusts them.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "engage_exporter"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	testkit.WriteFile(t, dir, "cert.pem", string(cert))
	testkit.WriteFile(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}

// The commands of the README work from the folder of the README.
func TestExampleConfigurationIsValid(t *testing.T) {
	dir := t.TempDir()
	example, err := os.ReadFile("../../engage.yml.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{"shop-android", "academy", "media-buying", "ebiz", "events-cn"} {
		testkit.WriteFile(t, filepath.Join(dir, "secrets"), account, "secret\n")
	}
	if out, err := run(t, "", binary, "check", "--config.file="+testkit.WriteFile(t, dir, "engage.yml", string(example))); err != nil || !strings.Contains(out, "is valid: 5 accounts") {
		t.Errorf("%v: %s", err, out)
	}
}

// enabledEndpoints returns how many endpoints of each vendor a configuration enables.
func enabledEndpoints(c *config.Config) map[string]int {
	counts := make(map[string]int)
	for account, names := range testkit.EnabledEndpoints(c, collector.ConfigVendors()) {
		vendor, _, _ := strings.Cut(account, "/")
		counts[vendor] += len(names)
	}
	return counts
}

// check --live reads every endpoint once, and its exit status says whether one failed.
func TestCheckLive(t *testing.T) {
	file := simulated(t, t.TempDir())
	out, err := run(t, "", binary, "check", "--live", "--config.file="+file)
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{"getui/shop-android ", "polyv/academy ", "adspect/affiliate ", "funnel_yesterday "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "failed") {
		t.Errorf("an endpoint failed:\n%s", out)
	}
	got := make(map[string]int)
	for line := range strings.Lines(out) {
		if vendor, _, ok := strings.Cut(line, "/"); ok && vendor != "" { // a row of the table, not the path of the file
			got[vendor]++
		}
	}
	if want := enabledEndpoints(testkit.LoadConfig(t, file, collector.ConfigVendors()...)); !maps.Equal(got, want) {
		t.Errorf("got these lines of endpoints by vendor: %v, want %v; the output:\n%s", got, want, out)
	}

	for _, tt := range []struct {
		name   string
		faults []string
		args   []string
		want   []string
	}{
		{
			"answers that are no use", []string{"getui/push_quota=throttle", "adspect/collections=badshape"},
			[]string{"--live.timeout=5m"}, []string{
				"getui/news-android push_quota: ", "10005",
				"adspect/affiliate configuration: cannot ask which group_by there are: ", "some endpoints failed",
			},
		},
		{
			"no answer", []string{"polyv/traffic_settled=hang"}, []string{"--live.timeout=3s", "--target=polyv/academy"},
			[]string{"traffic_settled: no answer within --live.timeout=3s", "some endpoints failed"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var faults []string
			for _, fault := range tt.faults {
				faults = append(faults, "--fault="+fault)
			}
			file := simulated(t, t.TempDir(), faults...)
			out, err := run(t, "", binary, append([]string{"check", "--live", "--config.file=" + file}, tt.args...)...)
			if err == nil {
				t.Errorf("succeeded:\n%s", out)
			}
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
		})
	}
}
