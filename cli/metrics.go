package cli

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/collector"
)

func metricsCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("metrics", "Print all metric families as a Markdown page.")
	return cmd.FullCommand(), func(_ context.Context, out output) error { return collector.WriteCatalogue(out.stdout) }
}
