package web_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
	"github.com/engage-exporter/engage_exporter/web"
	"github.com/engage-exporter/engage_exporter/web/webtest"
)

// hangingMount is the machine's file system, on which files below a folder do not answer while the mount hangs.
type hangingMount struct {
	config.System
	folder  string
	hangs   atomic.Bool
	answers chan struct{}
	asked   atomic.Int32 // how often, while it hung
}

// Stat describes a file, if the mount answers.
func (m *hangingMount) Stat(path string) (fs.FileInfo, error) {
	if m.hangs.Load() && strings.HasPrefix(path, m.folder) {
		m.asked.Add(1)
		<-m.answers
	}
	return m.System.Stat(path)
}

// dialGetui connects to a GeTui that answers each request with its push quota.
func dialGetui(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		for requests := bufio.NewReader(server); ; {
			r, err := http.ReadRequest(requests)
			if err != nil {
				return
			}
			response, err := webtest.GeTui(webtest.Answer(webtest.Quota)).RoundTrip(r)
			if err != nil {
				return
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				return
			}
			response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			if response.Write(server) != nil {
				return
			}
		}
	}()
	return client, nil
}

// TestFilesOnAMountThatHangs lets the files of accounts hang that were read before: only those accounts fail.
func TestFilesOnAMountThatHangs(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "mount")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := testkit.WriteFile(t, folder, "secret", "master-secret-planted")
	ids := testkit.WriteFile(t, folder, "ids", "RASL_1\n")
	header := testkit.WriteFile(t, folder, "header", "gate-planted")
	yaml := `getui:
  - {account: local, app_id: APP0, app_key: app-key-planted, master_secret: master-secret-planted, base_url: 'http://0.example/v2'}
  - {account: ids, app_id: APP2, app_key: app-key-planted, master_secret: master-secret-planted, task_ids_file: ` + ids + `, base_url: 'http://2.example/v2'}
  - account: header
    app_id: APP3
    app_key: app-key-planted
    master_secret: master-secret-planted
    base_url: 'http://3.example/v2'
    http_client: {http_headers: {X-Gate: {files: [` + header + `]}}}
polyv: [{account: secret, user_id: U1, secret_key_file: ` + secret + `, base_url: 'http://4.example'}]
`
	synctest.Test(t, func(t *testing.T) {
		mount := &hangingMount{folder: folder, answers: make(chan struct{})}
		cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{Files: config.NewFiles(mount)})
		if err != nil {
			t.Fatal(err)
		}
		logged := &testkit.Output{}
		set, err := collector.New(cfg, collector.Options{Logger: log.NewLogfmtLogger(logged), DialContext: dialGetui})
		if err != nil {
			t.Fatal(err)
		}
		h, err := web.NewHandler(web.Options{Registry: prometheus.NewRegistry(), MetricsPath: "/metrics", Version: "1.2.3", Accounts: func() *collector.Set { return set }})
		if err != nil {
			t.Fatal(err)
		}
		up := func(account, endpoint string) string {
			return `engage_endpoint_up{account="` + account + `",api_endpoint="` + endpoint + `",vendor="getui"} `
		}
		get := func(path string, most time.Duration) string {
			t.Helper()
			began := time.Now()
			w := webtest.Get(h, path, "X-Prometheus-Scrape-Timeout-Seconds", "60")
			if took := time.Since(began); w.Code != http.StatusOK || took > most {
				t.Fatalf("%s answered %d after %s:\n%s", path, w.Code, took, w.Body)
			}
			return w.Body.String()
		}
		page := get("/metrics", time.Second)
		for _, want := range []string{up("local", "push_quota") + "1", up("ids", "push_quota") + "1", up("header", "push_quota") + "1"} {
			if !strings.Contains(page, want) {
				t.Fatalf("before the mount hangs: no %s in\n%s\n%s", want, page, logged)
			}
		}

		mount.hangs.Store(true)
		const rounds, between = 20, 10 * time.Minute // a read that hangs for longer is tried again
		for range rounds {
			time.Sleep(between)
			page = get("/metrics", 4*time.Second)
		}
		for _, want := range []string{up("local", "push_quota") + "1", `engage_endpoint_up{account="secret",api_endpoint="playback_today",vendor="polyv"} 0`, up("ids", "push_quota") + "1", up("header", "push_quota") + "0"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %s in\n%s", want, page)
			}
		}
		if want := `engage_endpoint_reads_total{account="secret",api_endpoint="playback_today",result="auth",vendor="polyv"}`; !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
		status := get("/", time.Second)
		for _, path := range []string{secret, ids, header} {
			if !strings.Contains(status, filepath.Base(path)+"&#34;: it has not answered since") {
				t.Errorf("the status page does not name %s:\n%s", path, webtest.Words(status))
			}
		}
		if n := mount.asked.Load(); n < 3 || n > 3*rounds {
			t.Errorf("%d reads were left hanging, want one for each of 3 files, and one more each %s at most", n, between)
		}

		began := time.Now()
		set.Close()
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("closing took %s", took)
		}
		close(mount.answers)
		synctest.Wait()
		if strings.Contains(logged.String(), "planted") {
			t.Errorf("the log has a secret:\n%s", logged)
		}
	})
}
