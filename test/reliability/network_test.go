package reliability

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// ailment is what is wrong with the way to a host.
type ailment string

const (
	refused  ailment = "refused"
	unknown  ailment = "unknown"  // its name is
	impostor ailment = "impostor" // who is there has a certificate that nobody trusts
	blocked  ailment = "blocked"  // connections open, and nothing is forwarded over them
)

// network connects clients with one server within the process: whatever name they ask for, they reach it, unless
// something ails the way.
type network struct {
	arriving chan net.Conn
	done     chan struct{}
	close    sync.Once

	mu       sync.Mutex
	ailments map[string]ailment
	dialled  map[string]int // by host, with and without success
	failed   map[string]int // of these
	open     map[*connection]string
	port     int
	read     int64 // bytes that clients have read
	// came is called with them, counted from watchedFrom on; nil for nobody.
	came        func(read int64)
	watchedFrom int64
}

func newNetwork() *network {
	return &network{
		arriving: make(chan net.Conn), done: make(chan struct{}),
		ailments: make(map[string]ailment), dialled: make(map[string]int), failed: make(map[string]int), open: make(map[*connection]string),
	}
}

// address is a host of the network, with a port.
func address(ip string, port int) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: port} }

// DialContext connects a client.
func (n *network) DialContext(ctx context.Context, _, where string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(where)
	if err != nil {
		return nil, err
	}
	server := address("192.0.2.10", 443)
	near, far, err := n.dial(host, server)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: server, Err: err}
	}
	select {
	case n.arriving <- far:
		return near, nil
	case <-n.done:
		near.Close()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: server, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case <-ctx.Done():
		near.Close()
		return nil, ctx.Err()
	}
}

func (n *network) dial(host string, server net.Addr) (near, far *connection, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dialled[host]++
	ails := n.ailments[host]
	if ails != "" {
		n.failed[host]++
	}
	switch ails {
	case refused:
		return nil, nil, os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case unknown:
		return nil, nil, &net.DNSError{Err: "no such host", Name: host, Server: "192.0.2.53:53", IsNotFound: true}
	}
	n.port++
	near, far = connect(address("192.0.2.1", 10_000+n.port%50_000), server)
	far.impostor = ails == impostor
	if ails == blocked {
		near.forwardNothing()
	}
	near.came = n.count
	near.closed = func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.open, near)
	}
	n.open[near] = host
	return near, far, nil
}

// count counts what clients read.
func (n *network) count(bytes int) {
	n.mu.Lock()
	n.read += int64(bytes)
	total, came := n.read-n.watchedFrom, n.came
	n.mu.Unlock()
	if came != nil {
		came(total)
	}
}

// watch lets came know of all that clients read, until the function it gives is called. That tells how much it was.
func (n *network) watch(came func(read int64)) (stop func() int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.came, n.watchedFrom = came, n.read
	return func() int64 {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.came = nil
		return n.read - n.watchedFrom
	}
}

// ail makes something wrong with the way to a host, for connections to come.
func (n *network) ail(host string, with ailment) (heal func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ailments[host] = with
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.ailments, host)
	}
}

// disconnect breaks all connections to a host off.
func (n *network) disconnect(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c, to := range n.open {
		if to == host {
			c.breakOff()
		}
	}
}

// block lets nothing be forwarded any more over the connections to a host that are open.
func (n *network) block(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c, to := range n.open {
		if to == host {
			c.forwardNothing()
		}
	}
}

// attempts are how often a host was dialled, and how often in vain.
func (n *network) attempts(host string) (dialled, failed int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dialled[host], n.failed[host]
}

// connections is the number of those that clients have open.
func (n *network) connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

// Accept, Close and Addr make the network the server's listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.arriving:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.close.Do(func() { close(n.done) })
	return nil
}

func (n *network) Addr() net.Addr { return address("192.0.2.10", 443) }
