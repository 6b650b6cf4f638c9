package reliability

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var update = flag.Bool("update", false, "write the tables of docs/faults.md")

// start is when the bubbles' tests begin: long before the midnight of all accounts.
var start = time.Date(2026, 3, 10, 0, 30, 0, 0, time.UTC)

var protocols = []struct {
	name  string
	http2 bool
}{{"HTTP1", false}, {"HTTP2", true}}

// TestFaults lets each endpoint of each vendor, and each login, meet each fault, over HTTP/1.1 and HTTP/2. The faults
// follow one another at one exporter that runs all the time. In the end each cell must have been run, and the tables
// be those of docs/faults.md.
func TestFaults(t *testing.T) {
	catalogue := readCatalogue(t)
	results := newResults()
	makeCertificates()
	for _, protocol := range protocols {
		for _, r := range rowsOf(catalogue) {
			t.Run(protocol.name+"/"+r.name(), func(t *testing.T) {
				s := settings{catalogue: catalogue, row: r, http2: protocol.http2, secrets: t.TempDir()}
				writeSecrets(t, s)
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(time.Until(start))
					b := newFixture(t, s, results.kinds)
					for _, f := range faults {
						b.run(f, results, protocol.name)
					}
				})
			})
		}
	}
	total, missing := results.missing(catalogue)
	t.Logf("%d of %d cells", total-len(missing), total)
	switch {
	case strings.Contains(runFilter(), "/"): // some of them were asked for
	case len(missing) > 0:
		t.Errorf("not run: %s", strings.Join(missing[:min(20, len(missing))], ", "))
	case !t.Failed():
		results.checkKinds(t)
		comparePage(t, "the tables of faults", results.markdown(catalogue, total))
	}
}

// run runs one cell.
func (b *fixture) run(f fault, results *results, protocol string) {
	b.t.Helper()
	want := expectationFor(b.row, f)
	failedBefore := b.t.Failed()
	b.t.Logf("meets: %s", f.name)
	recovered := b.meet(f, want)
	b.checkHeap()
	if b.t.Failed() && !failedBefore {
		b.t.Fatalf("failed at: %s", f.name) // what comes after would only repeat it
	}
	results.add(cellKey{protocol, b.row.name(), f.name}, want.result)
	if want.fails() {
		b.t.Logf("%s: %s, up again %s after its end", f.name, want.result, recovered)
	} else {
		b.t.Logf("%s: %s", f.name, want.result)
	}
}

const pagePath = "../../docs/faults.md"

// comparePage compares a part of the page with this text, or with -update writes it.
func comparePage(t *testing.T, part, text string) {
	t.Helper()
	t.Logf("\n%s", text)
	page, err := os.ReadFile(pagePath)
	if err != nil {
		t.Fatal(err)
	}
	begin := fmt.Sprintf("<!-- %s, written by: go test ./test/reliability -update -->\n", part)
	end := fmt.Sprintf("<!-- end of %s -->\n", part)
	before, rest, begins := strings.Cut(string(page), begin)
	now, after, ends := strings.Cut(rest, end)
	switch {
	case !begins || !ends:
		t.Fatalf("%s has no place for %s: no line %q, or no %q after it", pagePath, part, begin, end)
	case now == text:
	case *update:
		if err := os.WriteFile(pagePath, []byte(before+begin+text+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s: %s are out of date: go test ./test/reliability -update", pagePath, part)
	}
}

// runFilter is the pattern of the tests that were asked for; with a slash, some of their parts alone.
func runFilter() string { return flag.Lookup("test.run").Value.String() }
