package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// DialFunc opens a connection, as [net.Dialer.DialContext] does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Connections is a [http.RoundTripper] that does not use connections which may be dead or may lead to an old address.
//
// It has a pool of connections for each host. A pool is retired after a failed round trip (its other connections may be
// dead as well), when it reaches its maximum age, and by [Connections.CloseIdleConnections]. The next request begins a
// new pool. Requests that are in flight in a retired pool continue; when the last one ends, all connections of the pool
// are closed.
type Connections struct {
	dial DialFunc
	open func(DialFunc) (http.RoundTripper, error)

	mu     sync.Mutex
	maxAge time.Duration
	pools  map[string]*connectionPool // by host, those that are not retired
}

// NewConnections returns Connections whose pools are no older than maxAge; 0 = no limit. open returns the RoundTripper
// of one pool, which must open its connections with the DialFunc that is passed to it.
func NewConnections(maxAge time.Duration, dial DialFunc, open func(DialFunc) (http.RoundTripper, error)) *Connections {
	return &Connections{dial: dial, open: open, maxAge: maxAge, pools: make(map[string]*connectionPool)}
}

// SetMaxAge changes the maximum age, also of pools that are in use.
func (c *Connections) SetMaxAge(maxAge time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.maxAge = maxAge
}

// CloseIdleConnections closes the connections that are not in use now, and the others as soon as their requests have
// ended. Later requests open new ones.
func (c *Connections) CloseIdleConnections() {
	c.mu.Lock()
	var retired []*connectionPool
	for _, p := range c.pools {
		retired = append(retired, p)
	}
	c.mu.Unlock()
	for _, p := range retired {
		c.retire(p)
	}
}

// RoundTrip implements [http.RoundTripper].
func (c *Connections) RoundTrip(r *http.Request) (*http.Response, error) {
	p, old := c.begin(r.URL.Host)
	if old != nil {
		c.retire(old)
	}
	resp, err := p.roundTrip(r)
	if err != nil {
		c.retire(p)
		c.end(p)
		return nil, err
	}
	resp.Body = &pooledBody{ReadCloser: resp.Body, pool: p, connections: c, complete: resp.Body == http.NoBody}
	return resp, nil
}

// begin returns the pool for a request to the host, and the pool that it replaces because that is too old, nil if none.
func (c *Connections) begin(host string) (p, old *connectionPool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p = c.pools[host]
	if p != nil && c.maxAge > 0 && time.Since(p.since) >= c.maxAge {
		p, old = nil, p
	}
	if p == nil {
		p = &connectionPool{host: host, since: time.Now(), open: make(map[*pooledConn]struct{})}
		// It may read files. It does so without the lock, so that only requests to this host wait for them.
		p.roundTripper = sync.OnceValues(func() (http.RoundTripper, error) { return c.openPool(p) })
		c.pools[host] = p
	}
	p.requests++
	return p, old
}

func (c *Connections) openPool(p *connectionPool) (http.RoundTripper, error) {
	rt, err := c.open(func(ctx context.Context, network, address string) (net.Conn, error) {
		return c.connect(ctx, p, network, address)
	})
	if idle, ok := rt.(interface{ CloseIdleConnections() }); ok && err == nil {
		c.mu.Lock()
		p.closeIdle = idle.CloseIdleConnections
		c.mu.Unlock()
	}
	return rt, err
}

// retire closes the pool's idle connections. Later requests do not use the pool.
func (c *Connections) retire(p *connectionPool) {
	c.update(p, func() {
		p.retired = true
		if c.pools[p.host] == p {
			delete(c.pools, p.host)
		}
	})
}

// end notes that a request of the pool has ended.
func (c *Connections) end(p *connectionPool) {
	c.update(p, func() {
		p.requests--
		p.accountedFor(maxUnsolicited) // headers, a TLS handshake
		if p.requests == 0 {
			p.unsolicited = 0
		}
	})
}

// update changes the pool, and closes the connections that a retired pool no longer needs.
func (c *Connections) update(p *connectionPool, change func()) {
	c.mu.Lock()
	change()
	closeIdle := func() {}
	if p.retired && p.closeIdle != nil {
		closeIdle = p.closeIdle
	}
	var open map[*pooledConn]struct{}
	if p.over() {
		open, p.open = p.open, nil
	}
	c.mu.Unlock()

	closeIdle()
	// These are connections that net/http has not closed: of HTTP/2, while it does not know yet that the last request
	// has ended; connections on which the vendor continues to send; TLS handshakes.
	for conn := range open {
		conn.Conn.Close()
	}
}

