package collector_test

import (
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// FuzzParseShard takes any text for a shard: what is taken is one of those that there are, and is written as it was
// read.
func FuzzParseShard(f *testing.F) {
	for _, seed := range []string{"1/1", "4/4", "0/4", "5/4", "01/4", "1/4 ", "1/99999", "9999/9999", "-1/4", "１/４", ""} {
		f.Add(seed)
	}
	target := poll.Target{Vendor: "getui", Account: "shop"}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := collector.ParseShard(text)
		if err != nil {
			if s != (collector.Shard{}) {
				t.Errorf("%q is refused, and gives %v", text, s)
			}
			return
		}
		if s.Index < 1 || s.Index > s.Count || s.String() != text {
			t.Errorf("%q is %+v, and written %q", text, s, s)
		}
		if s.Count > 20 { // for speed
			return
		}
		owners := 0
		for i := 1; i <= s.Count; i++ {
			owners += len(collector.Shard{Index: i, Count: s.Count}.Own([]poll.Target{target}))
		}
		if owners != 1 {
			t.Errorf("of %d shards %d have one account", s.Count, owners)
		}
	})
}

// FuzzParseTarget takes any text for a target: what is taken has two parts, and is written as it was read.
func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{"getui/shop", "getui/", "/shop", "getui/shop/x", "getui", "", "getui/推送", "getui/\xff", "getui/a b\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		target, ok := poll.ParseTarget(text)
		if whole := strings.Count(text, "/") == 1 && !strings.HasPrefix(text, "/") && !strings.HasSuffix(text, "/"); ok != whole {
			t.Errorf("%q is taken: %t", text, ok)
		}
		if ok && target.String() != text {
			t.Errorf("%q is %+v, and written %q", text, target, target)
		}
	})
}
