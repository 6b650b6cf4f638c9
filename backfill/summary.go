package backfill

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Summary is what came of a run.
type Summary struct {
	Target, Output string
	From, To       Date
	Days           int
	// End is the time before which the samples end.
	End time.Time
	// Samples, Series, Families and Bytes are those of the output.
	Samples          int64
	Series, Families int
	Bytes            int64
	// Dropped and Missing are as in collector.HistoryDay.
	Dropped, Missing int
	// Gaps are in the order of days.
	Gaps     []Gap
	Duration time.Duration
}

func newSummary(o Options, p *plan, days []doneDay) *Summary {
	s := &Summary{
		Target: p.Target, Output: o.Output, From: p.days[0], To: p.days[len(p.days)-1], Days: len(p.days),
		End: time.Unix(p.end*p.step, 0).UTC(),
	}
	days = slices.Clone(days)
	slices.SortFunc(days, func(a, b doneDay) int { return cmp.Compare(a.Day, b.Day) })
	for _, d := range days {
		s.Dropped += d.Dropped
		s.Missing += d.Missing
		s.Gaps = append(s.Gaps, d.Gaps...)
	}
	return s
}

// Write writes the summary for people, with what to do next.
func (s *Summary) Write(w io.Writer) {
	output := s.Output
	if output == "-" {
		output = "standard output"
	}
	fmt.Fprintf(w, "%s: %s, %s to %s (%s)\n", output, s.Target, s.From, s.To, plural(s.Days, "day"))
	fmt.Fprintf(w, "  %d samples of %s in %s, before %s; %s in %s\n",
		s.Samples, plural(s.Series, "series"), plural(s.Families, "family"), s.End.Format("2006-01-02 15:04:05Z07:00"), size(s.Bytes), s.Duration.Round(time.Millisecond))
	if s.Dropped > 0 || s.Missing > 0 {
		fmt.Fprintf(w, "  %d samples dropped, %d items missing in the vendor's answers\n", s.Dropped, s.Missing)
	}
	s.writeGaps(w)
	if s.Output == "-" {
		return
	}
	fmt.Fprintf(w, "Next, for Prometheus (docs/backfill.md has other databases too):\n  promtool tsdb create-blocks-from openmetrics --max-block-duration=%s %s DATA-FOLDER-OF-PROMETHEUS\n",
		s.blockDuration(), quoted(s.Output))
}

// blockDuration is the longest block that promtool should make. It reads the text once for each block, and keeps a
// block in memory: few long ones for few samples.
func (s *Summary) blockDuration() string {
	const (
		month           = "744h"
		week            = "168h"
		manySamplesADay = 1_000_000
	)
	if s.Samples/int64(max(1, s.Days)) > manySamplesADay {
		return week
	}
	return month
}

// writeGaps writes the gaps, those of days in a row with one reason as one.
func (s *Summary) writeGaps(w io.Writer) {
	if len(s.Gaps) == 0 {
		fmt.Fprintln(w, "  no gaps")
		return
	}
	type span struct {
		Gap
		last Date
		days int
	}
	var spans []*span
	open := make(map[[2]string]*span) // by endpoint and reason
	for _, g := range s.Gaps {
		day, err := ParseDate(g.Day)
		if err != nil { // a journal that somebody has edited
			continue
		}
		key := [2]string{g.Endpoint, g.Reason}
		if now := open[key]; now != nil && !now.last.plus(1).before(day) {
			if now.last.before(day) {
				now.days++
			}
			now.last = day
			continue
		}
		open[key] = &span{Gap: g, last: day, days: 1}
		spans = append(spans, open[key])
	}
	fmt.Fprintf(w, "  %s, for which the vendor returned nothing:\n", plural(len(s.Gaps), "gap"))
	for i, g := range spans {
		const most = 20
		if i == most {
			fmt.Fprintf(w, "    … and %d more\n", len(spans)-most)
			break
		}
		days := g.Day
		if g.days > 1 {
			days = fmt.Sprintf("%s to %s (%d days)", g.Day, g.last, g.days)
		}
		part := g.Endpoint
		if g.Partial {
			part += " (in part)"
		}
		fmt.Fprintf(w, "    %s %s: %s\n", part, days, g.Reason)
	}
}

func plural(n int, what string) string {
	switch {
	case n == 1 || what == "series":
	case what == "family":
		what = "families"
	default:
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// size returns a number of bytes in words.
func size(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// quoted returns a file name as a shell takes it.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,/:@%") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
