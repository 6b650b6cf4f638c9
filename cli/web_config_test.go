package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
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

// Each mistake in the file of --web.config.file names the flag and the file, at the start and while it runs.
func TestMistakesInTheWebConfiguration(t *testing.T) {
	dir := t.TempDir()
	good := testkit.WriteFile(t, dir, "engage.yml", "getui: [{account: a, app_id: A, app_key: K, master_secret: M}]\n")
	testkit.WriteFile(t, dir, "none.pem", "none\n")
	file := filepath.Join(dir, "web.yml")
	args := []string{"--config.file=" + good, "--web.listen-address=127.0.0.1:0", "--web.config.file=" + file}
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "tls_server: {}", "yaml: unmarshal errors:\n  line 1: field tls_server not found in type web.Config"},
		{"syntax", "tls_server_config: [", "yaml: line 1: did not find expected node content"},
		{"full-width colon", "basic_auth_users：\n  a: b", "yaml: line 2: mapping values are not allowed in this context"},
		{"wrong type", "http_server_config: {http2: maybe}", "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `maybe` into bool"},
		{"not a certificate", "tls_server_config: {cert_file: none.pem, key_file: none.pem}",
			"failed to load X509KeyPair: tls: failed to find any PEM data in certificate input"},
		{"no key", "tls_server_config: {cert_file: none.pem}", "missing one of key or key_file"},
		{"version of TLS", "tls_server_config: {min_version: TLS99}", "unknown TLS version: TLS99"},
		{"password instead of its hash", "basic_auth_users: {a: planted}",
			"crypto/bcrypt: hashedSecret too short to be a bcrypted password"},
		{"header", "http_server_config: {headers: {X-Foo: bar}}", `HTTP header "X-Foo" can not be configured`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testkit.WriteFile(t, dir, "web.yml", tt.text+"\n")
			var stderr bytes.Buffer
			status := Run(t.Context(), args, io.Discard, &stderr)
			want := "engage_exporter: --web.config.file=" + file + ": " + tt.want + "; see " + webConfigFormat + "\n"
			if _, got, _ := strings.Cut("\n"+stderr.String(), "\nengage_exporter: "); status != 1 || "engage_exporter: "+got != want {
				t.Errorf("status %d, want 1 and\n%s got\n%s", status, want, &stderr)
			}
		})
	}
	t.Run("while it runs", func(t *testing.T) {
		const hash = "$2y$04$abcdefghijklmnopqrstuuJ3n5H3YqQbq6iWb0n8G8mJq8d3aH0iK"
		testkit.WriteFile(t, dir, "web.yml", "basic_auth_users: {a: "+hash+"}\n")
		ctx, stop := context.WithCancel(t.Context())
		logged := &testkit.Output{}
		ended := make(chan int, 1)
		go func() { ended <- Run(ctx, args, io.Discard, logged) }()
		line := logged.Await(t, `msg="TLS is disabled.*address=127\.0\.0\.1:\d+`)
		_, address, _ := strings.Cut(line, "address=")
		testkit.WriteFile(t, dir, "web.yml", "tls_server: {}\n")
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		logged.Await(t, `level=error msg="Unable to parse configuration" web\.config\.file=`+regexp.QuoteMeta(file)+` err=`)
		stop()
		if status := <-ended; status != 0 || response.StatusCode != http.StatusInternalServerError {
			t.Errorf("answered %d, ended with %d:\n%s", response.StatusCode, status, logged)
		}
	})
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
