package collector_test

import (
	"fmt"
	"slices"
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
		{"0/4", collector.Shard{}, `--shard=0/4: want a number and how many there are, such as 1/4 for the first of four`},
		{"5/4", collector.Shard{}, `--shard=5/4: there are only 4, counted from 1`},
		{"", collector.Shard{}, `--shard=: want a number and how many there are, such as 1/4 for the first of four`},
		{"a/4", collector.Shard{}, `--shard=a/4: want a number and how many there are, such as 1/4 for the first of four`},
		{"1/4 ", collector.Shard{}, `--shard=1/4 : want a number and how many there are, such as 1/4 for the first of four`},
		{"1/99999", collector.Shard{}, `--shard=1/99999: want a number and how many there are, such as 1/4 for the first of four`},
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

// targetsOf returns n accounts of two vendors.
func targetsOf(n int) []poll.Target {
	all := make([]poll.Target, n)
	for i := range all {
		all[i] = poll.Target{Vendor: []string{"getui", "polyv"}[i%2], Account: fmt.Sprintf("account-%d", i/2)}
	}
	return all
}

// owners returns the shard of each account, of which there must be exactly one.
func owners(t *testing.T, all []poll.Target, count int) map[poll.Target]int {
	t.Helper()
	found := make(map[poll.Target]int)
	for i := 1; i <= count; i++ {
		for target := range (collector.Shard{Index: i, Count: count}).Own(all) {
			if found[target] != 0 {
				t.Fatalf("%s is read by the shards %d and %d of %d", target, found[target], i, count)
			}
			found[target] = i
		}
	}
	if len(found) != len(all) {
		t.Fatalf("%d shards read %d accounts of %d", count, len(found), len(all))
	}
	return found
}

// moved returns how many accounts have another shard afterwards.
func moved(before, after map[poll.Target]int) (n int) {
	for target, shard := range before {
		if after[target] != shard {
			n++
		}
	}
	return n
}

// Each account has exactly one shard, and the shards share small sets equally and large ones nearly so. Few accounts
// move when a shard or an account is added.
func TestShardsShareTheAccounts(t *testing.T) {
	for _, tt := range []struct {
		accounts, shards             int
		smallest, largest            int // accounts of a shard
		movedByShard, movedByAccount int // at most; a new shard must take accounts/(shards+1)
	}{
		{accounts: 1, shards: 4, smallest: 0, largest: 1, movedByShard: 0, movedByAccount: 1},
		{accounts: 4, shards: 4, smallest: 1, largest: 1, movedByShard: 2, movedByAccount: 2},
		{accounts: 10, shards: 4, smallest: 2, largest: 3, movedByShard: 4, movedByAccount: 2},
		{accounts: 40, shards: 4, smallest: 6, largest: 11, movedByShard: 11, movedByAccount: 2},
		{accounts: 100, shards: 3, smallest: 27, largest: 37, movedByShard: 29, movedByAccount: 2},
		{accounts: 1000, shards: 10, smallest: 80, largest: 110, movedByShard: 110, movedByAccount: 2},
		{accounts: 3000, shards: 4, smallest: 675, largest: 825, movedByShard: 660, movedByAccount: 0},
	} {
		t.Run(fmt.Sprintf("%d accounts of %d shards", tt.accounts, tt.shards), func(t *testing.T) {
			all := targetsOf(tt.accounts)
			before := owners(t, all, tt.shards)
			sizes := make(map[int]int)
			for _, shard := range before {
				sizes[shard]++
			}
			for i := 1; i <= tt.shards; i++ {
				if sizes[i] < tt.smallest || sizes[i] > tt.largest {
					t.Errorf("shard %d has %d accounts, want %d to %d", i, sizes[i], tt.smallest, tt.largest)
				}
			}
			if n := moved(before, owners(t, all, tt.shards+1)); n > tt.movedByShard {
				t.Errorf("one shard more moves %d accounts, want %d at most", n, tt.movedByShard)
			}
			if n := moved(before, owners(t, targetsOf(tt.accounts+1), tt.shards)); n > tt.movedByAccount {
				t.Errorf("one account more moves %d others, want %d at most", n, tt.movedByAccount)
			}
			slices.Reverse(all)
			if n := moved(before, owners(t, all, tt.shards)); n > 0 {
				t.Errorf("another order of the file moves %d accounts", n)
			}
		})
	}
}

// Which shard reads an account must not change with a new version of the exporter: shards are updated one after the
// other.
func TestShardsStayTheSame(t *testing.T) {
	var all []poll.Target
	for _, name := range []string{"shop-android", "news-android", "会员", "a", "b", "c", "d", "e", "f", "g", "h"} {
		all = append(all, poll.Target{Vendor: "getui", Account: name})
	}
	got := ""
	found := owners(t, all, 3)
	for _, target := range all {
		got += fmt.Sprint(found[target])
	}
	if want := "32323211121"; got != want {
		t.Errorf("shards %s, want %s", got, want)
	}
}

func TestZeroShardOwnsAll(t *testing.T) {
	if n := len(collector.Shard{}.Own(targetsOf(3))); n != 3 || (collector.Shard{}).String() != "" {
		t.Errorf("the zero shard owns %d accounts of 3", n)
	}
}
