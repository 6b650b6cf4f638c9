package web

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"golang.org/x/time/rate"
)

// minWorkTime is how long a connection may be in use before it may be closed for a new one.
const minWorkTime = 10 * time.Second

// Connections bounds how many connections a server has. If there are too many, it closes the one that has been idle for
// longest; if none is idle, one that has not sent a request yet; if there is none, the one that has been in use for
// longest, but not for less than minWorkTime. If there is none of these either, it closes the new one.
type Connections struct {
	most   int
	logger log.Logger

	mu   sync.Mutex
	open map[net.Conn]connection
	warn rate.Sometimes
}

type connection struct {
	state http.ConnState
	since time.Time
}

// NewConnections returns a bound of most connections.
func NewConnections(most int, logger log.Logger) *Connections {
	return &Connections{
		most: most, logger: logger, open: make(map[net.Conn]connection), warn: rate.Sometimes{Interval: time.Minute},
	}
}

// Changed records the state of a connection. It is for http.Server.ConnState.
func (c *Connections) Changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch state {
	case http.StateNew:
		if len(c.open) >= c.most && !c.makeRoom(now) {
			c.full("the new connection is closed")
			closeConnection(conn)
			return
		}
	case http.StateActive, http.StateIdle:
		if _, known := c.open[conn]; !known {
			return // it has been closed
		}
	case http.StateHijacked, http.StateClosed:
		delete(c.open, conn)
		return
	}
	c.open[conn] = connection{state, now}
}

// closable is the order in which connections are closed, by their state.
var closable = []struct {
	state http.ConnState
	after time.Duration
}{{http.StateIdle, 0}, {http.StateNew, 0}, {http.StateActive, minWorkTime}}

// makeRoom closes a connection; false if none can be closed. c.mu is held.
func (c *Connections) makeRoom(now time.Time) bool {
	for _, choice := range closable {
		var oldest net.Conn
		since := now
		for conn, is := range c.open {
			if is.state == choice.state && !is.since.After(since) {
				oldest, since = conn, is.since
			}
		}
		if oldest == nil || now.Sub(since) < choice.after {
			continue
		}
		if choice.state == http.StateActive {
			c.full("the one that has been in use for longest is closed")
		}
		closeConnection(oldest)
		delete(c.open, oldest)
		return true
	}
	return false
}

func (c *Connections) full(action string) {
	c.warn.Do(func() {
		level.Warn(c.logger).Log("msg", "as many connections are in use as --web.max-connections allows: "+action, "max", c.most)
	})
}

// closeConnection closes without a TLS farewell, for which it might have to wait.
func closeConnection(conn net.Conn) {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	conn.Close()
}
