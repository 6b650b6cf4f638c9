package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// sample returns the value of a series without labels in an exposition.
func sample(t *testing.T, page, name string) float64 {
	t.Helper()
	match := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(page)
	if match == nil {
		t.Fatalf("no sample of %s in\n%s", name, page)
	}
	value, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// manyMistakes writes a configuration whose errors are a log line of hundreds of kilobytes.
func manyMistakes(t *testing.T, file string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("getui:\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "  - {account: shop-%d, app_idd: A, app_key: K, master_secret: S}\n", i)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A log that nothing reads, or that cannot be written, costs lines and nothing else: scrapes are answered at once,
// nothing piles up, the lines are counted, and SIGTERM ends the exporter.
func TestLogThatNothingReads(t *testing.T) {
	for _, tt := range []struct {
		name    string
		stderr  func(t *testing.T, cmd *exec.Cmd)
		reloads int // until lines are dropped
	}{
		{"full pipe", func(t *testing.T, cmd *exec.Cmd) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { read.Close(); write.Close() })
			cmd.Stderr = write
		}, 10},
		{"pipe without a reader", func(t *testing.T, cmd *exec.Cmd) {
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			read.Close()
			t.Cleanup(func() { write.Close() })
			cmd.Stderr = write
		}, 1},
		{"full disk", func(t *testing.T, cmd *exec.Cmd) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { full.Close() })
			cmd.Stderr = full
		}, 1},
		{"closed", func(t *testing.T, cmd *exec.Cmd) {
			cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@" 2>&-`}, cmd.Args...)
			path, err := exec.LookPath("sh")
			if err != nil {
				t.Fatal(err)
			}
			cmd.Path = path
		}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := testkit.WriteFile(t, t.TempDir(), "engage.yml", "polyv:\n"+
				"  - {account: academy, user_id: U, secret_key: S, base_url: 'http://127.0.0.1:1'}\n")
			address := freeAddress(t)
			cmd := exec.Command(binary, "--config.file="+file, "--web.listen-address="+address, "--web.enable-lifecycle")
			tt.stderr(t, cmd)
			exporter := testkit.StartCommand(t, new(testkit.Output), cmd)
			url := "http://" + address
			testkit.Await(t, "exporter", func() error {
				_, err := get(http.DefaultClient, url+"/-/ready")
				return err
			})
			before := mustGet(t, url+"/metrics")
			manyMistakes(t, file)
			for range max(1, tt.reloads) {
				response, err := http.Post(url+"/-/reload", "", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusInternalServerError {
					t.Fatalf("the reload answered %s", response.Status)
				}
			}
			began := time.Now()
			after := mustGet(t, url+"/metrics")
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the scrape took %s", took)
			}
			if dropped := sample(t, after, "engage_log_lines_dropped_total"); (dropped > 0) != (tt.reloads > 0) {
				t.Errorf("%g lines are dropped", dropped)
			}
			if a, b := sample(t, before, "go_goroutines"), sample(t, after, "go_goroutines"); b > a+20 {
				t.Errorf("%g goroutines after %g", b, a)
			}
			began = time.Now()
			if code := exporter.End(syscall.SIGTERM); code != 0 {
				t.Errorf("SIGTERM ended the exporter with status %d, want 0", code)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("the exporter took %s to end", took)
			}
		})
	}
}
