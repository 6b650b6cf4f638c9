package vendortest

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Leak is a failure that could get a secret into an error.
type Leak struct {
	// Name names the test case.
	Name string

	// URL starts what fails and returns its URL.
	URL func(*testing.T) string

	// Kind is the kind of the failure.
	Kind transport.Kind
}

// NewLeak returns a failure with that name, kind, and function that starts what fails.
func NewLeak(name string, url func(*testing.T) string, kind transport.Kind) Leak {
	return Leak{Name: name, URL: url, Kind: kind}
}

// RunLeaks runs a test for each failure, and for the failures to reach a vendor at all. Each test gets connections of
// its own.
func RunLeaks(t *testing.T, leaks []Leak, test func(t *testing.T, leak Leak, rt http.RoundTripper)) {
	for _, leak := range slices.Concat(leaks, unreachable) {
		t.Run(leak.Name, func(t *testing.T) {
			rt := &http.Transport{}
			defer rt.CloseIdleConnections()
			test(t, leak, rt)
		})
	}
}

// unreachable are the failures before a request is sent.
var unreachable = []Leak{
	{"connection refused", ConnectionRefused, transport.Network},
	{"certificate not trusted", UntrustedCertificate, transport.Network},
	{"no host", func(*testing.T) string { return "http://vendor.invalid:0/\x7f" }, transport.Network},
}

// ConnectionRefused returns the URL of a port on which nothing listens.
func ConnectionRefused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return "http://" + l.Addr().String()
}

// UntrustedCertificate starts a server whose certificate no client trusts and returns its URL.
func UntrustedCertificate(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// Serving returns a function that starts a server and returns its URL.
func Serving(h http.Handler) func(*testing.T) string {
	return func(t *testing.T) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
}

// Redirecting returns a hook that redirects each request to where to returns.
func Redirecting(to func(*http.Request) string) Hook {
	return func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to(r), http.StatusFound)
		return true
	}
}

// HangingUp returns a hook that answers each request with a text that is no HTTP, and closes the connection.
func HangingUp(text func(*http.Request) string) Hook {
	return func(w http.ResponseWriter, r *http.Request) bool {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprintf(conn, "%s\r\n\r\n", text(r))
			conn.Close()
		}
		return true
	}
}

// ExpectNoRedirect starts a vendor that redirects to another server, query included. It fails the test if a request
// goes there. vendor returns the vendor with that hook; read makes the requests at the vendor's URL.
func ExpectNoRedirect(t *testing.T, vendor func(Hook) http.Handler, read func(rt http.RoundTripper, url string)) {
	t.Helper()
	strayed := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed++ }))
	defer other.Close()
	s := httptest.NewServer(vendor(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+"?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
		return true
	}))
	defer s.Close()
	rt := &http.Transport{}
	defer rt.CloseIdleConnections()
	read(rt, s.URL)
	if strayed != 0 {
		t.Errorf("%d requests went to where the vendor pointed", strayed)
	}
}

// Heap returns the size of the heap after a garbage collection.
func Heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// HeapGrowth returns by how many bytes at most the heap is larger while rows are read than before. read must call each
// for every row, of which there must be so many.
func HeapGrowth(tb testing.TB, rows int, read func(each func())) int64 {
	tb.Helper()
	runtime.GC() // pools keep what they have until the second collection
	before := Heap()
	n, most := 0, int64(0)
	read(func() {
		n++
		if n%(rows/20) == 0 {
			most = max(most, Heap()-before)
		}
	})
	if n != rows {
		tb.Fatalf("%d rows, want %d", n, rows)
	}
	return most
}
