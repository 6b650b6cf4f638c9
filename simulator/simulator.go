// Package simulator serves the vendors' APIs with invented data. It is strict about authentication, parameters and
// limits, and has faults on command.
//
// It is a second reading of the vendors' documents and therefore shares no code with the clients that are tested with
// it. Each vendor is a package of its own and has a path prefix: the base URLs are http://HOST/getui/v2,
// http://HOST/polyv, http://HOST/adspect/v1, http://HOST/sensorsdata and http://HOST/quanshi.
//
// All data is a pure function of the time, the seed and the account. The type Data of each vendor's package computes
// it, so that a test can compute what an exporter must show.
package simulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// maxRequestBytes bounds the body of a request. The largest one any vendor takes from us is a few hundred bytes.
const maxRequestBytes = 1 << 20

// Options are the settings of a Simulator. The zero value is of use: default accounts, the real time, seed 0. They
// must not change after New.
type Options struct {
	// All data and tokens are derived from Seed. Two simulators with the same seed and the same clock answer alike.
	Seed uint64
	// Now is the vendors' clock; time.Now by default. Delays of faults do not follow it.
	Now func() time.Time
	// Vendors are vendors with accounts of the caller's choice. The other vendors have their default accounts.
	Vendors []Vendor
}

// Simulator is the APIs of all simulated vendors as one http.Handler, with the control of its faults at /-/faults. It
// is safe for concurrent use, on any server and called in process. A fault that breaks a connection needs a
// connection that can be hijacked; where there is none the handler panics with http.ErrAbortHandler, as it does when
// Close breaks off a request. A request whose client has gone (whose context is done) while a fault held it up is not
// answered at all.
type Simulator struct {
	now     func() time.Time
	vendors map[string]core.API
	calls   callCounter
	faults  faultList

	closing sync.Once
	closed  chan struct{}
}

// New returns a simulator. It panics if it is given one vendor twice, or impossible accounts, such as two with the
// same id.
func New(o Options) *Simulator {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Simulator{now: o.Now, vendors: make(map[string]core.API), closed: make(chan struct{})}
	for _, v := range o.Vendors {
		if _, twice := s.vendors[v.Name]; twice {
			panic(fmt.Sprintf("simulator: the vendor %s is given twice", v.Name))
		}
		s.vendors[v.Name] = v.New(o.Seed, o.Now)
	}
	for _, v := range vendors {
		if _, given := s.vendors[v.Name]; !given {
			s.vendors[v.Name] = v.New(o.Seed, o.Now)
		}
	}
	return s
}

// Close breaks off the requests that a fault holds up, and those that come later and would be held up. It does not
// wait for them.
func (s *Simulator) Close() {
	s.closing.Do(func() { close(s.closed) })
}

// Calls is the number of requests that have come for a vendor, an account and an endpoint; "" stands for all.
// Endpoints are named as in Fault. Requests for an account or a path that does not exist count as "unknown", and
// requests that a fault answered count too.
func (s *Simulator) Calls(vendor, account, endpoint string) int {
	return s.calls.sum(vendor, account, endpoint)
}

// ServeHTTP answers for the vendor that the first segment of the path names.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL)
	if r.URL.Path == "/" {
		s.serveIndex(w)
		return
	}
	if path[0] == "-" {
		s.serveControl(w, r, path[1:])
		return
	}
	v, ok := s.vendors[path[0]]
	if !ok {
		http.Error(w, fmt.Sprintf("no vendor here; the path begins with one of: %s", strings.Join(vendorNames(), ", ")),
			http.StatusNotFound)
		return
	}
	// Read whole at once: net/http notices that a client has gone only when the body is used up, and faults must
	// notice.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			http.Error(w, fmt.Sprintf("request body of more than %d bytes", tooLarge.Limit),
				http.StatusRequestEntityTooLarge)
		}
		return
	}
	c := &core.Call{Vendor: path[0], Request: r, Body: body, Arrived: s.now(), Release: func() {}}
	to := v.Route(c, path[1:])
	defer func() { c.Release() }()
	c.Account, c.Endpoint = to.Account, to.Endpoint
	s.calls.add(c)
	s.serve(w, c, v, to.Answer)
}

// segments is the path split at its slashes, each part unescaped on its own: an escaped slash belongs to a name.
func segments(u *url.URL) []string {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			parts[i] = plain
		}
	}
	return parts
}
