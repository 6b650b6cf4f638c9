package quanshi_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// testApp is a simulated application of Quanshi, called in process.
type testApp struct {
	*simtest.Client
	app   quanshi.App
	calls int
	key   string // logged in with; "" = not yet
}

// newTestApp simulates one application at noon; change may be nil.
func newTestApp(t *testing.T, change func(*quanshi.App)) *testApp {
	t.Helper()
	app := quanshi.App{AppKey: "key", AppSecret: "secret", UserID: "77", UserEmail: "user@mail.example"}
	if change != nil {
		change(&app)
	}
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{quanshi.Vendor(app)}})
	t.Cleanup(s.Close)
	return &testApp{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, app: app}
}

// data returns the application's data.
func (b *testApp) data() quanshi.Data {
	return quanshi.Data{Seed: 1, App: b.app}
}

// header is a header that a call needs, as the document has it.
func header(app quanshi.App, nonce string, now time.Time) map[string]string {
	curTime := fmt.Sprint(now.UnixMilli())
	sum := sha1.Sum([]byte(app.AppSecret + nonce + curTime))
	return map[string]string{
		"AppKey": app.AppKey, "Nonce": nonce, "CurTime": curTime, "CheckSum": hex.EncodeToString(sum[:]),
		"Content-Type": "application/json",
	}
}

// header is a correct one, never the same twice.
func (b *testApp) header() map[string]string {
	b.calls++
	return header(b.app, fmt.Sprintf("nonce-%d", b.calls), b.Clock.Now())
}

// raw sends a request; the path is below /quanshi.
func (b *testApp) raw(method, path, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/quanshi"+path, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// post sends a correct request; the path is below /quanshi/eventopenapi. TOKEN in the body stands for a token.
func (b *testApp) post(path, body string) *httptest.ResponseRecorder {
	b.T.Helper()
	if strings.Contains(body, "TOKEN") {
		if b.key == "" {
			b.key = b.token()
		}
		body = strings.ReplaceAll(body, "TOKEN", b.key)
	}
	return b.raw("POST", "/eventopenapi"+path, body, b.header())
}

// token logs in.
func (b *testApp) token() string {
	b.T.Helper()
	var data struct{ Token string }
	b.read("/token/create", fmt.Sprintf(`{"userId":%s}`, b.app.UserID), &data)
	return data.Token
}

// reply is an envelope.
type reply struct {
	TimeStamp int64
	RequestID string
	Code      int
	Msg       string
	Data      json.RawMessage
}

// envelope reads an envelope.
func envelope(t *testing.T, w *httptest.ResponseRecorder) reply {
	t.Helper()
	var got reply
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("no envelope in %d %.200q: %v", w.Code, w.Body, err)
	}
	if got.TimeStamp == 0 || got.RequestID == "" || got.Msg == "" ||
		w.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
		t.Errorf("envelope is %+v, %s", got, w.Header())
	}
	return got
}

// read reads the data of a successful answer.
func (b *testApp) read(path, body string, into any) {
	b.T.Helper()
	w := b.post(path, body)
	got := envelope(b.T, w)
	if w.Code != 200 || got.Code != 200 {
		b.T.Fatalf("%s: answer is %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(got.Data, into); err != nil {
		b.T.Fatalf("%s: %v: %s", path, err, got.Data)
	}
}

// wantError checks an error's code and message.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status, code int, message string) {
	t.Helper()
	got := envelope(t, w)
	if w.Code != status || got.Code != code || got.Msg != message || string(got.Data) != "null" {
		t.Errorf("answer is %d %s, want %d %d %q", w.Code, w.Body, status, code, message)
	}
}

// listed is a row of the list.
type listed struct {
	ID        int64 `json:"eventId"`
	Title     string
	HostID    any `json:"hostId"`
	StartTime int64
	EndTime   int64
	Length    int64
	EventForm int
}

// list reads a page of all events; more are the parameters that change.
func (b *testApp) list(from, to time.Time, page, count int, more string) (total int, rows []listed) {
	b.T.Helper()
	var data struct {
		Count int
		List  []listed
	}
	b.read("/event/public/list", fmt.Sprintf(`{"token":"TOKEN","listType":2,"startTime":%d,"endTime":%d,"page":%d,"count":%d%s}`, from.Unix(), to.Unix(), page, count, more), &data)
	return data.Count, data.List
}

// report is the data of a report.
type report struct {
	EventID int64
	Report  struct {
		Lives, Interactions, ViewerDetails []map[string]any
	}
	StartTime, EndTime *int64
}

// report reads the report of an event; more are more parameters.
func (b *testApp) report(id int64, more string) report {
	b.T.Helper()
	var data report
	b.read("/event/report/details", fmt.Sprintf(`{"token":"TOKEN","eventId":%d%s}`, id, more), &data)
	return data
}
