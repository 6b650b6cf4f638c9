package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/log"
	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/storage"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
)

// counting counts the requests that the vendors get.
type counting struct {
	http.RoundTripper
	requests atomic.Int64
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// storing is an exporter of the demo's accounts with its storage.
type storing struct {
	t       *testing.T
	vendors *counting
	folder  string
	storage *collector.Storage
	set     *collector.Set
}

func demoYAML() string { return demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9788}) }

func startStoring(t *testing.T, vendors *counting, folder, yaml string) *storing {
	t.Helper()
	s, err := collector.OpenStorage(folder, log.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := collector.ParseConfig("demo.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{RoundTripper: vendors, Storage: s})
	if err != nil {
		t.Fatal(err)
	}
	return &storing{t, vendors, folder, s, set}
}

// page returns what a scrape serves but for what begins anew with the process.
func (s *storing) page() string {
	s.t.Helper()
	var b strings.Builder
	for _, f := range scrape(s.t, s.set) {
		if f.GetType() == dto.MetricType_COUNTER || f.GetType() == dto.MetricType_HISTOGRAM {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			s.t.Fatal(err)
		}
	}
	return b.String()
}

// stop ends the exporter as a signal does.
func (s *storing) stop() {
	s.set.Close()
	s.storage.Close(s.set)
}

// killed returns a folder with the file as it is a while later, which is what a kill leaves, and ends the exporter.
func (s *storing) killed() string {
	s.t.Helper()
	end := runStorage(s.t.Context(), s.storage, func() *collector.Set { return s.set }, log.NewNopLogger())
	<-time.After(5 * time.Second) // no real time passes
	folder := s.t.TempDir()
	content, err := os.ReadFile(filepath.Join(s.folder, storage.FileName))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, storage.FileName), content, 0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.set.Close()
	end()
	return folder
}

func inDemo(t *testing.T, run func(t *testing.T, vendors *counting)) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, 11, 22, 3, 20, 0, 0, time.UTC))) // no real time passes
		sim := simulator.New(simulator.Options{Seed: 1})
		defer sim.Close()
		run(t, &counting{RoundTripper: inProcess{sim}})
	})
}

// After a restart the first scrape serves what was served before, of every vendor, and sends no request.
func TestRestartServesWhatIsFresh(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(s *storing) (folder string)
	}{
		{"after a signal", func(s *storing) string { s.stop(); return s.folder }},
		{"after a kill", func(s *storing) string { return s.killed() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inDemo(t, func(t *testing.T, vendors *counting) {
				before := startStoring(t, vendors, t.TempDir(), demoYAML())
				before.page()
				<-time.After(20 * time.Second) // no real time passes
				want := before.page()
				folder := tt.end(before)

				sent := vendors.requests.Load()
				after := startStoring(t, vendors, folder, demoYAML())
				defer after.stop()
				if diff := cmp.Diff(want, after.page()); diff != "" {
					t.Errorf("the page after the restart (−before +after):\n%s", diff)
				}
				if n := vendors.requests.Load() - sent; n != 0 {
					t.Errorf("%d requests for what is fresh, want none", n)
				}
			})
		})
	}
}

// What is due after a restart is read as if there had been none.
func TestRestartReadsWhatIsDue(t *testing.T) {
	inDemo(t, func(t *testing.T, vendors *counting) {
		requests := func(restart bool) int64 {
			e := startStoring(t, vendors, t.TempDir(), demoYAML())
			e.page()
			<-time.After(time.Minute) // no real time passes
			if restart {
				e.stop()
				e = startStoring(t, vendors, e.folder, demoYAML())
			}
			defer e.stop()
			<-time.After(20 * time.Minute) // no real time passes
			before := vendors.requests.Load()
			e.page()
			return vendors.requests.Load() - before
		}
		without, with := requests(false), requests(true)
		if without == 0 || with > without+20 { // an account may have to log in again
			t.Errorf("%d requests after a restart, %d without one", with, without)
		}
	})
}

// An account whose settings or secrets have changed is read anew; one that is only read at other times is not.
func TestRestartWithAnotherConfiguration(t *testing.T) {
	original := demoYAML()
	secret := regexp.MustCompile(`master_secret: \S+`).FindString(original)
	appID := regexp.MustCompile(`app_id: \S+`).FindString(original)
	if secret == "" || appID == "" {
		t.Fatal("the demo has no account of GeTui")
	}
	for _, tt := range []struct {
		name     string
		old, new string
		restored bool
	}{
		{"the same", "", "", true},
		{"timeout", secret, secret + "\n    timeout: 7s", true},
		{"secret", secret, "master_secret: another", false},
		{"credentials' ID", appID, appID + "X", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inDemo(t, func(t *testing.T, vendors *counting) {
				before := startStoring(t, vendors, t.TempDir(), original)
				before.page()
				all := before.storage.Status().Restored
				before.stop()
				after := startStoring(t, vendors, before.folder, strings.Replace(original, tt.old, tt.new, 1))
				defer after.stop()
				restored := after.storage.Status().Restored
				if all.Accounts != 0 || restored.Accounts == 0 || (restored.Others == 0) != tt.restored || restored.Others > 1 {
					t.Errorf("restored %+v", restored)
				}
			})
		})
	}
}

