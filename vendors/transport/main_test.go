package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// vendorFunc answers requests in the process: real sockets know nothing of simulated time.
type vendorFunc func(*http.Request) (*http.Response, error)

func (f vendorFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a vendor that always gives one answer.
func answer(status int, header http.Header, body string) vendorFunc {
	return func(r *http.Request) (*http.Response, error) {
		return response(r, status, header, strings.NewReader(body), int64(len(body))), nil
	}
}

func response(r *http.Request, status int, header http.Header, body io.Reader, length int64) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

var get = transport.Request{Method: http.MethodGet, URL: "http://vendor.test/v2/app?key=q", Endpoint: "GET /thing"}

// readAll reads the answer and does nothing with it.
func readAll(r *transport.Response) error {
	_, err := r.ReadAll()
	return err
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Kind != kind || transport.KindOf(err) != kind {
		t.Fatalf("got kind %s, want %s: %v", e.Kind, kind, err)
	}
	if e.Vendor != "acme" || e.Endpoint != "GET /thing" {
		t.Fatalf("it is an error of %q %q, want acme GET /thing: %v", e.Vendor, e.Endpoint, err)
	}
	for _, leak := range []string{"vendor.test", "key=q", "/v2/app"} {
		if strings.Contains(err.Error(), leak) {
			t.Fatalf("the error contains the URL (%s): %v", leak, err)
		}
	}
	return e
}

// counts is an observer that remembers.
type counts struct {
	mu     sync.Mutex
	codes  []string
	sent   []transport.Sent
	waited time.Duration
	waits  int
}

func (c *counts) RequestDone(sent transport.Sent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes = append(c.codes, sent.Code)
	c.sent = append(c.sent, sent)
}

func (c *counts) ThrottleWaited(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += d
	c.waits++
}

// client returns a client with limits that do not matter, unless o sets them.
func client(o transport.Options) *transport.Client {
	o.Vendor = "acme"
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = 1e6
	}
	if o.MaxConcurrentRequests == 0 {
		o.MaxConcurrentRequests = 100
	}
	return transport.New(o)
}

func do(ctx context.Context, c *transport.Client) error { return c.Do(ctx, get, readAll) }
