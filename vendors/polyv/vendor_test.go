package polyv_test

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/polyv"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	userID    = "0a1b2c3d4e"
	secretKey = "planted-secret-key"
)

// vendor is Polyv as its document describes it. It serves in the process, so that simulated
// time works.
type vendor struct {
	mu     sync.Mutex
	secret string
	data   string
	calls  []*http.Request

	// When set, it may answer in the vendor's place, and returns true if it did.
	onCall func(w http.ResponseWriter, r *http.Request) bool

	mirror bool          // the HTTP status is the code of the body; else it is 200
	ahead  time.Duration // of the vendor's clock before ours
	delay  time.Duration
}

func newVendor() *vendor { return &vendor{secret: secretKey, data: hourlyDocument} }

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
	v.calls = append(v.calls, r)
	if v.onCall != nil && v.onCall(w, r) {
		return
	}
	now := time.Now().Add(v.ahead)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if code, message := v.judge(r, now); code != 200 {
		if v.mirror {
			w.WriteHeader(code)
		}
		fmt.Fprintf(w, `{"code":%d,"status":"error","message":%q,"data":""}`, code, message)
		return
	}
	fmt.Fprintf(w, `{"code":200,"status":"success","message":"success","data":%s}`, v.data)
}

func (v *vendor) judge(r *http.Request, now time.Time) (code int, message string) {
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
		t.Errorf("%d calls, want %d", len(v.calls), calls)
	}
}

// client returns the client of the account, with budgets that do not matter.
func client(rt http.RoundTripper, change ...func(*polyv.Options)) *polyv.Client {
	o := polyv.Options{
		UserID:    userID,
		SecretKey: func() (string, error) { return secretKey, nil },
		Transport: transport.New(transport.Options{
			Vendor: "polyv", RoundTripper: rt, RequestsPerMinute: 1e6, MaxConcurrentRequests: 100,
		}),
	}
	for _, c := range change {
		c(&o)
	}
	return polyv.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Vendor != "polyv" || e.Endpoint != "GET /v2/hourly/USERID" {
		t.Fatalf("%v names another vendor or endpoint", e)
	}
	return e
}

// today is the request that tests make where it does not matter which.
func today(ctx context.Context, c *polyv.Client) error {
	_, err := c.Hourly(ctx, polyv.Today)
	return err
}
