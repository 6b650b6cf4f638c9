package collector_test

import (
	"fmt"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
)

func TestParseShard(t *testing.T) {
	for _, tt := range []struct {
		text string
		want collector.Shard
		err  string
	}{
		{"1/1", collector.Shard{Index: 1, Count: 1}, ""},
		{"4/4", collector.Shard{Index: 4, Count: 4}, ""},
		{"0/4", collector.Shard{}, `shard "0/4": want a number and how many there are, such as 1/4 for the first of four`},
		{"5/4", collector.Shard{}, `shard "5/4": there are only 4, counted from 1`},
		{"", collector.Shard{}, `shard "": want a number and how many there are, such as 1/4 for the first of four`},
		{"a/4", collector.Shard{}, `shard "a/4": want a number and how many there are, such as 1/4 for the first of four`},
		{"1/4 ", collector.Shard{}, `shard "1/4 ": want a number and how many there are, such as 1/4 for the first of four`},
		{"1/99999", collector.Shard{}, `shard "1/99999": want a number and how many there are, such as 1/4 for the first of four`},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := collector.ParseShard(tt.text)
			if got != tt.want || err != nil && err.Error() != tt.err || err == nil && tt.err != "" {
				t.Errorf("got %v, %v; want %v, %s", got, err, tt.want, tt.err)
			}
			if err == nil && got.String() != tt.text {
				t.Errorf("%v is written %q", got, got)
			}
		})
	}
}

// Each account has exactly one shard, the shards have about as many each, and one shard more takes accounts over
// without others changing hands.
func TestShardsShareTheAccounts(t *testing.T) {
	const accounts = 10_000
	owner := func(target poll.Target, count int) int {
		found := 0
		for i := 1; i <= count; i++ {
			if (collector.Shard{Index: i, Count: count}).Owns(target) {
				if found != 0 {
					t.Fatalf("%s is read by the shards %d and %d of %d", target, found, i, count)
				}
				found = i
			}
		}
		if found == 0 {
			t.Fatalf("%s is read by no shard of %d", target, count)
		}
		return found
	}
	for _, count := range []int{2, 3, 4, 7} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			sizes := make([]int, count+1)
			moved := 0
			for i := range accounts {
				target := poll.Target{Vendor: []string{"getui", "polyv"}[i%2], Account: fmt.Sprintf("account-%d", i/2)}
				before, after := owner(target, count), owner(target, count+1)
				sizes[before]++
				if before != after {
					moved++
					if after != count+1 {
						t.Fatalf("%s moved from shard %d to %d, though only %d is new", target, before, after, count+1)
					}
				}
			}
			for i, size := range sizes[1:] {
				if fair := accounts / count; size < fair*9/10 || size > fair*11/10 {
					t.Errorf("shard %d of %d has %d accounts, want about %d", i+1, count, size, fair)
				}
			}
			if fair := accounts / (count + 1); moved > fair*11/10 {
				t.Errorf("%d accounts moved, want about %d", moved, fair)
			}
		})
	}
}

// Who reads an account must not change with a new version of the exporter: shards are updated one after the other.
func TestShardsStayTheSame(t *testing.T) {
	got := ""
	for _, name := range []string{"shop-android", "news-android", "会员", "a", "b", "c", "d", "e", "f", "g", "h"} {
		for i := 1; i <= 3; i++ {
			if (collector.Shard{Index: i, Count: 3}).Owns(poll.Target{Vendor: "getui", Account: name}) {
				got += fmt.Sprint(i)
			}
		}
	}
	if want := "22221211121"; got != want {
		t.Errorf("shards %s, want %s", got, want)
	}
}

func TestZeroShardOwnsAll(t *testing.T) {
	if !(collector.Shard{}).Owns(poll.Target{Vendor: "getui", Account: "x"}) || (collector.Shard{}).String() != "" {
		t.Error("the zero shard does not own an account")
	}
}
