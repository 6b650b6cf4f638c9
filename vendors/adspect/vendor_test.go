package adspect_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/adspect"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "planted-api-key"

// authKey is what follows "Basic" in the header, as Adspect's document makes it.
var authKey = base64.StdEncoding.EncodeToString([]byte(apiKey + ":"))

// vendor is Adspect as its document describes it. Its Calls are "GET host/path?query", as sent.
type vendor struct {
	vendortest.Server
	key     string
	answers map[string]string // by method and path

	// When set, it may answer in the vendor's place.
	onCall vendortest.Hook

	zip bool
}

func newVendor() *vendor {
	v := &vendor{key: apiKey, answers: map[string]string{}}
	v.Answer = v.answer
	return v
}

// reporting returns a vendor with one answer.
func reporting(call, answer string) *vendor {
	v := newVendor()
	v.answers[call] = answer
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
	v.Calls = append(v.Calls, r.Method+" "+r.Host+r.URL.RequestURI())
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
		w.Write(vendortest.Gzip(answer))
	default:
		fmt.Fprint(w, answer)
	}
}

func fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"name":"Error","message":%q,"code":0,"status":%d}`, message, status)
}

// client returns the client of the account, with limits that do not matter.
func client(rt http.RoundTripper, change ...func(*adspect.Options)) *adspect.Client {
	o := adspect.Options{
		APIKey:    func() (string, error) { return apiKey, nil },
		Transport: vendortest.Transport(transport.Options{Vendor: "adspect", RoundTripper: rt, MaxResponseBytes: 8 << 20}),
	}
	for _, c := range change {
		c(&o)
	}
	return adspect.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	return vendortest.Failure(t, "adspect", err, kind)
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

// requestsOf returns the requests of one client.
func requestsOf(c *adspect.Client) []vendortest.Request {
	var all []vendortest.Request
	for _, request := range requests {
		do := func(ctx context.Context) error { return request.do(ctx, c) }
		all = append(all, vendortest.Request{Endpoint: endpointOf(request.call), Do: do})
	}
	return all
}
