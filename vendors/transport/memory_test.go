package transport_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// sized is a vendor with an answer of so many KiB, of which the header may say the length.
func sized(kib int, announced bool) vendorFunc {
	return func(r *http.Request) (*http.Response, error) {
		length := int64(-1)
		if announced {
			length = int64(kib << 10)
		}
		return response(r, 200, nil, strings.NewReader(strings.Repeat("x", kib<<10)), length), nil
	}
}

func TestAnswerThatNeverFitsInMemory(t *testing.T) {
	for name, announced := range map[string]bool{"announced length": true, "unknown length": false} {
		t.Run(name, func(t *testing.T) {
			global := transport.NewGlobal(10)
			global.SetResponseMemory(1 << 20)
			read := func(kib int) error {
				c := client(transport.Options{RoundTripper: sized(kib, announced), Global: global, MaxResponseBytes: 4 << 20})
				return do(t.Context(), c)
			}
			e := failure(t, read(2<<10), transport.TooLarge)
			if !strings.Contains(e.Error(), "global.max_response_memory") {
				t.Errorf("%v does not name the setting", e)
			}
			if err := read(900); err != nil {
				t.Errorf("an answer that fits, after one that does not: %v", err)
			}
			global.SetResponseMemory(4 << 20)
			if err := read(2 << 10); err != nil {
				t.Errorf("after the limit was raised: %v", err)
			}
		})
	}
}

// Answers of several accounts wait for each other where there is no room for all.
func TestAnswersWaitForMemory(t *testing.T) {
	for _, test := range []struct {
		name    string
		kib     int
		timeout time.Duration
		waits   time.Duration
		want    transport.Kind // 0 = none
	}{
		{"small ones do not wait", 200, 10 * time.Second, 0, 0},
		{"large ones wait", 600, 10 * time.Second, 5 * time.Second, 0},
		{"until their timeout", 600, 2 * time.Second, 2 * time.Second, transport.Timeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				global := transport.NewGlobal(10)
				global.SetResponseMemory(1 << 20)
				account := func(kib int, timeout time.Duration, then time.Duration) error {
					c := client(transport.Options{RoundTripper: sized(kib, true), Global: global, Timeout: timeout})
					return c.Do(t.Context(), get, func(r *transport.Response) error {
						err := readAll(r)
						time.Sleep(then) // as long as it takes to decode it
						return err
					})
				}
				first := make(chan error)
				go func() { first <- account(600, time.Minute, 5*time.Second) }()
				synctest.Wait()

				began := time.Now()
				err := account(test.kib, test.timeout, 0)
				if test.want != 0 {
					if e := failure(t, err, test.want); !strings.Contains(e.Error(), "global.max_response_memory") {
						t.Errorf("%v does not name the setting", e)
					}
				} else if err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took != test.waits {
					t.Errorf("it took %s, want %s", took, test.waits)
				}
				if err := <-first; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
