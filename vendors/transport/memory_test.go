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
			if err := read(700); err != nil {
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
		{"small ones do not wait", 250, 10 * time.Second, 0, 0},
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

// Lists that are decoded while they are read take parts of the memory for answers as they grow.
func TestListsShareMemory(t *testing.T) {
	const kib = 1 << 10
	// Of 4 MiB, 1 MiB is for lists; 256 KiB of each list do not count.
	type list struct {
		account int
		kib     int64
		fits    bool
	}
	for _, test := range []struct {
		name  string
		lists []list // all are kept until the last one is read
	}{
		{"an account may take 4/5", []list{{0, 256 + 760, true}}},
		{"and no more", []list{{0, 256 + 850, false}}},
		{"its lists count together", []list{{0, 256 + 500, true}, {0, 256 + 500, false}}},
		{"the rest is for other accounts", []list{{0, 256 + 760, true}, {1, 256 + 150, true}, {1, 400, false}}},
		{"small lists need none of it", []list{{0, 256 + 760, true}, {1, 250, true}, {1, 250, true}, {0, 250, true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			global := transport.NewGlobal(10)
			global.SetResponseMemory(4 << 20)
			account := func() *transport.Client {
				return client(transport.Options{Global: global, RoundTripper: sized(0, true)})
			}
			accounts := []*transport.Client{account(), account()}
			keep := func(l list) (*transport.SizeLimit, error) {
				limit := accounts[l.account].NewSizeLimit()
				return limit, accounts[l.account].Do(t.Context(), get, func(*transport.Response) error {
					for range l.kib / 10 {
						if err := limit.AddSized("rows", 10*kib); err != nil {
							return err
						}
					}
					return nil
				})
			}
			var kept []*transport.SizeLimit
			for _, l := range test.lists {
				limit, err := keep(l)
				kept = append(kept, limit)
				if l.fits && err != nil {
					t.Errorf("%d KiB for account %d: %v", l.kib, l.account, err)
				}
				if !l.fits {
					if e := failure(t, err, transport.TooLarge); !strings.Contains(e.Error(), "global.max_response_memory") {
						t.Errorf("%v does not name the setting", e)
					}
				}
			}
			for _, limit := range kept {
				limit.Release()
			}
			for account := range accounts {
				if _, err := keep(list{account: account, kib: 256 + 100}); err != nil {
					t.Errorf("after all lists were released: %v", err)
				}
			}
		})
	}
}
