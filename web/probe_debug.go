package web

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/engage-exporter/engage_exporter/collector"
)

// writeDebug reports what stands behind an account's metrics: how each endpoint is, and the last requests to the
// vendor, those of this probe marked. Each line is a comment, so that the whole is still an exposition.
func writeDebug(w io.Writer, s collector.AccountStatus, began time.Time) {
	comments := &commentWriter{to: w}
	table := tabwriter.NewWriter(comments, 0, 8, 2, ' ', 0)
	now := time.Now()

	fmt.Fprintf(table, "%s at %s; a probe reads only what is due\n\n", s.Target, now.UTC().Format(time.RFC3339))
	fmt.Fprintln(table, "ENDPOINT\tSTATE\tSAMPLES\tREAD\tNEXT READ\tWHY")
	for _, e := range s.Endpoints {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t%s\n", e.Name, e.State, e.Samples, ago(now, e.ServedAt), next(now, e), why(e))
	}
	fmt.Fprintf(table, "\nThe last requests to the vendor, * marks those of this probe; failed ones are kept longer\n\n")
	fmt.Fprintln(table, "\tSENT\tREQUEST\tSTATUS\tDURATION\tBYTES\tERROR")
	for _, r := range s.Requests {
		mark := " "
		if !r.At.Before(began) {
			mark = "*"
		}
		problem := ""
		if r.Err != nil {
			problem = r.Err.Error()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", mark, r.At.UTC().Format("15:04:05.000"), r.Endpoint, r.Code, r.Duration.Round(time.Millisecond), r.Bytes, problem)
	}
	for _, e := range s.Endpoints {
		for i, d := range e.DroppedValues {
			if i == 0 {
				fmt.Fprintf(table, "\nThe first values of %s that were dropped\n\n", e.Name)
			}
			fmt.Fprintf(table, "%s\n", d)
		}
	}
	_ = table.Flush() // comments keeps its own error: who asked has gone
	fmt.Fprintln(w)
}

func why(e collector.EndpointStatus) string {
	var words []string
	if e.Err != nil {
		words = append(words, e.Err.Error())
	}
	if e.FailingItems > 0 && e.Items > 1 {
		words = append(words, fmt.Sprintf("%d of %d fail", e.FailingItems, e.Items))
	}
	if e.Dropped > 0 {
		words = append(words, fmt.Sprintf("%d samples dropped", e.Dropped))
	}
	if e.Missing > 0 {
		words = append(words, fmt.Sprintf("%d items missing in the answer", e.Missing))
	}
	return strings.Join(words, "; ")
}

func ago(now, then time.Time) string {
	if then.IsZero() {
		return "never"
	}
	return now.Sub(then).Round(time.Second).String() + " ago"
}

func next(now time.Time, e collector.EndpointStatus) string {
	switch {
	case e.Reading:
		return "under way"
	case !e.NextRead.After(now):
		return "at the next scrape"
	}
	return "in " + e.NextRead.Sub(now).Round(time.Second).String()
}

// commentWriter makes each line a comment.
type commentWriter struct {
	to     io.Writer
	inLine bool
}

func (c *commentWriter) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if !c.inLine {
			line = "# " + line
		}
		c.inLine = !strings.HasSuffix(line, "\n")
		if _, err := io.WriteString(c.to, line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}
