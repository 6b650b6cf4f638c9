package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/simulator"
)

// demoScrapeInterval is how often the demo scrapes itself, for usually nobody else does.
const demoScrapeInterval = 15 * time.Second

// demoFaults are what the demo begins with, so that it shows what is wrong as well as what is right. They have
// different kinds.
var demoFaults = []string{
	"polyv/fa4e000002/playback_yesterday=code:400:ptime is too old.",
	"adspect/fa4eacc0-0000-4000-8000-000000000002/streams=status:503",
	"getui/SimNewsAndroid0002/push_quota=exhausted",
}

func demoCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("demo", "Serve metrics of simulated accounts: no account is needed. It scrapes itself every 15 s"+
		" and starts with two faults and a used-up push quota.")
	flags := addWebFlags(cmd, "127.0.0.1:9787")
	seed := cmd.Flag("seed", "Seed of the invented data.").Default("1").Uint64()
	faults := addFaultFlag(cmd)
	withFaults := cmd.Flag("faults", "Start with a few faults of the vendors; --no-faults: only with the faults of --fault.").
		Default("true").Bool()
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		sim := simulator.New(simulator.Options{Seed: *seed})
		defer sim.Close()
		if *withFaults {
			*faults = append(slices.Clone(demoFaults), *faults...)
		}
		if err := injectFaults(sim, *faults); err != nil {
			return err
		}
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
		served := serve(ctx, load, flags, out, hooks{scrapeInterval: demoScrapeInterval, ready: func(addresses []net.Addr) {
			for _, address := range addresses {
				url := flags.url(address)
				fmt.Fprintf(out.stdout, "\nOpen %s/ in a browser.\nMetrics: %s%s\nSimulated vendors: http://%s/\n",
					url, url, *flags.telemetryPath, vendors.Addr())
			}
			for _, fault := range *faults {
				fmt.Fprintf(out.stdout, "Fault: %s\n", fault)
			}
			fmt.Fprint(out.stdout, "Ctrl-C ends the demo.\n\n")
		}})
		stopSimulating()
		return errors.Join(served, group.Wait())
	}
}

// demoConfig returns a configuration for the simulator's default accounts, served at the address. It has every key that
// makes a metric appear. People read it too: simulate prints it.
func demoConfig(address net.Addr) string {
	var b strings.Builder
	for _, v := range simulator.Vendors() {
		fmt.Fprintf(&b, "%s:\n", v.Name)
		for _, a := range v.Accounts {
			fmt.Fprintf(&b, "  - account: %s\n    base_url: http://%s%s\n", a.Name, address, v.BasePath)
			for line := range strings.Lines(a.Settings) {
				b.WriteString("    " + line)
			}
		}
	}
	return b.String()
}
