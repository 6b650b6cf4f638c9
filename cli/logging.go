package cli

import (
	"io"
	"log/slog"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"
)

// logFlags are the flags on logging that Prometheus' own programs have.
type logFlags struct {
	level, format *string
}

func addLogFlags(cmd *kingpin.CmdClause) logFlags {
	return logFlags{
		level:  cmd.Flag("log.level", "Only log messages with this severity or above: debug, info, warn, error.").Default("info").Enum("debug", "info", "warn", "error"),
		format: cmd.Flag("log.format", "Format of log messages: logfmt or json.").Default("logfmt").Enum("logfmt", "json"),
	}
}

// callerDepth is how many calls lie between the line that logs and the one that asks for it: those of go-kit's context
// with the level, of its filter, and of its context with the caller.
const callerDepth = 5

// logger returns the program's logger, and the same for libraries that use slog. Writes to w may be concurrent.
func (f logFlags) logger(w io.Writer) (log.Logger, *slog.Logger) {
	logger := log.NewLogfmtLogger(w)
	if *f.format == "json" {
		logger = log.NewJSONLogger(w)
	}
	threshold := level.Allow(level.ParseDefault(*f.level, level.InfoValue()))
	var slogLevel slog.Level
	if err := slogLevel.UnmarshalText([]byte(*f.level)); err != nil {
		slogLevel = slog.LevelInfo
	}
	// Records of slog bring their own time and caller.
	slogger := slog.New(sloggokit.NewGoKitHandler(level.NewFilter(logger, threshold), slogLevel))
	// The filter comes first, for neither time nor caller come for nothing: each read has a message at debug level.
	return level.NewFilter(log.With(logger, "time", log.DefaultTimestampUTC, "caller", log.Caller(callerDepth)), threshold), slogger
}
