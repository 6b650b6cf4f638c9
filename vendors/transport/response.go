package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Response is an answer while it is read. It is valid only within the read function of [Client.Do].
type Response struct {
	Status int
	Header http.Header
	// Body is decompressed, and has no byte order mark. It is limited by the timeout, not in size. Do returns its
	// errors, so the read function need not.
	Body io.Reader

	// StatusExplained is set by a read function that found in the answer that the request succeeded. Then a status
	// outside 2xx is no failure.
	StatusExplained bool

	// RequestID is set by a read function that found the vendor's id of the request. Every error of Do then contains it.
	RequestID string

	contentLength int64 // of Body; -1 = not known
	maxBytes      int64
	share         *share // of the memory for answers
	exchange      *exchange
	bodyErr       error // what ended Body early
	start         *startReader
	ahead         *readAhead
}

func (x *exchange) newResponse(resp *http.Response) *Response {
	r := &Response{
		Status:        resp.StatusCode,
		Header:        resp.Header,
		contentLength: resp.ContentLength,
		maxBytes:      x.client.maxResponseBytes,
		share:         &share{account: x.client.largeAnswers, memory: x.client.limits.global.memory},
		exchange:      x,
	}
	r.ahead = &readAhead{body: resp.Body}
	var body io.Reader = r.ahead
	if isGzip(resp.Header) {
		body = &gunzip{compressed: r.ahead}
		r.contentLength = -1
	}
	r.start = &startReader{body: body}
	r.Body = &bodyReader{body: r.start, exchange: x, response: r}
	return r
}

// release releases the memory of the answer. Its body must not be read any more.
func (r *Response) release() {
	r.share.release()
	r.ahead.release()
	r.start.release()
}

// ReadAll returns the whole body. A body of more than MaxResponseBytes is TooLarge; if the header says so, nothing is
// read. Before it reads a large body, it waits until there is memory for it.
func (r *Response) ReadAll() ([]byte, error) {
	r.ahead.exact = true
	limit, tooLarge := r.maxBytes, r.tooLarge
	if r.contentLength > limit {
		return nil, tooLarge()
	}
	// The Content-Length saves copies. It is trusted only up to 64 KiB: a wrong one must not cost memory. With one byte
	// more, the end of the body is read without a larger buffer.
	size := int64(512)
	if r.contentLength >= 0 {
		size = min(r.contentLength, 64<<10) + 1
	}
	b := make([]byte, 0, size)
	for {
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > limit {
			return nil, tooLarge()
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				r.share.shrink(int64(cap(b)))
				return b, nil
			}
			return nil, err
		}
		if len(b) < cap(b) {
			continue
		}
		size = 2 * int64(cap(b))
		if cap(b) < uncountedBytes {
			size = min(size, uncountedBytes)
		}
		if size > uncountedBytes && r.share.bytes == 0 {
			want := limit + 1
			if r.contentLength >= 0 {
				want = r.contentLength + 1
			}
			if err := r.share.acquire(r.exchange.ctx, want); err != nil {
				return nil, r.exchange.failure(err)
			}
			if r.share.bytes < want {
				limit, tooLarge = r.share.bytes-1, r.neverFits
			}
		}
		if size >= limit {
			size = max(limit, int64(len(b))) + 1 // one byte over the limit shows that it is too large
		}
		b = append(make([]byte, 0, size), b...)
	}
}

func (r *Response) tooLarge() *Error {
	return &Error{
		Kind:   TooLarge,
		Err:    fmt.Errorf("the answer is larger than %d bytes", r.maxBytes),
		Advice: adviceTooLarge,
	}
}

// neverFits returns the failure of an answer that is larger than all the memory for answers.
func (r *Response) neverFits() *Error {
	return &Error{
		Kind:   TooLarge,
		Err:    fmt.Errorf("the answer does not fit in the %d bytes that all answers may take together", r.share.bytes),
		Advice: "request less, or raise global.max_response_memory",
	}
}

// StatusError returns the failure that follows from the status: nil for 2xx, RateLimited for 429, HTTP for all others,
// redirects included. Redirects are not followed, and their address is not shown, since it may quote the request.
func (r *Response) StatusError() error {
	switch {
	case r.Status >= 200 && r.Status < 300:
		return nil
	case r.Status == http.StatusTooManyRequests:
		return &Error{Kind: RateLimited}
	case r.Status == http.StatusNotFound:
		return &Error{Kind: HTTP, Advice: "check base_url: this API is not there"}
	case r.Status >= 300 && r.Status < 400:
		return &Error{Kind: HTTP, Err: errors.New("redirects are not followed"), Advice: "check base_url"}
	}
	return &Error{Kind: HTTP}
}

// bodyReader keeps the error that ended the body early, since a decoder may replace it with its own.
type bodyReader struct {
	body     io.Reader
	exchange *exchange
	response *Response
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if b.response.bodyErr != nil {
		return 0, b.response.bodyErr
	}
	n, err := b.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.exchange.failure(err)
		b.response.bodyErr = err
	}
	return n, err
}

// readAhead reads a large body in large pieces. A decoder wants 4 KiB at a time, and each piece is a call of the kernel. A
// small body is read without a buffer of its own.
type readAhead struct {
	body   io.Reader
	exact  bool          // no more is read than is asked for
	read   int           // so far, without buffer
	buffer *bufio.Reader // nil while little has been read
}

const (
	// aheadFrom is how much is read of a body before it counts as large.
	aheadFrom = 16 << 10
	// aheadSize is how much of a large body is read at once.
	aheadSize = 64 << 10
)

var aheadBuffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, aheadSize) }}

func (r *readAhead) Read(p []byte) (int, error) {
	if r.buffer != nil {
		return r.buffer.Read(p)
	}
	if r.exact || r.read < aheadFrom {
		n, err := r.body.Read(p)
		r.read += n
		return n, err
	}
	r.buffer = aheadBuffers.Get().(*bufio.Reader) //nolint:errcheck // it has no others
	r.buffer.Reset(r.body)
	return r.buffer.Read(p)
}

// release releases the buffer.
func (r *readAhead) release() {
	if r.buffer != nil {
		r.buffer.Reset(nil)
		aheadBuffers.Put(r.buffer)
		r.buffer = nil
	}
}

// gunzip decompresses a body. It reads the header of the gzip format only at the first Read, so that an empty body, as
// error pages may have, is no failure.
type gunzip struct {
	compressed io.Reader
	reader     *gzip.Reader
}

func (g *gunzip) Read(p []byte) (int, error) {
	if g.reader == nil {
		reader, err := gzip.NewReader(g.compressed)
		if err != nil {
			return 0, err
		}
		g.reader = reader
	}
	return g.reader.Read(p)
}
