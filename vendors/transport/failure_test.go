package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// silent is a vendor that never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// stalls is a vendor whose answer stops after its first bytes.
func stalls(r *http.Request) (*http.Response, error) {
	return response(r, 200, nil, io.MultiReader(strings.NewReader(`{"a":`), untilDone{r.Context()}), -1), nil
}

type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

func TestTimeout(t *testing.T) {
	for _, test := range []struct {
		name   string
		vendor vendorFunc
		ctx    func(context.Context) (context.Context, context.CancelFunc)
		want   string
		after  time.Duration
	}{
		{
			name: "no answer", vendor: silent, after: 10 * time.Second,
			want: "acme GET /thing: timeout: no answer within 10s",
		},
		{
			name: "half an answer", vendor: stalls, after: 10 * time.Second,
			want: "acme GET /thing: timeout: answered 200: answer not complete within 10s",
		},
		{
			name: "the endpoint's own", vendor: silent, after: 2 * time.Minute,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return transport.WithLimits(ctx, transport.Limits{Timeout: 2 * time.Minute}), func() {}
			},
			want: "acme GET /thing: timeout: no answer within 2m0s",
		},
		{
			name: "the caller's deadline", vendor: stalls, after: 4 * time.Second,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 4*time.Second)
			},
			want: "acme GET /thing: timeout: answered 200: answer not complete before the deadline of the whole read",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = test.ctx(ctx)
					defer cancel()
				}
				start := time.Now()
				err := do(ctx, client(transport.Options{RoundTripper: test.vendor}))
				failure(t, err, transport.Timeout)
				if err.Error() != test.want {
					t.Errorf("got  %s\nwant %s", err, test.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error("it does not wrap context.DeadlineExceeded")
				}
				if got := time.Since(start); got != test.after {
					t.Errorf("it took %s, want %s", got, test.after)
				}
			})
		})
	}
}

func TestTimeoutIsNotForTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := vendorFunc(func(r *http.Request) (*http.Response, error) {
			time.Sleep(9 * time.Second)
			return answer(200, nil, "{}")(r)
		})
		c := client(transport.Options{RoundTripper: slow, MaxConcurrentRequests: 1})
		results := make(chan error, 3)
		for range 3 {
			go func() { results <- do(t.Context(), c) }()
		}
		for range 3 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCancelledUnderWay(t *testing.T) {
	for name, vendor := range map[string]vendorFunc{"before the answer": silent, "within the answer": stalls} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				err := do(ctx, client(transport.Options{RoundTripper: vendor}))
				if !errors.Is(err, context.Canceled) || err.Error() != "acme GET /thing: context canceled" {
					t.Errorf("got %v, want a cancellation", err)
				}
			})
		})
	}
}

func TestNoAnswer(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		kind transport.Kind
		want string
	}{
		{
			"refused", &url.Error{Op: "Get", URL: get.URL, Err: syscall.ECONNREFUSED}, transport.Network,
			"acme GET /thing: network: connection refused",
		},
		{
			"closed", io.EOF, transport.Network,
			"acme GET /thing: network: the connection was closed before an answer came",
		},
		{
			"hostile", errors.New("malformed HTTP response \"\x1b[2J" + strings.Repeat("x", 1000) + "\""), transport.Network,
			`acme GET /thing: network: malformed HTTP response "\x1b[2J` + strings.Repeat("x", 167) + "…",
		},
		{
			"slow to dial", syscall.ETIMEDOUT, transport.Timeout,
			"acme GET /thing: timeout: connection timed out",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var seen counts
			dead := vendorFunc(func(*http.Request) (*http.Response, error) { return nil, test.err })
			err := do(t.Context(), client(transport.Options{RoundTripper: dead, Observer: &seen}))
			failure(t, err, test.kind)
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
			if _, leaked := errors.AsType[*url.Error](err); leaked {
				t.Error("it hands out the *url.Error, and with it the URL")
			}
			if len(seen.codes) != 1 || seen.codes[0] != "error" {
				t.Errorf("observed %q, want one error", seen.codes)
			}
		})
	}
}

