package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/simtest"
)

const onlinePath = "/getui/v2/app/report/online_user"

// server is the simulator behind real sockets.
func server(t *testing.T, fault string) (*simtest.Getui, *httptest.Server) {
	t.Helper()
	b := simtest.NewGetui(t, nil)
	if fault != "" {
		b.AddFault(fault)
	}
	s := httptest.NewServer(b.Simulator)
	t.Cleanup(func() {
		b.Close() // first: the server waits for its handlers
		s.Close()
	})
	return b, s
}

// read gets an endpoint with a token and reads the answer to its end or to the error that ends it.
func read(ctx context.Context, b *simtest.Getui, s *httptest.Server) (*http.Response, string, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+onlinePath, nil)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("token", b.Token())
	answer, err := s.Client().Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

func TestFaultsOverSockets(t *testing.T) {
	_, plain := func() (*http.Response, string) {
		b, s := server(t, "")
		answer, body, err := read(t.Context(), b, s)
		if err != nil || answer.ContentLength != int64(len(body)) {
			t.Fatalf("without a fault: %v, Content-Length %d of %d", err, answer.ContentLength, len(body))
		}
		return answer, body
	}()
	for _, tc := range []struct {
		fault string
		err   error // that ends the answer
	}{
		{"getui/online_users=drip:1us", nil},
		{"getui/online_users=cut", io.ErrUnexpectedEOF},
		{"getui/online_users=reset", syscall.ECONNRESET},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			b, s := server(t, tc.fault)
			answer, body, err := read(t.Context(), b, s)
			if !errors.Is(err, tc.err) {
				t.Errorf("error is %v, want %v", err, tc.err)
			}
			if err == nil && body != plain {
				t.Errorf("body is %q, want %q", body, plain)
			}
			if err != nil && (len(body) >= len(plain) || !strings.HasPrefix(plain, body)) {
				t.Errorf("body is %q, want part of %q", body, plain)
			}
			if answer != nil && answer.ContentLength < int64(len(plain)) {
				t.Errorf("Content-Length is %d, want no less than all %d", answer.ContentLength, len(plain))
			}
		})
	}
}

func TestResetOverTLS(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	b.AddFault("getui/online_users=reset")
	s := httptest.NewTLSServer(b.Simulator)
	defer s.Close()
	if _, body, err := read(t.Context(), b, s); err == nil {
		t.Errorf("answer is whole: %q", body)
	}
}

func TestHugeAnswer(t *testing.T) {
	const size = 5 << 20
	b, s := server(t, "getui/online_users=huge:5MiB")
	answer, body, err := read(t.Context(), b, s)
	if err != nil || len(body) != size {
		t.Fatalf("body is of %d bytes (%v), want %d", len(body), err, size)
	}
	if answer.ContentLength != -1 {
		t.Errorf("Content-Length is %d, want none", answer.ContentLength)
	}
	if !strings.HasPrefix(body, `{"code":0,"msg":"success","data":{"padding":"xxx`) ||
		!strings.HasSuffix(body, `xxx"}}`) {
		t.Errorf("body is no envelope: %.60q … %q", body, body[len(body)-10:])
	}
}

func TestHugeAnswerEndsWithItsClient(t *testing.T) {
	b, s := server(t, "getui/online_users=huge:1000GiB")
	r, err := http.NewRequest("GET", s.URL+onlinePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("token", b.Token())
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	// Close of the server waits for the handler: the test ends if the handler does.
	s.CloseClientConnections()
}

func TestHeldAnswersEnd(t *testing.T) {
	for _, fault := range []string{"getui/online_users=hang", "getui/online_users=slow:1h",
		"getui/online_users=drip:1h", "getui/auth=hang"} {
		t.Run(fault+", client goes", func(t *testing.T) {
			b, s := server(t, "")
			ctx, cancel := context.WithCancel(t.Context())
			done := start(ctx, b, s, fault)
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v", err)
			}
			s.Close() // waits for the handler, which must have noticed
		})
		t.Run(fault+", simulator closes", func(t *testing.T) {
			b, s := server(t, "")
			done := start(t.Context(), b, s, fault)
			b.Close()
			b.Close()
			if err := <-done; err == nil {
				t.Error("the answer is whole")
			}
			s.Close()
		})
	}
}

// start sends a request that a fault holds up, waits until it has come to the simulator, and returns a channel for
// its error. What the fault holds up is a login if it is for that.
func start(ctx context.Context, b *simtest.Getui, s *httptest.Server, fault string) <-chan error {
	method, path, body := "GET", onlinePath, ""
	token := b.Token()
	if strings.Contains(fault, "auth") {
		method, path, body = "POST", "/getui/v2/app/auth", simtest.LoginBody(b.App, simtest.Noon)
	}
	b.AddFault(fault)
	arrived := make(chan struct{})
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		inner.ServeHTTP(w, r)
	})
	done := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
		if err != nil {
			done <- err
			return
		}
		r.Header.Set("token", token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := s.Client().Do(r)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			answer.Body.Close()
		}
		done <- err
	}()
	<-arrived
	return done
}

func TestSlowAnswerTakesItsTime(t *testing.T) {
	for _, tc := range []struct {
		fault string
		want  time.Duration
	}{
		{"getui/online_users=slow:5s", 5 * time.Second},
		{"getui/auth=slow:5s", 0},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := simtest.NewGetui(t, nil)
				token := b.Token()
				b.AddFault(tc.fault)
				began := time.Now()
				b.Call("GET", "/app/report/online_user", "", "token", token).WantRefusal(t, 200, 0, "")
				if took := time.Since(began); took != tc.want {
					t.Errorf("answer took %s, want %s", took, tc.want)
				}
			})
		})
	}
	t.Run("drip", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := simtest.NewGetui(t, nil)
			b.AddFault("getui=drip")
			began := time.Now()
			w := b.Raw("GET", onlinePath)
			if took, want := time.Since(began), time.Duration(w.Body.Len())*simulator.DefaultDrip; took != want {
				t.Errorf("%d bytes took %s, want %s", w.Body.Len(), took, want)
			}
		})
	})
}

func TestRequestBodyIsBounded(t *testing.T) {
	b := simtest.NewGetui(t, nil)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest("POST", "/getui/v2/app/auth", strings.NewReader(strings.Repeat(" ", 2<<20))))
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status is %d", w.Code)
	}
}
