package soak

import (
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// process is the exporter under load.
type process struct {
	*testkit.Process
	t   *testing.T
	url string // of the exporter, without a slash at its end
}

// maxOutput bounds what is kept of the log, in which each endpoint that breaks has a line.
const maxOutput = 256 << 10

// start runs the exporter and waits until it listens.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := testkit.StartWithOutput(t, &testkit.Output{Limit: maxOutput}, binary, args...)
	return &process{Process: p, t: t, url: "http://" + p.Listening()}
}
