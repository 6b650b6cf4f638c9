package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"

	"github.com/engage-exporter/engage_exporter/backfill"
	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

// backfillFlags are the flags of backfill, as they were given.
type backfillFlags struct {
	config                    configFlags
	target, from, to          *string
	step, recent              *time.Duration
	output, job, instance     *string
	labelTexts, endpointNames *[]string
	force                     *bool
}

func backfillCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command(
		"backfill",
		"Write the history that a vendor still has of an account as OpenMetrics text, for promtool tsdb create-blocks-from openmetrics.",
	)
	flags := backfillFlags{
		config: addConfigFlags(cmd),
		target: cmd.Flag("target", "Account to read, as VENDOR/ACCOUNT: getui/shop-android.").PlaceHolder("TARGET").String(),
		from:   cmd.Flag("from", "First day to read, such as 2026-09-01, in the account's time zone.").PlaceHolder("DAY").String(),
		to:     cmd.Flag("to", "Last day to read. Default: the last day that is over.").PlaceHolder("DAY").String(),
		step:   cmd.Flag("step", "Time between two samples of a series.").Default("5m").Duration(),
		recent: cmd.Flag("recent", "How long before now the samples end: Prometheus cannot import its last three hours. "+
			"0s for a database that can.").
			Default("3h").
			Duration(),
		output: cmd.Flag("output", "File to write; - for the standard output. "+
			"Until it is complete, the days read are kept in FILE.state: after an interruption, run the same command again to continue.").
			Default("history.om").
			String(),
		force: cmd.Flag("force", "Replace an existing output.").Bool(),
		job: cmd.Flag("job", "Label job of the scraped series that the history belongs to: the job_name in prometheus.yml.").
			PlaceHolder("NAME").
			String(),
		instance: cmd.Flag("instance", "Label instance of the scraped series, such as localhost:9787.").PlaceHolder("HOST:PORT").String(),
		labelTexts: cmd.Flag("label", "Another label that Prometheus gives the scraped series, repeatable.").
			PlaceHolder("NAME=VALUE").Strings(),
		endpointNames: cmd.Flag("endpoint", "Read only this endpoint, repeatable.").PlaceHolder("NAME").Strings(),
	}
	return cmd.FullCommand(), flags.run
}

// run writes the history that the flags ask for.
func (f backfillFlags) run(ctx context.Context, out output) error {
	stdout, stderr := out.stdout, out.stderr
	cfg, err := f.config.load()
	if err != nil {
		return err
	}
	set, err := collector.New(cfg, collector.Options{UserAgent: version.ComponentUserAgent(name)})
	if err != nil {
		return err
	}
	defer set.Close()
	o, mistakes := f.options()
	target, err := f.find(set)
	if err == nil {
		o.History, err = set.History(target, *f.endpointNames...)
	}
	if err := errors.Join(err, mistakes); err != nil {
		return flagError{err}
	}
	o.Account = accountIdentity(cfg, target)
	if o.Step > backfill.MaxStep {
		fmt.Fprintf(stderr, "--step=%s: queries look %s back and find gaps between two samples; 5m has none\n", o.Step, backfill.MaxStep)
	}
	if *f.job == "" || *f.instance == "" {
		fmt.Fprintln(stderr, "without --job and --instance the history does not continue the series that Prometheus scrapes")
	}
	// Who reads the standard output may go away before the end. That is an error of writing then, after which the
	// temporary folder is removed, and not the sudden end of the process.
	signal.Ignore(syscall.SIGPIPE)
	defer signal.Reset(syscall.SIGPIPE)
	o.Stdout = stdout
	o.Progress = backfill.NewProgress(stderr, isTerminal(stderr))
	summary, err := backfill.Run(ctx, o)
	o.Progress.Close()
	if err != nil {
		return err
	}
	if o.Output == "-" {
		stdout = stderr
	}
	summary.Write(stdout)
	return nil
}

// options are what the flags say by themselves; all mistakes are reported at once.
func (f backfillFlags) options() (backfill.Options, error) {
	o := backfill.Options{Step: *f.step, Recent: *f.recent, Output: *f.output, Force: *f.force}
	var mistakes []error
	for _, day := range []struct {
		flag, text string
		into       *backfill.Date
	}{{"--from", *f.from, &o.From}, {"--to", *f.to, &o.To}} {
		if day.text == "" {
			continue
		}
		date, err := backfill.ParseDate(day.text)
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s: %w", day.flag, err))
		}
		*day.into = date
	}
	if *f.job != "" {
		o.Labels = append(o.Labels, backfill.Label{Name: "job", Value: *f.job})
	}
	if *f.instance != "" {
		o.Labels = append(o.Labels, backfill.Label{Name: "instance", Value: *f.instance})
	}
	for _, text := range *f.labelTexts {
		label, err := backfill.ParseLabel(text)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		o.Labels = append(o.Labels, label)
	}
	if o.Output == "" {
		mistakes = append(mistakes, errors.New("no --output, name a file, or - for the standard output"))
	}
	return o, errors.Join(mistakes...)
}

// find returns the account that is asked for. Whether the configuration has it is for History to say.
func (f backfillFlags) find(set *collector.Set) (poll.Target, error) {
	target, ok := poll.ParseTarget(*f.target)
	if ok {
		return target, nil
	}
	var names []string
	for _, t := range set.Targets() {
		names = append(names, t.String())
	}
	asked := "no --target"
	if *f.target != "" {
		asked = fmt.Sprintf("--target=%s is not VENDOR/ACCOUNT", *f.target)
	}
	return target, fmt.Errorf("%s, name one of %s", asked, strings.Join(names, ", "))
}

// accountIdentity returns what the values of an account follow from: its configuration without secrets, which may be
// renewed, and the limits for all accounts that decide which values there are. It is not masked.
func accountIdentity(cfg *config.Config, target poll.Target) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d;%d;", cfg.Global.MaxSamplesPerEndpoint, cfg.Global.MaxResponseBytes)
	for _, v := range cfg.Vendors {
		for _, account := range v.Accounts {
			if v.Vendor == target.Vendor && account.Common().Name == target.Account {
				config.WriteIdentity(&text, account)
			}
		}
	}
	return text.String()
}

// isTerminal reports whether a person watches what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && file.Name() != os.DevNull
}