func TestURLThatCannotBeParsed(t *testing.T) {
	r := get
	r.URL = "http://vendor.test:x/v2/app?key=q"
	var seen counts
	err := client(transport.Options{Observer: &seen}).Do(t.Context(), r, readAll)
	failure(t, err, transport.Network)
	if len(seen.codes) != 0 {
		t.Errorf("observed %q, want nothing", seen.codes)
	}
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		header http.Header
		body   string
		read   func(*transport.Response) error
		kind   transport.Kind // 0 = success
		want   string
	}{
		{name: "200", status: 200, read: readAll},
		{name: "204", status: 204, read: readAll},
		{
			name: "redirect", status: 302, header: http.Header{"Location": {"http://vendor.test/login?key=q"}},
			kind: transport.HTTP, want: "acme GET /thing: http: answered 302: redirects are not followed; check base_url",
		},
		{name: "unexplained", status: 502, body: "<html>", kind: transport.HTTP, want: "acme GET /thing: http: answered 502"},
		{
			name: "unavailable for a while", status: 503, header: http.Header{"Retry-After": {"120"}},
			kind: transport.HTTP, want: "acme GET /thing: http: answered 503; retry after 2m0s",
		},
		{
			name: "too many requests", status: 429, header: http.Header{"Retry-After": {"7"}},
			kind: transport.RateLimited, want: "acme GET /thing: rate_limited: answered 429; retry after 7s",
		},
		{
			name: "page that is no JSON", status: 500, kind: transport.HTTP, want: "acme GET /thing: http: answered 500",
			read: func(*transport.Response) error { return errors.New("invalid character '<'") },
		},
		{
			name: "answer that is no JSON", status: 200, kind: transport.Malformed,
			want: "acme GET /thing: malformed: answered 200: invalid character '<'",
			read: func(*transport.Response) error { return errors.New("invalid character '<'") },
		},
		{
			name: "explained failure", status: 400, header: http.Header{"Retry-After": {"7"}}, kind: transport.Rejected,
			want: "acme GET /thing: rejected: answered 400, code 9 (no such thing), request id r; retry after 7s; ask for another",
			read: func(*transport.Response) error {
				return &transport.Error{Kind: transport.Rejected, Code: "9", Message: "no such thing", RequestID: "r", Advice: "ask for another"}
			},
		},
		{
			name: "explained success", status: 500,
			read: func(r *transport.Response) error { r.StatusExplained = true; return nil },
		},
		{
			name: "success that nobody explained", status: 500, kind: transport.HTTP, want: "acme GET /thing: http: answered 500",
			read: func(r *transport.Response) error { return nil },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.read == nil {
				test.read = readAll
			}
			var seen counts
			c := client(transport.Options{RoundTripper: answer(test.status, test.header, test.body), Observer: &seen})
			err := c.Do(t.Context(), get, test.read)
			if test.kind == 0 {
				if err != nil {
					t.Fatal(err)
				}
			} else {
				failure(t, err, test.kind)
				if err.Error() != test.want {
					t.Errorf("got  %s\nwant %s", err, test.want)
				}
			}
			if len(seen.codes) != 1 || seen.codes[0] != http.StatusText(test.status) && len(seen.codes[0]) != 3 {
				t.Errorf("observed %q", seen.codes)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
		for _, test := range []struct {
			name, value, date string
			want              time.Duration
		}{
			{"seconds", "120", "", 2 * time.Minute},
			{"fraction", "1.5", "", 1500 * time.Millisecond},
			{"date", in(time.Hour), "", time.Hour},
			{"date of a vendor with another clock", in(time.Hour), in(59 * time.Minute), time.Minute},
			{"no header", "", "", 0},
			{"zero", "0", "", 0},
			{"negative", "-5", "", 0},
			{"past", in(-time.Hour), "", 0},
			{"word", "soon", "", 0},
			{"not a number", "NaN", "", 0},
			{"absurd", "99999999999999999999", "", time.Hour},
			{"infinite", "Inf", "", time.Hour},
			{"absurd date", "Fri, 31 Dec 9999 23:59:59 GMT", "", time.Hour},
			{"two hours", "7200", "", time.Hour},
		} {
			header := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
			e := failure(t, do(t.Context(), client(transport.Options{RoundTripper: answer(429, header, "")})), transport.RateLimited)
			if e.RetryAfter != test.want {
				t.Errorf("%s: got %s, want %s", test.name, e.RetryAfter, test.want)
			}
		}
	})
}

// FuzzRetryAfter takes any header for what a vendor asks to wait: it is never negative, and never more than a day.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range [][2]string{
		{"30", ""}, {"-1", ""}, {"1e300", ""}, {"NaN", ""}, {"+Inf", ""}, {"0x1p4", ""}, {"", "x"}, {" 5 ", ""},
		{"Mon, 23 Nov 2026 00:00:30 GMT", "Mon, 23 Nov 2026 00:00:00 GMT"}, {"Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, after, date string) {
		header := http.Header{"Retry-After": {after}, "Date": {date}}
		err := do(t.Context(), client(transport.Options{RoundTripper: answer(http.StatusTooManyRequests, header, "")}))
		e, ok := errors.AsType[*transport.Error](err)
		if !ok || e.Kind != transport.RateLimited {
			t.Fatalf("429 is taken for %v", err)
		}
		if e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour {
			t.Errorf("%q of %q is %s", after, date, e.RetryAfter)
		}
	})
}
