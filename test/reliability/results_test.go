package reliability

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/simulator"
)

type cellKey struct{ protocol, row, fault string }

// results are the cells that were run, and what came of them.
type results struct {
	cells map[cellKey]string
	kinds map[simulator.FaultKind]bool // that were in force
}

func newResults() *results {
	return &results{cells: make(map[cellKey]string), kinds: make(map[simulator.FaultKind]bool)}
}

func (r *results) add(key cellKey, result string) { r.cells[key] = result }

// missing are the cells that were not run, of all that there are: every endpoint of the catalogue and every login,
// with every fault, over every protocol. total is their number.
func (r *results) missing(c catalogued) (total int, missing []string) {
	for _, protocol := range protocols {
		for _, row := range rowsOf(c) {
			for _, f := range faults {
				total++
				if _, ok := r.cells[cellKey{protocol.name, row.name(), f.name}]; !ok {
					missing = append(missing, protocol.name+" "+row.name()+" "+f.name)
				}
			}
		}
	}
	return total, missing
}

// markdown is the part of docs/faults.md that shows the cases.
func (r *results) markdown(c catalogued, total int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%d of %d cases: %d endpoints and %d logins of %d vendors × %d faults × %d versions of HTTP.",
		len(r.cells), total, len(rowsOf(c))-loginRows(c), loginRows(c), len(c.vendors), len(faults), len(protocols))
	line("")
	line("| fault | what it is |")
	line("|---|---|")
	for _, f := range faults {
		line("| %s | %s |", f.name, f.what)
	}
	for _, vendor := range c.vendors {
		r.vendor(line, c, vendor)
	}
	return b.String()
}

func loginRows(c catalogued) int {
	n := 0
	for _, row := range rowsOf(c) {
		if row.login {
			n++
		}
	}
	return n
}

// vendor writes a vendor's table: its faults in rows, its endpoints and logins in columns, and why some outcomes are
// others than usual.
func (r *results) vendor(line func(string, ...any), c catalogued, vendor string) {
	var notes []string
	head, rule := "| fault |", "|---|"
	columns := slices.DeleteFunc(rowsOf(c), func(row row) bool { return row.vendor != vendor })
	for _, row := range columns {
		name := "`" + row.target + "`"
		if row.login {
			name += " (login)"
		}
		head, rule = head+" "+name+" |", rule+"---|"
	}
	line("")
	line("### %s", vendor)
	line("")
	line("%s up again within |", head)
	line("%s---|", rule)
	for _, f := range faults {
		text := "| " + f.name + " |"
		for _, row := range columns {
			result := r.cells[cellKey{protocols[0].name, row.name(), f.name}]
			for _, other := range protocols[1:] {
				if also := r.cells[cellKey{other.name, row.name(), f.name}]; also != result {
					result += " / " + also
				}
			}
			if x := exceptionFor(row, f); x != nil {
				note := slices.Index(notes, x.why)
				if note < 0 {
					note = len(notes)
					notes = append(notes, x.why)
				}
				result += fmt.Sprintf(" <sup>%d</sup>", note+1)
			}
			text += " " + result + " |"
		}
		recovery := "–"
		if longest := recoveryOf(columns, f); longest > 0 {
			recovery = model.Duration(longest).String()
		}
		line("%s %s |", text, recovery)
	}
	if len(notes) > 0 {
		line("")
	}
	for i, note := range notes {
		line("%d. %s.", i+1, strings.ToUpper(note[:1])+note[1:])
	}
}

// checkKinds wants each kind of fault that the simulator has to have been met, unless there is a reason why not.
func (r *results) checkKinds(t *testing.T) {
	t.Helper()
	for kind := simulator.FaultKind(1); !strings.HasPrefix(kind.String(), "FaultKind("); kind++ {
		if why, excused := untested[kind]; r.kinds[kind] == excused {
			t.Errorf("the simulator's fault %s is met: %v; the reason why not: %q", kind, r.kinds[kind], why)
		}
	}
}

// TestEveryExceptionHolds wants each exception to be about faults and targets that there are, and no outcome that is
// expected of no fault.
func TestEveryExceptionHolds(t *testing.T) {
	c := readCatalogue(t)
	used := make(map[int]bool)
	for _, row := range rowsOf(c) {
		for _, f := range faults {
			if x := exceptionFor(row, f); x != nil {
				used[slices.IndexFunc(exceptions, func(other exception) bool {
					return other.why == x.why && slices.Equal(other.faults, x.faults) && other.vendor == x.vendor
				})] = true
			}
		}
	}
	for i, x := range exceptions {
		if !used[i] {
			t.Errorf("the exception %q of %s holds nowhere", x.faults, x.vendor)
		}
		for _, name := range x.faults {
			if !slices.ContainsFunc(faults, func(f fault) bool { return f.name == name }) {
				t.Errorf("an exception of %s is about %q, which is no fault", x.vendor, name)
			}
		}
	}
	if len(expected) != len(faults) {
		t.Errorf("outcomes of %d faults are expected, there are %d", len(expected), len(faults))
	}
}
