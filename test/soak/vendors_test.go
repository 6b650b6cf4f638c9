package soak

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// vendors serves the simulator to the exporter, remembers every request, and lets one in faultsIn meet a fault. Each
// account has a path of its own, /at/NAME/…, so that a request tells whose it is.
type vendors struct {
	fleet    *fleet
	sim      *simulator.Simulator
	server   *httptest.Server
	requests map[string]*requests // by account
	faults   [numKinds]atomic.Int64
	strays   atomic.Int64 // requests that no account makes
	hostile  hostile
}

func serveVendors(t *testing.T, f *fleet) *vendors {
	t.Helper()
	v := &vendors{fleet: f, sim: simulator.New(f.options()), requests: make(map[string]*requests)}
	for _, a := range f.accounts {
		v.requests[a.name] = &requests{began: make(map[string][]span)}
	}
	v.server = httptest.NewServer(v)
	t.Cleanup(func() {
		v.sim.Close()
		v.server.Close()
	})
	return v
}

func (v *vendors) address() string { return v.server.URL }

// ServeHTTP implements http.Handler.
func (v *vendors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/hostile/") {
		v.hostile.ServeHTTP(w, r)
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/at/"), "/")
	a := v.fleet.byName[name]
	if a == nil {
		v.strays.Add(1)
		http.NotFound(w, r)
		return
	}
	read, item := readOf(a, r)
	if read == "" {
		v.strays.Add(1)
	}
	log := v.requests[a.name]
	number, done := log.begin(read + " " + item)
	defer done()
	if fault, meets := chooseFault(a, read, item, number); meets {
		log.meetFault(read+" "+item, number, fault)
		v.faults[fault.Kind].Add(1)
		defer v.sim.Inject(fault)() // what did not fire must not stay for another request
	}
	http.StripPrefix("/at/"+name, v.sim).ServeHTTP(w, r)
}

// readOf returns the endpoint that a request reads, as the simulator names it, and what of it: a page, a day, an event.
// The endpoint is "" if no account of the soak reads it.
func readOf(a *account, r *http.Request) (endpoint, item string) {
	path := strings.TrimPrefix(r.URL.Path, "/at/"+a.name+a.basePath)
	query := r.URL.Query()
	switch a.vendor {
	case "getui":
		for part, endpoint := range map[string]string{
			"/auth": "auth", "/report/push/count": "push_quota", "/report/online_user": "online_users", "/report/push/date/": "push_day", "/report/user/date/": "user_day",
		} {
			if rest, ok := strings.CutPrefix(path, "/"+a.id+part); ok {
				return endpoint, rest
			}
		}
	case "polyv":
		switch hourly := path == "/v2/hourly/"+a.id; {
		case hourly && query.Get("dr") == "today":
			return "playback_today", ""
		case hourly && query.Get("start") != "":
			return "traffic_settled", query.Get("start")
		}
	case "adspect":
		switch {
		case path == "/streams":
			return "streams", query.Get("page")
		case path == "/reports":
			return "saved_queries", ""
		case path == "/reports/funnel" && query.Get("date_from") == fmt.Sprint(midnight(now(), time.UTC).Unix()):
			return "funnel_today", query.Get("date_from")
		case path == "/reports/funnel":
			return "funnel_yesterday", query.Get("date_from")
		}
	case "sensorsdata":
		switch path {
		case "/api/v2/user_tags":
			return "tags", query.Get("start")
		case "/api/v2/user_tags/dirs":
			return "tag_directories", ""
		case "/api/v2/reports/user_analytics/users":
			return "segments", ""
		}
	case "quanshi":
		switch path {
		case "/eventopenapi/token/create":
			return "token_create", ""
		case "/eventopenapi/event/public/list":
			return "event_list", pageOf(r)
		case "/eventopenapi/event/report/details":
			return "event_report", eventOf(r)
		}
	}
	return "", ""
}

// pageOf and eventOf tell what a request to Quanshi is for, which its body says.
func pageOf(r *http.Request) string  { return fmt.Sprint(bodyOf(r)["page"]) }
func eventOf(r *http.Request) string { return fmt.Sprint(bodyOf(r)["eventId"]) }

