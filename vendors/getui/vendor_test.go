package getui_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID        = "A1b2C3"
	appKey       = "planted-app-key"
	masterSecret = "planted-master-secret"
)

// vendor is GeTui as its document describes it: logins that are signed, tokens that last a
// day, reports by path. It serves in the process, so that simulated time works.
type vendor struct {
	mu      sync.Mutex
	secret  string
	tokens  map[string]time.Time // valid until
	logins  []time.Time
	calls   []string // "GET host/path?query" of all but logins, as sent
	reports map[string]string

	// When set, they may answer in the vendor's place, and return true if they did.
	onLogin func(w http.ResponseWriter, r *http.Request) bool
	onCall  func(w http.ResponseWriter, r *http.Request) bool

	delay time.Duration
}

func newVendor() *vendor {
	return &vendor{secret: masterSecret, tokens: map[string]time.Time{}, reports: map[string]string{}}
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
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v2/"+appID)
	if !ok {
		fail(w, 404, 404, "no such app")
		return
	}
	if path == "/auth" {
		v.logins = append(v.logins, time.Now())
		if v.onLogin == nil || !v.onLogin(w, r) {
			v.login(w, r)
		}
		return
	}
	v.calls = append(v.calls, r.Method+" "+r.Host+r.URL.RequestURI())
	if v.onCall != nil && v.onCall(w, r) {
		return
	}
	if until, ok := v.tokens[r.Header.Get("Token")]; !ok || time.Now().After(until) {
		fail(w, 401, 10001, "token错误或失效")
		return
	}
	report, ok := v.reports[path]
	if !ok {
		fail(w, 400, 20001, "参数错误")
		return
	}
	fmt.Fprintf(w, `{"code":0,"msg":"success","data":%s}`, report)
}

func (v *vendor) login(w http.ResponseWriter, r *http.Request) {
	var body struct{ Sign, Timestamp, AppKey string }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.Method != http.MethodPost {
		fail(w, 400, 20001, "参数错误")
		return
	}
	ms, err := strconv.ParseInt(body.Timestamp, 10, 64)
	sum := sha256.Sum256([]byte(appKey + body.Timestamp + v.secret))
	if err != nil || len(body.Timestamp) != len(strconv.FormatInt(time.Now().UnixMilli(), 10)) ||
		time.Since(time.UnixMilli(ms)).Abs() > 10*time.Minute ||
		body.AppKey != appKey || body.Sign != hex.EncodeToString(sum[:]) {
		fail(w, 400, 20001, "sign校验失败")
		return
	}
	token := fmt.Sprintf("planted-token-%d", len(v.logins))
	expires := time.Now().Add(24 * time.Hour)
	v.tokens[token] = expires
	fmt.Fprintf(w, `{"code":0,"msg":"success","data":{"expire_time":"%d","token":"%s"}}`, expires.UnixMilli(), token)
}

func fail(w http.ResponseWriter, status, code int, msg string) {
	failWith(w, status, fmt.Sprintf(`{"code":%d,"msg":%q}`, code, msg))
}

func failWith(w http.ResponseWriter, status int, body string) {
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// always returns an onLogin or onCall that gives one answer.
func always(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool { failWith(w, status, body); return true }
}

// counts returns how many logins and other requests there were.
func (v *vendor) counts() (logins, calls int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.logins), len(v.calls)
}

func (v *vendor) expect(t *testing.T, logins, calls int) {
	t.Helper()
	if l, c := v.counts(); l != logins || c != calls {
		t.Errorf("%d logins and %d calls, want %d and %d", l, c, logins, calls)
	}
}

// with changes what the vendor does while others may be asking it.
func (v *vendor) with(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
}

// client returns the client of the app, with budgets that do not matter.
func client(rt http.RoundTripper, change ...func(*getui.Options)) *getui.Client {
	o := getui.Options{
		AppID: appID, AppKey: appKey,
		MasterSecret: func() (string, error) { return masterSecret, nil },
		Transport: transport.New(transport.Options{
			Vendor: "getui", RoundTripper: rt, RequestsPerMinute: 1e6, MaxConcurrentRequests: 100,
		}),
	}
	for _, c := range change {
		c(&o)
	}
	return getui.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Vendor != "getui" || e.Endpoint == "" {
		t.Fatalf("%v names no vendor or no endpoint", e)
	}
	return e
}

// users is the request that tests make where it does not matter which.
func users(ctx context.Context, c *getui.Client) error {
	_, _, err := c.OnlineUsers(ctx)
	return err
}

// reporting returns a vendor that answers it.
func reporting() *vendor {
	v := newVendor()
	v.reports["/report/online_user"] = `{"online_statics":{"1700000000000":4}}`
	return v
}
