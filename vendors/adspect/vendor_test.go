package adspect_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "planted-api-key"

// authKey is what follows "Basic" in the header, as Adspect's document makes it.
var authKey = base64.StdEncoding.EncodeToString([]byte(apiKey + ":"))

// vendor is Adspect as its document describes it. It serves in the process, so that
// simulated time works.
type vendor struct {
	mu      sync.Mutex
	key     string
	answers map[string]string // by method and path
	calls   []string          // "GET host/path?query", as sent

	// When set, it may answer in the vendor's place, and returns true if it did.
	onCall func(w http.ResponseWriter, r *http.Request) bool

	zip   bool
	delay time.Duration
}

func newVendor() *vendor { return &vendor{key: apiKey, answers: map[string]string{}} }

// reporting returns a vendor with one answer.
func reporting(call, answer string) *vendor {
	v := newVendor()
	v.answers[call] = answer
	return v
}

func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(v.delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	v.ServeHTTP(w, r)
	return w.Result(), nil
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, r.Method+" "+r.Host+r.URL.RequestURI())
	if v.onCall != nil && v.onCall(w, r) {
		return
	}
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/v1")
	answer, ok := v.answers[r.Method+" "+path]
	switch {
	case r.Header.Get("Content-Type") != "application/json":
		fail(w, 400, "Content-Type is mandatory.")
	case r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(v.key+":")):
		fail(w, 401, "Your request was made with invalid credentials.")
	case !ok:
		fail(w, 404, "Page not found.")
	case v.zip:
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zipped(answer))
	default:
		fmt.Fprint(w, answer)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

func fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"name":"Error","message":%q,"code":0,"status":%d}`, message, status)
}

// always returns an onCall that gives one answer.
func always(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

func (v *vendor) expect(t *testing.T, calls int) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.calls) != calls {
		t.Errorf("%d calls, want %d: %q", len(v.calls), calls, v.calls)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// client returns the client of the account, with budgets that do not matter.
func client(rt http.RoundTripper, change ...func(*adspect.Options)) *adspect.Client {
	o := adspect.Options{
		APIKey: func() (string, error) { return apiKey, nil },
		Transport: transport.New(transport.Options{
			Vendor: "adspect", RoundTripper: rt, RequestsPerMinute: 1e6, MaxConcurrentRequests: 100, MaxResponseBytes: 1 << 20,
		}),
	}
	for _, c := range change {
		c(&o)
	}
	return adspect.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Vendor != "adspect" || e.Endpoint == "" {
		t.Fatalf("%v names no vendor or no endpoint", e)
	}
	return e
}

// query asks for one column and two metrics.
var query = adspect.FunnelQuery{GroupBy: []string{"os"}, Metrics: []string{"clicks", "quality"}}

// funnel is the request that tests make where it does not matter which.
func funnel(ctx context.Context, c *adspect.Client) error {
	for _, err := range c.Funnel(ctx, query) {
		if err != nil {
			return err
		}
	}
	return nil
}

// requests are all that the client can ask for, with answers that succeed.
var requests = []struct {
	call   string
	answer string
	do     func(context.Context, *adspect.Client) error
}{
	{"GET /reports/funnel", `["iOS","1",0]`, funnel},
	{"GET /reports/log", `["2024-04-01 00:00:00","s",0,1]`, func(ctx context.Context, c *adspect.Client) error {
		for _, err := range c.Log(ctx, adspect.LogQuery{}) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"GET /streams", `[{"stream_id":"s"}]`, func(ctx context.Context, c *adspect.Client) error {
		_, err := c.Streams(ctx)
		return err
	}},
	{"HEAD /reports", ``, func(ctx context.Context, c *adspect.Client) error {
		_, err := c.SavedQueries(ctx)
		return err
	}},
	{"GET /account", `{"balance":"1"}`, func(ctx context.Context, c *adspect.Client) error {
		_, err := c.Account(ctx)
		return err
	}},
	{"GET /collections/query-group-by", `["date"]`, func(ctx context.Context, c *adspect.Client) error {
		_, err := c.Collection(ctx, adspect.QueryGroupBy)
		return err
	}},
}

// endpointOf is how errors name a call.
func endpointOf(call string) string {
	if strings.HasPrefix(call, "GET /collections/") {
		return "GET /collections/NAME"
	}
	return call
}
