package adspect

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// rows is a report on its way out: rows, each written as it is ready.
type rows struct {
	w       *bufio.Writer
	asArray bool
	limit   int // at which the report is cut; 0 = nowhere
	rows    int
	line    []byte
}

// streamed is an answer whose rows are made while it is sent.
func (s *server) streamed(fill func(*rows)) core.Answer {
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Stream: func(w io.Writer) error {
		rows := &rows{w: bufio.NewWriterSize(w, 32<<10), asArray: s.account.ReportsAsArray,
			limit: s.account.MaxReportRows}
		fill(rows)
		return rows.end()
	}}
}

// put writes a row of which the values are given as JSON, and says whether more are wanted.
func (r *rows) put(values []byte) (more bool) {
	if r.limit > 0 && r.rows >= r.limit {
		return false
	}
	r.line = append(append(r.before(), '['), values...)
	r.line = append(r.line, ']')
	if !r.asArray {
		r.line = append(r.line, '\n')
	}
	r.rows++
	_, err := r.w.Write(r.line)
	return err == nil
}

// before is a line with what stands before a row.
func (r *rows) before() []byte {
	switch {
	case !r.asArray:
		return r.line[:0]
	case r.rows == 0:
		return append(r.line[:0], '[')
	default:
		return append(r.line[:0], ",\n"...)
	}
}

// end writes what is left, and returns the first error.
func (r *rows) end() error {
	if r.asArray {
		last := "]\n"
		if r.rows == 0 {
			last = "[]\n"
		}
		if _, err := r.w.WriteString(last); err != nil {
			return err
		}
	}
	return r.w.Flush()
}

// next begins a value: values stand apart as in the document.
func next(b []byte) []byte {
	if len(b) > 0 {
		b = append(b, ", "...)
	}
	return b
}

// column is a column that a report may have: its name, and what appends its value in a row.
type column[T any] struct {
	name   string
	append func(row []byte, of T) []byte
}

// namesOf returns the columns' names, in order.
func namesOf[T any](columns []column[T]) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// appendText adds a text, or null for none.
func appendText(b []byte, text string) []byte {
	b = next(b)
	if text == "" {
		return append(b, "null"...)
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return append(b, core.Encode(text)...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// appendNumber adds a number; what is less than zero is null.
func appendNumber(b []byte, n int64) []byte {
	b = next(b)
	if n < 0 {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, n, 10)
}

// appendCount adds a count, which the vendor writes as text.
func appendCount(b []byte, n int64) []byte {
	b = append(next(b), '"')
	b = strconv.AppendInt(b, n, 10)
	return append(b, '"')
}

// appendQuotient adds a number that is the quotient of two; null if there is none.
func appendQuotient(b []byte, a, by float64) []byte {
	b = next(b)
	if by == 0 {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, a/by, 'f', -1, 64)
}

// appendTime adds a date or a time.
func appendTime(b []byte, t time.Time, layout string) []byte {
	b = append(next(b), '"')
	b = t.AppendFormat(b, layout)
	return append(b, '"')
}
