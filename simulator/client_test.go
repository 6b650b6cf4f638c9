package simulator_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// noon is a Tuesday's noon in Shanghai.
var noon = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.FixedZone("", 8*60*60))

// clock is the simulator's time in tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *clock) advance(d time.Duration) { c.set(c.Now().Add(d)) }

// testApp is an application with credentials that are easy to write down.
func testApp() simulator.GetuiApp {
	return simulator.GetuiApp{
		AppID: "app", AppKey: "key", MasterSecret: "secret",
		TaskIDs: []string{"task-1", "task-2"}, TaskGroups: []string{"group", "a/b c"}, ActionIDs: []string{"90001", "90002"},
	}
}

// bench is a simulator that is called in process.
type bench struct {
	t *testing.T
	*simulator.Simulator
	clock *clock
	app   simulator.GetuiApp
}

// newBench simulates one application at noon; change may be nil.
func newBench(t *testing.T, change func(*simulator.GetuiApp)) *bench {
	t.Helper()
	app := testApp()
	if change != nil {
		change(&app)
	}
	c := &clock{now: noon}
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{simulator.GetuiVendor(app)}})
	t.Cleanup(s.Close)
	return &bench{t: t, Simulator: s, clock: c, app: app}
}

// reply is an answer with its envelope.
type reply struct {
	status int
	header http.Header
	body   string

	Code json.RawMessage `json:"code"`
	Msg  string          `json:"msg"`
	Data json.RawMessage `json:"data"`
}

// call sends a request; the path is below /getui/v2.
func (b *bench) call(method, path, body string, header ...string) reply {
	b.t.Helper()
	r := httptest.NewRequest(method, "/getui/v2"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Result().Header, body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		b.t.Fatalf("%s %s: no envelope in %q: %v", method, path, w.Body, err)
	}
	return got
}

// get reads an endpoint of the application with a token of its own.
func (b *bench) get(path string) reply {
	b.t.Helper()
	return b.call("GET", "/"+b.app.AppID+path, "", "token", b.token())
}

// token logs in.
func (b *bench) token() string {
	b.t.Helper()
	got := b.login(loginBody(b.app, b.clock.Now()))
	var data struct{ Token string }
	got.data(b.t, &data)
	return data.Token
}

func (b *bench) login(body string) reply {
	b.t.Helper()
	return b.call("POST", "/"+b.app.AppID+"/auth", body, "Content-Type", "application/json;charset=utf-8")
}

// loginBody is a correct login at a time.
func loginBody(app simulator.GetuiApp, now time.Time) string {
	timestamp := strconv.FormatInt(now.UnixMilli(), 10)
	return fmt.Sprintf(`{"sign":%q,"timestamp":%q,"appkey":%q}`, sign(app, timestamp), timestamp, app.AppKey)
}

func sign(app simulator.GetuiApp, timestamp string) string {
	sum := sha256.Sum256([]byte(app.AppKey + timestamp + app.MasterSecret))
	return hex.EncodeToString(sum[:])
}

// data decodes the data of a successful answer.
func (r reply) data(t *testing.T, into any) {
	t.Helper()
	if r.status != 200 || strings.Trim(string(r.Code), `"`) != "0" {
		t.Fatalf("answer is %d %s, not a success", r.status, r.body)
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		t.Fatalf("data %s: %v", r.Data, err)
	}
}

// wantRefusal checks status, code and message of a refusal; an empty message is not checked.
func (r reply) wantRefusal(t *testing.T, status, code int, message string) {
	t.Helper()
	if r.status != status || string(r.Code) != strconv.Itoa(code) {
		t.Errorf("answer is HTTP %d code %s, want HTTP %d code %d: %s", r.status, r.Code, status, code, r.body)
	}
	if message != "" && r.Msg != message {
		t.Errorf("message is %q, want %q", r.Msg, message)
	}
	if got, want := r.header.Get("Content-Type"), "application/json;charset=utf-8"; got != want {
		t.Errorf("Content-Type is %q, want %q", got, want)
	}
}

// keys are the names of a JSON object in the order of the document.
func keys(t *testing.T, object json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("no object: %s", object)
	}
	names := []string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return names
}
