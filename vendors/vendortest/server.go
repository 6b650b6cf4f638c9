// Package vendortest holds what the tests of the vendors' clients share: a stand-in vendor that answers in the process,
// servers that fail or leak, and the cases that every client has to pass.
package vendortest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Server is what the stand-in vendors have in common; each of them embeds one. It answers in the process, because real
// connections do not follow the fake clock.
type Server struct {
	// Answer answers one request. It is never called concurrently.
	Answer http.HandlerFunc

	// Delay is how long each answer takes.
	Delay time.Duration

	// Calls are the requests as Answer has noted them.
	Calls []string

	mu sync.Mutex
}

// RoundTrip returns the answer after the delay, or the error of the request's context if that ends first.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(s.Delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

// ServeHTTP answers without the delay.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Answer(w, r)
}

// With changes the vendor while requests may be running.
func (s *Server) With(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// ExpectCalls fails the test if another number of requests has been noted.
func (s *Server) ExpectCalls(t *testing.T, want int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Calls) != want {
		t.Errorf("%d calls, want %d: %q", len(s.Calls), want, s.Calls)
	}
}

// Hook may answer in the place of a stand-in vendor. It returns whether it has answered.
type Hook func(http.ResponseWriter, *http.Request) bool

// ServeHTTP answers as the hook does.
func (h Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) { h(w, r) }

// Always returns a hook with one answer to every request.
func Always(status int, body string) Hook {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return true
	}
}

// RoundTripper is a function that answers requests in the process.
type RoundTripper func(*http.Request) (*http.Response, error)

// RoundTrip returns what the function returns.
func (f RoundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Response returns an answer to r. A length of −1 means that the answer does not state it.
func Response(r *http.Request, status int, header http.Header, body io.Reader, length int64) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	closer, ok := body.(io.ReadCloser)
	if !ok {
		closer = io.NopCloser(body)
	}
	return &http.Response{StatusCode: status, Header: header, Body: closer, ContentLength: length, Request: r}
}

// TextResponse returns a successful answer of known length to r.
func TextResponse(r *http.Request, body string) *http.Response {
	return Response(r, http.StatusOK, nil, strings.NewReader(body), int64(len(body)))
}

// Saying returns a vendor with one successful answer of known length.
func Saying(body string) RoundTripper {
	return func(r *http.Request) (*http.Response, error) { return TextResponse(r, body), nil }
}

// Streaming returns a vendor whose successful answers are what open returns, without a stated length.
func Streaming(header http.Header, open func() io.Reader) RoundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return Response(r, http.StatusOK, header, open(), -1), nil
	}
}

// Giving returns a vendor with one answer of unstated length, which arrives at once or slowly, byte by byte.
func Giving(status int, answer []byte, slowly bool) RoundTripper {
	return func(r *http.Request) (*http.Response, error) {
		var body io.Reader = bytes.NewReader(answer)
		if slowly {
			body = iotest.OneByteReader(body)
		}
		return Response(r, status, nil, body, -1), nil
	}
}

// Gzip returns a text as gzip compresses it.
func Gzip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

// Transport returns the transport of an account, with limits that do not matter unless o sets them.
func Transport(o transport.Options) *transport.Client {
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = 1e6
	}
	if o.MaxConcurrentRequests == 0 {
		o.MaxConcurrentRequests = 100
	}
	return transport.New(o)
}
