package cli

import (
	"fmt"
	"net"
	"strings"

	"github.com/engage-exporter/engage_exporter/simulator"
)

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
