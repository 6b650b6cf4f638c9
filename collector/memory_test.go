package collector_test

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
)

// maxBytesPerSample bounds what is kept for a sample with the labels of a push quota, of which four values share
// theirs.
const maxBytesPerSample = 60

// What an account costs is its samples.
func TestSamplesAreSmall(t *testing.T) {
	const kinds = 2500
	a := newAPI()
	a.answer(pathQuota, manyQuotas(kinds))
	// Without the endpoint the account is what it is anyway.
	before := heapOf(t, a, quotaOnlyAccount("{enabled: false}"))
	with := heapOf(t, a, quotaOnlyAccount("{min_interval: 1h, max_stale: 2h}"))
	perSample := (with - before) / (4 * kinds)
	if perSample > maxBytesPerSample || perSample < 20 {
		t.Errorf("a sample takes %d bytes, want at most %d, and some", perSample, maxBytesPerSample)
	}
	t.Logf("%d bytes for each of %d samples", perSample, 4*kinds)
}

func quotaOnlyAccount(quota string) string {
	return "getui: [{account: shop, app_id: APP, app_key: K, master_secret: M, endpoints: {push_quota: " + quota + ", online_users: {}, push_day: {enabled: false}, user_day: {enabled: false}}}]"
}

// heapOf is how much larger the heap is once a configuration's accounts have been read.
func heapOf(t *testing.T, rt http.RoundTripper, yaml string) int64 {
	t.Helper()
	before := heapInUse()
	cfg, err := collector.ParseConfig("engage.yml", []byte(yaml), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set, err := collector.New(cfg, collector.Options{RoundTripper: rt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	ctx := t.Context()
	for _, family := range set.Gather(ctx).Proto() {
		if family.GetName() == "engage_endpoint_failing" && !strings.Contains(family.String(), "online_users") {
			t.Fatal(family)
		}
	}
	after := heapInUse()
	runtime.KeepAlive(set)
	return after - before
}

func heapInUse() int64 {
	var m runtime.MemStats
	for range 2 { // what pools hold goes with the second collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
