package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
)

func checkCommand(app *kingpin.Application) (string, action) {
	cmd := app.Command("check", "Check the configuration, and report all errors at once.")
	file := addConfigFlags(cmd)
	live := cmd.Flag("live", "Also read every endpoint once, and print the results. This sends requests to the vendors,"+
		" and does not know a Retry-After that a running exporter was asked for.").Bool()
	timeout := cmd.Flag("live.timeout", "Time after which reads that have not finished count as failed.").Default("2m").Duration()
	targets := cmd.Flag("target", "With --live: read only this account; repeatable.").PlaceHolder("VENDOR/ACCOUNT").Strings()
	shard := addShardFlag(cmd)
	return cmd.FullCommand(), func(ctx context.Context, out output) error {
		part, err := shard.parse()
		if err != nil {
			return err
		}
		if len(*targets) > 0 && !*live {
			return invalidFlag("--target=%s works only with --live: add --live to read the account", (*targets)[0])
		}
		cfg, err := file.load()
		if err != nil {
			return err
		}
		for _, warning := range cfg.Warnings() {
			fmt.Fprintf(out.stdout, "warning: %v\n", warning)
		}
		fmt.Fprintf(out.stdout, "%s is valid: %s", *file.file, counted(cfg.CountAccounts(), "account"))
		if part.Count > 0 {
			own := len(part.Own(collector.ConfiguredTargets(cfg)))
			fmt.Fprintf(out.stdout, ", of which shard %s reads %d", part, own)
		}
		fmt.Fprintln(out.stdout)
		if !*live {
			return nil
		}
		ctx, cancel := context.WithTimeoutCause(ctx, *timeout, fmt.Errorf("no answer within --live.timeout=%s", *timeout))
		defer cancel()
		return checkLive(ctx, cfg, part, *targets, out.stdout)
	}
}

// checkLive reads every endpoint once, of the shard's accounts or of those that are named, and prints a table of them.
// It fails if any did.
func checkLive(ctx context.Context, cfg *config.Config, shard collector.Shard, names []string, stdout io.Writer) error {
	set, err := collector.New(cfg, collector.Options{UserAgent: version.ComponentUserAgent(name), Shard: shard})
	if err != nil {
		return err
	}
	defer set.Close()
	targets, err := checkTargets(set, names)
	if err != nil {
		return err
	}
	failed := 0
	table := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "ACCOUNT\tENDPOINT\tRESULT\tSAMPLES\tDURATION\t")
	results := set.Check(ctx, targets...)
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
		fmt.Fprintf(table, "%s/%s\t%s\t%s\t%d\t%s\t\n", r.Vendor, r.Account, r.Endpoint, resultWords(r), r.Samples,
			r.Duration.Round(time.Millisecond))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	printFailures(stdout, results)
	if failed > 0 {
		return errors.New("some endpoints failed")
	}
	return nil
}

// resultWords returns what came of an endpoint, such as "ok, 2 samples dropped".
func resultWords(r collector.CheckResult) string {
	words := "ok"
	switch {
	case r.Err != nil && r.FailingItems > 0 && r.FailingItems < r.Items:
		words = fmt.Sprintf("%d of %d items failed", r.FailingItems, r.Items)
	case r.Err != nil && r.Samples > 0:
		words = "partly failed"
	case r.Err != nil:
		words = "failed"
	}
	if r.Missing > 0 {
		words += ", " + counted(r.Missing, "requested item") + " missing"
	}
	if r.Dropped > 0 {
		words += ", " + counted(r.Dropped, "sample") + " dropped"
	}
	return words
}

// counted returns a number of something, such as "1 account" or "2 accounts".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// checkTargets returns the accounts that are named; those that the set does not have are a mistake.
func checkTargets(set *collector.Set, names []string) ([]poll.Target, error) {
	var targets []poll.Target
	var unknown []error
	for _, text := range names {
		target, ok := poll.ParseTarget(text)
		switch {
		case !ok:
			unknown = append(unknown, fmt.Errorf("--target=%s: want VENDOR/ACCOUNT, such as getui/shop-android", text))
		case !slices.Contains(set.Targets(), target):
			unknown = append(unknown, fmt.Errorf("--target=%s: the configuration (and shard) has no such account", text))
		}
		if !slices.Contains(targets, target) {
			targets = append(targets, target)
		}
	}
	if len(unknown) > 0 {
		return nil, flagError{errors.Join(unknown...)}
	}
	return targets, nil
}

// printFailures reports why endpoints failed, once for all of an account's endpoints that failed alike.
func printFailures(stdout io.Writer, results []collector.CheckResult) {
	type failure struct {
		account, reason string
		endpoints       []string
	}
	var failures []*failure
	found := make(map[string]*failure)
	for _, r := range results {
		account := r.Vendor + "/" + r.Account
		for _, why := range r.Failures() {
			key := account + " " + why.Text
			if why.Refused { // the account's credentials are the cause of all of them, whichever was refused first
				key = account
			}
			if found[key] == nil {
				found[key] = &failure{account: account, reason: why.Text}
				failures = append(failures, found[key])
			}
			if why.Refused && len(why.Text) < len(found[key].reason) { // the others add that nothing more was sent
				found[key].reason = why.Text
			}
			if !slices.Contains(found[key].endpoints, r.Endpoint) {
				found[key].endpoints = append(found[key].endpoints, r.Endpoint)
			}
		}
	}
	for _, f := range failures {
		fmt.Fprintf(stdout, "\n%s %s: %s\n", f.account, strings.Join(f.endpoints, ", "), f.reason)
	}
}
