package backfill

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Progress shows a person how far a run is: on a terminal by one line that is drawn again and again, elsewhere by a
// line now and then.
type Progress struct {
	out      io.Writer
	terminal bool

	total, before, done int // days: all, those read by earlier runs, and all that are read
	gaps                int
	began, loggedAt     time.Time
	drawn               bool
}

// How often the progress is written: lines of a log, and the line of a terminal while it is written.
const (
	logInterval  = 10 * time.Second
	drawInterval = 100 * time.Millisecond
)

// NewProgress writes to out, which is a terminal or not.
func NewProgress(out io.Writer, terminal bool) *Progress {
	return &Progress{out: out, terminal: terminal}
}

// known counts a day that an earlier run has read.
func (p *Progress) known(d doneDay) {
	p.gaps += len(d.Gaps)
}

// reading begins with the days that are not done.
func (p *Progress) reading(days, done int) {
	p.total, p.before, p.done = days, done, done
	p.began = time.Now()
	p.loggedAt = p.began
	if done > 0 {
		p.line("continuing: %d of %d days are read", done, days)
	} else if !p.terminal {
		p.line("reading %s", plural(days, "day"))
	}
	p.draw()
}

// day reports a day that has been read.
func (p *Progress) day() {
	p.done++
	if p.terminal {
		p.draw()
		return
	}
	if now := time.Now(); p.done == p.total || now.Sub(p.loggedAt) >= logInterval {
		p.loggedAt = now
		p.line("%s", p.status())
	}
}

// gap reports what a day has nothing of.
func (p *Progress) gap(g Gap) {
	p.gaps++
	p.line("gap: %s %s: %s", g.Endpoint, g.Day, g.Reason)
}

// damaged reports that a journal is not as it was written.
func (p *Progress) damaged(path string) {
	p.line("%s is damaged: the days that cannot be read from it are requested again", path)
}

// waiting reports that a day is asked for again in a while.
func (p *Progress) waiting(endpoint string, day Date, err error, wait time.Duration) {
	p.line("%s %s: %s: trying again in %s", endpoint, day, err, wait.Round(time.Second))
}

// later reports that a day is left for later.
func (p *Progress) later(endpoint string, day Date, err error) {
	p.line("%s %s: %s: is tried again later", endpoint, day, err)
}

// probing reports that a day is asked for to see whether the vendor answers at all.
func (p *Progress) probing(endpoint string, day Date) {
	p.line("%s: does the vendor answer for %s?", endpoint, day)
}

// writing begins with the output.
func (p *Progress) writing() {
	p.loggedAt = time.Now()
	if p.terminal {
		p.redraw("writing")
	}
}

// written reports how many samples are written.
func (p *Progress) written(samples int64) {
	now := time.Now()
	interval := logInterval
	if p.terminal {
		interval = drawInterval
	}
	if now.Sub(p.loggedAt) < interval {
		return
	}
	p.loggedAt = now
	text := fmt.Sprintf("writing: %d samples", samples)
	if !p.terminal {
		p.line("%s", text)
		return
	}
	p.redraw(text)
}

// Close leaves the terminal's line empty, for what is written next.
func (p *Progress) Close() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.drawn = false
	}
}

// line writes a line that stays.
func (p *Progress) line(format string, args ...any) {
	p.Close()
	fmt.Fprintf(p.out, format+"\n", args...)
	p.draw()
}

// draw draws the terminal's line.
func (p *Progress) draw() {
	if p.terminal && p.total > 0 {
		p.redraw(p.bar() + " " + p.status())
	}
}

func (p *Progress) redraw(text string) {
	const columns = 79 // no wider than any terminal: a line that wraps cannot be drawn again
	if letters := []rune(text); len(letters) > columns {
		text = string(letters[:columns])
	}
	fmt.Fprint(p.out, "\r"+text+"\x1b[K")
	p.drawn = true
}

// bar is the part of the days that is read.
func (p *Progress) bar() string {
	const width = 20
	full := p.done * width / p.total
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}

func (p *Progress) status() string {
	text := fmt.Sprintf("%d/%d days", p.done, p.total)
	if p.gaps > 0 {
		text += ", " + plural(p.gaps, "gap")
	}
	if left := p.left(); left > 0 {
		text += ", " + left.String() + " left"
	}
	return text
}

// left is how long the other days take, if they take as long as those before.
func (p *Progress) left() time.Duration {
	read := p.done - p.before
	if read == 0 || p.done == p.total {
		return 0
	}
	return (time.Since(p.began) / time.Duration(read) * time.Duration(p.total-p.done)).Round(time.Second)
}
