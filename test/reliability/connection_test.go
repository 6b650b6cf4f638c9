package reliability

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// bufferBytes is how much one direction of a connection holds that was written and not read yet: about as much as a
// kernel's buffers.
const bufferBytes = 256 << 10

// direction is one of the two of a connection: a buffer between who writes and who reads.
type direction struct {
	mu      sync.Mutex
	changed sync.Cond
	buffer  []byte
	ended   bool // no more will be written
	reset   bool // nor could it
	left    bool // nobody reads any more
	lost    bool // what is written arrives nowhere
	// readBy and writeBy are deadlines, zero for none.
	readBy, writeBy time.Time
}

func newDirection() *direction {
	d := &direction{}
	d.changed.L = &d.mu
	return d
}

// change does something to the direction and lets those who wait look again.
func (d *direction) change(what func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	what()
	d.changed.Broadcast()
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

func (d *direction) read(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.left:
			return 0, net.ErrClosed
		case passed(d.readBy):
			return 0, os.ErrDeadlineExceeded
		case len(d.buffer) > 0:
			n := copy(p, d.buffer)
			d.buffer = d.buffer[n:]
			d.changed.Broadcast()
			return n, nil
		case d.reset:
			return 0, os.NewSyscallError("read", syscall.ECONNRESET)
		case d.ended:
			return 0, io.EOF
		}
		d.changed.Wait()
	}
}

func (d *direction) write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	written := 0
	for {
		switch room := bufferBytes - len(d.buffer); {
		case d.ended:
			return written, net.ErrClosed
		case d.reset || d.left:
			return written, os.NewSyscallError("write", syscall.EPIPE)
		case passed(d.writeBy):
			return written, os.ErrDeadlineExceeded
		case d.lost:
			return len(p), nil
		case room > 0:
			n := min(room, len(p)-written)
			d.buffer = append(d.buffer, p[written:written+n]...)
			written += n
			d.changed.Broadcast()
			if written == len(p) {
				return written, nil
			}
		}
		d.changed.Wait()
	}
}

// connection is one end of a connection within the process.
type connection struct {
	in, out       *direction
	local, remote net.Addr
	// impostor says that at the other end is not whom one wanted to reach.
	impostor bool
	// came is told how many bytes were read; nil for nobody.
	came func(n int)
	// closed is called at the first Close; nil for nobody.
	closed func()

	once   sync.Once
	mu     sync.Mutex
	abrupt bool
	timers map[*direction]*time.Timer
}

// connect returns the two ends of a connection.
func connect(client, server net.Addr) (near, far *connection) {
	there, back := newDirection(), newDirection()
	near = &connection{in: back, out: there, local: client, remote: server, timers: make(map[*direction]*time.Timer)}
	far = &connection{in: there, out: back, local: server, remote: client, timers: make(map[*direction]*time.Timer)}
	return near, far
}

func (c *connection) failed(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // as io.Reader wants it
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.local, Addr: c.remote, Err: err}
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	if c.came != nil && n > 0 {
		c.came(n)
	}
	return n, c.failed("read", err)
}

func (c *connection) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.failed("write", err)
}

// SetLinger makes Close a reset if it is 0, as that of a TCP connection.
func (c *connection) SetLinger(seconds int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abrupt = seconds == 0
	return nil
}

func (c *connection) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		abrupt := c.abrupt
		for _, timer := range c.timers {
			timer.Stop()
		}
		c.mu.Unlock()
		c.out.change(func() { c.out.ended, c.out.reset = true, abrupt })
		c.in.change(func() { c.in.left, c.in.buffer = true, nil })
		if c.closed != nil {
			c.closed()
		}
	})
	return nil
}

// breakOff breaks the connection off for both ends, as a network does.
func (c *connection) breakOff() {
	for _, d := range []*direction{c.in, c.out} {
		d.change(func() { d.reset = true })
	}
}

// forwardNothing lets nothing arrive any more at either end but the news that it is closed, as behind a device that has
// forgotten the connection.
func (c *connection) forwardNothing() {
	for _, d := range []*direction{c.in, c.out} {
		d.change(func() { d.lost, d.buffer = true, nil })
	}
}

func (c *connection) LocalAddr() net.Addr  { return c.local }
func (c *connection) RemoteAddr() net.Addr { return c.remote }

// until lets those who wait for a direction look again when a deadline passes.
func (c *connection) until(d *direction, at time.Time, set func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d.change(set)
	if timer := c.timers[d]; timer != nil {
		timer.Stop()
		delete(c.timers, d)
	}
	if left := time.Until(at); !at.IsZero() && left > 0 {
		c.timers[d] = time.AfterFunc(left, func() { d.change(func() {}) })
	}
}

func (c *connection) SetReadDeadline(t time.Time) error {
	c.until(c.in, t, func() { c.in.readBy = t })
	return nil
}

func (c *connection) SetWriteDeadline(t time.Time) error {
	c.until(c.out, t, func() { c.out.writeBy = t })
	return nil
}

func (c *connection) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	c.SetWriteDeadline(t)
	return nil
}
