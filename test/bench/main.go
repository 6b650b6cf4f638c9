// Command bench measures what docs/performance.md says: the real exporter as a process of its own, against a vendor
// that answers at once and beside plain client_golang. It prints the page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// module is the exporter's, and the path of its command.
const module = "github.com/engage-exporter/engage_exporter"

// measurement is a part of the page: it measures, and adds what it measured.
type measurement struct {
	name string
	run  func(*lab, *page) error
}

// measurements are the page's parts in their order.
var measurements = []measurement{
	{"start", measureStart},
	{"overhead", measureOverhead},
	{"single", measureSingle},
	{"polling", measurePolling},
	{"storage", measureStorage},
	{"exposition", measureExposition},
	{"growth", measureGrowth},
	{"reports", measureReports},
	{"decoders", measureDecoders},
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == referenceArg:
		fmt.Fprintln(os.Stderr, serveReference(os.Stdout, os.Args[2]))
		os.Exit(1)
	case len(os.Args) == 3 && os.Args[1] == singleArg:
		fmt.Fprintln(os.Stderr, serveSingle(os.Stdout, os.Args[2]))
		os.Exit(1)
	case len(os.Args) == 5 && os.Args[1] == callsArg:
		fmt.Fprintln(os.Stderr, serveCalls(os.Stdout, os.Args[2], os.Args[3], os.Args[4]))
		os.Exit(1)
	}
	only := flag.String("only", "", "measure only these parts, separated by commas: "+strings.Join(names(), ", "))
	quick := flag.Bool("quick", false, "measure little, to see whether it works: the values are worth nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	text, err := measure(ctx, *only, *quick)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	fmt.Print(text)
}

func names() []string {
	var all []string
	for _, m := range measurements {
		all = append(all, m.name)
	}
	return all
}

// measure returns the page with the parts that are named, or all of them.
func measure(ctx context.Context, only string, quick bool) (text string, err error) {
	chosen := measurements
	if only != "" {
		chosen = nil
		for name := range strings.SplitSeq(only, ",") {
			i := slices.Index(names(), name)
			if i < 0 {
				return "", fmt.Errorf("unknown part %q; known: %s", name, strings.Join(names(), ", "))
			}
			chosen = append(chosen, measurements[i])
		}
	}
	dir, err := os.MkdirTemp("", "engage-bench-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l := &lab{ctx: ctx, dir: dir, binary: filepath.Join(dir, "engage_exporter"), quick: quick}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", l.binary, module)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	p := newPage()
	for _, m := range chosen {
		fmt.Fprintln(os.Stderr, "bench: measuring", m.name)
		if err := m.run(l, p); err != nil {
			return "", fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return p.text(ctx), nil
}

// lab is what all measurements need.
type lab struct {
	ctx    context.Context
	dir    string // for what is thrown away at the end
	binary string // the exporter
	quick  bool
}

// times is how often something is measured.
func (l *lab) times(n int) int {
	if l.quick {
		return max(1, n/20)
	}
	return n
}
