package cli

import (
	stdlog "log" //nolint:depguard // net/http's Transport writes there, and nowhere else
	"strings"
	"unicode"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

// takeStandardLog lets the program's logger have what libraries write to the standard log, but for what they quote:
// net/http writes there what a vendor sends without having been asked, which may be a secret. It holds for the rest of
// the process: connections outlive whoever used them.
func takeStandardLog(logger log.Logger) {
	stdlog.SetFlags(0)
	stdlog.SetOutput(standardLog{log.With(level.Warn(logger), "msg", "a library warns")})
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
