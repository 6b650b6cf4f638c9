package backfill

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// record is a value of a series and the steps at which it stands: as many samples as steps. The spool is a sequence of them.
type record struct {
	family     int // its number in the order of the output
	labels     []byte
	first, end int64 // numbers of steps: [first, end)
	value      float64
	day        int // the number of the day that gave it: of two that begin alike, the later day's counts
}

// maxRecord bounds a record; labels are bounded where they come from, so a longer one is no record.
const maxRecord = 1 << 20

// errSpool is what a spool that is no sequence of records leads to.
var errSpool = errors.New("what was kept of the days that are read is damaged: remove the folder and begin anew")

// write writes the record, and gives its length.
func (r *record) write(w *bufio.Writer) (int, error) {
	b := make([]byte, 0, 64+len(r.labels))
	b = binary.AppendUvarint(b, uint64(r.family))
	b = binary.AppendUvarint(b, uint64(r.day))
	b = binary.AppendVarint(b, r.first)
	b = binary.AppendUvarint(b, uint64(r.end-r.first))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.value))
	b = append(b, r.labels...)
	var prefix [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(prefix[:], uint64(len(b)))
	if _, err := w.Write(prefix[:n]); err != nil {
		return 0, err
	}
	_, err := w.Write(b)
	return n + len(b), err
}

// read reads the next record; [io.EOF] at the end. The labels are copied into the memory that the record has already.
func (r *record) read(in *bufio.Reader) error {
	length, err := binary.ReadUvarint(in)
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil || length > maxRecord {
		return errors.Join(errSpool, err)
	}
	body := r.labels[:0]
	if uint64(cap(body)) < length {
		body = make([]byte, 0, length)
	}
	body = body[:length]
	if _, err := io.ReadFull(in, body); err != nil {
		return errors.Join(errSpool, err)
	}
	rest := body
	uvarint := func() uint64 {
		v, n := binary.Uvarint(rest)
		rest = rest[max(n, 0):]
		return v
	}
	r.family, r.day = int(uvarint()), int(uvarint())
	first, n := binary.Varint(rest)
	rest = rest[max(n, 0):]
	r.first, r.end = first, first+int64(uvarint())
	if len(rest) < 8 {
		return errSpool
	}
	r.value = math.Float64frombits(binary.LittleEndian.Uint64(rest))
	r.labels = body[:copy(body, rest[8:])]
	return nil
}

// compare puts the records of a family together, in it those of a series, and in that the earlier ones first. Days may have been read in any order.
func (r *record) compare(other *record) int {
	return cmp.Or(cmp.Compare(r.family, other.family), bytes.Compare(r.labels, other.labels), cmp.Compare(r.first, other.first), cmp.Compare(r.day, other.day))
}

// sameSeries tells whether two records are of one series.
func (r *record) sameSeries(other *record) bool {
	return r.family == other.family && bytes.Equal(r.labels, other.labels)
}
