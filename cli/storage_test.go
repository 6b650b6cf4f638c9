package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	end := runStorage(s.t.Context(), s.storage, func() *collector.Set { return s.set })
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

// No secret of the configuration is in the file, nor a token that a vendor made of them.
func TestStoredStateHasNoSecret(t *testing.T) {
	inDemo(t, func(t *testing.T, vendors *counting) {
		e := startStoring(t, vendors, t.TempDir(), demoYAML())
		e.page()
		e.stop()
		content, err := os.ReadFile(filepath.Join(e.folder, storage.FileName))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, []byte("push_quota")) {
			t.Error("the file has no endpoint")
		}
		secrets := regexp.MustCompile(`(?m)^\s+(?:app_key|master_secret|app_secret|secret\w*|api_secret|api_key|token|\w*password): (\S+)$`)
		found := secrets.FindAllStringSubmatch(demoYAML(), -1)
		if len(found) < 5 {
			t.Fatalf("the demo has %d secrets", len(found))
		}
		for _, match := range found {
			secret := []byte(strings.Trim(match[1], `"'`))
			for _, form := range []string{
				string(secret), hex.EncodeToString(secret), base64.RawStdEncoding.EncodeToString(secret),
			} {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("the file has %q of %q", form, match[0])
				}
			}
		}
	})
}
