package cli

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/collector"
)

func metricsCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("metrics", "Print all metric families as a Markdown page.")
	language := cmd.Flag("language", "Language of the page: en or zh (Chinese).").Default("en").Enum("en", "zh")
	return cmd.FullCommand(), func(_ context.Context, out output) error {
		if *language == "zh" {
			return collector.WriteChineseCatalogue(out.stdout)
		}
		return collector.WriteCatalogue(out.stdout)
	}
}
