// Package cli is the command line: the commands, their flags, the log, and the reload of a program that runs.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kingpin/v2"
	"github.com/go-kit/log"
	"github.com/prometheus/common/version"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/internal/panics"
)

const (
	name           = "engage_exporter"
	defaultAddress = ":9787"
	// statusUsage is the exit status of a command line that cannot be used.
	statusUsage = 2
	// statusInterrupted is the exit status of a command that a signal ended before it was done, as shells have it.
	statusInterrupted = 130
)

// output is what a command writes to.
type output struct {
	stdout, stderr io.Writer
	// log takes whole lines for stderr and never waits.
	log *logWriter
	// unfinished knows what is still running when the process has to end.
	unfinished *unfinished
}

// action is what a command does. It returns when it is done or ctx is.
type action func(ctx context.Context, out output) error

// Run is the whole program. It takes the command line without the program's name and returns the exit status. It
// returns when the command has ended, and within ExitTimeout once ctx is done.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	status := 0
	exited := false
	app := kingpin.New(name, "Prometheus exporter for customer-engagement services: push, live events, ad traffic, user tags, video playback.")
	app.UsageWriter(stdout).ErrorWriter(stderr).Version(version.Print(name)).HelpFlag.Short('h')
	app.VersionFlag.Short('v')
	// --help, --version and completion end the program from within Parse: remember it instead.
	app.Terminate(func(code int) { status, exited = code, true })

	completeFilesInZsh()
	addFishCompletion(app, stdout, func() { exited = true })

	commands := map[string]action{}
	for _, add := range []func(*kingpin.Application) (string, action){
		serveCommand, demoCommand, simulateCommand, checkCommand, backfillCommand, metricsCommand,
	} {
		command, do := add(app)
		commands[command] = do
	}

	nameFlags(app)

	command, err := app.Parse(completionArgs(args))
	if exited {
		return status
	}
	if err != nil {
		writeFatal(stderr, logsJSON(args), fmt.Errorf("%w, try --help", err))
		return statusUsage
	}
	out := output{stdout: stdout, stderr: stderr, log: newLogWriter(stderr), unfinished: new(unfinished)}
	defer out.log.close(logFlushTimeout)
	// Commands with a logger of their own replace this one.
	takeStandardLog(log.NewLogfmtLogger(out.log), out.log.dropped)
	ended := make(chan error, 1)
	go func() { ended <- panics.Catch(func() error { return commands[command](ctx, out) }) }()
	if err := awaitEnd(ctx, ended, ExitTimeout, out.unfinished); err != nil {
		if stack, panicked := panics.Stack(err); panicked {
			err = fmt.Errorf("%w: this is a bug of the exporter, please report it with this stack: %s", err, stack)
		}
		writeFatal(out.log, logsJSON(args), err)
		if _, ok := errors.AsType[*backfill.InterruptedError](err); ok {
			return statusInterrupted
		}
		_, isFlag := errors.AsType[flagError](err)
		if _, isOption := errors.AsType[*backfill.OptionsError](err); isFlag || isOption {
			return statusUsage
		}
		return 1
	}
	return 0
}
