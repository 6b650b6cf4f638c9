package sensorsdata_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/sensorsdata"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiSecret = "planted/secret+1"

var shanghai = time.FixedZone("UTC+8", 8*60*60)

// vendor is Sensors Data as its document describes it. Its Calls are "GET host/path?query body", without the token.
type vendor struct {
	vendortest.Server
	secret  string
	answers map[string]string // by method and path

	// When set, it may answer in the vendor's place.
	onCall vendortest.Hook

	inHeader bool // it takes the secret in the header, and none in the URL
	zip      bool
}

func newVendor() *vendor {
	v := &vendor{secret: apiSecret, answers: map[string]string{}}
	v.Answer = v.answer
	return v
}

// answering returns a vendor with one answer.
func answering(call, answer string) *vendor {
	v := newVendor()
	v.answers[call] = answer
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
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
	call := r.Method + " " + r.Host + r.URL.EscapedPath() + "?" + query.Encode() + " " + string(body)
	v.Calls = append(v.Calls, strings.TrimSpace(call))
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
		w.Write(vendortest.Gzip(answer))
	default:
		fmt.Fprint(w, answer)
	}
}

func fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q}`, message)
}

// client returns the client of the account, with limits that do not matter.
func client(rt http.RoundTripper, change ...func(*sensorsdata.Options)) *sensorsdata.Client {
	o := sensorsdata.Options{
		BaseURL:   "https://ebiz.cloud.sensorsdata.cn",
		Project:   "production",
		APISecret: func() (string, error) { return apiSecret, nil },
		Location:  shanghai,
		Transport: vendortest.Transport(transport.Options{Vendor: "sensorsdata", RoundTripper: rt}),
	}
	for _, c := range change {
		c(&o)
	}
	return sensorsdata.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	return vendortest.Failure(t, "sensorsdata", err, kind)
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

// requestsOf returns the requests of one client.
func requestsOf(c *sensorsdata.Client) []vendortest.Request {
	var all []vendortest.Request
	for _, request := range requests {
		do := func(ctx context.Context) error { return request.do(ctx, c) }
		all = append(all, vendortest.Request{Endpoint: request.endpoint, Do: do})
	}
	return all
}
