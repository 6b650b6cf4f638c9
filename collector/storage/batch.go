package storage

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Batch is changes that are made together. Its zero value is empty. It keeps its memory for the next changes, and is not
// safe for concurrent use.
type Batch struct {
	bytes   bytes.Buffer // of all keys and values, each value with its checksum before it
	changes []change
}

// change is one change: where its key begins in the bytes of the batch, and where its key and its value end.
type change struct {
	from, keyEnd, end int
	kind              changeKind
}

type changeKind byte

const (
	puts changeKind = iota
	deletes
	deletesPrefix
)

// Put adds the change of a value, which encode writes. If that fails, the batch is as before.
func (b *Batch) Put(key []byte, encode func(*bytes.Buffer) error) error {
	from := b.bytes.Len()
	_, _ = b.bytes.Write(key)
	keyEnd := b.bytes.Len()
	_, _ = b.bytes.Write(make([]byte, checksumSize))
	if err := encode(&b.bytes); err != nil {
		b.bytes.Truncate(from)
		return err
	}
	stored := b.bytes.Bytes()[keyEnd:]
	binary.BigEndian.PutUint32(stored, checksum(key, stored[checksumSize:]))
	b.changes = append(b.changes, change{from, keyEnd, b.bytes.Len(), puts})
	return nil
}

// Delete adds the deletion of a value.
func (b *Batch) Delete(key []byte) { b.delete(key, deletes) }

// DeletePrefix adds the deletion of all values whose keys begin with a prefix.
func (b *Batch) DeletePrefix(prefix []byte) { b.delete(prefix, deletesPrefix) }

func (b *Batch) delete(key []byte, kind changeKind) {
	from := b.bytes.Len()
	_, _ = b.bytes.Write(key)
	b.changes = append(b.changes, change{from, b.bytes.Len(), b.bytes.Len(), kind})
}

// Len returns the number of changes.
func (b *Batch) Len() int { return len(b.changes) }

// Size returns the number of bytes of all keys and values.
func (b *Batch) Size() int { return b.bytes.Len() }

// Truncate discards all but the first n changes.
func (b *Batch) Truncate(n int) {
	if n < len(b.changes) {
		b.bytes.Truncate(b.changes[n].from)
		b.changes = b.changes[:n]
	}
}

// of returns the key of a change, and the value as it is stored.
func (b *Batch) of(c change) (key, stored []byte) {
	all := b.bytes.Bytes()
	return all[c.from:c.keyEnd], all[c.keyEnd:c.end]
}

// checksumSize is how many bytes of checksum are stored before each value.
const checksumSize = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}
