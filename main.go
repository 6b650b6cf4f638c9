// Command engage_exporter exports values of customer-engagement services to Prometheus.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a static image has no zone data of its own

	"github.com/prometheus/common/version"

	"github.com/engage-exporter/engage_exporter/cli"
)

// release is the version that a build without linker flags, such as go run, calls itself by.
//
//go:embed VERSION
var release string

func main() {
	if version.Version == "" {
		version.Version = strings.TrimSpace(release)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
