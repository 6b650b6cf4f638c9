package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
	sloggokit "github.com/tjhop/slog-gokit"

	"github.com/engage-exporter/engage_exporter/config"
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

// inOrder returns a logger of lines that begin as all lines do: with time, in UTC, caller and level.
func inOrder(next log.Logger) log.Logger {
	return log.LoggerFunc(func(keyvals ...any) error {
		first, rest := make([]any, 0, len(keyvals)), make([]any, 0, len(keyvals))
		for _, key := range []string{"time", "caller", "level"} {
			for i := 0; i+1 < len(keyvals); i += 2 {
				if fmt.Sprint(keyvals[i]) != key {
					continue
				}
				value := keyvals[i+1]
				if at, ok := value.(time.Time); ok {
					value = at.UTC()
				}
				first = append(first, key, value)
			}
		}
		for i := 0; i+1 < len(keyvals); i += 2 {
			if !slices.Contains([]string{"time", "caller", "level"}, fmt.Sprint(keyvals[i])) {
				rest = append(rest, keyvals[i], keyvals[i+1])
			}
		}
		return next.Log(append(first, rest...)...)
	})
}

// logsJSON reports whether a command line asks for a log in JSON, also one with a mistake.
func logsJSON(args []string) bool {
	asks := false
	for i, arg := range args {
		if format, ok := strings.CutPrefix(arg, "--log.format="); ok {
			asks = format == "json"
		} else if arg == "--log.format" && i+1 < len(args) {
			asks = args[i+1] == "json"
		}
	}
	return asks
}

// writeFatal writes why a command has failed: as text for people, or as the log's JSON, one line for each mistake.
func writeFatal(w io.Writer, asJSON bool, err error) {
	if !asJSON {
		fmt.Fprintf(w, "%s: %v\n", name, err)
		return
	}
	all := []error{err}
	if mistakes, ok := errors.AsType[config.Errors](err); ok {
		all = mistakes.Unwrap()
	}
	logger := log.With(log.NewJSONLogger(w), "time", log.DefaultTimestampUTC)
	for _, e := range all {
		level.Error(logger).Log("msg", name+" has failed", "err", e.Error())
	}
}

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
	slogger := slog.New(sloggokit.NewGoKitHandler(level.NewFilter(inOrder(logger), threshold), slogLevel))
	// The filter comes first, for neither time nor caller come for nothing: each read has a message at debug level.
	return level.NewFilter(log.With(logger, "time", log.DefaultTimestampUTC, "caller", log.Caller(callerDepth)), threshold), slogger
}
