package e2e

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// valuesOf returns the lines of a page with the vendors' values, and the number of requests that the page counts.
func valuesOf(page string) (values string, requests int) {
	var kept []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "engage_vendor_requests_total{") && !strings.HasSuffix(line, " 0\n") {
			requests++
		}
		for _, vendor := range collector.ConfigVendors() {
			if strings.HasPrefix(line, vendor.Name+"_") {
				kept = append(kept, line)
			}
		}
	}
	return strings.Join(kept, ""), requests
}

// storageFamilies are on the page of an exporter with --storage.path alone.
var storageFamilies = []string{"engage_storage_size_bytes", "engage_storage_write_failures_total"}

// A process that is killed leaves what it has stored: each next one serves the same values without a request.
func TestKilledWithStorage(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	args := []string{"--config.file=" + simulated(t, dir), "--web.listen-address=127.0.0.1:0", "--storage.path=" + state}
	exporter := testkit.Start(t, binary, args...)
	page := mustGet(t, "http://"+exporter.Listening()+"/metrics")
	want, requests := valuesOf(page)
	if requests == 0 {
		t.Fatal("the first process counts no requests")
	}
	for _, name := range storageFamilies {
		if !strings.Contains(page, "\n"+name+" ") {
			t.Errorf("no sample of %s", name)
		}
	}
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Fatalf("ended with status %d", code)
	}
	for i := range 6 {
		exporter = testkit.Start(t, binary, args...)
		exporter.Printed(`state restored.* accounts=[1-9]`)
		if i%2 == 0 { // else it is killed while it starts to serve
			got, requests := valuesOf(mustGet(t, "http://"+exporter.Listening()+"/metrics"))
			if got != want || requests != 0 {
				t.Errorf("process %d: requests of %d kinds, the same values: %t", i, requests, got == want)
			}
		}
		exporter.End(syscall.SIGKILL)
	}
	if aside, _ := filepath.Glob(filepath.Join(state, "*.corrupt-*")); len(aside) != 0 {
		t.Errorf("set aside: %q", aside)
	}
}

// A disk without room costs what is stored, not what is served.
func TestStorageWithoutRoom(t *testing.T) {
	dir := t.TempDir()
	limited := []string{"-c", `ulimit -f 128; exec "$0" "$@"`, binary} // no file grows beyond 128 KiB
	exporter := testkit.Start(t, "bash", append(limited, "--config.file="+simulated(t, dir),
		"--web.listen-address=127.0.0.1:0", "--storage.path="+filepath.Join(dir, "state"))...)
	url := "http://" + exporter.Listening() + "/metrics"
	want, _ := valuesOf(mustGet(t, url))
	exporter.Printed(`the state cannot be stored`)
	testkit.Await(t, "a failure that is counted", func() error {
		page, err := get(http.DefaultClient, url)
		if err != nil {
			return err
		}
		if got, _ := valuesOf(page); got == "" || want == "" {
			t.Fatal("no values are served")
		}
		if sample(t, page, "engage_storage_write_failures_total") == 0 {
			return fmt.Errorf("no failure is counted")
		}
		return nil
	})
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Errorf("ended with status %d", code)
	}
}

// A disk that is full at the start ends the exporter. What is stored is not taken for damaged.
func TestStorageWithoutRoomAtTheStart(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	out, err := run(t, "", "bash", "-c", `ulimit -f 64; exec "$0" "$@"`, binary, "--config.file="+simulated(t, dir),
		"--web.listen-address=127.0.0.1:0", "--storage.path="+state)
	if err == nil || !strings.Contains(out, "state.db: file too large") {
		t.Errorf("ended with %v, and printed %s", err, out)
	}
	if aside, _ := filepath.Glob(filepath.Join(state, "*.corrupt-*")); len(aside) > 0 {
		t.Errorf("the state was set aside: %q", aside)
	}
}

// A folder that cannot be used ends the exporter at the start.
func TestStorageThatCannotBeUsed(t *testing.T) {
	dir, readOnly := t.TempDir(), t.TempDir()
	args := []string{"--config.file=" + simulated(t, dir), "--web.listen-address=127.0.0.1:0"}
	state := filepath.Join(readOnly, "state")
	exporter := testkit.Start(t, binary, append(args, "--storage.path="+state)...)
	mustGet(t, "http://"+exporter.Listening()+"/metrics")
	exporter.End(syscall.SIGTERM)
	before := contents(t, state)
	for _, tt := range []struct {
		name, folder, want string
	}{
		{"below a file", filepath.Join(dir, "engage.yml", "state"), "not a directory"},
		{"a new folder on a read-only mount", filepath.Join(readOnly, "new"), "read-only file system"},
		{"a folder with state on a read-only mount", state, "read-only file system"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := onReadOnlyMount(readOnly, binary, append(args, "--storage.path="+tt.folder)...)
			out, err := run(t, "", program[0], program[1:]...)
			if err == nil || !strings.Contains(out, "--storage.path="+tt.folder) || !strings.Contains(out, tt.want) {
				t.Errorf("ended with %v and %s", err, out)
			}
			if after := contents(t, state); after != before {
				t.Errorf("the folder with state had %q and has %q", before, after)
			}
		})
	}
}

// onReadOnlyMount returns a command that runs a program for which a folder is mounted read-only: root may write to
// whatever the mode of a folder is.
func onReadOnlyMount(folder, program string, args ...string) []string {
	const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"`
	return append([]string{"unshare", "--map-root-user", "--mount", "sh", "-c", script, folder, program}, args...)
}

// contents returns the names of the files in a folder, with a hash of each.
func contents(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %x\n", entry.Name(), sha256.Sum256(text))
	}
	return all.String()
}
