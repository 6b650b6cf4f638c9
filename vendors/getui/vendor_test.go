package getui_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/getui"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appID        = "A1b2C3"
	appKey       = "planted-app-key"
	masterSecret = "planted-master-secret"
)

// vendor is GeTui as its document describes it: logins that are signed, tokens that last a day, reports by path. Its
// Calls are "GET host/path?query" of all but logins, as sent.
type vendor struct {
	vendortest.Server
	secret  string
	tokens  map[string]time.Time // valid until
	logins  []time.Time
	reports map[string]string

	// When set, they may answer in the vendor's place.
	onLogin, onCall vendortest.Hook
}

func newVendor() *vendor {
	v := &vendor{secret: masterSecret, tokens: map[string]time.Time{}, reports: map[string]string{}}
	v.Answer = v.answer
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
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
	v.Calls = append(v.Calls, r.Method+" "+r.Host+r.URL.RequestURI())
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
	vendortest.Always(status, fmt.Sprintf(`{"code":%d,"msg":%q}`, code, msg))(w, nil)
}

// expect fails the test if there was another number of logins or of other requests.
func (v *vendor) expect(t *testing.T, logins, calls int) {
	t.Helper()
	v.With(func() {
		if l, c := len(v.logins), len(v.Calls); l != logins || c != calls {
			t.Errorf("%d logins and %d calls, want %d and %d", l, c, logins, calls)
		}
	})
}

// client returns the client of the app, with limits that do not matter.
func client(rt http.RoundTripper, change ...func(*getui.Options)) *getui.Client {
	o := getui.Options{
		AppID: appID, AppKey: appKey,
		MasterSecret: func() (string, error) { return masterSecret, nil },
		Transport:    vendortest.Transport(transport.Options{Vendor: "getui", RoundTripper: rt}),
	}
	for _, c := range change {
		c(&o)
	}
	return getui.New(o)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	return vendortest.Failure(t, "getui", err, kind)
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
