package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A vendor that reads requests on kept-alive connections and hangs up gets each request twice at most, however many
// connections there are.
func TestHangUpsOnAllConnections(t *testing.T) {
	for _, test := range []struct {
		name      string
		perMinute int
		sent      int // at the last request, after 32 others
		want      string
	}{
		{"with requests of this minute left", 1e6, 2, "the connection was closed before an answer came, and again when the request was sent once more"},
		{"without", 197, 1, // 32 at once, and 2.7 a second
			"the connection was closed before an answer came, and the account has used all its requests of this minute"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var hangUp atomic.Bool
				var arrived atomic.Int64
				dial := listenAt(t, func(w http.ResponseWriter, _ *http.Request) {
					arrived.Add(1)
					if hangUp.Load() {
						panic(http.ErrAbortHandler)
					}
					time.Sleep(time.Second / 2) // so that each of the requests has a connection of its own
					io.WriteString(w, "{}")
				})
				rt := &http.Transport{
					MaxIdleConnsPerHost: 100,
					DialContext:         func(context.Context, string, string) (net.Conn, error) { return dial(), nil },
				}
				defer rt.CloseIdleConnections()
				seen := &counts{}
				c := client(transport.Options{RoundTripper: rt, RequestsPerMinute: test.perMinute, Observer: seen})
				var all sync.WaitGroup
				for range 32 {
					all.Go(func() {
						if err := do(t.Context(), c); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				hangUp.Store(true)
				err := do(t.Context(), c)
				failure(t, err, transport.Network)
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q in it", err, test.want)
				}
				if got := int(arrived.Load()) - 32; got != test.sent || len(seen.sent)-32 != got {
					t.Errorf("%d requests arrived and %d were counted, want %d", got, len(seen.sent)-32, test.sent)
				}
			})
		})
	}
}

// HTTP/2 has an answer by which a server asks for the request once more.
func TestRefusedStreams(t *testing.T) {
	s := vendorOverTLS(t, true, nil)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var arrived atomic.Int64
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		_, err = in.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
		conn.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0}) // settings
		for err == nil {
			var head []byte
			if head, err = in.Peek(9); err != nil {
				return
			}
			length, kind, stream := int(binary.BigEndian.Uint32(head)>>8), head[3], [4]byte(head[5:9])
			if kind == 1 { // headers: refuse the stream
				arrived.Add(1)
				conn.Write(append([]byte{0, 0, 4, 3, 0, stream[0], stream[1], stream[2], stream[3]}, 0, 0, 0, 7))
			}
			_, err = in.Discard(9 + length)
		}
	}()
	c := client(transport.Options{RoundTripper: connectionsTo(t, s, 0, new(net.Dialer).DialContext)})
	failure(t, c.Do(t.Context(), at("https://"+l.Addr().String()), readAll), transport.Network)
	if got := arrived.Load(); got != 2 {
		t.Errorf("the request arrived %d times, want 2", got)
	}
}

// What counts is when requests arrive, however long it takes to connect and however often a server hangs up.
func TestRequestsPerMinuteAsTheServerSeesThem(t *testing.T) {
	for _, perMinute := range []int{6, 60} {
		for _, test := range []struct {
			name    string
			slow    float64 // the part of the connections that take 8 s to open
			hangUps float64 // the part of the requests that the server hangs up on
			keep    bool
		}{
			{"slow dials", 0.3, 0, false},
			{"slow dials after hang-ups", 0.5, 0.1, true},
			{"hang-ups", 0, 0.3, true},
		} {
			t.Run(fmt.Sprint(perMinute, " ", test.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var vendor sendTimes
					random := rand.New(rand.NewPCG(1, 2))
					var mu sync.Mutex
					one := func(part float64) bool {
						mu.Lock()
						defer mu.Unlock()
						return random.Float64() < part
					}
					dial := listenAt(t, func(w http.ResponseWriter, r *http.Request) {
						resp, _ := vendor.RoundTrip(r)
						resp.Body.Close()
						if one(test.hangUps) {
							panic(http.ErrAbortHandler)
						}
					})
					rt := &http.Transport{
						MaxIdleConnsPerHost: 100, DisableKeepAlives: !test.keep,
						DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
							if one(test.slow) {
								time.Sleep(8 * time.Second)
							}
							return dial(), nil
						},
					}
					c := client(transport.Options{RoundTripper: rt, RequestsPerMinute: perMinute, MaxConcurrentRequests: 16})
					start := time.Now()
					var callers sync.WaitGroup
					for range 30 {
						callers.Go(func() {
							for time.Since(start) < 10*time.Minute {
								ctx := transport.WithLimits(t.Context(), transport.Limits{WaitUntil: start.Add(time.Hour)})
								if err := do(ctx, c); err != nil {
									failure(t, err, transport.Network)
								}
							}
						})
					}
					callers.Wait()
					time.Sleep(10 * time.Second) // dials may outlast their requests
					rt.CloseIdleConnections()
					synctest.Wait()
					vendor.check(t, perMinute)
					if len(vendor.times) < 5*perMinute {
						t.Errorf("only %d requests in ten minutes", len(vendor.times))
					}
				})
			})
		}
	}
}
