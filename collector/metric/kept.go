package metric

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Kept is what a read kept beside its samples, encoded as JSON; nil for nothing. It never changes.
type Kept []byte

// Decode decodes what was kept into the value that to points to, and reports whether there was something that has the
// form of that value.
func (k Kept) Decode(to any) bool { return len(k) > 0 && json.Unmarshal(k, to) == nil }

// Keep keeps a value beside the samples, also if the read fails: for the next read of the same item, and for the
// endpoints that take their items from this one. It holds neither secrets nor personal data: it may be stored on disk.
func (b *Batch) Keep(value any) {
	kept, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("a read kept a %T that cannot be encoded: %v", value, err))
	}
	b.kept = kept
}

// Kept returns what the read kept; before it has kept something, what the read before did.
func (b *Batch) Kept() Kept { return b.kept }

// SetKept sets what the read before kept.
func (b *Batch) SetKept(kept Kept) { b.kept = kept }
