package cli

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
)

func demoCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("demo", "Serve metrics of simulated accounts: everything works, no account anywhere is needed.")
	flags := addWebFlags(cmd, "127.0.0.1:9787")
	seed := cmd.Flag("seed", "Number from which all data is derived.").Default("1").Uint64()
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		sim := simulator.New(simulator.Options{Seed: *seed})
		defer sim.Close()
		vendors, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		cfg, err := collector.ParseConfig("demo.yml", []byte(demoConfig(vendors.Addr())), config.Options{})
		if err != nil {
			vendors.Close()
			return fmt.Errorf("the demo's configuration: please report this as a bug: %w", err)
		}

		// The exporter ends first, so that its reads in flight still find the vendors.
		simulating, stopSimulating := context.WithCancel(context.WithoutCancel(ctx))
		defer stopSimulating()
		var group errgroup.Group
		group.Go(func() error { return simulate(simulating, vendors, sim) })
		load := func() (*config.Config, error) { return cfg, nil }
		served := serve(ctx, load, flags, out, func(addresses []net.Addr) {
			for _, address := range addresses {
				url := flags.url(address)
				fmt.Fprintf(out.stdout, "\nOpen %s/ in a browser.\nMetrics: %s%s\nSimulated vendors: http://%s/\nCtrl-C ends the demo.\n\n",
					url, url, *flags.telemetryPath, vendors.Addr())
			}
		})
		stopSimulating()
		return errors.Join(served, group.Wait())
	}
}
