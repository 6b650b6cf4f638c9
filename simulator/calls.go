package simulator

import (
	"sync"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// callCounter counts requests by vendor, account and endpoint. The zero value is ready.
type callCounter struct {
	mu     sync.Mutex
	counts map[callKey]int
}

type callKey struct{ vendor, account, endpoint string }

func (n *callCounter) add(c *core.Call) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.counts == nil {
		n.counts = make(map[callKey]int)
	}
	n.counts[callKey{c.Vendor, c.Account, c.Endpoint}]++
}

// sum adds up the counts that match; "" matches all.
func (n *callCounter) sum(vendor, account, endpoint string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	var sum int
	for k, count := range n.counts {
		if core.Matches(vendor, k.vendor) && core.Matches(account, k.account) && core.Matches(endpoint, k.endpoint) {
			sum += count
		}
	}
	return sum
}
