package cli

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var (
	failingEndpoint = regexp.MustCompile(`(?m)^engage_endpoint_failing\{account="([^"]+)",api_endpoint="([^"]+)",reason="([^"]+)"`)
	// Late in the day other channels use up their quotas by themselves.
	exhaustedQuota = regexp.MustCompile(`(?m)^getui_push_quota_remaining\{account="([^"]+)",channel="gt",.*\} 0$`)
)

// The demo shows what is wrong as soon as it has started, though nobody scrapes it.
func TestDemoFaults(t *testing.T) {
	builtIn := []string{"affiliate streams http", "onboarding playback_yesterday rejected"}
	for _, tt := range []struct {
		name      string
		flags     []string
		failing   []string
		exhausted []string
	}{
		{"by default", nil, builtIn, []string{"news-android"}},
		{"and one more", []string{"--fault=getui/SimShopAndroid0001/online_users=throttle"},
			append(slices.Clone(builtIn), "shop-android online_users rate_limited"), []string{"news-android"}},
		{"none", []string{"--no-faults"}, nil, nil},
		{"only those of the flag", []string{"--no-faults", "--fault=polyv/fa4e000001/playback_today=empty"},
			[]string{"academy playback_today malformed"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			stdout, stderr := &testkit.Output{}, &testkit.Output{}
			ended := make(chan int, 1)
			args := append([]string{"demo", "--web.listen-address=127.0.0.1:0"}, tt.flags...)
			go func() { ended <- Run(ctx, args, stdout, stderr) }()
			defer func() {
				stop()
				if status := <-ended; status != 0 {
					t.Errorf("the demo ended with %d:\n%s", status, stderr)
				}
			}()
			address := stdout.Await(t, `http://[^/\s]+`)
			for _, failing := range tt.failing {
				words := strings.Fields(failing)
				stderr.Await(t, `account=`+words[0]+` endpoint=`+words[1]+` .*msg="endpoint failing"`)
			}

			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/metrics", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Close = true
			r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", "60")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			page, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			var failing, exhausted []string
			for _, m := range failingEndpoint.FindAllStringSubmatch(string(page), -1) {
				failing = append(failing, strings.Join(m[1:], " "))
			}
			for _, m := range exhaustedQuota.FindAllStringSubmatch(string(page), -1) {
				exhausted = append(exhausted, m[1])
			}
			slices.Sort(failing)
			slices.Sort(tt.failing)
			if diff := cmp.Diff(tt.failing, failing); diff != "" {
				t.Errorf("failing endpoints (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.exhausted, slices.Compact(exhausted)); diff != "" {
				t.Errorf("accounts without quota (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScrapeItself(t *testing.T) {
	for _, tt := range []struct {
		name     string
		interval time.Duration
		want     []time.Duration
	}{
		{"at once and at each interval", 15 * time.Second, []time.Duration{0, 15 * time.Second, 30 * time.Second}},
		{"never", 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var scrapes []time.Duration
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet || r.URL.Path != "/engage/metrics" {
						t.Errorf("%s %s", r.Method, r.URL)
					}
					scrapes = append(scrapes, time.Since(begin))
					io.WriteString(w, "a page")
				})
				wait := scrapeItself(t.Context(), handler, "/engage/metrics", tt.interval)
				<-time.After(40 * time.Second)
				wait()
				if diff := cmp.Diff(tt.want, scrapes); diff != "" {
					t.Errorf("scrapes after (-want +got):\n%s", diff)
				}
			})
		})
	}
}
