package cli

import (
	"io"
	stdlog "log" //nolint:depguard // net/http's Transport writes there, and nowhere else
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	"github.com/prometheus/client_golang/prometheus"
)

// takeStandardLog lets the program's logger have what libraries write to the standard log, but for what they quote:
// net/http writes there what a vendor sends without having been asked, which may be a secret. It holds for the rest of
// the process: connections outlive whoever used them.
func takeStandardLog(logger log.Logger, dropped prometheus.Counter) {
	stdlog.SetFlags(0)
	lines := standardLog{log.With(level.Warn(logger), "msg", "a library warns")}
	stdlog.SetOutput(&limitedLog{to: lines, dropped: dropped})
}

// maxLibraryLines is how many lines a limitedLog writes in a minute.
const maxLibraryLines = 10

// limitedLog writes the first lines of each minute, one at each call, and drops and counts the others: net/http writes
// one for each frame of HTTP/2 that it does not expect, and for each TLS handshake that fails.
type limitedLog struct {
	to      io.Writer
	dropped prometheus.Counter

	mu    sync.Mutex
	began time.Time // of the minute
	lines int       // in it
}

// Write implements io.Writer.
func (l *limitedLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.began) >= time.Minute {
		l.began, l.lines = now, 0
	}
	l.lines++
	if l.lines > maxLibraryLines {
		l.dropped.Inc()
		return len(line), nil
	}
	return l.to.Write(line)
}

// standardLog takes lines of the standard log, one at each call.
type standardLog struct{ logger log.Logger }

func (s standardLog) Write(line []byte) (int, error) {
	return len(line), s.logger.Log("warning", unquoted(string(line)))
}

// maxWarning is how much of a library's own words is shown.
const maxWarning = 200

// unquoted is the beginning of a library's line that holds words of its own alone: what it quotes stands in quotation
// marks, or behind them.
func unquoted(line string) string {
	line, _, _ = strings.Cut(line, "starting with")
	if quote := strings.IndexFunc(line, func(r rune) bool {
		return strings.ContainsRune("\"'`", r) || r == unicode.ReplacementChar || !unicode.IsPrint(r)
	}); quote >= 0 {
		line = line[:quote]
	}
	if len(line) > maxWarning {
		line = strings.ToValidUTF8(line[:maxWarning], "")
	}
	return strings.TrimSpace(line)
}
