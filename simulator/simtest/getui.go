// Package simtest has what tests of several packages of the simulator share.
package simtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
)

// Getui is a client of one simulated application of GeTui.
type Getui struct {
	*Client
	App getui.App
}

// GetuiApp returns an application with short credentials.
func GetuiApp() getui.App {
	return getui.App{
		AppID: "app", AppKey: "key", MasterSecret: "secret",
		TaskIDs: []string{"task-1", "task-2"}, TaskGroups: []string{"group", "a/b c"},
		ActionIDs: []string{"90001", "90002"},
	}
}

// NewGetui returns a client of a simulator with one application, at noon. Unless change is nil, it changes the
// application.
func NewGetui(t *testing.T, change func(*getui.App)) *Getui {
	t.Helper()
	app := GetuiApp()
	if change != nil {
		change(&app)
	}
	c := NewClock(Noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{getui.Vendor(app)}})
	t.Cleanup(s.Close)
	return &Getui{Client: &Client{T: t, Simulator: s, Clock: c}, App: app}
}

// Reply is an answer of GeTui.
type Reply struct {
	Status int         `json:"-"`
	Header http.Header `json:"-"`
	Body   string      `json:"-"`

	Code json.RawMessage `json:"code"`
	Msg  string          `json:"msg"`
	Data json.RawMessage `json:"data"`
}

// Call sends a request. The path is below /getui/v2. The header is names and values in turn.
func (g *Getui) Call(method, path, body string, header ...string) Reply {
	g.T.Helper()
	r := httptest.NewRequest(method, "/getui/v2"+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	got := Reply{Status: w.Code, Header: w.Result().Header, Body: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		g.T.Fatalf("%s %s: no envelope in %q: %v", method, path, w.Body, err)
	}
	return got
}

// Get reads an endpoint of the application, with a new token.
func (g *Getui) Get(path string) Reply {
	g.T.Helper()
	return g.Call("GET", "/"+g.App.AppID+path, "", "token", g.Token())
}

// Token logs in and returns the token.
func (g *Getui) Token() string {
	g.T.Helper()
	got := g.Login(LoginBody(g.App, g.Clock.Now()))
	var data struct{ Token string }
	got.Decode(g.T, &data)
	return data.Token
}

// Login sends the body of a login.
func (g *Getui) Login(body string) Reply {
	g.T.Helper()
	return g.Call("POST", "/"+g.App.AppID+"/auth", body, "Content-Type", "application/json;charset=utf-8")
}

// LoginBody returns the body of a correct login.
func LoginBody(app getui.App, now time.Time) string {
	timestamp := strconv.FormatInt(now.UnixMilli(), 10)
	return fmt.Sprintf(`{"sign":%q,"timestamp":%q,"appkey":%q}`, Sign(app, timestamp), timestamp, app.AppKey)
}

// Sign returns the signature of a login.
func Sign(app getui.App, timestamp string) string {
	sum := sha256.Sum256([]byte(app.AppKey + timestamp + app.MasterSecret))
	return hex.EncodeToString(sum[:])
}

// Decode decodes the data of an answer, which must be a success.
func (r Reply) Decode(t *testing.T, into any) {
	t.Helper()
	if r.Status != 200 || strings.Trim(string(r.Code), `"`) != "0" {
		t.Fatalf("answer is %d %s, not a success", r.Status, r.Body)
	}
	if err := json.Unmarshal(r.Data, into); err != nil {
		t.Fatalf("data %s: %v", r.Data, err)
	}
}

// WantRefusal checks the status, the code and, unless it is empty, the message of an error.
func (r Reply) WantRefusal(t *testing.T, status, code int, message string) {
	t.Helper()
	if r.Status != status || string(r.Code) != strconv.Itoa(code) {
		t.Errorf("answer is HTTP %d code %s, want HTTP %d code %d: %s", r.Status, r.Code, status, code, r.Body)
	}
	if message != "" && r.Msg != message {
		t.Errorf("message is %q, want %q", r.Msg, message)
	}
	if got, want := r.Header.Get("Content-Type"), "application/json;charset=utf-8"; got != want {
		t.Errorf("Content-Type is %q, want %q", got, want)
	}
}

// Status returns the HTTP status of a GET. The path is below /getui/v2.
func (g *Getui) Status(path, token string) int {
	return g.Raw("GET", "/getui/v2"+path, "token", token).Code
}
