// Package adspect is what the exporter knows of Adspect: the keys of its accounts, its families, and how its answers become
// samples.
package adspect

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/collector/poll"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/adspect"
)

// catalogue is Adspect's part of the catalogue. Its funnels are the user's: the docs page shows the one that an account has if it names none.
var catalogue = metric.Catalogue{
	Labels: labels, Limits: limits,
	Vendor: "adspect", Title: "Adspect",
	Specs: []*metric.Spec{
		newFunnelSpec(metric.Today, defaultFunnels()), newFunnelSpec(metric.Yesterday, defaultFunnels()),
		streams, savedQueries, clickLogSpec, account,
	},
}

var (
	streams = &metric.Spec{
		Name: "streams", Source: "GET /streams", Families: []*metric.Family{streamCount, streamInfo, streamTag},
		Note: "The list must hold as many streams as Adspect says there are. One that does not is read once more, " +
			"and is malformed if it still does not.",
	}
	savedQueries = &metric.Spec{Name: "saved_queries", Source: "HEAD /reports", Families: []*metric.Family{queries, queryLimit}}
	clickLogSpec = &metric.Spec{
		Name: "click_log", Source: "GET /reports/log", Window: metric.Today, Families: []*metric.Family{events, lastEvent}, Note: logNote,
	}
	account = &metric.Spec{Name: "account", Source: "GET /account", Families: []*metric.Family{
		balance, expiry, comsignExpiry, comsignLimit, comsignExtraLimit,
	}}
)

// logNote is what the docs page says of the click log.
const logNote = "The time of the newest event is of today as well: it begins anew at midnight. " +
	"Adspect cuts reports at a number of rows that it does not disclose: " +
	"after an answer of 1000 rows or more the log is read on from its newest event."

var (
	streamCount = metric.NewFamily("adspect_streams", "Streams of the account by mode.", "mode")
	streamInfo  = metric.NewFamily("adspect_stream_info", "A stream and what is known of it; always 1.", "stream_id", "stream", "mode", "filter_level")
	streamTag   = metric.NewFamily("adspect_stream_tag_info", "A tag of a stream; always 1.", "stream_id", "tag")
	queries     = metric.NewFamily("adspect_saved_queries", "Saved queries of the account.")
	queryLimit  = metric.NewFamily("adspect_saved_queries_limit", "Saved queries that an account may have.")
	events      = metric.NewFamily("adspect_today_log_events", "Events of today in the click log, by stage of the check and by the page shown.", "stream_id", "stage", "page")
	lastEvent   = metric.NewFamily("adspect_last_event_timestamp_seconds", "Time of the newest event in today's click log.", "stream_id", "stage")
	balance     = metric.NewFamily("adspect_account_balance", "Balance of the account, in its currency.")
	expiry      = metric.NewFamily("adspect_account_expiry_timestamp_seconds", "When the account's subscription ends.")

	comsignExpiry     = metric.NewFamily("adspect_account_comsign_expiry_timestamp_seconds", "When the account's Comsign ends.")
	comsignLimit      = metric.NewFamily("adspect_account_comsign_limit", "The limit of the account's Comsign.")
	comsignExtraLimit = metric.NewFamily("adspect_account_comsign_extra_limit", "The extra limit of the account's Comsign.")
)

// streamModes are the modes that the vendor's document lists: each is counted, also where no stream has it.
var streamModes = []string{"Filter", "Review", "Money", "White"}

// Vendor is Adspect.
type Vendor struct{}

// Catalogue returns what is documented of Adspect.
func (Vendor) Catalogue() metric.Catalogue { return catalogue }

// Hidden returns the texts of an account that nothing may show.
func (Vendor) Hidden(keys config.VendorAccount) []string {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	return append(config.Readable(cfg.APIKey), cfg.personal()...)
}

// Build adds the endpoints of an account, and returns what reads them.
func (Vendor) Build(keys config.VendorAccount, a *poll.Account) any {
	cfg := keys.(Config) //nolint:errcheck // decodeConfig returns no other type
	client := adspect.New(adspect.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Read, Transport: a.Client()})
	r := &reader{poll: a, client: client, customFunnels: cfg.Funnels}
	for _, w := range []metric.Window{metric.Today, metric.Yesterday} {
		spec := newFunnelSpec(w, cfg.Funnels)
		funnels := r.funnels(cfg, w, spec)
		a.Add(spec, funnels)
		r.yesterday, r.yesterdaysFunnels = spec, funnels
	}
	a.Add(streams, poll.Single(r.streams))
	a.Add(savedQueries, poll.Single(r.savedQueries))
	a.Add(clickLogSpec, poll.Single(newClickLog(client, a.MaxSamples).read))
	a.Add(account, poll.Single(r.account))
	return r
}

