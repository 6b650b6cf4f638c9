package testkit

import (
	"bytes"
	"fmt"
	"regexp"
	"sync"
	"testing"
)

// Output is a buffer that may be read while a program or a goroutine writes to it. The zero value is empty and ready.
type Output struct {
	// Limit is the length after which only errors and panics are kept. 0 keeps everything.
	Limit int

	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *Output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := o.Limit > 0 && o.text.Len() >= o.Limit
	if !full || bytes.Contains(b, []byte("level=error")) || bytes.Contains(b, []byte("panic")) {
		o.text.Write(b)
	}
	return len(b), nil
}

// String returns what has been written so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Await waits until text that matches the pattern has been written, and returns that text.
func (o *Output) Await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var found string
	Await(t, pattern, func() error {
		text := o.String()
		if found = re.FindString(text); found == "" {
			return fmt.Errorf("not in:\n%s", text)
		}
		return nil
	})
	return found
}
