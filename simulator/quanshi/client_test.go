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

// quanshiBench is a simulated application of Quanshi, called in process.
type quanshiBench struct {
	*simtest.Client
	app   quanshi.QuanshiApp
	calls int
	key   string // logged in with; "" = not yet
}

// newQuanshiBench simulates one application at noon; change may be nil.
func newQuanshiBench(t *testing.T, change func(*quanshi.QuanshiApp)) *quanshiBench {
	t.Helper()
	app := quanshi.QuanshiApp{AppKey: "key", AppSecret: "secret", UserID: "77", UserEmail: "user@mail.example"}
	if change != nil {
		change(&app)
	}
	c := simtest.NewClock(simtest.Noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{quanshi.QuanshiVendor(app)}})
	t.Cleanup(s.Close)
	return &quanshiBench{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, app: app}
}

// data makes the application's figures.
func (b *quanshiBench) data() quanshi.QuanshiData {
	return quanshi.QuanshiData{Seed: 1, App: b.app}
}

// quanshiHeader is a header that a call needs, as the document has it.
func quanshiHeader(app quanshi.QuanshiApp, nonce string, now time.Time) map[string]string {
	curTime := fmt.Sprint(now.UnixMilli())
	sum := sha1.Sum([]byte(app.AppSecret + nonce + curTime))
	return map[string]string{
		"AppKey": app.AppKey, "Nonce": nonce, "CurTime": curTime, "CheckSum": hex.EncodeToString(sum[:]), "Content-Type": "application/json",
	}
}

// header is a correct one, never the same twice.
func (b *quanshiBench) header() map[string]string {
	b.calls++
	return quanshiHeader(b.app, fmt.Sprintf("nonce-%d", b.calls), b.Clock.Now())
}

// raw sends a request; the path is below /quanshi.
func (b *quanshiBench) raw(method, path, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/quanshi"+path, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// post sends a correct request; the path is below /quanshi/eventopenapi. TOKEN in the body stands for a token.
func (b *quanshiBench) post(path, body string) *httptest.ResponseRecorder {
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
func (b *quanshiBench) token() string {
	b.T.Helper()
	var data struct{ Token string }
	b.read("/token/create", fmt.Sprintf(`{"userId":%s}`, b.app.UserID), &data)
	return data.Token
}

// quanshiReply is an envelope.
type quanshiReply struct {
	TimeStamp int64
	RequestID string
	Code      int
	Msg       string
	Data      json.RawMessage
}

// quanshiEnvelope reads an envelope.
func quanshiEnvelope(t *testing.T, w *httptest.ResponseRecorder) quanshiReply {
	t.Helper()
	var got quanshiReply
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("no envelope in %d %.200q: %v", w.Code, w.Body, err)
	}
	if got.TimeStamp == 0 || got.RequestID == "" || got.Msg == "" || w.Header().Get("Content-Type") != "application/json;charset=UTF-8" {
		t.Errorf("envelope is %+v, %s", got, w.Header())
	}
	return got
}

// read reads the data of a successful answer.
func (b *quanshiBench) read(path, body string, into any) {
	b.T.Helper()
	w := b.post(path, body)
	got := quanshiEnvelope(b.T, w)
	if w.Code != 200 || got.Code != 200 {
		b.T.Fatalf("%s: answer is %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(got.Data, into); err != nil {
		b.T.Fatalf("%s: %v: %s", path, err, got.Data)
	}
}

// wantQuanshiError checks an error's code and message.
func wantQuanshiError(t *testing.T, w *httptest.ResponseRecorder, status, code int, message string) {
	t.Helper()
	got := quanshiEnvelope(t, w)
	if w.Code != status || got.Code != code || got.Msg != message || string(got.Data) != "null" {
		t.Errorf("answer is %d %s, want %d %d %q", w.Code, w.Body, status, code, message)
	}
}

// quanshiListed is a row of the list.
type quanshiListed struct {
	ID        int64 `json:"eventId"`
	Title     string
	HostID    any `json:"hostId"`
	StartTime int64
	EndTime   int64
	Length    int64
	EventForm int
}

// list reads a page of all events; more are the parameters that change.
func (b *quanshiBench) list(from, to time.Time, page, count int, more string) (total int, rows []quanshiListed) {
	b.T.Helper()
	var data struct {
		Count int
		List  []quanshiListed
	}
	b.read("/event/public/list", fmt.Sprintf(`{"token":"TOKEN","listType":2,"startTime":%d,"endTime":%d,"page":%d,"count":%d%s}`, from.Unix(), to.Unix(), page, count, more), &data)
	return data.Count, data.List
}

// quanshiReport is the data of a report.
type quanshiReport struct {
	EventID int64
	Report  struct {
		Lives, Interactions, ViewerDetails []map[string]any
	}
	StartTime, EndTime *int64
}

// report reads the report of an event; more are more parameters.
func (b *quanshiBench) report(id int64, more string) quanshiReport {
	b.T.Helper()
	var data quanshiReport
	b.read("/event/report/details", fmt.Sprintf(`{"token":"TOKEN","eventId":%d%s}`, id, more), &data)
	return data
}
