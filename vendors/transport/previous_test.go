package transport_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Settings that change again and again must not let more requests through than are allowed.
func TestSuccessorsShareTheRequestsPerMinute(t *testing.T) {
	for _, tt := range []struct {
		name  string
		rates []int // of the clients, in turn
		most  int
	}{
		{"the same rate", []int{60}, 60},
		{"another rate", []int{60, 30}, 60},
		{"ever other rates", []int{6, 5, 4}, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var vendor sendTimes
				var c *transport.Client
				for i := range 400 {
					c = client(transport.Options{RoundTripper: &vendor, RequestsPerMinute: tt.rates[i%len(tt.rates)], Timeout: time.Millisecond, Previous: c})
					for range 3 {
						if err := do(t.Context(), c); transport.KindOf(err) != 0 && transport.KindOf(err) != transport.Throttled {
							t.Fatal(err)
						}
					}
					time.Sleep(time.Second)
				}
				vendor.check(t, tt.most)
				if len(tt.rates) == 1 && len(vendor.times) < 300 {
					t.Errorf("only %d requests in 400 seconds passed", len(vendor.times))
				}
			})
		})
	}
}

func TestObserverLearnsWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name string
			read func(*transport.Response) error
			body string
			want string
		}{
			{"good", readAll, "0123456789", "GET /thing 200 10 <nil>"},
			{"bad", func(*transport.Response) error { return errors.New("no good") }, "{}", "GET /thing 200 0 acme GET /thing: malformed: answered 200: no good"},
		} {
			seen := &counts{}
			c := client(transport.Options{RoundTripper: answer(200, nil, tt.body), Observer: seen})
			began := time.Now()
			_ = c.Do(t.Context(), get, tt.read)
			if len(seen.sent) != 1 {
				t.Fatalf("%s: observed %d requests", tt.name, len(seen.sent))
			}
			s := seen.sent[0]
			if got := fmt.Sprint(s.Endpoint, " ", s.Code, " ", s.Bytes, " ", s.Err); got != tt.want || !s.At.Equal(began) {
				t.Errorf("%s: observed %s at %s, want %s", tt.name, got, s.At, tt.want)
			}
		}
	})
}
