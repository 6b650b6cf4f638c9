package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// Files of the web configuration that do not answer, or have no end, are errors at the start.
func TestFilesOfTheWebConfiguration(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	large := testkit.WriteFile(t, dir, "large", strings.Repeat("#", 2<<20))
	good := testkit.WriteFile(t, dir, "engage.yml", "getui: [{account: a, app_id: A, app_key: K, master_secret: M}]\n")
	for _, tt := range []struct {
		name, file, want string
	}{
		{"a pipe", pipe, "--web.config.file: read file \"" + pipe + "\": is a named pipe, want a regular file"},
		{"a device without end", "/dev/zero", "is a device, want a regular file"},
		{"a directory", dir, "is a directory, want a regular file"},
		{"a large file", large, "is larger than 1048576 bytes"},
		{"no such file", filepath.Join(dir, "none"), "no such file or directory"},
		{"a certificate in a pipe", testkit.WriteFile(t, dir, "certificate", "tls_server_config: {cert_file: pipe, key_file: none}\n"),
			"is a named pipe, want a regular file"},
		{"a key without end", testkit.WriteFile(t, dir, "key", "tls_server_config: {key_file: /dev/zero}\n"), "is a device"},
		{"an authority in a directory", testkit.WriteFile(t, dir, "authority", "tls_server_config: {client_ca_file: .}\n"), "is a directory"},
		{"a mistake is the toolkit's to report", testkit.WriteFile(t, dir, "mistake", "tls_server: {}\n"), "tls_server not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := []string{"--config.file=" + good, "--web.listen-address=127.0.0.1:0", "--web.config.file=" + tt.file}
			if status := Run(t.Context(), args, &stdout, &stderr); status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			if text := stderr.String(); !strings.Contains(text, tt.want) {
				t.Errorf("want %q, got:\n%s", tt.want, text)
			}
		})
	}
}

// Headers of the web configuration replace the exporter's own. One that cannot be set is an error at the start.
func TestHeadersOfTheWebConfiguration(t *testing.T) {
	dir := t.TempDir()
	good := testkit.WriteFile(t, dir, "engage.yml", "getui: [{account: a, app_id: A, app_key: K, master_secret: M}]\n")
	start := func(ctx context.Context, headers string, stderr io.Writer) int {
		file := testkit.WriteFile(t, dir, "web.yml", "http_server_config: {headers: {"+headers+"}}\n")
		return Run(ctx, []string{"--config.file=" + good, "--web.listen-address=127.0.0.1:0", "--web.config.file=" + file},
			io.Discard, stderr)
	}

	ctx, stop := context.WithCancel(t.Context())
	logged := &testkit.Output{}
	ended := make(chan int, 1)
	go func() {
		ended <- start(ctx, "X-Frame-Options: sameorigin, Content-Security-Policy: default-src 'self', "+
			"X-Content-Type-Options: nosniff, Strict-Transport-Security: max-age=60", logged)
	}()
	address := strings.TrimPrefix(logged.Await(t, `address=127\.0\.0\.1:\d+`), "address=")
	for _, path := range []string{"/", "/metrics", "/sd", "/-/healthy"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		for name, want := range map[string]string{
			"X-Frame-Options": "sameorigin", "Content-Security-Policy": "default-src 'self'",
			"X-Content-Type-Options": "nosniff", "Strict-Transport-Security": "max-age=60", "Referrer-Policy": "no-referrer",
		} {
			if got := response.Header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q, want %q alone", path, name, got, want)
			}
		}
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("ended with %d:\n%s", status, logged)
	}

	for headers, want := range map[string]string{
		"Cache-Control: no-store":   `Cache-Control`,
		"X-Frame-Options: whatever": `X-Frame-Options`,
	} {
		var stderr bytes.Buffer
		if status := start(t.Context(), headers, &stderr); status != 1 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: status %d, want 1 and %q in\n%s", headers, status, want, &stderr)
		}
	}
}
