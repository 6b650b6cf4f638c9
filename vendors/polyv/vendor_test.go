package polyv_test

import (
	"context"
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	userID    = "0a1b2c3d4e"
	secretKey = "planted-secret-key"

	// endpoint is the endpoint as errors name it.
	endpoint = "GET /v2/hourly/USERID"
)

// vendor is Polyv as its document describes it.
type vendor struct {
	vendortest.Server
	secret   string
	data     string
	requests []*http.Request

	// When set, it may answer in the vendor's place.
	onCall vendortest.Hook

	mirror bool          // the HTTP status is the code of the body; else it is 200
	ahead  time.Duration // of the vendor's clock before ours
}

func newVendor() *vendor {
	v := &vendor{secret: secretKey, data: hourlyDocument}
	v.Answer = v.answer
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
	v.Calls, v.requests = append(v.Calls, r.URL.Path), append(v.requests, r)
	if v.onCall != nil && v.onCall(w, r) {
		return
	}
	now := time.Now().Add(v.ahead)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if code, message := v.check(r, now); code != 200 {
		if v.mirror {
			w.WriteHeader(code)
		}
		fmt.Fprintf(w, `{"code":%d,"status":"error","message":%q,"data":""}`, code, message)
		return
	}
	fmt.Fprintf(w, `{"code":200,"status":"success","message":"success","data":%s}`, v.data)
}

func (v *vendor) check(r *http.Request, now time.Time) (code int, message string) {
	query := r.URL.Query()
	ms, err := strconv.ParseInt(query.Get("ptime"), 10, 64)
	signed := time.UnixMilli(ms)
	switch {
	case r.Method != http.MethodGet:
		return 405, "method not allowed"
	case query.Get("sign") == "":
		return 400, "sign can not be empty."
	case err != nil || len(query.Get("ptime")) != len(strconv.FormatInt(now.UnixMilli(), 10)) || signed.Sub(now) > 3*time.Minute:
		return 400, "ptime is illegal."
	case now.Sub(signed) > 3*time.Minute:
		return 400, "ptime is too old."
	case r.URL.EscapedPath() != "/v2/hourly/"+userID:
		return 400, "Could not find user by userid."
	case query.Get("sign") != signatureOf(query, v.secret):
		return 400, "the sign is not right."
	case query.Get("start") > query.Get("end"):
		return 401, "start and end illegal."
	}
	return 200, ""
}

// signatureOf is a second reading of the document's rules.
func signatureOf(query url.Values, secret string) string {
	text := ""
	for _, name := range []string{"dr", "end", "ptime", "start"} {
		if value := query.Get(name); value != "" {
			text += "&" + name + "=" + value
		}
	}
	return fmt.Sprintf("%X", sha1.Sum([]byte(strings.TrimPrefix(text, "&")+secret)))
}

// client returns the client of the account, with limits that do not matter.
func client(rt http.RoundTripper, change ...func(*polyv.Options)) *polyv.Client {
	o := polyv.Options{
		UserID:    userID,
		SecretKey: func() (string, error) { return secretKey, nil },
		Transport: vendortest.Transport(transport.Options{Vendor: "polyv", RoundTripper: rt}),
	}
	for _, c := range change {
		c(&o)
	}
	return polyv.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e := vendortest.Failure(t, "polyv", err, kind)
	if e.Endpoint != endpoint {
		t.Fatalf("%v names another endpoint", e)
	}
	return e
}

// today is the request that tests make where it does not matter which.
func today(ctx context.Context, c *polyv.Client) error {
	_, err := c.Hourly(ctx, polyv.Today)
	return err
}

// requests are all that the client can be asked for.
func requests(c *polyv.Client) []vendortest.Request {
	return []vendortest.Request{{Endpoint: endpoint, Do: func(ctx context.Context) error { return today(ctx, c) }}}
}
