package web_test

import (
	"fmt"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/engage-exporter/engage_exporter/web"
)

func TestShardInfo(t *testing.T) {
	for shard, want := range map[string]string{"": "", "2/4": "engage_shard_info shard=2/4 1"} {
		registry := prometheus.NewPedanticRegistry()
		web.RegisterShard(registry, shard)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range families {
			for _, m := range f.GetMetric() {
				got += fmt.Sprintf("%s %s=%s %g", f.GetName(), m.GetLabel()[0].GetName(), m.GetLabel()[0].GetValue(), m.GetGauge().GetValue())
			}
		}
		if got != want {
			t.Errorf("shard %q: got %s, want %s", shard, got, want)
		}
	}
}
