package quanshi

import (
	"errors"
	"fmt"
	"io"
)

const (
	// windowSize is how much of an answer is held at first: enough that few rows are cut by
	// its end, little enough to stay near the processor.
	windowSize = 64 << 10
	// maxValue bounds a row, and any text or number, in bytes. The window grows up to it.
	maxValue = 1 << 20
	// maxEmptyReads is after how many reads without a byte a source counts as stuck.
	maxEmptyReads = 100
)

var (
	errTooLong = fmt.Errorf("got a value of more than %d bytes", maxValue)
	errCut     = fmt.Errorf("the answer ends in the middle: %w", io.ErrUnexpectedEOF)
)

// window is the part of an answer that is in memory.
type window struct {
	source io.Reader
	held   []byte
	next   int   // held[next:] is not read yet
	err    error // what ended the source; nil = more may come
}

func newWindow(source io.Reader) *window {
	return &window{source: source, held: make([]byte, 0, windowSize)}
}

// more brings more of the answer behind what is not read yet, which moves to the front:
// whatever was taken from the window before is void. It fails at the end of the answer.
//
// It fills the window before it returns. So a value is looked at again only if it is cut by
// the window's end, however little the source gives at a time.
func (w *window) more() error {
	if w.err != nil {
		return w.end()
	}
	rest := copy(w.held, w.held[w.next:])
	w.held, w.next = w.held[:rest], 0
	if rest == cap(w.held) {
		if rest >= maxValue {
			return errTooLong
		}
		w.held = append(make([]byte, 0, min(2*rest, maxValue)), w.held...)
	}
	for empty := 0; len(w.held) < cap(w.held) && w.err == nil; {
		n, err := w.source.Read(w.held[len(w.held):cap(w.held)])
		w.held, w.err = w.held[:len(w.held)+n], err
		empty++
		if n > 0 {
			empty = 0
		}
		if empty == maxEmptyReads {
			w.err = io.ErrNoProgress
		}
	}
	if len(w.held) == rest {
		return w.end()
	}
	return nil
}

// end tells why there is no more.
func (w *window) end() error {
	if errors.Is(w.err, io.EOF) {
		return errCut
	}
	return w.err
}
