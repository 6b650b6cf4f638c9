package collector

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Shard is one of several exporters that share the accounts of one configuration: each account is read by exactly one
// of them. The zero value is the only one, which has all.
type Shard struct {
	Index, Count int // the first of four has Index 1 and Count 4
}

var shardPattern = regexp.MustCompile(`^([1-9][0-9]{0,3})/([1-9][0-9]{0,3})$`)

// ParseShard reads "1/4", the first of four.
func ParseShard(text string) (Shard, error) {
	m := shardPattern.FindStringSubmatch(text)
	if m == nil {
		return Shard{}, fmt.Errorf("shard %q: want a number and how many there are, such as 1/4 for the first of four", text)
	}
	index, _ := strconv.Atoi(m[1]) // four digits are a number
	count, _ := strconv.Atoi(m[2])
	if index > count {
		return Shard{}, fmt.Errorf("shard %q: there are only %d, counted from 1", text, count)
	}
	return Shard{Index: index, Count: count}, nil
}

// String gives what ParseShard reads; "" for the zero value.
func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Owns reports whether the shard reads the account. It goes by rendezvous: each shard draws a number for the account
// and the highest has it, so that one shard more takes over only the accounts that it is to have, and the others keep
// theirs.
func (s Shard) Owns(t poll.Target) bool {
	if s.Count <= 1 {
		return true
	}
	mine := draw(t, s.Index)
	for i := 1; i <= s.Count; i++ {
		if other := draw(t, i); other > mine || other == mine && i < s.Index {
			return false
		}
	}
	return true
}

// draw is the number that a shard draws for an account. It is part of what shards agree on: another function would read
// every account twice, or never, while shards are updated.
func draw(t poll.Target, index int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%d", t, index)
	// FNV leaves the high bits of short texts alike; this is the finisher of SplitMix64.
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
