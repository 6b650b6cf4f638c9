package transport_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// zeros is an endless body that counts what is read of it.
type zeros struct{ read int64 }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.read += int64(len(p))
	return len(p), nil
}

func TestTooLargeByContentLength(t *testing.T) {
	var body zeros
	big := vendorFunc(func(r *http.Request) (*http.Response, error) { return response(r, 200, nil, &body, 1001), nil })
	err := do(t.Context(), client(transport.Options{RoundTripper: big, MaxResponseBytes: 1000}))
	failure(t, err, transport.TooLarge)
	if body.read != 0 {
		t.Errorf("%d bytes of the body were read", body.read)
	}
	if want := "acme GET /thing: too_large: answered 200: the answer is larger than 1000 bytes; request less, or raise max_response_bytes"; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestTooLargeStream(t *testing.T) {
	const limit, size = 4 << 20, 1 << 30
	for _, length := range []int64{-1, 17} { // none, as chunked; a lie
		var body zeros
		big := vendorFunc(func(r *http.Request) (*http.Response, error) {
			return response(r, 200, nil, io.LimitReader(&body, size), length), nil
		})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := do(t.Context(), client(transport.Options{RoundTripper: big, MaxResponseBytes: limit}))
		runtime.ReadMemStats(&after)
		failure(t, err, transport.TooLarge)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 3*limit {
			t.Errorf("%d bytes were allocated for a limit of %d", grown, limit)
		}
		if body.read > limit+1 {
			t.Errorf("%d bytes were read for a limit of %d", body.read, limit)
		}
	}
}

// pieces is a body that counts how often it is read.
type pieces struct {
	io.Reader
	reads int
}

func (p *pieces) Read(b []byte) (int, error) {
	p.reads++
	return p.Reader.Read(b)
}

// A large body is read in large pieces, whatever its reader asks for: each may be a call of the kernel.
func TestLargeBodyIsReadInLargePieces(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for name, header := range map[string]http.Header{"plain": nil, "gzip": {"Content-Encoding": {"gzip"}}} {
		t.Run(name, func(t *testing.T) {
			sent := []byte(text)
			if header != nil {
				var b bytes.Buffer
				w, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
				_, _ = w.Write(sent)
				_ = w.Close()
				sent = b.Bytes()
			}
			for range 3 { // the buffer is used again
				body := &pieces{Reader: bytes.NewReader(sent)}
				vendor := vendorFunc(func(r *http.Request) (*http.Response, error) { return response(r, 200, header, body, -1), nil })
				var got []byte
				err := client(transport.Options{RoundTripper: vendor}).Do(t.Context(), get, func(r *transport.Response) error {
					small := make([]byte, 1000)
					for {
						n, err := r.Body.Read(small)
						got = append(got, small[:n]...)
						if err == io.EOF {
							return nil
						}
						if err != nil {
							return err
						}
					}
				})
				if err != nil || string(got) != text {
					t.Fatalf("%d bytes, %v", len(got), err)
				}
				if most := 60; body.reads > most {
					t.Errorf("the body was read %d times, want at most %d", body.reads, most)
				}
			}
		})
	}
}

func TestAsLargeAsAllowed(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 65535, 65536, 100_000} {
		for _, length := range []int64{-1, int64(size)} {
			exact := vendorFunc(func(r *http.Request) (*http.Response, error) {
				return response(r, 200, nil, strings.NewReader(strings.Repeat("x", size)), length), nil
			})
			c := client(transport.Options{RoundTripper: exact, MaxResponseBytes: max(int64(size), 1)})
			err := c.Do(t.Context(), get, func(r *transport.Response) error {
				b, err := r.ReadAll()
				if len(b) != size {
					t.Errorf("got %d bytes, want %d", len(b), size)
				}
				return err
			})
			if err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	}
}

func zipped(t *testing.T, body io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.Copy(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	whole := zipped(t, strings.NewReader(`{"code":0}`))
	bomb := zipped(t, io.LimitReader(&zeros{}, 3<<20))
	corrupt := bytes.Clone(whole)
	corrupt[len(corrupt)-8] ^= 1 // the checksum
	for _, test := range []struct {
		name string
		body []byte
		want transport.Kind
	}{
		{"whole", whole, 0},
		{"empty", nil, 0},
		{"cut", whole[:len(whole)-5], transport.Malformed},
		{"cut in its header", whole[:4], transport.Malformed},
		{"corrupt", corrupt, transport.Malformed},
		{"not compressed", []byte(`{"code":0}`), transport.Malformed},
		{"larger than it looks", bomb, transport.TooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked string
			vendor := vendorFunc(func(r *http.Request) (*http.Response, error) {
				asked = r.Header.Get("Accept-Encoding")
				return response(r, 200, http.Header{"Content-Encoding": {"gzip"}}, bytes.NewReader(test.body), int64(len(test.body))), nil
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := client(transport.Options{RoundTripper: vendor, MaxResponseBytes: 1 << 20}).Do(t.Context(), get, func(r *transport.Response) error {
				b, err := r.ReadAll()
				if test.name == "whole" && string(b) != `{"code":0}` {
					t.Errorf("got %q", b)
				}
				return err
			})
			runtime.ReadMemStats(&after)
			if test.want == 0 {
				if err != nil {
					t.Error(err)
				}
			} else {
				failure(t, err, test.want)
			}
			if asked != "gzip" {
				t.Errorf("asked for encoding %q, want gzip", asked)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
				t.Errorf("%d bytes were allocated", grown)
			}
		})
	}
}

func TestGzipMayBeLongerThanWhatItHolds(t *testing.T) {
	body := zipped(t, strings.NewReader("{}"))
	vendor := vendorFunc(func(r *http.Request) (*http.Response, error) {
		return response(r, 200, http.Header{"Content-Encoding": {"gzip"}}, bytes.NewReader(body), int64(len(body))), nil
	})
	if err := do(t.Context(), client(transport.Options{RoundTripper: vendor, MaxResponseBytes: 2})); err != nil {
		t.Error(err)
	}
}

func TestCutBody(t *testing.T) {
	cut := vendorFunc(func(r *http.Request) (*http.Response, error) {
		return response(r, 200, nil, io.MultiReader(strings.NewReader(`{"code":`), failing{io.ErrUnexpectedEOF}), 100), nil
	})
	reset := vendorFunc(func(r *http.Request) (*http.Response, error) {
		return response(r, 200, nil, failing{errors.New("read: connection reset by peer")}, -1), nil
	})
	page := func(body io.Reader, length int64) vendorFunc {
		return func(r *http.Request) (*http.Response, error) { return response(r, 502, nil, body, length), nil }
	}
	for _, test := range []struct {
		name   string
		vendor vendorFunc
		read   func(*transport.Response) error
		kind   transport.Kind
		want   string
	}{
		{"cut", cut, readAll, transport.Malformed, "acme GET /thing: malformed: answered 200: the answer ends early"},
		{
			"cut, and read makes something else of it", cut,
			func(r *transport.Response) error { io.ReadAll(r.Body); return errors.New("want a number") },
			transport.Malformed, "acme GET /thing: malformed: answered 200: the answer ends early",
		},
		{
			"cut, and read does not mind", cut,
			func(r *transport.Response) error { io.ReadAll(r.Body); return nil },
			transport.Malformed, "acme GET /thing: malformed: answered 200: the answer ends early",
		},
		{"reset", reset, readAll, transport.Network, "acme GET /thing: network: answered 200: read: connection reset by peer"},
		{"error page that is cut", page(failing{io.ErrUnexpectedEOF}, -1), readAll, transport.HTTP, "acme GET /thing: http: answered 502"},
		{"error page that is reset", page(failing{errors.New("reset")}, -1), readAll, transport.HTTP, "acme GET /thing: http: answered 502"},
		{"error page that is too large", page(&zeros{}, 1<<30), readAll, transport.HTTP, "acme GET /thing: http: answered 502"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := client(transport.Options{RoundTripper: test.vendor}).Do(t.Context(), get, test.read)
			failure(t, err, test.kind)
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	vendor := vendorFunc(func(r *http.Request) (*http.Response, error) {
		got = r
		body, _ = io.ReadAll(r.Body)
		return answer(200, nil, "{}")(r)
	})
	r := transport.Request{
		Method: http.MethodPost, URL: "http://vendor.test/a%2Fb/c?x=1", Endpoint: "POST /thing",
		Header: http.Header{"Token": {"t"}, "User-Agent": {"other"}}, Body: []byte(`{"a":1}`),
	}
	c := client(transport.Options{RoundTripper: vendor, UserAgent: "engage_exporter/1"})
	if err := c.Do(t.Context(), r, readAll); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URL.EscapedPath() != "/a%2Fb/c" || got.URL.RawQuery != "x=1" || string(body) != `{"a":1}` {
		t.Errorf("got %s %s %q", got.Method, got.URL, body)
	}
	if got.Header.Get("Token") != "t" || got.Header.Get("User-Agent") != "engage_exporter/1" || got.ContentLength != 7 {
		t.Errorf("got header %v and length %d", got.Header, got.ContentLength)
	}
	if r.Header.Get("Accept-Encoding") != "" {
		t.Error("the caller's header was changed")
	}
}