// reader maps the client's answers to samples.
type reader struct {
	poll          *poll.Account
	client        *adspect.Client
	customFunnels []Funnel

	yesterday         *metric.Spec
	yesterdaysFunnels poll.Discovery
}

// History returns how past days are read: Adspect has funnels of any day.
func (r *reader) History() map[*metric.Spec]*history.Source {
	return map[*metric.Spec]*history.Source{r.yesterday: history.OfWindow(r.poll, r.yesterday, r.yesterdaysFunnels)}
}

// Verify asks Adspect which columns and metrics it has, and returns those of the funnels that it does not know: its
// document may be older than its API.
func (r *reader) Verify(ctx context.Context) []error {
	funnels := r.customFunnels
	if len(funnels) == 0 {
		return nil
	}
	var problems []error
	for _, set := range []struct {
		key, collection string
		used            func(Funnel) []string
	}{
		{"group_by", adspect.QueryGroupBy, func(f Funnel) []string { return f.GroupBy }},
		{"metrics", adspect.QueryFunnelMetrics, func(f Funnel) []string { return f.Metrics }},
	} {
		known, err := r.client.Collection(ctx, set.collection)
		if err != nil {
			problems = append(problems, fmt.Errorf("cannot ask which %s there are: %w", set.key, err))
			continue
		}
		for _, f := range funnels {
			for _, name := range set.used(f) {
				if !slices.Contains(known, name) {
					problems = append(problems, fmt.Errorf("funnel %s: the vendor does not know %q of %s; it has %s",
						f.Name, name, set.key, strings.Join(plainNames(known), ", ")))
				}
			}
		}
	}
	return problems
}

// plainName is how Adspect names columns and metrics.
var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,49}$`)

// plainNames are those of the vendor's names that look like ones: an answer may quote the request instead. As many are told as a message has room for.
func plainNames(names []string) []string {
	const most = 100
	var plain []string
	for _, name := range names {
		if plainName.MatchString(name) && len(plain) < most {
			plain = append(plain, name)
		}
	}
	return plain
}

func (r *reader) streams(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := r.client.Streams(ctx)
	if err != nil {
		return err
	}
	fillStreamCounts(b, list.Streams) // first, for they must not fall to the cap on samples
	for _, s := range list.Streams {
		b.Value(streamInfo, 1, s.ID, s.Name, s.Mode, s.FilterLevel)
		for _, tag := range s.Tags {
			b.Value(streamTag, 1, s.ID, tag)
		}
		for _, u := range s.Unusable {
			if u.Field == "tags" {
				b.Drop(streamTag, u.Text, s.ID)
			} else {
				b.Drop(streamInfo, u.Text, s.ID, s.Name, s.Mode, s.FilterLevel)
			}
		}
	}
	b.Duplicates(list.Repeated, "stream_id")
	b.Missing(len(list.Absent))
	return nil
}

// fillStreamCounts counts the streams by mode. A documented mode that no stream has is 0, unless there are streams
// whose mode is not known: those have mode="".
func fillStreamCounts(b *metric.Batch, streams []adspect.Stream) {
	count := make(map[string]int)
	var modes []string
	for _, s := range streams {
		if count[s.Mode] == 0 && !slices.Contains(streamModes, s.Mode) {
			modes = append(modes, s.Mode)
		}
		count[s.Mode]++
	}
	for _, mode := range slices.Concat(streamModes, modes) {
		if count[mode] > 0 || count[""] == 0 {
			b.Value(streamCount, float64(count[mode]), mode)
		}
	}
}

func (r *reader) savedQueries(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	count, err := r.client.SavedQueries(ctx)
	if err != nil {
		return err
	}
	b.Count(queries, count)
	b.Value(queryLimit, adspect.MaxSavedQueries)
	return nil
}

func (r *reader) account(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	account, err := r.client.Account(ctx)
	if err != nil {
		return err
	}
	b.Number(balance, account.Balance)
	b.UnixSeconds(expiry, account.Expires)
	b.UnixSeconds(comsignExpiry, account.ComsignExpires)
	b.Count(comsignLimit, account.ComsignLimit)
	b.Count(comsignExtraLimit, account.ComsignExtraLimit)
	b.Missing(len(account.Absent))
	return nil
}
