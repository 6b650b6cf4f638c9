package simulator_test

import (
	"testing"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// FuzzParseFault takes any text for a fault: what is taken must be valid, must be written as it is read, and must be
// one that a simulator can serve.
func FuzzParseFault(f *testing.F) {
	for _, seed := range []string{
		"getui/push_quota=slow:5s", "getui/APPID/push_quota=code:10005", "getui=status:503:30", "getui/APPID/*#3=reset",
		"polyv/playback_today=code:400:ptime is too old.",
		"adspect/ACCOUNTID/funnel_today=throttle", "quanshi/APPKEY/*=token", "getui=huge:1GiB",
		"getui=huge:9223372036854775807KiB", "getui=clock:-1h", "polyv=drip:0s",
		"getui/push_quota=exhausted", `getui=code:1:"a:b\n\x00"`, "getui=status:503:Mon, 02 Jan 2006 15:04:05 GMT",
		"getui#0=hang", "getui//=hang", "=", "", "getui=code:-1:", "getui=redirect:https://elsewhere.example/?a=b#c",
		" getui=hang ",
	} {
		f.Add(seed)
	}
	sim := simulator.New(simulator.Options{})
	f.Cleanup(sim.Close)
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := simulator.ParseFault(text)
		if err != nil {
			if fault != (simulator.Fault{}) {
				t.Errorf("%q is refused, and gives %+v", text, fault)
			}
			return
		}
		if err := fault.Validate(); err != nil {
			t.Errorf("%q is taken, and is not valid: %v", text, err)
		}
		again, err := simulator.ParseFault(fault.String())
		if err != nil || again != fault {
			t.Errorf("%q is written %q, which is %+v, %v; want %+v", text, fault.String(), again, err, fault)
		}
		sim.Inject(fault)()
	})
}
