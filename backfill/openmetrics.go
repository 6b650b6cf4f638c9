package backfill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errEmpty is a run in which the vendor gave nothing.
var errEmpty = errors.New("the vendor returned no values for these days: nothing is written")

// helpEscapes are those of HELP in OpenMetrics.
var helpEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// write writes the output: the values in the order of families and series, each as its samples. A file appears whole
// or not at all.
func write(ctx context.Context, o Options, p *plan, state *state, texts []familyText) (s *Summary, err error) {
	s = newSummary(o, p, state.days)
	if !slices.ContainsFunc(state.days, func(d doneDay) bool { return len(d.Records) > 0 }) {
		return s, errEmpty
	}
	out := o.Stdout
	var file *os.File
	if o.Output != "-" {
		if file, err = openFile(state.path(outputFile), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666); err != nil {
			return nil, err
		}
		defer file.Close()
		out = file
	}
	o.Progress.writing()
	w := newWriter(out, texts, p)
	defer func() {
		if err != nil && file != nil && ctx.Err() == nil && !errors.Is(err, errDamaged) {
			err = fmt.Errorf("cannot write the output: %w; it needs about %s, in addition to %s of kept data",
				err, size(w.expected(state.days)), size(state.length))
		}
	}()
	for r, err := range sorted(ctx, state.days) {
		if err != nil {
			return nil, err
		}
		if err := w.record(r); err != nil {
			return nil, err
		}
		o.Progress.written(w.samples)
	}
	if err := w.end(); err != nil {
		return nil, err
	}
	s.Samples, s.Series, s.Families, s.Bytes = w.samples, w.series, w.families, w.bytes.n
	if file == nil {
		return s, nil
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(state.path(outputFile), o.Output); err != nil {
		return nil, err
	}
	return s, syncFolder(filepath.Dir(o.Output))
}

// writer writes records as OpenMetrics text. They come family by family and series by series, as the format wants it.
type writer struct {
	texts []familyText
	step  int64
	limit int64 // the number of the first step that no sample has
	out   *bufio.Writer
	bytes counter

	held   record // the last one: what follows may end it earlier
	any    bool
	prefix []byte // of the held record's lines: all but the time
	line   []byte

	samples          int64
	series, families int
}

func newWriter(out io.Writer, texts []familyText, p *plan) *writer {
	w := &writer{texts: texts, step: p.step, limit: p.end, bytes: counter{out: out}}
	w.out = bufio.NewWriterSize(&w.bytes, 256<<10)
	return w
}

// expected is about how long the whole text gets, judged by what is written of it.
func (w *writer) expected(days []doneDay) int64 {
	const line = 130 // bytes, where nothing is written yet
	var samples int64
	for _, d := range days {
		samples += d.Samples
	}
	if w.samples == 0 || w.bytes.n == 0 {
		return samples * line
	}
	return int64(float64(samples) / float64(w.samples) * float64(w.bytes.n))
}

// record takes the next record.
func (w *writer) record(r *record) error {
	if r.Family < 0 || r.Family >= len(w.texts) || r.End < r.First || r.End > w.limit {
		return errDamaged
	}
	same := w.any && r.sameSeries(&w.held)
	if same { // a newer value ends an older one, as it does where it is scraped
		w.held.End = min(w.held.End, r.First)
	}
	if err := w.flush(); err != nil {
		return err
	}
	if !same {
		if err := w.begin(r); err != nil {
			return err
		}
	}
	w.held, w.any = *r, true
	return nil
}

// begin begins a series, and its family where it is the first.
func (w *writer) begin(r *record) error {
	w.series++
	if w.any && r.Family == w.held.Family {
		return nil
	}
	w.families++
	family := w.texts[r.Family]
	_, err := w.out.WriteString("# HELP " + family.Name + " " + helpEscapes.Replace(family.Help) + "\n# TYPE " + family.Name + " gauge\n")
	return err
}

// flush writes the samples of the held record.
func (w *writer) flush() error {
	if !w.any || w.held.First >= w.held.End {
		return nil
	}
	w.prefix = append(w.prefix[:0], w.texts[w.held.Family].Name...)
	w.prefix = append(w.prefix, w.held.Labels...)
	w.prefix = append(w.prefix, ' ')
	w.prefix = appendValue(w.prefix, w.held.Value)
	w.prefix = append(w.prefix, ' ')
	for n := w.held.First; n < w.held.End; n++ {
		w.line = append(w.line[:0], w.prefix...)
		w.line = strconv.AppendInt(w.line, n*w.step, 10)
		w.line = append(w.line, '\n')
		if _, err := w.out.Write(w.line); err != nil {
			return err
		}
	}
	w.samples += w.held.End - w.held.First
	return nil
}

// end ends the text.
func (w *writer) end() error {
	if err := w.flush(); err != nil {
		return err
	}
	if _, err := w.out.WriteString("# EOF\n"); err != nil {
		return err
	}
	return w.out.Flush()
}

// appendValue writes a number as the format has it.
func appendValue(b []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 { // the exponents that 'g' gives large counts are hard on readers
		return strconv.AppendInt(b, int64(v), 10)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// counter counts what is written.
type counter struct {
	out io.Writer
	n   int64
}

// Write implements [io.Writer].
func (c *counter) Write(p []byte) (int, error) {
	n, err := c.out.Write(p)
	c.n += int64(n)
	return n, err
}
