package sensorsdata

import (
	"crypto/sha256"
	"sync"
)

// refusal remembers the secret that Sensors Data refused, as a hash: all that is asked is
// whether it is another one by now.
type refusal struct {
	mu     sync.Mutex
	secret *[sha256.Size]byte // nil = none is refused
}

func (r *refusal) note(secret string) {
	sum := sha256.Sum256([]byte(secret))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = &sum
}

// endsWith forgets the refusal if secret is another one than was refused, and reports
// whether it did.
func (r *refusal) endsWith(secret string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.secret == nil || *r.secret == sha256.Sum256([]byte(secret)) {
		return false
	}
	r.secret = nil
	return true
}
