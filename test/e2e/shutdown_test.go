package e2e

import (
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// exitTimeout is how long the exporter may take to end after SIGTERM: 20 s for scrapes in flight, 5 s for the rest.
const exitTimeout = 25 * time.Second

// SIGTERM ends the exporter in time whatever hangs: a secret file on a mount that does not answer, a configuration out
// of a pipe that nothing writes to, or a vendor. If something has not ended by then, the status is 1 and the log names it.
func TestSignalEndsWhateverHangs(t *testing.T) {
	t.Parallel()
	const account = "getui:\n  - {account: shop, app_id: A, app_key: K, %s, base_url: 'http://%s/v2'}\n"
	for _, tt := range []struct {
		name   string
		secret string
		hang   func(t *testing.T, exporter *testkit.Process, file, address string)
		names  string // a pattern of what the log names if the status is 1
	}{
		{"secret file", "master_secret_file: secret", func(t *testing.T, _ *testkit.Process, file, address string) {
			stopAnswering(t, filepath.Join(filepath.Dir(file), "secret"))
			scrapeAside(t, address)
		}, `HTTP request|getui/shop`},
		{"vendor", "master_secret: S", func(t *testing.T, _ *testkit.Process, _, address string) {
			scrapeAside(t, address)
		}, `HTTP request|getui/shop`},
		{"configuration file", "master_secret: S", func(t *testing.T, exporter *testkit.Process, file, _ string) {
			replaceByFIFO(t, file)
			if err := exporter.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}, `a reload of the configuration`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			testkit.WriteFile(t, dir, "secret", "S")
			text := fmt.Sprintf(account, tt.secret, silentVendor(t))
			file := testkit.WriteFile(t, dir, "engage.yml", text)
			exporter := testkit.Start(t, binary, "--config.file="+file, "--web.listen-address=127.0.0.1:0")
			tt.hang(t, exporter, file, exporter.Listening())
			began := time.Now()
			code := exporter.End(syscall.SIGTERM)
			if took := time.Since(began); took > exitTimeout+5*time.Second {
				t.Errorf("the exporter took %s to end, want at most %s", took, exitTimeout)
			}
			switch code {
			case 0:
			case 1:
				exporter.Printed(`not ended within 25s of the signal.*(?:` + tt.names + `)`)
			default:
				t.Errorf("the exporter ended with status %d", code)
			}
		})
	}
}
