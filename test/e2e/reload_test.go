package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// reloads of the running program: by signal and by request, with a good file and a bad one.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	exporter := testkit.Start(t, binary, "--config.file="+file, "--web.listen-address=127.0.0.1:0", "--web.enable-lifecycle")
	address := exporter.Listening()
	mustGet(t, "http://"+address+"/metrics")
	post := func() (int, string) {
		t.Helper()
		resp, err := http.Post("http://"+address+"/-/reload", "", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	pageHas := func(lines ...string) error {
		page, err := get(http.DefaultClient, "http://"+address+"/metrics")
		if err != nil {
			return err
		}
		for _, line := range lines {
			if !strings.Contains(page, line+"\n") {
				return fmt.Errorf("no %s in\n%s", line, page)
			}
		}
		return nil
	}
	const old, renamed = `engage_endpoint_up{account="shop-android",api_endpoint="push_quota",vendor="getui"} 1`, `engage_endpoint_up{account="shop-ios",api_endpoint="push_quota",vendor="getui"} 1`

	t.Log("a good file, by request")
	testkit.WriteFile(t, dir, "engage.yml", strings.Replace(string(good), "account: shop-android", "account: shop-ios", 1))
	if status, body := post(); status != http.StatusOK {
		t.Fatalf("answered %d: %s", status, body)
	}
	if err := pageHas(renamed, "engage_config_last_reload_successful 1"); err != nil {
		t.Error(err)
	}
	if page := mustGet(t, "http://"+address+"/metrics"); strings.Contains(page, "shop-android") {
		t.Errorf("the account that is gone is on the page:\n%s", page)
	}

	t.Log("a bad file, by request and by signal")
	testkit.WriteFile(t, dir, "engage.yml", strings.Replace(string(good), "app_id:", "app_idd:", 1))
	if status, body := post(); status != http.StatusInternalServerError || !strings.Contains(body, `engage.yml:4:`) || !strings.Contains(body, "app_idd") {
		t.Errorf("answered %d: %s", status, body)
	}
	if err := exporter.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	exporter.Printed(`(?s)configuration not reloaded.*configuration not reloaded`)
	if err := pageHas(renamed, "engage_config_last_reload_successful 0"); err != nil {
		t.Error(err)
	}

	t.Log("a good file, by signal")
	testkit.WriteFile(t, dir, "engage.yml", string(good))
	if err := exporter.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	testkit.Await(t, "the old account", func() error { return pageHas(old, "engage_config_last_reload_successful 1") })
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Errorf("ended with status %d", code)
	}
}

// A reload that is asked for while the exporter starts does not kill it: it is done once it runs. While it ends, one
// is ignored.
func TestReloadWhileStartingAndEnding(t *testing.T) {
	var text strings.Builder
	text.WriteString("polyv:\n")
	for i := range 3000 { // which takes a while to read
		fmt.Fprintf(&text, "  - {account: academy-%[1]d, user_id: u%[1]d, secret_key: s, base_url: 'http://127.0.0.1:1'}\n", i)
	}
	exporter := testkit.Start(t, binary, "--config.file="+testkit.WriteFile(t, t.TempDir(), "engage.yml", text.String()), "--web.listen-address=127.0.0.1:0")
	exporter.Printed(`starting engage_exporter`)
	for range 3 {
		if err := exporter.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	exporter.Printed(`msg="configuration reloaded"`)
	if err := exporter.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = exporter.Signal(syscall.SIGHUP) // it may have ended by now
	if code := exporter.ExitCode(); code != 0 {
		t.Errorf("ended with status %d", code)
	}
}

// A secret in a file is read when it is needed: a new one needs no reload.
func TestChangedSecretFileNeedsNoReload(t *testing.T) {
	dir := t.TempDir()
	file := simulated(t, dir)
	const secret = "secret-1" // of the first account
	correct, err := os.ReadFile(filepath.Join(dir, secret))
	if err != nil {
		t.Fatal(err)
	}
	testkit.WriteFile(t, dir, secret, "wrong-secret")
	exporter := testkit.Start(t, binary, "--config.file="+file, "--web.listen-address=127.0.0.1:0")
	address := exporter.Listening()
	if page := mustGet(t, "http://"+address+"/metrics"); !strings.Contains(page, `engage_endpoint_failing{account="shop-android",api_endpoint="push_quota",reason="auth",vendor="getui"} 1`) {
		t.Fatalf("the wrong secret is not reported:\n%s", page)
	}
	testkit.WriteFile(t, dir, secret, string(correct))
	testkit.Await(t, "the account with its new secret", func() error {
		page, err := get(http.DefaultClient, "http://"+address+"/metrics")
		if err == nil && !strings.Contains(page, `engage_endpoint_up{account="shop-android",api_endpoint="push_quota",vendor="getui"} 1`) {
			err = fmt.Errorf("not up")
		}
		return err
	})
}
