package reliability

import (
	"bytes"
	"compress/gzip"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

const (
	// retryAfter is what a vendor under maintenance asks for.
	retryAfter = 90 * time.Second
	// hugeBytes is many times of what an answer may have.
	hugeBytes = 64 * maxResponseBytes
	// elsewhere is where redirects lead; nothing may ever go there.
	elsewhere = "elsewhere.test"
)

// fault is one way in which reading from a vendor goes wrong.
type fault struct {
	name string
	// what is for the legend.
	what string
	// begin starts the fault just before a scrape; end ends it.
	begin func(b *fixture) (end func())
}

// faults are all that each row meets, in this order, one after another.
var faults = []fault{
	{"refused", "the connection is refused", ailing(refused)},
	{"DNS failure", "the host name does not exist", ailing(unknown)},
	{"TLS error", "the host's certificate is from an untrusted authority", ailing(impostor)},
	{
		"black hole", "old and new connections stay open but transfer nothing; after the fault, new connections work and old ones still do not",
		ailing(blocked),
	},
	{"hang", "the request is accepted and never answered", simulated(simulator.Fault{Kind: simulator.FaultHang})},
	{
		"drip of 1 byte/s",
		"the body of the answer arrives one byte per second",
		simulated(simulator.Fault{Kind: simulator.FaultDrip, Duration: time.Second}),
	},
	{"reset mid-body", "the connection is reset in the middle of the answer", simulated(simulator.Fault{Kind: simulator.FaultReset})},
	{"cut body", "the answer ends before its announced length", simulated(simulator.Fault{Kind: simulator.FaultCut})},
	{"200 with HTML", "an HTML page instead of an answer", simulated(simulator.Fault{Kind: simulator.FaultHTML})},
	{"garbage", "bytes that are not JSON", simulated(simulator.Fault{Kind: simulator.FaultGarbage})},
	{"wrong types", "success, but data of another shape", simulated(simulator.Fault{Kind: simulator.FaultBadShape})},
	{"empty", "200 and no body", simulated(simulator.Fault{Kind: simulator.FaultEmpty})},
	{"huge", "a body of 64 times max_response_bytes", simulated(simulator.Fault{Kind: simulator.FaultHuge, Size: hugeBytes})},
	{"500", "status 500", simulated(simulator.Fault{Kind: simulator.FaultStatus, Status: 500})},
	{
		"503 with Retry-After",
		"status 503 with a request to wait for 90 s",
		simulated(simulator.Fault{Kind: simulator.FaultStatus, Status: 503, RetryAfter: strconv.Itoa(int(retryAfter.Seconds()))}),
	},
	{"vendor throttle code", "the vendor's own answer for too many requests", simulated(simulator.Fault{Kind: simulator.FaultThrottle})},
	{"bad credentials", "the vendor rejects the account's credentials, and later accepts them again", badCredentials},
	{"token expired mid-read", "the token or key expires while the request is on its way", expiredMidRead},
	{"clock 1 h off", "the vendor's clock is an hour ahead of the exporter's", clockOff},
	{
		"redirect to elsewhere",
		"status 302 to another host, to which nothing must be sent",
		simulated(simulator.Fault{Kind: simulator.FaultRedirect, Location: "https://" + elsewhere + "/login"}),
	},

	{
		"429 with Retry-After",
		"status 429 with a request to wait for 90 s",
		simulated(simulator.Fault{Kind: simulator.FaultStatus, Status: 429, RetryAfter: strconv.Itoa(int(retryAfter.Seconds()))}),
	},
	{
		"404",
		"status 404, as from a gateway that does not know the path",
		simulated(simulator.Fault{Kind: simulator.FaultStatus, Status: 404}),
	},
	{"204", "status 204, which has no body", simulated(simulator.Fault{Kind: simulator.FaultStatus, Status: 204})},
	{"gzip cut", "a compressed answer ends in the middle of the stream, although HTTP says that it is complete", gzipCut},
	{"wrong secret", "the secret file contains a wrong secret, which is corrected later", wrongSecret},
}

// untested are the kinds of the simulator's faults that no row meets, and why.
var untested = map[simulator.FaultKind]string{
	simulator.FaultExhausted: "used-up quotas are values, not failures",
}

// simulated puts one of the simulator's faults in force, for the row's target.
func simulated(f simulator.Fault) func(*fixture) func() {
	return func(b *fixture) func() {
		b.needLogin()
		return b.inject(f, b.row.target)
	}
}

// ailing makes something wrong with the way to the vendor's host, also for the connections that there are: they must
// not hide it. A login meets it if it comes between the request whose token is refused and the login itself.
func ailing(with ailment) func(*fixture) func() {
	return func(b *fixture) func() {
		h := host(b.row.vendor, mainAccount)
		if with == blocked {
			b.system.vendors.block(h)
		} else {
			b.system.vendors.disconnect(h)
		}
		if !b.row.login {
			return b.system.vendors.ail(h, with)
		}
		b.needLogin()
		before := b.system.sim.Calls(b.row.vendor, b.account, b.row.endpoint)
		var mu sync.Mutex
		heal := func() {}
		b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			answer := httptest.NewRecorder()
			b.system.sim.ServeHTTP(answer, r)
			if b.system.sim.Calls(b.row.vendor, b.account, b.row.endpoint) > before && r.Host == h {
				heal = b.system.vendors.ail(h, with)
				if with == blocked {
					b.system.vendors.block(h) // this answer is lost too
					return
				}
				w.Header().Set("Connection", "close") // the next request needs a new one
			}
			pass(w, answer)
		})
		return func() {
			b.system.setInterfere(nil)
			mu.Lock()
			defer mu.Unlock()
			heal()
		}
	}
}

