package quanshi_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/vendortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	appKey    = "planted-app-key"
	appSecret = "planted-app-secret"
	email     = "Planted.Person@example.com"
	userID    = "19533553"
	eventID   = "609768"

	listPath   = "/eventopenapi/event/public/list"
	reportPath = "/eventopenapi/event/report/details"
	tokenPath  = "/eventopenapi/token/create"
	searchPath = "/eventopenapi/user/search/email"
)

// vendor is Quanshi as its document describes it: signed requests, tokens that last a day, envelopes.
type vendor struct {
	vendortest.Server
	key     string
	secret  string
	header  string               // of the app key
	tokens  map[string]time.Time // valid until
	logins  []time.Time
	paths   []string
	bodies  []map[string]any
	nonces  map[string]bool
	answers map[string]string // data by path

	// When set, it may answer in the vendor's place, and returns true if it did.
	onCall func(w http.ResponseWriter, path string) bool
}

func newVendor() *vendor {
	v := &vendor{
		key: appKey, secret: appSecret, header: "AppKey", tokens: map[string]time.Time{}, nonces: map[string]bool{},
		answers: map[string]string{listPath: `{"list":[],"count":0}`, reportPath: `{"eventId":609768,"report":{"lives":[]}}`,
			statsPath: `{"eventId":609768,"stats":{"viewerCnt":0}}`},
	}
	v.Answer = v.answer
	return v
}

func (v *vendor) answer(w http.ResponseWriter, r *http.Request) {
	v.paths = append(v.paths, r.URL.Path)
	var body map[string]any
	if text, err := io.ReadAll(r.Body); err != nil || json.Unmarshal(text, &body) != nil {
		fail(w, 400, "no JSON")
		return
	}
	v.bodies = append(v.bodies, body)
	if v.onCall != nil && v.onCall(w, r.URL.Path) {
		return
	}
	ms, err := strconv.ParseInt(r.Header.Get("CurTime"), 10, 64)
	nonce := r.Header.Get("Nonce")
	sum := sha1.Sum([]byte(v.secret + nonce + r.Header.Get("CurTime")))
	switch {
	case r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json":
		fail(w, 415, "want a POST of JSON")
	case r.Header.Get(v.header) != v.key:
		fail(w, 4001, v.header+" is unknown")
	case err != nil || time.Since(time.UnixMilli(ms)).Abs() > 5*time.Minute:
		fail(w, 4002, "CurTime is out of range")
	case nonce == "" || len(nonce) > 128 || v.nonces[nonce]:
		fail(w, 4003, "Nonce was used")
	case r.Header.Get("CheckSum") != hex.EncodeToString(sum[:]):
		fail(w, 4004, "CheckSum is wrong")
	default:
		v.nonces[nonce] = true
		v.serve(w, r.URL.Path, body)
	}
}

func (v *vendor) serve(w http.ResponseWriter, path string, body map[string]any) {
	switch path {
	case searchPath:
		if body["email"] != email {
			fail(w, 4041, "no such user")
			return
		}
		succeed(w, `{"userId":`+userID+`}`)
		return
	case tokenPath:
		v.logins = append(v.logins, time.Now())
		if body["userId"] != userID {
			fail(w, 4042, "no such user")
			return
		}
		token := fmt.Sprintf("planted-token-%d", len(v.logins))
		v.tokens[token] = time.Now().Add(24 * time.Hour)
		succeed(w, fmt.Sprintf(`{"token":%q,"createTime":%d,"expire":86400}`, token, time.Now().UnixMilli()))
		return
	}
	token, _ := body["token"].(string)
	if until, ok := v.tokens[token]; !ok || time.Now().After(until) {
		fail(w, 4010, "token已失效")
		return
	}
	answer, ok := v.answers[path]
	if !ok {
		fail(w, 404, "no such path")
		return
	}
	succeed(w, answer)
}

func succeed(w http.ResponseWriter, data string) {
	fmt.Fprintf(w, `{"timeStamp":%d,"requestId":"request-1","code":200,"msg":"ok","data":%s}`, time.Now().UnixMilli(), data)
}

func fail(w http.ResponseWriter, code int, msg string) {
	fmt.Fprintf(w, `{"timeStamp":1,"requestId":"request-1","code":%d,"msg":%q,"data":null}`, code, msg)
}

// always returns an onCall that gives one answer on a path.
func always(path string, status int, body string) func(http.ResponseWriter, string) bool {
	return func(w http.ResponseWriter, asked string) bool {
		if asked != path {
			return false
		}
		return vendortest.Always(status, body)(w, nil)
	}
}

// expect fails the test if there was another number of logins or of other requests, searches aside.
func (v *vendor) expect(t *testing.T, logins, calls int) {
	t.Helper()
	v.With(func() {
		l, c := 0, 0
		for _, p := range v.paths {
			switch p {
			case tokenPath:
				l++
			case searchPath:
			default:
				c++
			}
		}
		if l != logins || c != calls {
			t.Errorf("%d logins and %d calls, want %d and %d: %q", l, c, logins, calls, v.paths)
		}
	})
}

func text(s string) func() (string, error) { return func() (string, error) { return s, nil } }

// client returns the client of an account that logs in, with limits that do not matter.
func client(rt http.RoundTripper, change ...func(*quanshi.Options)) *quanshi.Client {
	o := quanshi.Options{
		AppKey: text(appKey), AppSecret: text(appSecret), UserID: userID,
		Transport: vendortest.Transport(transport.Options{Vendor: "quanshi", RoundTripper: rt, MaxResponseBytes: 1 << 20}),
	}
	for _, c := range change {
		c(&o)
	}
	return quanshi.New(o)
}

// readyClient returns the client of an account with a token of its own.
func readyClient(rt http.RoundTripper, change ...func(*quanshi.Options)) *quanshi.Client {
	ready := func(o *quanshi.Options) { o.UserID, o.Token = "", text("planted-ready-token") }
	return client(rt, append([]func(*quanshi.Options){ready}, change...)...)
}

// failure asserts that err is an Error of that kind.
func failure(t *testing.T, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	return vendortest.Failure(t, "quanshi", err, kind)
}

// read returns a report with copies of its rows.
func read(ctx context.Context, c *quanshi.Client) (rows []quanshi.Row, s quanshi.Sections, err error) {
	result, err := c.EventReport(ctx, quanshi.ReportQuery{EventID: eventID}, func(r *quanshi.Row) { rows = append(rows, *r) })
	return rows, result.Sections, err
}

// list and report are the requests that tests make where it does not matter what comes.
func list(ctx context.Context, c *quanshi.Client) error {
	_, err := c.Events(ctx, quanshi.EventsQuery{})
	return err
}

func report(ctx context.Context, c *quanshi.Client) error {
	_, _, err := read(ctx, c)
	return err
}

func reportOn(ctx context.Context, c *quanshi.Client, id string) error {
	_, err := c.EventReport(ctx, quanshi.ReportQuery{EventID: id}, func(*quanshi.Row) {})
	return err
}

// giving is a vendor that gives one answer to all.
func giving(answer string) http.RoundTripper {
	return vendortest.Giving(http.StatusOK, []byte(answer), false)
}
