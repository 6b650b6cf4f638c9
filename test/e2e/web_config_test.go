package e2e

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

const oneAccount = "getui:\n  - {account: shop, app_id: A, app_key: K, master_secret: S, base_url: 'http://127.0.0.1:1/v2'}\n"

// While a file of the web configuration does not answer, requests are refused at once, and nothing piles up. Once it
// answers again, so does the exporter; SIGTERM ends it in either case.
func TestWebConfigurationThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, config, file string
	}{
		{"passwords", "basic_auth_users: {prometheus: '" + passwordHash + "'}\n", "web.yml"},
		{"key", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n", "key.pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pool := writeCertificate(t, dir)
			web := testkit.WriteFile(t, dir, "web.yml", tt.config)
			exporter := testkit.Start(t, binary, "--config.file="+testkit.WriteFile(t, dir, "engage.yml", oneAccount),
				"--web.listen-address=127.0.0.1:0", "--web.config.file="+web)
			scheme := "http"
			if strings.Contains(tt.config, "tls") {
				scheme = "https"
			}
			url := scheme + "://prometheus:scraper-password@" + exporter.Listening() + "/-/healthy"
			kept := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
			fresh := &http.Client{Transport: &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
			}}
			defer kept.CloseIdleConnections()
			for _, client := range []*http.Client{kept, fresh} {
				if _, err := get(client, url); err != nil {
					t.Fatal(err)
				}
			}

			answerAgain := stopAnswering(t, filepath.Join(dir, tt.file))
			for i := range 20 {
				for name, client := range map[string]*http.Client{"kept": kept, "new": fresh} {
					began := time.Now()
					_, err := get(client, url)
					if err == nil {
						t.Errorf("request %d on a %s connection: answered without %s", i, name, tt.file)
					}
					if took := time.Since(began); took > 10*time.Second {
						t.Errorf("request %d on a %s connection took %s", i, name, took)
					}
				}
			}
			exporter.Printed(`connections and requests are refused until the web configuration can be read.*has not answered`)
			answerAgain()
			testkit.Await(t, "answer once the file answers", func() error {
				_, err := get(fresh, url)
				return err
			})
			if code := exporter.End(syscall.SIGTERM); code != 0 {
				t.Errorf("ended with status %d", code)
			}
		})
	}
}

// A client without the password that announces a body and does not send it is refused at once.
func TestRefusalDoesNotAwaitTheBody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	web := testkit.WriteFile(t, dir, "web.yml", "basic_auth_users: {prometheus: '"+passwordHash+"'}\n")
	exporter := testkit.Start(t, binary, "--config.file="+testkit.WriteFile(t, dir, "engage.yml", oneAccount),
		"--web.listen-address=127.0.0.1:0", "--web.config.file="+web)
	conn, err := net.Dial("tcp", exporter.Listening())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(15 * time.Second)); err != nil { // net/http waits for 30 s
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /-/refresh HTTP/1.1\r\nHost: %s\r\nContent-Length: 60000\r\n\r\nx=", conn.RemoteAddr())
	answers := bufio.NewReader(conn)
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("answered %d, %v; want 401", answer.StatusCode, err)
	}
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("after the answer: %v, want the end of the connection", err)
	}
}