// pass sends an answer on.
func pass(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// refusal is the fault by which a vendor refuses credentials.
func refusal(vendor string) simulator.Fault {
	r := simulatedVendor(vendor).Refusal
	return simulator.Fault{Kind: simulator.FaultCode, Code: r.Code, Message: r.Message, Endpoint: r.Endpoint}
}

// badCredentials refuses them for the account as a whole: what it had got with them ends too.
func badCredentials(b *fixture) func() {
	b.endTokens()
	f := refusal(b.row.vendor)
	return b.inject(f, f.Endpoint)
}

// expiredMidRead lets requests wait at the vendor, and ends what lets it in before it is looked at. With vendors that
// hand out tokens that is the token, with others the key itself; Polyv's signature is of a time, which has passed by
// then. A login gives a token that has ended by the time it is used.
func expiredMidRead(b *fixture) func() {
	const wait, ends = 5 * time.Second, 2 * time.Second
	if b.row.login {
		b.needLogin()
		before := b.system.sim.Calls(b.row.vendor, b.account, b.row.target)
		var once sync.Once
		b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			b.system.sim.ServeHTTP(answer, r)
			if b.system.sim.Calls(b.row.vendor, b.account, b.row.target) > before {
				once.Do(b.endTokens)
			}
			pass(w, answer)
		})
		return func() { b.system.setInterfere(nil) }
	}
	slow := b.inject(simulator.Fault{Kind: simulator.FaultSlow, Duration: wait}, b.row.target)
	var mu sync.Mutex
	restore := func() {}
	switch {
	case len(simulatedVendor(b.row.vendor).Logins) > 0:
		time.AfterFunc(ends, b.endTokens)
	case b.row.vendor == "polyv":
		restore = b.inject(simulator.Fault{Kind: simulator.FaultClock, Duration: 3*time.Minute + wait}, b.row.target)
	default:
		time.AfterFunc(ends, func() {
			mu.Lock()
			defer mu.Unlock()
			restore = b.inject(refusal(b.row.vendor), "")
		})
	}
	return func() {
		slow()
		mu.Lock()
		defer mu.Unlock()
		restore()
	}
}

// clockOff sets the clock off for all of the account, its logins too.
func clockOff(b *fixture) func() {
	b.endTokens()
	return b.inject(simulator.Fault{Kind: simulator.FaultClock, Duration: time.Hour}, "")
}

// gzipCut compresses the answers of the row's target and leaves half of what that gives.
func gzipCut(b *fixture) func() {
	b.needLogin()
	var one sync.Mutex
	b.system.setInterfere(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		before := b.system.sim.Calls(b.row.vendor, b.account, b.row.target)
		answer := httptest.NewRecorder()
		b.system.sim.ServeHTTP(answer, r)
		if b.system.sim.Calls(b.row.vendor, b.account, b.row.target) > before {
			var compressed bytes.Buffer
			z := gzip.NewWriter(&compressed)
			z.Write(answer.Body.Bytes())
			z.Close()
			compressed.Truncate(compressed.Len() / 2)
			answer.Body = &compressed
			answer.Header().Set("Content-Encoding", "gzip")
			answer.Header().Set("Content-Length", strconv.Itoa(compressed.Len()))
		}
		pass(w, answer)
	})
	return func() { b.system.setInterfere(nil) }
}

// wrongSecretText is no account's secret.
const wrongSecretText = "NotTheSecretOfAnyone1"

// wrongSecret puts another one in the file.
func wrongSecret(b *fixture) func() {
	b.endTokens()
	file := b.settings.secretFile(b.row.vendor, mainAccount)
	right, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	write := func(secret []byte) {
		if err := os.WriteFile(file, secret, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	write([]byte(wrongSecretText))
	return func() { write(right) }
}
