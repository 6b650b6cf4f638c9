package poll

import (
	"math"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// PastRefresh is a refresh of an endpoint that has ended.
type PastRefresh struct {
	At       time.Time // when it ended, in seconds
	Duration time.Duration
	// Failure is the kind of the first failure of the endpoint when the refresh ended; 0 if the endpoint was up.
	Failure transport.Kind
}

// pastCount is how many past refreshes of an endpoint are kept.
const pastCount = 10

// PastRefreshes are the last refreshes of an endpoint. They are packed into 124 bytes, since every endpoint of every
// account has them.
type PastRefreshes struct {
	ring [pastCount]struct {
		at, milliseconds uint32 // at in seconds since 1970
		failure          transport.Kind
	}
	next, count uint8
}

func (p *PastRefreshes) add(r PastRefresh) {
	kept := &p.ring[p.next]
	kept.at = uint32(r.At.Unix()) // until the year 2106
	kept.milliseconds = uint32(min(r.Duration.Milliseconds(), math.MaxUint32))
	kept.failure = r.Failure
	p.next, p.count = (p.next+1)%pastCount, min(p.count+1, pastCount)
}

// All returns the refreshes, the oldest first.
func (p *PastRefreshes) All() []PastRefresh {
	all := make([]PastRefresh, p.count)
	for i := range all {
		kept := p.ring[(int(p.next)-len(all)+i+pastCount)%pastCount]
		all[i] = PastRefresh{
			time.Unix(int64(kept.at), 0), time.Duration(kept.milliseconds) * time.Millisecond, kept.failure,
		}
	}
	return all
}
