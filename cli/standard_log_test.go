package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// quotingVendor answers each request and then quotes it, on a connection that has nothing more to say.
func quotingVendor(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]token=%s", r.URL.RawQuery)
				}
			}()
		}
	}()
	return l.Addr().String()
}

func quotingConfig(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "engage.yml")
	text := "sensorsdata:\n  - {account: ebiz, base_url: 'http://" + quotingVendor(t) + "', api_secret: planted-secret}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// net/http writes to the standard log what comes on a connection that nobody waits for. Of a vendor's words nothing
// must stand there.
func TestStandardLogQuotesNothing(t *testing.T) {
	for _, format := range []string{"logfmt", "json"} {
		t.Run(format, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			stderr := &testkit.Output{}
			var served sync.WaitGroup
			served.Go(func() {
				Run(ctx, []string{"--config.file=" + quotingConfig(t), "--web.listen-address=127.0.0.1:0", "--log.format=" + format}, stderr, stderr)
			})
			defer served.Wait()
			defer stop()
			address := stderr.Await(t, `127\.0\.0\.1:[0-9]+`)
			response, err := http.Get("http://" + address + "/metrics")
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			http.DefaultClient.CloseIdleConnections()
			line := stderr.Await(t, `(?m)^.*Unsolicited response.*$`)
			for _, want := range []string{"warn", "Unsolicited response received on idle HTTP channel", "caller"} {
				if !strings.Contains(line, want) {
					t.Errorf("no %q in %s", want, line)
				}
			}
			wantNoQuotes(t, stderr.String())
		})
	}
}

func TestStandardLogOfACheckQuotesNothing(t *testing.T) {
	stdout, stderr := &testkit.Output{}, &testkit.Output{}
	Run(t.Context(), []string{"check", "--live", "--config.file=" + quotingConfig(t)}, stdout, stderr)
	wantNoQuotes(t, stdout.String()+stderr.String())
}

// wantNoQuotes fails the test if the text has the secret, or quotes the vendor in a line of net/http. What comes on a
// connection just when a request is sent over it is quoted by the failure of that request, without the secret.
func wantNoQuotes(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, "planted") || strings.Contains(line, "token=") && !strings.Contains(line, "malformed HTTP response") {
			t.Errorf("it quotes the vendor: %s", line)
		}
	}
}

func TestStandardLogLines(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"plain", "http: something happened\n", "http: something happened"},
		{"quoted", `Unsolicited response received on idle HTTP channel starting with "token=x"; err=<nil>`, "Unsolicited response received on idle HTTP channel"},
		{"quoted otherwise", "net/http: invalid byte 'x' in Cookie.Value", "net/http: invalid byte"},
		{"back quotes", "odd header `token=x`", "odd header"},
		{"several lines", "http: panic\ntoken=x\n", "http: panic"},
		{"bytes that are no text", "a\xff\x1b[31m", "a"},
		{"long", strings.Repeat("x", 1000), strings.Repeat("x", 200)},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := unquoted(tt.line); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// What a hostile vendor or client makes the HTTP library write is limited, and what is dropped is counted.
func TestLinesOfLibrariesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written bytes.Buffer
		l := newLogWriter(&written)
		limited := &limitedLog{to: l, dropped: l.dropped}
		flood := func() {
			for range 25 {
				fmt.Fprintln(limited, "unhandled response frame")
			}
		}
		flood()
		time.Sleep(time.Minute)
		flood()
		if dropped := droppedLines(t, l); dropped != 30 {
			t.Errorf("%d lines were dropped, want 30", dropped)
		}
		l.close(time.Minute)
		if lines := strings.Count(written.String(), "\n"); lines != 20 {
			t.Errorf("%d lines were written, want 20", lines)
		}
	})
}

// FuzzStandardLog lets a library log any line in which it quotes what a vendor sent, as net/http does: nothing of the
// quotation may be logged, and what is logged is one short line.
func FuzzStandardLog(f *testing.F) {
	f.Add("Unsolicited response received on idle HTTP channel starting with ", `"s3cr3t"; err=<nil>`)
	f.Add("http: TLS handshake error from 127.0.0.1:1: ", "remote error")
	f.Add("a \"quoted\" word", "")
	f.Add("", "\xff\n\x00")
	f.Add(strings.Repeat("é", 300), strings.Repeat("x", 300))
	f.Fuzz(func(t *testing.T, words, sent string) {
		var b bytes.Buffer
		line := words + `"` + sent + `planted-by-vendor"`
		n, err := standardLog{log.NewLogfmtLogger(&b)}.Write([]byte(line))
		if n != len(line) || err != nil {
			t.Errorf("%d of %d bytes are taken: %v", n, len(line), err)
		}
		text, ok := strings.CutSuffix(b.String(), "\n")
		if !ok || strings.Contains(text, "\n") || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q is not one line", b.String())
		}
		if strings.Contains(text, "planted-by-vendor") && !strings.Contains(words, "planted-by-vendor") {
			t.Errorf("the vendor's words are logged: %q", text)
		}
		if len(text) > len("warning=")+6*maxWarning+2 { // a character may be escaped
			t.Errorf("%d bytes are logged", len(text))
		}
	})
}