// connect opens a connection of the pool. The pool may be over by then, since net/http continues to dial after the
// request that it dials for has ended.
func (c *Connections) connect(ctx context.Context, p *connectionPool, network, address string) (net.Conn, error) {
	conn, err := c.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	opened := &pooledConn{Conn: conn, pool: p, connections: c}
	c.mu.Lock()
	over := p.over()
	if !over {
		p.open[opened] = struct{}{}
	}
	c.mu.Unlock()
	if over {
		conn.Close()
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.ErrClosed}
	}
	return opened, nil
}

// connectionPool is the connections to one host that were opened during the life of the pool. It is guarded by the
// mutex of its Connections.
type connectionPool struct {
	host         string
	since        time.Time
	roundTripper func() (http.RoundTripper, error)

	closeIdle func() // of roundTripper; nil = it is not open yet, or cannot close them
	requests  int    // in flight: until the body of their answer is closed
	retired   bool
	open      map[*pooledConn]struct{}
	// unsolicited is how many bytes came over the connections beyond what requests account for.
	unsolicited int
}

// received notes bytes that came over a connection, and reports whether the server has sent too many.
func (p *connectionPool) received(n int) (flooded bool) {
	p.unsolicited += n
	return p.unsolicited > maxUnsolicited+p.requests*maxUnread
}

// accountedFor notes that so many of the bytes were part of an answer.
func (p *connectionPool) accountedFor(n int) { p.unsolicited = max(0, p.unsolicited-n) }

func (p *connectionPool) over() bool { return p.retired && p.requests == 0 }

func (p *connectionPool) roundTrip(r *http.Request) (*http.Response, error) {
	rt, err := p.roundTripper()
	if err != nil {
		return nil, err
	}
	return rt.RoundTrip(r)
}

const (
	// maxUnsolicited is how many bytes a server may send beside the answers to requests. It is more than a correct
	// server needs for pings, settings and TLS tickets.
	maxUnsolicited = 64 << 10
	// HTTP2Window is how many bytes of an answer a vendor may send over HTTP/2 before they are read. They are held in
	// memory, so it bounds what an answer that is read as it comes needs. net/http allows 4 MiB.
	HTTP2Window = 1 << 20
	// maxUnread is how many bytes more may come for each request that is in flight: net/http takes up to HTTP2Window of
	// a body that is not read yet, and 1 MiB of headers.
	maxUnread = HTTP2Window + 1<<20
	// overhead is how many bytes may come for each byte of a body: the body, and what TLS and HTTP add to small pieces.
	overhead = 4
)

var errUnsolicited = errors.New("closed: the server sends far more than was requested")

// pooledConn is an open connection of a pool.
type pooledConn struct {
	net.Conn
	pool        *connectionPool
	connections *Connections
}

// Read implements [net.Conn]. It fails if the server sends far more than its answers, such as HTTP/2 frames without
// end.
func (c *pooledConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.connections.mu.Lock()
	flooded := c.pool.received(n)
	if flooded {
		c.pool.unsolicited = 0 // for the other connections of the pool
	}
	c.connections.mu.Unlock()
	if flooded {
		_ = c.Close() // its error would hide the reason
		return 0, errUnsolicited
	}
	return n, err
}

// Close implements [net.Conn].
func (c *pooledConn) Close() error {
	c.connections.mu.Lock()
	delete(c.pool.open, c)
	c.connections.mu.Unlock()
	return c.Conn.Close()
}

// pooledBody is the body of an answer. Its Close ends the request, and retires the pool if the body was not read to its
// end.
type pooledBody struct {
	io.ReadCloser
	pool        *connectionPool
	connections *Connections
	complete    bool
	once        sync.Once
}

// Read implements [io.Reader].
func (b *pooledBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.complete = errors.Is(err, io.EOF)
	b.connections.mu.Lock()
	b.pool.accountedFor(overhead * n)
	b.connections.mu.Unlock()
	return n, err
}

// Close implements [io.Closer].
func (b *pooledBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() {
		if !b.complete {
			b.connections.retire(b.pool)
		}
		b.connections.end(b.pool)
	})
	return err
}
