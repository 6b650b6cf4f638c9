// Package e2e runs the real binary against real Prometheus parts.
package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// binary is the exporter, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(testkit.RunWithExporter(m, &binary)) }

// get fetches a page and gives its text; any status but 200 is an error.
func get(client *http.Client, url string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), testkit.MaxWait)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %s: %s", url, resp.Status, body)
	}
	return string(body), nil
}

// mustGet is get for what has to work.
func mustGet(t *testing.T, url string) string {
	t.Helper()
	text, err := get(http.DefaultClient, url)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// freeAddress is an address on loopback that nobody listens on, for programs that cannot choose one themselves.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// run runs a program to its end and gives what it printed.
func run(t *testing.T, stdin, program string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// replaceByFIFO puts a named pipe that nothing writes to in the place of a file.
func replaceByFIFO(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// stopAnswering makes every opening of a file wait until answerAgain is called, as on a mount that does not answer: a
// lease on it is not given back when the kernel asks for it. The kernel waits /proc/sys/fs/lease-break-time, which is
// 45 s.
func stopAnswering(t *testing.T, path string) (answerAgain func()) {
	t.Helper()
	const setLease = 1024 // F_SETLEASE of Linux
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, _, err := syscall.Syscall(syscall.SYS_FCNTL, file.Fd(), setLease, syscall.F_WRLCK); err != 0 {
		t.Fatalf("lease on %s: %v", path, err)
	}
	return func() { file.Close() }
}

// silentVendor accepts connections and answers nothing. It returns its address.
func silentVendor(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String() // the kernel accepts them
}

// scrapeAside starts a scrape that may fail, and waits until it has arrived.
func scrapeAside(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", http.NoBody)
		r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
		if response, err := http.DefaultClient.Do(r); err == nil {
			response.Body.Close()
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	testkit.Await(t, "scrape in flight", func() error {
		page, err := get(http.DefaultClient, "http://"+address+"/debug/pprof/goroutine?debug=1")
		if err == nil && !strings.Contains(page, "scrapeHandler") {
			err = fmt.Errorf("no scrape yet")
		}
		return err
	})
}
