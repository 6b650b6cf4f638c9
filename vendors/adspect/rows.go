package adspect

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// maxRow bounds one row of a report, in bytes: all that is held of it at one time.
const maxRow = 1 << 20

// rows reads a report row by row: each row on a line, or all in one array, or none at all.
type rows struct {
	decoder *jsontext.Decoder
	input   *boundedReader
	width   int // cells of a row

	number int  // of the row that was read last, from 1
	listed bool // the rows stand in one array
	first  []byte
	cells  [][]byte
}

func newRows(report io.Reader, width int) *rows {
	r := &rows{input: &boundedReader{reader: report}, width: width}
	r.decoder = jsontext.NewDecoder(r.input, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	r.input.consumed = r.decoder.InputOffset
	return r
}

// next returns the cells of the next row, each a JSON string, number, bool or null; they are
// valid until the next call. After the last row it returns io.EOF.
func (r *rows) next() ([][]byte, error) {
	row, err := r.nextRow()
	if err == nil {
		r.number++
		var count int
		r.cells, count, err = appendCells(r.cells[:0], row, r.width)
		if err == nil && count != r.width {
			err = fmt.Errorf("want %d values, got %d", r.width, count)
		}
		if err != nil {
			return nil, r.at(err)
		}
		return r.cells, nil
	}
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	return nil, fmt.Errorf("row %d: %w", r.number+1, r.reason(err))
}

// at says in which row err was found, for the row that was read last.
func (r *rows) at(err error) error { return fmt.Errorf("row %d: %w", r.number, err) }

func (r *rows) nextRow() (jsontext.Value, error) {
	switch {
	case r.number == 0:
		return r.firstRow()
	case r.listed && r.decoder.PeekKind() == jsontext.KindEndArray:
		return nil, r.endOfList()
	}
	return r.readRow()
}

func (r *rows) readRow() (jsontext.Value, error) {
	row, err := r.decoder.ReadValue()
	if err == nil && row.Kind() != jsontext.KindBeginArray {
		err = r.notARow(row)
	}
	return row, err
}

// notARow says what stands where a row should. It may be what went wrong with the report, told where the answer had begun
// as a success already: the request is rejected, or the server has failed, as its status says or the rows before show.
func (r *rows) notARow(value jsontext.Value) error {
	if value.Kind() == jsontext.KindBeginObject {
		if p := problemIn(value); p.message() != "" {
			failure := &transport.Error{Kind: transport.Rejected, Message: p.message()}
			if status, _ := p.Status.Get(); transport.IsServerCode(status) {
				failure.Kind, failure.Code = transport.HTTP, status
			} else if r.number > 0 {
				failure.Kind = transport.HTTP
			}
			return failure
		}
	}
	return fmt.Errorf("want an array, got %s", wire.KindName(value.Kind()))
}

// firstRow finds out how the report is written. Whether its first bracket opens a row or the
// list of all rows shows only after it.
func (r *rows) firstRow() (jsontext.Value, error) {
	kind := r.decoder.PeekKind()
	if kind != jsontext.KindBeginArray && kind != jsontext.KindInvalid {
		value, err := r.decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		return nil, r.notARow(value)
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return nil, err // io.EOF if there is nothing at all
	}
	switch r.decoder.PeekKind() {
	case jsontext.KindBeginArray:
		r.listed = true
		return r.readRow()
	case jsontext.KindEndArray:
		return nil, r.endOfList()
	}

	// It is the row itself, which is put together again from its values.
	r.first = append(r.first, '[')
	for r.decoder.PeekKind() != jsontext.KindEndArray {
		value, err := r.decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		if len(r.first) > 1 {
			r.first = append(r.first, ',')
		}
		if r.first = append(r.first, value...); len(r.first) > maxRow {
			return nil, errRowTooLong
		}
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return nil, err
	}
	return append(r.first, ']'), nil
}

// endOfList reads the end of a list of rows, after which nothing may come.
func (r *rows) endOfList() error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	switch kind := r.decoder.PeekKind(); kind {
	case jsontext.KindInvalid:
		_, err := r.decoder.ReadToken()
		return err // io.EOF
	default:
		return fmt.Errorf("want the end of the report after its list of rows, got %s", wire.KindName(kind))
	}
}

// reason takes the decoder's words off err that say nothing to who reads the log.
func (r *rows) reason(err error) error {
	if r.input.err != nil {
		return r.input.err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the report ends in the middle: %w", io.ErrUnexpectedEOF)
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok && e.Err != nil {
		return e.Err
	}
	return err
}

var errNested = errors.New("want strings and numbers, got a value within a value")

// appendCells appends the values of row, a valid JSON array, to cells, but no more than most of them. It returns how
// many there are.
func appendCells(cells [][]byte, row []byte, most int) (_ [][]byte, count int, err error) {
	for i := 1; i < len(row); {
		start := i
		switch row[i] {
		case ' ', '\t', '\r', '\n', ',', ']':
			i++
			continue
		case '[', '{':
			return nil, 0, errNested
		case '"':
			i += endOfString(row[i:])
		default:
			for i < len(row) && row[i] > ' ' && row[i] != ',' && row[i] != ']' {
				i++
			}
		}
		count++
		if count <= most {
			cells = append(cells, row[start:i])
		}
	}
	return cells, count, nil
}

// endOfString returns the length of the JSON string that text begins with.
func endOfString(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++ // what it escapes may be a quote
		}
	}
	return len(text)
}

var errRowTooLong = fmt.Errorf("want a row, got more than %d bytes of it", maxRow)

// boundedReader fails if more is read than one row may have beyond what the decoder has made
// use of: a value without an end must not fill the memory.
type boundedReader struct {
	reader   io.Reader
	consumed func() int64
	read     int64
	err      error
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.err == nil && b.read-b.consumed() > maxRow {
		b.err = errRowTooLong
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.reader.Read(p)
	b.read += int64(n)
	return n, err
}
