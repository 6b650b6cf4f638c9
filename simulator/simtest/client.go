package simtest

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
)

// Noon is a Tuesday's noon in Shanghai.
var Noon = time.Date(2026, time.November, 17, 12, 0, 0, 0, time.FixedZone("", 8*60*60))

// Clock is a simulator's clock, which tests set.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set sets the clock.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Advance sets the clock forward.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// Client calls a simulator in process, without a connection.
type Client struct {
	T *testing.T
	*simulator.Simulator
	Clock *Clock
}

// AddFault adds a fault in the grammar of simulator.ParseFault, and returns a function that removes it.
func (c *Client) AddFault(text string) (remove func()) {
	c.T.Helper()
	f, err := simulator.ParseFault(text)
	if err != nil {
		c.T.Fatal(err)
	}
	return c.Inject(f)
}

// Raw sends a request without a body. The header is names and values in turn.
func (c *Client) Raw(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// Keys returns the names in a JSON object, in their order.
func Keys(t *testing.T, object json.RawMessage) []string {
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
