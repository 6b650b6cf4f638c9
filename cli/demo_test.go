package cli

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

// inProcess answers requests by a handler: under a fake clock no real network can be used.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

var familyRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|[^|]*\\| ([^|]*) \\|[^|]*\\|$")

// The demo shows every family at any hour: whoever tries it at night in Shanghai must not find empty pages.
func TestDemoShowsEveryFamilyAtAnyHour(t *testing.T) {
	var page bytes.Buffer
	if err := collector.WriteCatalogue(&page); err != nil {
		t.Fatal(err)
	}
	// Among them the first hour of the day in each of the demo's zones: Shanghai (16:00), Dubai (20:00) and UTC.
	for hour := 0; hour < 24; hour += 4 {
		t.Run(fmt.Sprintf("%02d:20", hour), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				<-time.After(time.Until(time.Date(2026, 11, 22, hour, 20, 0, 0, time.UTC))) // no real time passes
				sim := simulator.New(simulator.Options{Seed: 1})
				defer sim.Close()
				cfg, err := collector.ParseConfig("demo.yml", []byte(demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9788})), config.Options{})
				if err != nil {
					t.Fatal(err)
				}
				set, err := collector.New(cfg, collector.Options{RoundTripper: inProcess{sim}})
				if err != nil {
					t.Fatal(err)
				}
				defer set.Close()
				given := scrapedFamilies(t, set)
				for _, row := range familyRow.FindAllStringSubmatch(page.String(), -1) {
					name, condition := row[1], row[2]
					exporters := strings.HasPrefix(name, "engage_")
					if !exporters && !strings.Contains(condition, "if the vendor sends it") && !given[name] {
						t.Errorf("%s (%s) has no sample", name, condition)
					}
				}
				if given["engage_endpoint_failing"] {
					t.Error("an endpoint fails")
				}
			})
		})
	}
}

// The simulator sends no more than 10 of a project's tags at a time, and counts from one; the exporter has them all.
func TestDemoHasTheTagsOfAllPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))) // no real time passes
		sim := simulator.New(simulator.Options{Seed: 1})
		defer sim.Close()
		cfg, err := collector.ParseConfig("demo.yml", []byte(demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9788})), config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		set, err := collector.New(cfg, collector.Options{RoundTripper: inProcess{sim}})
		if err != nil {
			t.Fatal(err)
		}
		defer set.Close()
		shown := 0
		for _, tag := range sensorsdata.DefaultTags() {
			if tag.Directory != 40 { // which is hidden
				shown++
			}
		}
		tags := make(map[string]int)
		for _, f := range scrape(t, set) {
			if f.GetName() != "sensorsdata_tag_info" {
				continue
			}
			for _, m := range f.GetMetric() {
				for _, label := range m.GetLabel() {
					if label.GetName() == "account" {
						tags[label.GetValue()]++
					}
				}
			}
		}
		if tags["ebiz"] != shown || tags["school"] != 4 {
			t.Errorf("tags by account: %v, want %d and 4", tags, shown)
		}
	})
}

// scrapedFamilies are the names of the families of one scrape.
func scrapedFamilies(t *testing.T, set *collector.Set) map[string]bool {
	t.Helper()
	given := make(map[string]bool)
	for _, f := range scrape(t, set) {
		given[f.GetName()] = true
	}
	return given
}

func scrape(t *testing.T, set *collector.Set) []*dto.MetricFamily {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	gatherer := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return set.Gather(ctx).Proto(), nil })
	families, err := prometheus.Gatherers{gatherer}.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}
