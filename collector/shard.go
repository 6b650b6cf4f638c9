package collector

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector/poll"
)

// Shard is one of several exporters that share the accounts of one configuration: exactly one of them reads an account.
// The zero value reads all.
type Shard struct {
	Index, Count int // the first of four has Index 1 and Count 4
}

var shardPattern = regexp.MustCompile(`^([1-9][0-9]{0,3})/([1-9][0-9]{0,3})$`)

// ParseShard returns the shard of a text such as "1/4", the first of four.
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

// String returns the text that ParseShard reads; "" for the zero value.
func (s Shard) String() string {
	if s.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Count)
}

// Owns reports whether the shard reads the account. This is rendezvous hashing: each shard has a score for the account,
// and the one with the highest reads it. If a shard is added, it takes over only its own accounts, and the others keep
// theirs.
func (s Shard) Owns(t poll.Target) bool {
	if s.Count <= 1 {
		return true
	}
	own := score(t, s.Index)
	for i := 1; i <= s.Count; i++ {
		if other := score(t, i); other > own || other == own && i < s.Index {
			return false
		}
	}
	return true
}

// score returns the score of a shard for an account. All shards must agree on it: with another function, accounts would
// be read twice, or never, while shards are updated.
func score(t poll.Target, index int) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s\x00%d", t, index)
	// FNV leaves the high bits of short texts alike; this is the finisher of SplitMix64.
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
