package adspect_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

// noon is a Tuesday's noon in the zone of the account.
var noon = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.UTC)

// testAccount is a simulated account of Adspect, called in process.
type testAccount struct {
	*simtest.Client
	account adspect.Account
}

func newTestAccount(t *testing.T, change func(*adspect.Account)) *testAccount {
	t.Helper()
	account := adspect.Account{AccountID: "account", APIKey: "key", SavedQueries: 23, Clicks: 9_000, SubIDs: 20}
	if change != nil {
		change(&account)
	}
	c := simtest.NewClock(noon)
	s := simulator.New(simulator.Options{Seed: 1, Now: c.Now, Vendors: []simulator.Vendor{adspect.Vendor(account)}})
	t.Cleanup(s.Close)
	return &testAccount{Client: &simtest.Client{T: t, Simulator: s, Clock: c}, account: account}
}

// data returns the account's data.
func (b *testAccount) data() adspect.Data {
	return adspect.Data{Seed: 1, Account: b.account}
}

// send calls with the account's key; the path is below /adspect/v1.
func (b *testAccount) send(method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/adspect/v1"+path, nil)
	r.SetBasicAuth(b.account.APIKey, "")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

// decode reads a successful answer.
func (b *testAccount) decode(path string, into any) {
	b.T.Helper()
	w := b.send("GET", path)
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json; charset=UTF-8" {
		b.T.Fatalf("%s: answer is %d %s %s", path, w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		b.T.Fatalf("%s: %v: %s", path, err, w.Body)
	}
}

// query writes parameters given as name, value, …, escaped.
func query(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return "?" + strings.Join(parts, "&")
}

// rows reads a report, one row a line.
func (b *testAccount) rows(path string) [][]any {
	b.T.Helper()
	w := b.send("GET", path)
	if w.Code != 200 {
		b.T.Fatalf("%s: answer is %d %s", path, w.Code, w.Body)
	}
	var rows [][]any
	for line := range strings.Lines(w.Body.String()) {
		var row []any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			b.T.Fatalf("%s: row %q: %v", path, line, err)
		}
		rows = append(rows, row)
	}
	return rows
}

// count reads a metric that is a count: text.
func count(t *testing.T, value any) int64 {
	t.Helper()
	text, ok := value.(string)
	if !ok {
		t.Fatalf("count %v is a %T, want text", value, value)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantError checks an error's shape.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int, message string) {
	t.Helper()
	var got struct {
		Name, Message string
		Status        int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("answer %d %q: %v", w.Code, w.Body, err)
	}
	if w.Code != status || got.Status != status || got.Name == "" || got.Message != message {
		t.Errorf("answer is %d %+v, want %d %q", w.Code, got, status, message)
	}
}

// manyStreams are streams with names out of order.
func manyStreams(n int) []adspect.Stream {
	streams := make([]adspect.Stream, n)
	for i := range streams {
		streams[i] = adspect.Stream{StreamID: fmt.Sprintf("id-%03d", i), Name: fmt.Sprintf("Stream %03d", (i*37)%n),
			FilterLevel: i % 5}
	}
	return streams
}
