package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/simulator"
)

func simulateCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("simulate", "Serve the vendors' APIs with invented data, to try a configuration or a client without"+
		" an account. It prints a configuration for them: simulate > engage.yml.")
	address := cmd.Flag("listen-address", "Address to serve the APIs on. They have no protection: keep it on loopback.").
		Default("127.0.0.1:9788").String()
	seed := cmd.Flag("seed", "Seed of the invented data.").Default("1").Uint64()
	faults := addFaultFlag(cmd)
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		sim := simulator.New(simulator.Options{Seed: *seed})
		defer sim.Close()
		if err := injectFaults(sim, *faults); err != nil {
			return err
		}
		if err := checkAddress("--listen-address", *address); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", *address)
		if err != nil {
			return fmt.Errorf("cannot serve: %w; choose another with --listen-address", err)
		}
		// All of it is YAML, so that a shell can write it to a file.
		fmt.Fprintf(out.stdout, "# The vendors' APIs, simulated. A configuration for them:\n\n%s\n# Ctrl-C ends it.\n",
			demoConfig(listener.Addr()))
		return simulate(ctx, listener, sim)
	}
}

// simulate serves the simulator until ctx is done.
func simulate(ctx context.Context, listener net.Listener, sim *simulator.Simulator) error {
	server := &http.Server{Handler: sim, ReadHeaderTimeout: readHeaderTimeout}
	stop := context.AfterFunc(ctx, func() {
		sim.Close()
		server.Close() // its answers are invented: none is worth waiting for
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

const faultHelp = "Fault from the start, repeatable: TARGET[#N]=KIND. TARGET is VENDOR, VENDOR/ENDPOINT or " +
	"VENDOR/ACCOUNT/ENDPOINT, where ACCOUNT is the vendor's id (app_id …) and ENDPOINT may be *; " +
	"#N ends it after N requests. KIND is slow:5s, hang, status:503[:RETRY-AFTER], redirect:URL, code:N[:MESSAGE], " +
	"throttle, garbage, html, empty, badshape, drip, cut, reset, huge:64MiB, exhausted (push quotas used up), token or " +
	"clock:15m. While it runs, GET, POST and DELETE /-/faults of the simulated vendors do the same. " +
	"Examples: getui/push_quota=slow:5s, polyv=status:503:30."

// addFaultFlag adds the flag for faults of the simulated vendors.
func addFaultFlag(cmd *kingpin.CmdClause) *[]string { return cmd.Flag("fault", faultHelp).Strings() }

// injectFaults injects faults in the grammar of the flag.
func injectFaults(sim *simulator.Simulator, faults []string) error {
	for _, text := range faults {
		fault, err := simulator.ParseFault(text)
		if err == nil {
			err = sim.Check(fault)
		}
		if err != nil {
			return invalidFlag("--fault=%s: %w", text, err)
		}
		sim.Inject(fault)
	}
	return nil
}
