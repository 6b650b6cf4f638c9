package cli

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// maxLogQueue is how many bytes of log lines may wait for whatever reads the log.
	maxLogQueue = 1 << 20
	// logFlushTimeout bounds how long the end of the process waits for the last lines to be written.
	logFlushTimeout = time.Second
)

// logWriter writes log lines in a goroutine of its own, so that a log that nothing reads delays nothing else. Lines
// that do not fit into the queue, or that cannot be written, are dropped and counted. Each call of Write is one line.
type logWriter struct {
	to      io.Writer
	dropped prometheus.Counter
	wake    chan struct{} // holds a value if the queue may have lines
	written chan struct{} // closed when the goroutine has ended

	mu     sync.Mutex
	queue  []byte // whole lines
	closed bool
}

// newLogWriter returns a writer of lines to w. The caller must close it.
func newLogWriter(w io.Writer) *logWriter {
	l := &logWriter{
		to: w, wake: make(chan struct{}, 1), written: make(chan struct{}),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "engage_log_lines_dropped_total",
			Help: "Lines of the log that were dropped because nothing read the log, it could not be written, or the HTTP" +
				" library wrote more than 10 in a minute.",
		}),
	}
	go l.run()
	return l
}

// Write implements io.Writer. It does not wait and never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.queue)+len(line) > maxLogQueue {
		l.dropped.Inc()
		return len(line), nil
	}
	l.queue = append(l.queue, line...)
	l.signal()
	return len(line), nil
}

func (l *logWriter) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *logWriter) run() {
	defer close(l.written)
	var lines []byte
	for range l.wake {
		l.mu.Lock()
		lines, l.queue = l.queue, lines[:0]
		closed := l.closed
		l.mu.Unlock()
		if n, err := l.to.Write(lines); err != nil {
			l.dropped.Add(float64(bytes.Count(lines[n:], []byte("\n"))))
		}
		if closed {
			return
		}
	}
}

// close waits until all lines are written, but not longer than the timeout.
func (l *logWriter) close(timeout time.Duration) {
	l.mu.Lock()
	l.closed = true
	l.signal()
	l.mu.Unlock()
	select {
	case <-l.written:
	case <-time.After(timeout):
	}
}
