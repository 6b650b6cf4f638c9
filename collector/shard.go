package collector

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"regexp"
	"slices"
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
		return Shard{}, fmt.Errorf("--shard=%s: want a number and how many there are, such as 1/4 for the first of four", text)
	}
	index, _ := strconv.Atoi(m[1]) // four digits are a number
	count, _ := strconv.Atoi(m[2])
	if index > count {
		return Shard{}, fmt.Errorf("--shard=%s: there are only %d, counted from 1", text, count)
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

// Own returns those of all configured accounts that the shard reads; their order does not matter. This is rendezvous
// hashing with bounded load: each shard has a score for each account, and the highest score decides, unless that shard is
// full. A shard is full with its equal share, and with a tenth more where that is a whole account. So small sets are shared
// equally, and in large ones nearly every account is read by the shard with its highest score: few accounts move when
// shards or accounts are added.
func (s Shard) Own(all []poll.Target) map[poll.Target]bool {
	own := make(map[poll.Target]bool, len(all))
	if s.Count <= 1 {
		for _, target := range all {
			own[target] = true
		}
		return own
	}
	shards := make([][]placed, s.Count)
	for _, target := range all {
		// An account that another one with a higher score displaces goes on to its next shard. Whatever the order of the
		// accounts, the result is the same.
		for p, again := (placed{target: target, score: math.MaxUint64}), true; again; {
			p = next(p, s.Count)
			p, again = admit(shards, p, room(len(all), p.shard, s.Count))
		}
	}
	for _, p := range shards[s.Index-1] {
		own[p.target] = true
	}
	return own
}

// placed is an account and one of the shards, counted from 0, with the shard's score for it.
type placed struct {
	target poll.Target
	shard  int
	score  uint64
}

// next returns the account with the shard that has the highest score for it below its present one.
func next(p placed, count int) placed {
	best := placed{target: p.target}
	for i := range count {
		if x := score(p.target, i+1); x < p.score && x >= best.score {
			best.shard, best.score = i, x
		}
	}
	return best
}

// room returns how many of n accounts a shard has.
func room(n, shard, count int) int {
	share := (n - shard + count - 1) / count // the first shards have one more
	return share + share/10
}

// admit adds an account to its shard. If that is full, the account with the lowest score is returned, and true.
func admit(shards [][]placed, p placed, room int) (displaced placed, full bool) {
	accounts := shards[p.shard]
	at, _ := slices.BinarySearchFunc(accounts, p, func(a, b placed) int {
		if a.score != b.score {
			return cmp.Compare(b.score, a.score)
		}
		return cmp.Compare(a.target.String(), b.target.String())
	})
	accounts = slices.Insert(accounts, at, p)
	if len(accounts) > room {
		displaced, full = accounts[room], true
		accounts = accounts[:room]
	}
	shards[p.shard] = accounts
	return displaced, full
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
