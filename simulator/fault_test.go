package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

func TestParseFault(t *testing.T) {
	for _, tc := range []struct {
		text string
		want simulator.Fault
		// again is how the fault is written; "" = as it was read.
		again string
	}{
		{text: "getui/push_quota=slow:5s", want: simulator.Fault{Vendor: "getui", Endpoint: "push_quota",
			Kind: simulator.FaultSlow, Duration: 5 * time.Second}},
		{text: "getui/APPID/push_quota=code:10005",
			want: simulator.Fault{Vendor: "getui", Account: "APPID", Endpoint: "push_quota", Kind: simulator.FaultCode,
				Code: 10005}},
		{text: "getui=status:503:30", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultStatus, Status: 503,
			RetryAfter: "30"}},
		{text: "getui=status:502", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultStatus, Status: 502}},
		{text: "getui=status:429:Wed, 18 Nov 2026 07:28:00 GMT",
			want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultStatus, Status: 429,
				RetryAfter: "Wed, 18 Nov 2026 07:28:00 GMT"}},
		{text: "getui=redirect:https://elsewhere.example:8443/v2?a=b",
			want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultRedirect,
				Location: "https://elsewhere.example:8443/v2?a=b"}},
		{text: "getui/APPID/*=hang", want: simulator.Fault{Vendor: "getui", Account: "APPID",
			Kind: simulator.FaultHang}},
		{text: "getui/*/auth=throttle", want: simulator.Fault{Vendor: "getui", Endpoint: "auth",
			Kind: simulator.FaultThrottle}, again: "getui/auth=throttle"},
		{text: "getui/*=empty", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultEmpty},
			again: "getui=empty"},
		{text: "getui/tasks#3=reset", want: simulator.Fault{Vendor: "getui", Endpoint: "tasks", Requests: 3,
			Kind: simulator.FaultReset}},
		{text: "getui=code:1:too busy: come back",
			want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultCode, Code: 1, Message: "too busy: come back"}},
		{text: `getui=code:1:"two\nlines"`, want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultCode, Code: 1,
			Message: "two\nlines"}},
		{text: "getui=garbage", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultGarbage}},
		{text: "getui=html", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHTML}},
		{text: "getui=badshape", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultBadShape}},
		{text: "getui=cut", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultCut}},
		{text: "getui=drip", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultDrip}},
		{text: "getui=drip:50ms", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultDrip,
			Duration: 50 * time.Millisecond}},
		{text: "getui=huge:4096", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHuge, Size: 4096}},
		{text: "getui=huge:7B", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHuge, Size: 7},
			again: "getui=huge:7"},
		{text: "getui=huge:3KiB", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHuge, Size: 3 << 10},
			again: "getui=huge:3072"},
		{text: "getui=huge:2MiB", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHuge, Size: 2 << 20},
			again: "getui=huge:2097152"},
		{text: "getui=huge:1GiB", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultHuge, Size: 1 << 30},
			again: "getui=huge:1073741824"},
		{text: "getui/push_quota=exhausted", want: simulator.Fault{Vendor: "getui", Endpoint: "push_quota",
			Kind: simulator.FaultExhausted}},
		{text: "getui=token", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultToken}},
		{text: "getui/APPID/*=token", want: simulator.Fault{Vendor: "getui", Account: "APPID",
			Kind: simulator.FaultToken}},
		{text: "polyv/fa4e000001/playback_today=code:400:ptime is too old.",
			want: simulator.Fault{Vendor: "polyv", Account: "fa4e000001", Endpoint: "playback_today",
				Kind: simulator.FaultCode, Code: 400, Message: "ptime is too old."}},
		{text: "adspect/fa4eacc0-0000-4000-8000-000000000001/*=throttle",
			want: simulator.Fault{Vendor: "adspect", Account: "fa4eacc0-0000-4000-8000-000000000001",
				Kind: simulator.FaultThrottle}},
		{text: "quanshi/KEY/*=token", want: simulator.Fault{Vendor: "quanshi", Account: "KEY",
			Kind: simulator.FaultToken}},
		{text: "quanshi/event_report=cut", want: simulator.Fault{Vendor: "quanshi", Endpoint: "event_report",
			Kind: simulator.FaultCut}},
		{text: "getui=clock:-15m0s", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultClock,
			Duration: -15 * time.Minute}},
		{text: " getui=clock:1h\n", want: simulator.Fault{Vendor: "getui", Kind: simulator.FaultClock,
			Duration: time.Hour}, again: "getui=clock:1h0m0s"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got, err := simulator.ParseFault(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("fault is %+v, want %+v", got, tc.want)
			}
			want := tc.again
			if want == "" {
				want = tc.text
			}
			if got.String() != want {
				t.Errorf("fault is written %q, want %q", got, want)
			}
			if again, err := simulator.ParseFault(got.String()); again != got || err != nil {
				t.Errorf("what is written reads as %+v (%v)", again, err)
			}
		})
	}
}

