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
	cmd := app.Command("simulate", "Serve the vendors' APIs with invented data, to try a configuration or a client without an account.")
	address := cmd.Flag("listen-address", "Address to serve the APIs on. They have no protection: keep it on loopback.").Default("127.0.0.1:9788").String()
	seed := cmd.Flag("seed", "Number from which all data is derived.").Default("1").Uint64()
	faults := cmd.Flag("fault", faultHelp).Strings()
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		sim := simulator.New(simulator.Options{Seed: *seed})
		defer sim.Close()
		for _, text := range *faults {
			fault, err := simulator.ParseFault(text)
			if err != nil {
				return err
			}
			if err := sim.Check(fault); err != nil {
				return err
			}
			sim.Inject(fault)
		}
		if err := checkAddress("--listen-address", *address); err != nil {
			return err
		}
		listener, err := net.Listen("tcp", *address)
		if err != nil {
			return fmt.Errorf("cannot serve: %w; choose another with --listen-address", err)
		}
		fmt.Fprintf(out.stdout, "The vendors' APIs, simulated. A configuration for them:\n\n%s\nCtrl-C ends it.\n", demoConfig(listener.Addr()))
		return simulate(ctx, listener, sim)
	}
}

const faultHelp = "Fault from the start, repeatable: TARGET[#N]=KIND. TARGET is VENDOR, VENDOR/ENDPOINT or VENDOR/ACCOUNT/ENDPOINT, where ACCOUNT is the vendor's id (app_id …) and ENDPOINT may be *; " +
	"#N ends it after N requests. KIND is slow:5s, hang, status:503[:RETRY-AFTER], redirect:URL, code:N[:MESSAGE], throttle, garbage, html, empty, badshape, drip, cut, reset, huge:64MiB, exhausted (push quotas used up), token or clock:15m. " +
	"While it runs, GET, POST and DELETE /-/faults do the same. Examples: getui/push_quota=slow:5s, polyv=status:503:30."

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
