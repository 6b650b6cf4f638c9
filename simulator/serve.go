package simulator

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// serve answers a call, with the faults that match it.
func (s *Simulator) serve(w http.ResponseWriter, c *core.Call, v core.API, say func(*core.Call) core.Answer) {
	c.Now = c.Arrived
	if f, ok := s.faults.take(groupClock, c); ok {
		c.Now = c.Now.Add(f.Duration)
	}
	_, c.Exhausted = s.faults.take(groupData, c)
	if f, ok := s.faults.take(groupDelay, c); ok && !s.hold(c, f) {
		return
	}
	var a core.Answer
	if f, ok := s.faults.take(groupAnswer, c); ok {
		a = faultyAnswer(f, c, v)
	} else {
		a = say(c)
	}
	c.Release() // before the client can have the whole answer, and call again
	a.SetHeader(w.Header(), c)
	switch f, _ := s.faults.take(groupDelivery, c); f.Kind {
	case FaultDrip:
		s.drip(w, c, a, f)
	case FaultCut:
		cut(w, a)
	case FaultReset:
		reset(w, a)
	case FaultHuge:
		s.flood(w, c, v, f)
	default:
		// An answer to HEAD would need the length of the one to GET; it may also leave it out.
		if a.Stream == nil && c.Request.Method != http.MethodHead {
			w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
		}
		w.WriteHeader(a.Status)
		if a.WriteBody(w) != nil {
			return // nobody listens any more
		}
	}
}

// hold keeps a call waiting and says whether it is to be answered after that.
func (s *Simulator) hold(c *core.Call, f Fault) bool {
	if f.Kind == FaultHang {
		return s.pause(c, nil)
	}
	timer := time.NewTimer(f.Duration)
	defer timer.Stop()
	return s.pause(c, timer.C)
}

// pause waits for the timer and says whether it came. If the client goes first, nobody is left to answer. If the
// simulator closes first, the connection breaks.
func (s *Simulator) pause(c *core.Call, timer <-chan time.Time) bool {
	select {
	case <-timer:
		return true
	case <-c.Request.Context().Done():
		return false
	case <-s.closed:
		panic(http.ErrAbortHandler)
	}
}

// faultyAnswer is said in place of the vendor's answer.
func faultyAnswer(f Fault, c *core.Call, v core.API) core.Answer {
	switch f.Kind {
	case FaultStatus:
		text := fmt.Sprintf("%d %s\n", f.Status, http.StatusText(f.Status))
		if f.Status == http.StatusNoContent || f.Status == http.StatusNotModified {
			text = "" // HTTP allows no body
		}
		return core.Answer{Status: f.Status, ContentType: "text/plain; charset=utf-8", RetryAfter: f.RetryAfter,
			Body: []byte(text)}
	case FaultRedirect:
		return core.Answer{
			Status: http.StatusFound, ContentType: "text/html; charset=utf-8",
			Header: core.Object{{"Location", f.Location}}, Body: []byte("<p>Moved.</p>\n"),
		}
	case FaultCode:
		return v.Refuse(f.Code, f.Message)
	case FaultThrottle:
		return v.Throttle(c.Endpoint)
	case FaultGarbage:
		return core.Answer{Status: http.StatusOK, ContentType: "application/json;charset=utf-8",
			Body: []byte("\x1f\x8b{]not json\xff\xfe")}
	case FaultHTML:
		return core.Answer{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: []byte(page)}
	case FaultEmpty:
		return core.Answer{Status: http.StatusOK, ContentType: "application/json;charset=utf-8"}
	case FaultBadShape:
		return v.BadShape()
	default:
		panic(fmt.Sprintf("simulator: %s is no answer", f.Kind))
	}
}

// page is what stands between a client and the vendor when a network wants a login first.
const page = `<!DOCTYPE html>
<html><head><title>Network login</title></head>
<body><h1>Please log in</h1><form method="post"><input name="user"></form></body></html>
`

// drip sends the body byte by byte.
func (s *Simulator) drip(w http.ResponseWriter, c *core.Call, a core.Answer, f Fault) {
	interval := f.Duration
	if interval == 0 {
		interval = DefaultDrip
	}
	w.Header().Set("Content-Length", strconv.FormatInt(a.Size(), 10))
	w.WriteHeader(a.Status)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	if a.WriteBody(dripper{s, c, w, ticker.C}) != nil {
		return
	}
}

// dripper writes byte by byte, a tick apart.
type dripper struct {
	s    *Simulator
	c    *core.Call
	w    http.ResponseWriter
	tick <-chan time.Time
}

func (d dripper) Write(p []byte) (int, error) {
	flush := http.NewResponseController(d.w)
	for i := range p {
		if _, err := d.w.Write(p[i : i+1]); err != nil {
			return i, err
		}
		flush.Flush()
		if !d.s.pause(d.c, d.tick) {
			return i + 1, d.c.Request.Context().Err()
		}
	}
	return len(p), nil
}

// cut sends half of what it announces. The server closes the connection, as it cannot be used again.
func cut(w http.ResponseWriter, a core.Answer) {
	size := a.Size()
	w.Header().Set("Content-Length", strconv.FormatInt(size+1, 10)) // more than is sent, also of an empty body
	w.WriteHeader(a.Status)
	if a.WriteBody(&beginning{w, size / 2}) != nil {
		return // the end, as intended
	}
}

// reset sends half of the body and breaks the connection.
func reset(w http.ResponseWriter, a core.Answer) {
	cut(w, a)
	control := http.NewResponseController(w)
	control.Flush()
	conn, _, err := control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or no connection at all
	}
	below := conn
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		below = over.NetConn()
	}
	if tcp, ok := below.(interface{ SetLinger(sec int) error }); ok {
		// closing then sends a reset in place of an orderly end; where it cannot, the end comes all the same
		_ = tcp.SetLinger(0)
	}
	below.Close()
}

// flood streams a body of the fault's size, or a little more if the vendor's frame alone is larger.
func (s *Simulator) flood(w http.ResponseWriter, c *core.Call, v core.API, f Fault) {
	head, tail := v.Frame()
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write([]byte(head)); err != nil {
		return
	}
	filler := []byte(strings.Repeat("x", 32<<10))
	for left := f.Size - int64(len(head)+len(tail)); left > 0; {
		select {
		case <-c.Request.Context().Done():
			return
		case <-s.closed:
			panic(http.ErrAbortHandler)
		default:
		}
		n, err := w.Write(filler[:min(left, int64(len(filler)))])
		if err != nil {
			return
		}
		left -= int64(n)
	}
	w.Write([]byte(tail))
}

// beginning lets so many bytes through to a writer, and no more.
type beginning struct {
	w    io.Writer
	left int64
}

var errEnough = errors.New("enough of the body")

func (b *beginning) Write(p []byte) (int, error) {
	n, err := b.w.Write(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err == nil && n < len(p) {
		err = errEnough
	}
	return n, err
}

// serveIndex writes a page for people: the vendors and their accounts.
func (s *Simulator) serveIndex(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "Simulated vendors' APIs, each with its accounts:")
	for _, name := range vendorNames() {
		fmt.Fprintf(w, "  /%s/  %s\n", name, strings.Join(s.vendors[name].Accounts(), ", "))
	}
	fmt.Fprintln(w, "GET, POST and DELETE /-/faults control their faults.")
}