func bodyOf(r *http.Request) map[string]json.Number {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&members) != nil {
		return nil
	}
	numbers := make(map[string]json.Number, len(members)) // ids come as numbers or as texts
	for name, value := range members {
		numbers[name] = json.Number(fmt.Sprint(value))
	}
	return numbers
}

// numKinds is one more than the highest kind of fault.
const numKinds = int(simulator.FaultToken) + 1

// faultKinds are what requests meet: all that the simulator has but used up quotas, which are values and no failure.
var faultKinds = []simulator.Fault{
	{Kind: simulator.FaultSlow, Duration: 500 * time.Millisecond},
	{Kind: simulator.FaultHang},
	{Kind: simulator.FaultStatus, Status: http.StatusInternalServerError},
	{Kind: simulator.FaultStatus, Status: http.StatusServiceUnavailable, RetryAfter: "3"},
	{Kind: simulator.FaultStatus, Status: http.StatusTooManyRequests, RetryAfter: "2"},
	{Kind: simulator.FaultStatus, Status: http.StatusFound}, // to nowhere
	{Kind: simulator.FaultCode, Code: 4999},                 // which means nothing to anyone
	{Kind: simulator.FaultClock, Duration: time.Hour},
	{Kind: simulator.FaultThrottle},
	{Kind: simulator.FaultGarbage},
	{Kind: simulator.FaultHTML},
	{Kind: simulator.FaultEmpty},
	{Kind: simulator.FaultBadShape},
	{Kind: simulator.FaultDrip, Duration: time.Millisecond},
	{Kind: simulator.FaultCut},
	{Kind: simulator.FaultReset},
	{Kind: simulator.FaultHuge, Size: 256 << 10},
	{Kind: simulator.FaultToken},
}

// chooseFault returns the fault that the request with that number of an account and an endpoint meets, if any. It
// follows from the seed, in whatever order requests come.
func chooseFault(a *account, endpoint, item string, number int) (simulator.Fault, bool) {
	h := fnv.New64a()
	fmt.Fprint(h, a.name, endpoint, item, number)
	random := rand.New(rand.NewPCG(*seed, h.Sum64()))
	if random.IntN(faultsIn) != 0 || endpoint == "" {
		return simulator.Fault{}, false
	}
	f := faultKinds[random.IntN(len(faultKinds))]
	if f.Kind == simulator.FaultEmpty && a.vendor == "adspect" { // to which it is a report without rows, and no fault
		f.Kind = simulator.FaultCut
	}
	if f.Kind == simulator.FaultClock && !isSigned(a, endpoint) { // to which it is another time of the day, and no fault
		f = simulator.Fault{Kind: simulator.FaultReset}
	}
	f.Vendor, f.Account, f.Endpoint, f.Requests = a.vendor, a.id, endpoint, 1
	if f.Kind == simulator.FaultToken {
		f.Endpoint, f.Requests = "", 0
		if a.vendor != "getui" && a.vendor != "quanshi" { // the others have no tokens
			f.Kind, f.Endpoint, f.Requests = simulator.FaultReset, endpoint, 1
		}
	}
	return f, true
}

// isSigned reports whether the vendor refuses a request whose time is not its own.
func isSigned(a *account, endpoint string) bool {
	return a.vendor == "polyv" || a.vendor == "getui" && endpoint == "auth"
}

// totalFaults is the number of faults met, and of how many kinds.
func (v *vendors) totalFaults() (total int64, kinds int) {
	for i := range v.faults {
		if n := v.faults[i].Load(); n > 0 {
			total += n
			kinds++
		}
	}
	return total, kinds
}

func (v *vendors) summary() string {
	total, kinds := v.totalFaults()
	return fmt.Sprintf("%d requests to the vendors, %d faults of %d kinds, %d answers of %d MiB that take the most memory",
		v.sim.Calls("", "", ""), total, kinds, v.hostile.answers.Load(), hostileBytes>>20)
}
