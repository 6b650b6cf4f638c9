package sensorsdata_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiSecret = "planted/secret+1"

var shanghai = time.FixedZone("UTC+8", 8*60*60)

// vendor is Sensors Data as its document describes it. It serves in the process, so that
// simulated time works.
type vendor struct {
	mu      sync.Mutex
	secret  string
	answers map[string]string // by method and path
	calls   []string          // "GET host/path?query body", as sent but for the token

	// When set, it may answer in the vendor's place, and returns true if it did.
	onCall func(w http.ResponseWriter, r *http.Request) bool

	inHeader bool // it takes the secret in the header, and none in the URL

	zip   bool
	delay time.Duration
}

func newVendor() *vendor { return &vendor{secret: apiSecret, answers: map[string]string{}} }

// answering returns a vendor with one answer.
func answering(call, answer string) *vendor {
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
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	query := r.URL.Query()
	token := query.Get("token")
	query.Del("token")
	if v.inHeader {
		token = r.Header.Get("sensorsdata-token")
		if strings.Contains(r.URL.String(), url.QueryEscape(v.secret)) || r.URL.Query().Has("token") {
			panic("the secret stands in the URL " + r.URL.String())
		}
	}
	v.calls = append(v.calls, strings.TrimSpace(r.Method+" "+r.Host+r.URL.EscapedPath()+"?"+query.Encode()+" "+string(body)))
	if v.onCall != nil && v.onCall(w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/api")
	answer, known := v.answers[r.Method+" "+path]
	switch {
	case token != v.secret:
		fail(w, 401, "token is invalid")
	case !ok || !known:
		fail(w, 404, "not found")
	case query.Get("project") != "production":
		fail(w, 400, "no such project")
	case r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json":
		fail(w, 400, "not JSON")
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
	fmt.Fprintf(w, `{"error":%q}`, message)
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
func client(rt http.RoundTripper, change ...func(*sensorsdata.Options)) *sensorsdata.Client {
	o := sensorsdata.Options{
		BaseURL:   "https://ebiz.cloud.sensorsdata.cn",
		Project:   "production",
		APISecret: func() (string, error) { return apiSecret, nil },
		Location:  shanghai,
		Transport: transport.New(transport.Options{
			Vendor: "sensorsdata", RoundTripper: rt, RequestsPerMinute: 1e6, MaxConcurrentRequests: 100,
		}),
	}
	for _, c := range change {
		c(&o)
	}
	return sensorsdata.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Vendor != "sensorsdata" || e.Endpoint == "" {
		t.Fatalf("%v names no vendor or no endpoint", e)
	}
	return e
}

// at is a time in the account's zone.
func at(text string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, text, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// timeAt is such a time as an answer has it.
func timeAt(text string) sensorsdata.Time { return sensorsdata.TimeOf(at(text)) }

func n(v float64) wire.Number { return wire.NumberOf(v) }

// A span of days, and one that the documented report has.
var (
	weekFrom, weekTo = at("2019-12-16 00:00:00"), at("2019-12-18 23:00:00")
	day18            = at("2019-12-18 00:00:00")
)

// tags is the request that tests make where it does not matter which.
func tags(ctx context.Context, c *sensorsdata.Client) error {
	_, err := c.Tags(ctx)
	return err
}

// requests are all that the client can ask for, with the document's answers.
var requests = []struct {
	call     string
	endpoint string
	answer   string
	sent     string // what follows the host
	alone    bool   // one at a time
	do       func(context.Context, *sensorsdata.Client) error
}{
	{"GET /v2/user_tags", "GET /v2/user_tags", tagsDocument, "/api/v2/user_tags?count=200&invisible=false&project=production", false, tags},
	{"GET /v2/user_tags/15", "GET /v2/user_tags/ID", tagDocument, "/api/v2/user_tags/15?project=production", false, func(ctx context.Context, c *sensorsdata.Client) error {
		_, err := c.Tag(ctx, "15")
		return err
	}},
	{"GET /v2/user_tags/dirs", "GET /v2/user_tags/dirs", directoriesDocument, "/api/v2/user_tags/dirs?project=production", false, func(ctx context.Context, c *sensorsdata.Client) error {
		_, err := c.TagDirectories(ctx)
		return err
	}},
	{
		"GET /v2/user_tags/15/partitions", "GET /v2/user_tags/ID/partitions", partitionsDocument,
		"/api/v2/user_tags/15/partitions?from_date=2019-12-16&project=production&to_date=2019-12-18", false,
		func(ctx context.Context, c *sensorsdata.Client) error {
			_, err := c.TagPartitions(ctx, "15", weekFrom, weekTo)
			return err
		},
	},
	{
		"POST /v2/user_tags/15/report", "POST /v2/user_tags/ID/report", reportDocument,
		`/api/v2/user_tags/15/report?project=production {"from_date":"2019-12-18","to_date":"2019-12-18","limit":50}`, true,
		func(ctx context.Context, c *sensorsdata.Client) error {
			_, err := c.TagReport(ctx, "15", weekTo, 50)
			return err
		},
	},
	{
		"POST /v2/reports/user_analytics/users", "POST /v2/reports/user_analytics/users", usersDocument,
		`/api/v2/reports/user_analytics/users?project=production ` +
			`{"filter":{"conditions":[]},"num_per_page":1,"page":0,"all_page":false,"profiles":[],"use_cache":false}`, true,
		func(ctx context.Context, c *sensorsdata.Client) error {
			_, err := c.SegmentUsers(ctx, []byte(`{"conditions":[]}`))
			return err
		},
	},
}
