package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// A process with too few file descriptors for the connections of its accounts cannot send most requests at first. It
// sends them at the next scrapes, and not after min_interval.
func TestTooFewFileDescriptors(t *testing.T) {
	t.Parallel()
	const accounts, descriptors = 200, 24
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(50 * time.Millisecond): // so that connections are needed side by side
		case <-r.Context().Done():
			return
		}
		switch {
		case strings.HasSuffix(r.URL.Path, "/auth"):
			_, _ = io.WriteString(w, `{"code":0,"data":{"expire_time":"4102444800000","token":"t"}}`)
		case strings.Contains(r.URL.Path, "online"):
			_, _ = fmt.Fprintf(w, `{"code":0,"data":{"online_statics":{"%d":7}}}`, time.Now().UnixMilli())
		default:
			_, _ = io.WriteString(w, `{"code":0,"data":{"gt":{"app":{"total_num":9,"remain_num":7,"push_num":2,"limit":false}}}}`)
		}
	}))
	defer vendor.Close()
	var yaml strings.Builder
	yaml.WriteString("getui:\n")
	for i := range accounts {
		fmt.Fprintf(&yaml, "  - {account: shop-%03d, app_id: A%d, app_key: K, master_secret: S, base_url: '%s/v2',\n"+
			"     endpoints: {push_quota: {min_interval: 1h, max_stale: 3h}, online_users: {min_interval: 1h, max_stale: 3h},\n"+
			"       push_day: {enabled: false}, user_day: {enabled: false}}}\n", i, i, vendor.URL)
	}
	exporter := testkit.Start(t, "bash", "-c", fmt.Sprintf(`ulimit -n %d; exec "$0" "$@"`, descriptors), binary,
		"--config.file="+testkit.WriteFile(t, t.TempDir(), "engage.yml", yaml.String()), "--web.listen-address=127.0.0.1:0")
	url := "http://" + exporter.Listening() + "/metrics"
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	up := func() (n int) {
		page, err := get(client, url)
		if err != nil {
			t.Logf("scrape: %v", err)
			return 0
		}
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "engage_endpoint_up{") && strings.HasSuffix(line, " 1\n") {
				n++
			}
		}
		return n
	}
	first := up()
	exporter.Printed(`too many open files`)
	began := time.Now()
	testkit.Await(t, "account of which all is read", func() error {
		if n := up(); n < 2*accounts {
			return fmt.Errorf("%d of %d endpoints are up", n, 2*accounts)
		}
		return nil
	})
	t.Logf("%d of %d endpoints were up at first, all %s later", first, 2*accounts, time.Since(began).Round(time.Second))
	if code := exporter.End(syscall.SIGTERM); code != 0 {
		t.Errorf("ended with status %d", code)
	}
}