func TestParseFaultErrors(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", `no = in it; expected TARGET[#N]=KIND[:ARGUMENTS]`},
		{"no kind", "getui/push_quota", `no = in it`},
		{"unknown vendor", "getiu=hang", `unknown vendor "getiu"; known: ` + vendorList()},
		{"unknown endpoint", "getui/push_qouta=hang",
			`unknown endpoint "push_qouta" of getui; known: auth, push_quota, `},
		{"account without endpoint", "getui/APPID=hang", `an account is written with its endpoint: getui/ACCOUNT/*`},
		{"empty part", "getui//tasks=hang", `target "getui//tasks" has an empty part`},
		{"too many parts", "getui/a/tasks/b=hang", `has more than vendor, account and endpoint`},
		{"number of requests", "getui#many=hang", `number of requests "many" is not a whole number above 0`},
		{"no requests", "getui#0=hang", `number of requests "0"`},
		{"unknown kind", "getui=slowly:5s", `unknown fault "slowly"; known: clock, slow, hang, `},
		{"slow without duration", "getui=slow", `slow takes a duration, such as slow:5s, not ""`},
		{"slow without unit", "getui=slow:5", `slow takes a duration`},
		{"slow back in time", "getui=slow:-5s", `slow needs a duration above 0`},
		{"drip of nothing", "getui=drip:0s", `drip takes a duration above 0`},
		{"clock that is right", "getui=clock:0s", `clock needs an offset`},
		{"status no number", "getui=status:bad", `status takes an HTTP status, such as status:503, not "bad"`},
		{"status out of range", "getui=status:99", `HTTP status 99 is not in 200 to 599`},
		{"retry after", "getui=status:503:soon", `Retry-After "soon" is neither seconds nor an HTTP date`},
		{"redirect to nowhere", "getui=redirect",
			`redirect needs an http or https URL, such as redirect:https://elsewhere.example/, not ""`},
		{"redirect to a path", "getui=redirect:/login", `redirect needs an http or https URL`},
		{"code no number", "getui=code:x", `code takes a number, such as code:10005, not "x"`},
		{"message not quoted to its end", `getui=code:1:"x`, `message "x is not a quoted string`},
		{"huge without size", "getui=huge", `huge takes a size, such as huge:100MiB, not ""`},
		{"huge of nothing", "getui=huge:0", `huge takes a size`},
		{"huge of another unit", "getui=huge:5MB", `huge takes a size`},
		{"huge beyond counting", "getui=huge:9999999999GiB", `huge takes a size`},
		{"argument too many", "getui=hang:5s", `hang takes no arguments`},
		{"token of an endpoint", "getui/tasks=token", `token ends all tokens of the account at once`},
		{"token where there is none", "polyv=token", `polyv hands out no tokens that token could end`},
		{"endpoint of another vendor", "adspect/push_quota=hang",
			`unknown endpoint "push_quota" of adspect; known: funnel_today, `},
		{"token for some requests", "getui#2=token", `token ends all tokens of the account at once`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := simulator.ParseFault(tc.text)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want %q", err, tc.want)
			}
			if f != (simulator.Fault{}) {
				t.Errorf("fault is %+v beside an error", f)
			}
		})
	}
}

func TestInjectPanicsOnAnInvalidFault(t *testing.T) {
	for _, f := range []simulator.Fault{
		{},
		{Vendor: "getui"},
		{Vendor: "getui", Kind: simulator.FaultHang, Requests: -1},
		{Vendor: "getui", Kind: 200},
		{Vendor: "getui", Kind: simulator.FaultDrip, Duration: -1},
		{Vendor: "getui", Kind: simulator.FaultHuge},
	} {
		t.Run(f.String(), func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v is taken", f)
				}
			}()
			simtest.NewGetui(t, nil).Inject(f)
		})
	}
}

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
