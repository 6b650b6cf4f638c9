package cli

import (
	"bytes"
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
