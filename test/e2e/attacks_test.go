package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// mostMemory is what the exporter may take under each attack, in bytes, without the pages of its binary.
const mostMemory = 200 << 20

// largePage is an account whose page has 0.5 MB.
func largePage(t *testing.T) (config string) {
	t.Helper()
	var kinds strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&kinds, `,"kind-%d":{"total_num":3000,"limit":false,"remain_num":%d,"push_num":1}`, i, i)
	}
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth") {
			_, _ = io.WriteString(w, `{"code":0,"data":{"expire_time":"4102444800000","token":"t"}}`)
			return
		}
		_, _ = io.WriteString(w, `{"code":0,"data":{"gt":{`+kinds.String()[1:]+`}}}`)
	}))
	t.Cleanup(vendor.Close)
	return testkit.WriteFile(t, t.TempDir(), "engage.yml", "getui:\n  - {account: shop, app_id: A, app_key: K, master_secret: S, base_url: '"+
		vendor.URL+"/v2',\n     endpoints: {online_users: {enabled: false}, push_day: {enabled: false}, user_day: {enabled: false}}}\n")
}

// sendSlowly sends a text without end, a byte at a time, until ctx is done or the connection is closed.
func sendSlowly(ctx context.Context, conn net.Conn, beginning string) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for next := beginning; ; next = "x" {
		if _, err := io.WriteString(conn, next); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Greedy clients take neither the memory nor the scrapes of others.
func TestGreedyClients(t *testing.T) {
	for _, tt := range []struct {
		name    string
		clients int
		attack  func(ctx context.Context, conn net.Conn)
	}{
		{"headers byte by byte", 1200, func(ctx context.Context, conn net.Conn) {
			sendSlowly(ctx, conn, "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		}},
		{"bodies that do not come", 1200, func(ctx context.Context, conn net.Conn) {
			sendSlowly(ctx, conn, "POST /debug/pprof/symbol HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
		}},
		{"pages that nobody reads", 300, func(ctx context.Context, conn net.Conn) {
			if _, err := io.WriteString(conn, strings.Repeat("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 100)); err == nil {
				<-ctx.Done()
			}
		}},
		{"pages without a pause", 100, func(ctx context.Context, conn net.Conn) {
			answers := bufio.NewReader(conn)
			for ctx.Err() == nil {
				for _, path := range []string{"/", "/probe?target=getui/shop&debug=true", "/config", "/debug/pprof/heap"} {
					if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
						return
					}
					answer, err := http.ReadResponse(answers, nil)
					if err != nil {
						return
					}
					if _, err := io.Copy(io.Discard, answer.Body); err != nil {
						return
					}
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exporter := testkit.Start(t, binary, "--config.file="+largePage(t), "--web.listen-address=127.0.0.1:0")
			address := exporter.Listening()
			ctx, stop := context.WithCancel(t.Context())
			var clients sync.WaitGroup
			defer clients.Wait()
			defer stop()
			for range tt.clients {
				clients.Go(func() {
					for ctx.Err() == nil { // a client that is cut off comes again after a second
						conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
						if err != nil {
							return
						}
						end := context.AfterFunc(ctx, func() { conn.Close() })
						tt.attack(ctx, conn)
						end()
						conn.Close()
						select {
						case <-time.After(time.Second):
						case <-ctx.Done():
						}
					}
				})
			}
			var slowest time.Duration
			refused := 0
			client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
			for served := 0; served < 10; {
				began := time.Now()
				page, err := get(client, "http://"+address+"/metrics")
				if err != nil {
					refused++
					if refused > 40 {
						t.Fatalf("%d scrapes failed, %d succeeded; the last: %.200v", refused, served, err)
					}
					<-time.After(100 * time.Millisecond) // no scraper asks again at once
					continue
				}
				if !strings.Contains(page, `getui_push_quota_remaining{`) {
					t.Fatalf("no values in a page of %d bytes", len(page))
				}
				served++
				slowest = max(slowest, time.Since(began))
			}
			stop()
			clients.Wait()
			memory := mostOwnMemory(t, exporter.PID())
			t.Logf("%d clients: %d MiB, the slowest of 10 scrapes took %s, %d were refused",
				tt.clients, memory>>20, slowest.Round(10*time.Millisecond), refused)
			if memory > mostMemory {
				t.Errorf("the exporter took %d MiB, want at most %d", memory>>20, mostMemory>>20)
			}
			if code := exporter.End(syscall.SIGTERM); code != 0 {
				t.Errorf("ended with status %d", code)
			}
		})
	}
}

var memoryLine = regexp.MustCompile(`(?m)^(VmHWM|RssFile):\s+(\d+) kB$`)

// mostOwnMemory returns how much memory a process has taken at most, in bytes, without the pages of its binary.
func mostOwnMemory(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]int64)
	for _, line := range memoryLine.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseInt(line[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		values[line[1]] = n << 10
	}
	return values["VmHWM"] - values["RssFile"]
}