// private are words of answers that must not be stored: tokens, and what identifies a person.
var private = regexp.MustCompile(`"(?:token|access_token|email|ip|ip_address|mobile|phoneNumber|distinctId|nickname)" ?: ?"([^"]{5,})"`)

// eavesdropper keeps what a vendor's answers say that must not be stored.
type eavesdropper struct {
	http.RoundTripper
	mu    sync.Mutex
	heard map[string]bool
}

func (e *eavesdropper) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := e.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, match := range private.FindAllSubmatch(body, -1) {
		e.heard[string(match[1])] = true
	}
	return resp, err
}

// No secret of the configuration is in the file, no token, nothing of a person, and no plain hash of these, also where
// vendors quote them in their errors.
func TestStoredStateHasNoSecret(t *testing.T) {
	const proxyPassword, headerSecret = "ProxyPlanted1", "HeaderPlanted2"
	var yaml strings.Builder
	yaml.WriteString("global:\n  http_client:\n    proxy_url: http://proxy:" + proxyPassword + "@127.0.0.1:3128\n" +
		"    http_headers: {X-Gateway: {secrets: [" + headerSecret + "]}}\n")
	secretKey := regexp.MustCompile(`(?m)^(?:app_key|master_secret|app_secret|secret_key|api_secret|api_key|user_email): (\S+)$`)
	secrets := make(map[string][]string) // by vendor
	all := []string{proxyPassword, headerSecret}
	for _, v := range simulator.Vendors() {
		a := v.Accounts[len(v.Accounts)-1]
		fmt.Fprintf(&yaml, "%s:\n  - account: %s\n    base_url: http://127.0.0.1:9788%s\n", v.Name, a.Name, v.BasePath)
		for line := range strings.Lines(a.Settings) {
			yaml.WriteString("    " + line)
		}
		for _, match := range secretKey.FindAllStringSubmatch(a.Settings, -1) {
			secrets[v.Name] = append(secrets[v.Name], strings.Trim(match[1], `"'`))
		}
		if len(secrets[v.Name]) == 0 {
			t.Fatalf("the account of %s has no secrets", v.Name)
		}
		all = append(all, secrets[v.Name]...)
	}
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, 11, 22, 3, 20, 0, 0, time.UTC))) // no real time passes
		sim := simulator.New(simulator.Options{Seed: 1})
		defer sim.Close()
		vendors := &eavesdropper{RoundTripper: inProcess{sim}, heard: make(map[string]bool)}
		e := startStoring(t, &counting{RoundTripper: vendors}, t.TempDir(), yaml.String())
		e.page()
		// Now some endpoints fail, with errors in which the vendors quote secrets.
		for _, f := range []simulator.Fault{
			{Vendor: "getui", Endpoint: "push_quota", Code: 30000},
			{Vendor: "polyv", Code: 400},
			{Vendor: "adspect", Code: 401},
			{Vendor: "sensorsdata", Code: 401},
			{Vendor: "quanshi", Endpoint: "event_list", Code: 40104},
		} {
			f.Kind, f.Message = simulator.FaultCode, strings.Join(append(secrets[f.Vendor], "viewer.planted@example.org"), " ")
			sim.Inject(f)
		}
		<-time.After(2 * time.Hour) // no real time passes
		e.page()
		e.stop()
		content, err := os.ReadFile(filepath.Join(e.folder, storage.FileName))
		if err != nil {
			t.Fatal(err)
		}
		for _, vendor := range []string{"getui", "polyv", "adspect", "sensorsdata", "quanshi"} {
			if !bytes.Contains(content, []byte(`"Vendor":"`+vendor+`"`)) {
				t.Errorf("the file has no error of %s", vendor)
			}
		}
		if len(vendors.heard) < 20 {
			t.Fatalf("the vendors' answers have %d tokens and persons", len(vendors.heard))
		}
		for _, secret := range slices.Concat(all, slices.Collect(maps.Keys(vendors.heard)), []string{"viewer.planted@example.org"}) {
			sum := sha256.Sum256([]byte(secret))
			for _, form := range []string{
				secret, hex.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
				string(sum[:]), hex.EncodeToString(sum[:]), base64.StdEncoding.EncodeToString(sum[:]),
			} {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("the file has %q of %q", form, secret)
				}
			}
		}
	})
}

// A folder that does not answer ends neither the start nor the end of the exporter in a hang.
func TestDiskThatDoesNotAnswerInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan error, 1)
		began := time.Now()
		err := inTime(func() error { return <-answer })
		if err == nil || !strings.Contains(err.Error(), "has not answered within 15s") || time.Since(began) != storageTimeout {
			t.Errorf("got %v after %s, want that it has not answered within 15s", err, time.Since(began))
		}
		answer <- nil
		answer <- os.ErrPermission
		if err := inTime(func() error { return <-answer }); !errors.Is(err, os.ErrPermission) {
			t.Errorf("got %v, want the error of a disk that answers", err)
		}
	})
}
