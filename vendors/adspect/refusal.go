package adspect

import (
	"crypto/sha256"
	"sync"
)

// refusal remembers the key that Adspect refused, as a hash: all that is asked is whether it
// is another one by now.
type refusal struct {
	mu  sync.Mutex
	key *[sha256.Size]byte // nil = none is refused
}

func (r *refusal) note(key string) {
	sum := sha256.Sum256([]byte(key))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = &sum
}

// endsWith forgets the refusal if key is another one than was refused, and reports whether
// it did.
func (r *refusal) endsWith(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.key == nil || *r.key == sha256.Sum256([]byte(key)) {
		return false
	}
	r.key = nil
	return true
}
