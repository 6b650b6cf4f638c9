package cli

import (
	"github.com/alecthomas/kingpin/v2"

	"github.com/engage-exporter/engage_exporter/simulator"
)

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
		if err != nil {
			return err
		}
		if err := sim.Check(fault); err != nil {
			return err
		}
		sim.Inject(fault)
	}
	return nil
}
