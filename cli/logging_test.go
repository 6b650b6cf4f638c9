package cli

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/go-kit/log"
	"github.com/go-kit/log/level"
)

func TestLogLines(t *testing.T) {
	for _, tt := range []struct {
		name, level string
		log         func(log.Logger)
		want        string // a pattern of all that is logged
	}{
		{"time, caller and level", "info", func(l log.Logger) { level.Info(l).Log("msg", "hello") }, `^time=\S+Z caller=logging_test\.go:\d+ level=info msg=hello\n$`},
		{"the caller of a logger with more keys", "info", func(l log.Logger) { level.Warn(log.With(l, "vendor", "getui")).Log("msg", "hello") },
			`^time=\S+Z caller=logging_test\.go:\d+ level=warn vendor=getui msg=hello\n$`},
		{"below the level", "info", func(l log.Logger) { level.Debug(l).Log("msg", "hello") }, `^$`},
		{"at the level", "debug", func(l log.Logger) { level.Debug(l).Log("msg", "hello") }, `^time=\S+Z caller=logging_test\.go:\d+ level=debug msg=hello\n$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			logger, _ := logFlags{level: &tt.level, format: new("logfmt")}.logger(&out)
			tt.log(logger)
			if !regexp.MustCompile(tt.want).MatchString(out.String()) {
				t.Errorf("logged %q, want %s", out.String(), tt.want)
			}
		})
	}
}
