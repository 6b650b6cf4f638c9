package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// blockedWriter waits for each write until it is released.
type blockedWriter struct {
	bytes.Buffer
	release chan struct{}
}

func (w *blockedWriter) Write(p []byte) (int, error) {
	<-w.release
	return w.Buffer.Write(p)
}

// brokenWriter writes the first bytes and fails.
type brokenWriter struct{ room int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.room)
	w.room -= n
	if n < len(p) {
		return n, errors.New("broken pipe")
	}
	return n, nil
}

func droppedLines(t *testing.T, l *logWriter) int {
	t.Helper()
	var m dto.Metric
	if err := l.dropped.Write(&m); err != nil {
		t.Fatal(err)
	}
	return int(m.GetCounter().GetValue())
}

// Lines for a log that nothing reads wait in a queue with a bound. Those beyond it are dropped and counted, those in it
// are written whole and in their order once the log is read again.
func TestLogThatNothingReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &blockedWriter{release: make(chan struct{})}
		l := newLogWriter(w)
		line := []byte(strings.Repeat("x", 1023) + "\n")
		l.Write(line)
		synctest.Wait() // it is being written
		for range maxLogQueue/len(line) + 7 {
			l.Write(line)
		}
		if got := droppedLines(t, l); got != 7 {
			t.Errorf("%d lines are dropped, want 7", got)
		}
		began := time.Now()
		l.close(logFlushTimeout)
		if took := time.Since(began); took != logFlushTimeout {
			t.Errorf("closing took %s, want %s", took, logFlushTimeout)
		}
		close(w.release)
		<-l.written
		if got, want := w.Len(), len(line)+maxLogQueue; got != want {
			t.Errorf("%d bytes are written, want %d", got, want)
		}
	})
}

func TestLogWriterWritesAllBeforeItIsClosed(t *testing.T) {
	var out bytes.Buffer
	l := newLogWriter(&out)
	var want strings.Builder
	for range 1000 {
		l.Write([]byte("a line\n"))
		want.WriteString("a line\n")
	}
	l.close(time.Minute)
	l.Write([]byte("too late\n"))
	if out.String() != want.String() {
		t.Errorf("got %d bytes, want %d", out.Len(), want.Len())
	}
	if got := droppedLines(t, l); got != 1 {
		t.Errorf("%d lines are dropped, want the one after the end", got)
	}
}

func TestLogThatCannotBeWritten(t *testing.T) {
	l := newLogWriter(&brokenWriter{room: 10})
	for range 3 {
		l.Write([]byte("a line\n"))
	}
	l.close(time.Minute)
	if got := droppedLines(t, l); got != 2 {
		t.Errorf("%d lines are dropped, want 2", got)
	}
}
