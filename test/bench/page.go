package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// page is docs/performance.md in the making.
type page struct {
	body  strings.Builder
	short [][]string // rows of the table that comes first
	goals [][]string // rows of the table of goals
	unmet []string   // why goals are not met
}

func newPage() *page { return new(page) }

// section begins a part of the page.
func (p *page) section(title string, text ...string) {
	fmt.Fprintf(&p.body, "\n## %s\n\n", title)
	p.say(text...)
}

// say adds a paragraph.
func (p *page) say(text ...string) {
	if len(text) > 0 {
		fmt.Fprintf(&p.body, "%s\n\n", strings.Join(text, "\n"))
	}
}

// table adds a table.
func (p *page) table(head []string, rows ...[]string) { p.body.WriteString(table(head, rows)) }

func table(head []string, rows [][]string) string {
	var b strings.Builder
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	for _, row := range append([][]string{head, rule}, rows...) {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

// code is text as it is typed.
func code(text string) string { return "`" + text + "`" }

// goal notes whether a value is what it should be.
func (p *page) goal(what, want, got string, met bool) {
	verdict := "yes"
	if !met {
		verdict = "**no**"
	}
	p.goals = append(p.goals, []string{what, want, got, verdict})
}

// explain says why the goal that was added last is not met, if it is not.
func (p *page) explain(why string) {
	if last := p.goals[len(p.goals)-1]; last[3] != "yes" {
		p.unmet = append(p.unmet, fmt.Sprintf("- %s, %s: %s", last[0], last[2], why))
	}
}

// text is the whole page.
func (p *page) text(ctx context.Context) string {
	var b strings.Builder
	b.WriteString("# Performance\n\n")
	b.WriteString(thisMachine(ctx))
	if len(p.short) > 0 {
		b.WriteString("\n## How many accounts\n\nOf such a machine, with two endpoints for each account:\n\n")
		b.WriteString(table([]string{"accounts", "samples", "memory", "processor time of a scrape", "… of one that reads everything"}, p.short))
	}
	b.WriteString("\n## Goals\n\n")
	b.WriteString("Times, rates and memory depend on the machine. Ratios compare with a program that is measured in the same run.\n\n")
	b.WriteString(table([]string{"value", "goal", "measured", "met"}, p.goals))
	if len(p.unmet) > 0 {
		fmt.Fprintf(&b, "\nNot met:\n\n%s\n", strings.Join(p.unmet, "\n"))
	}
	b.WriteString(p.body.String())
	return b.String()
}

// The page's values, with as many digits as mean something.

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.*f ms", digits(d.Seconds()*1e3), d.Seconds()*1e3)
}

func microseconds(d time.Duration) string {
	return fmt.Sprintf("%.*f µs", digits(d.Seconds()*1e6), d.Seconds()*1e6)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.*f s", digits(d.Seconds()), d.Seconds()) }

func megabytes(bytes int64) string {
	return fmt.Sprintf("%.*f MB", digits(float64(bytes)/1e6), float64(bytes)/1e6)
}

func percent(part float64) string { return fmt.Sprintf("%.1f %%", 100*part) }

func ratio(a, b time.Duration) string { return fmt.Sprintf("%.2f ×", a.Seconds()/b.Seconds()) }

// digits after the point, so that there are three in all or so.
func digits(value float64) int {
	switch {
	case value < 0.1:
		return 4
	case value < 1:
		return 3
	case value < 10:
		return 2
	case value < 100:
		return 1
	}
	return 0
}
