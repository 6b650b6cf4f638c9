package transport

import (
	"crypto/sha256"
	"sync"
)

// RefuseSecret is [Client.Refuse] for an account whose credentials are one secret: another one
// than that, given to [Client.NoticeSecret], ends the refusal.
func (c *Client) RefuseSecret(err *Error, secret string) {
	c.refusedSecret.note(secret)
	c.Refuse(err)
}

// NoticeSecret lets requests pass again if secret is another one than was refused: to rotate it
// needs no restart.
func (c *Client) NoticeSecret(secret string) {
	if c.refusedSecret.endsWith(secret) {
		c.Reset()
	}
}

// refusedSecret remembers a secret that was refused, as a hash: all that is asked is whether
// it is another one by now.
type refusedSecret struct {
	mu  sync.Mutex
	sum *[sha256.Size]byte // nil = none is refused
}

func (r *refusedSecret) note(secret string) {
	sum := sha256.Sum256([]byte(secret))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum = &sum
}

// endsWith forgets the refusal if secret is another one than was refused, and reports whether
// it did.
func (r *refusedSecret) endsWith(secret string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sum == nil || *r.sum == sha256.Sum256([]byte(secret)) {
		return false
	}
	r.sum = nil
	return true
}
