package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/web"
)

// Scrapes during 200 reloads, of which some fail, are answered whole: with the accounts of one configuration, never none and never those of two.
func TestScrapesDuringReloads(t *testing.T) {
	sim := simulator.New(simulator.Options{Seed: 1})
	defer sim.Close()
	demo := demoConfig(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9788})
	other := strings.NewReplacer("shop-android", "shop-ios", "academy", "college").Replace(demo)
	reloads := 0
	load := func() (*config.Config, error) {
		reloads++
		switch {
		case reloads%10 == 0:
			return nil, errors.New("planted mistake")
		case reloads%2 == 0:
			return config.Parse("engage.yml", []byte(other), config.Options{})
		}
		return config.Parse("engage.yml", []byte(demo), config.Options{})
	}
	registry := prometheus.NewRegistry()
	r, err := start(load, collector.Options{Logger: log.NewNopLogger(), RoundTripper: inProcess{sim}}, web.NewConfigMetrics(registry))
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	handler, err := web.NewHandler(web.Options{
		Registry: registry, Accounts: r.set, Config: r.maskedConfig, Reload: r.reload, ReloadFailure: r.reloadFailure, MetricsPath: "/metrics",
	})
	if err != nil {
		t.Fatal(err)
	}
	scrape := func() string {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		if w.Code != http.StatusOK {
			t.Errorf("a scrape is answered %d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	scrape()

	ctx, stop := context.WithCancel(t.Context())
	var scrapers sync.WaitGroup
	for range 2 {
		scrapers.Go(func() {
			for ctx.Err() == nil {
				page := scrape()
				seen := ""
				for _, account := range []string{"shop-android", "shop-ios", "academy", "college", "news-android"} {
					if strings.Contains(page, fmt.Sprintf("engage_endpoint_up{account=%q,", account)) {
						seen += account + " "
					}
				}
				if seen != "shop-android academy news-android " && seen != "shop-ios college news-android " {
					t.Errorf("a page has the accounts %s", seen)
					return
				}
			}
		})
	}
	failed := 0
	for range 200 {
		if err := r.reload(); err != nil {
			failed++
			if r.reloadFailure() == nil {
				t.Error("the failure is not remembered")
			}
		} else if r.reloadFailure() != nil {
			t.Error("the failure before is still told")
		}
	}
	stop()
	scrapers.Wait()
	if failed != 20 {
		t.Errorf("%d reloads failed, want 20", failed)
	}
	if !strings.Contains(scrape(), "engage_config_last_reload_successful 1\n") {
		t.Error("the last reload succeeded, which the metric does not say")
	}
}

func TestShardFlag(t *testing.T) {
	for _, tt := range []struct{ flag, want string }{
		{"--shard=0/3", "--shard: shard"},
		{"--shard=4/3", "there are only 3"},
		{"--web.max-requests=-1", "want 0, which is no limit, or more"},
	} {
		var stderr strings.Builder
		if status := run(t.Context(), []string{"demo", "--web.listen-address=127.0.0.1:0", tt.flag}, &strings.Builder{}, &stderr); status != 1 || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%s: status %d, %s", tt.flag, status, stderr.String())
		}
	}
}
