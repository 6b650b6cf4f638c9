package collector

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

// adspectVendor is Adspect's part of the catalogue. Its funnels are the user's: the docs page shows the one that an account has if it names none.
var adspectVendor = vendor{
	name: "adspect", title: "Adspect", defaults: config.AdspectEndpoints,
	specs: []*metric.Spec{
		newFunnelSpec(metric.Today, config.DefaultAdspectFunnels()), newFunnelSpec(metric.Yesterday, config.DefaultAdspectFunnels()),
		adspectStreams, adspectSavedQueries, adspectClickLog, adspectAccount,
	},
}

var (
	adspectStreams = &metric.Spec{
		Name: "streams", Source: "GET /streams", Families: []*metric.Family{adspectStreamCount, adspectStreamInfo, adspectStreamTag},
		Note: "The list must hold as many streams as Adspect says there are. One that does not is read once more, " +
			"and is malformed if it still does not.",
	}
	adspectSavedQueries = &metric.Spec{Name: "saved_queries", Source: "HEAD /reports", Families: []*metric.Family{adspectQueries, adspectQueryLimit}}
	adspectClickLog     = &metric.Spec{
		Name: "click_log", Source: "GET /reports/log", Window: metric.Today, Families: []*metric.Family{adspectEvents, adspectLastEvent}, Note: adspectLogNote,
	}
	adspectAccount = &metric.Spec{Name: "account", Source: "GET /account", Families: []*metric.Family{
		adspectBalance, adspectExpiry, adspectComsignExpiry, adspectComsignLimit, adspectComsignExtraLimit,
	}}
)

// adspectLogNote is what the docs page says of the click log.
const adspectLogNote = "The time of the newest event is of today as well: it begins anew at midnight. " +
	"Adspect cuts reports at a number of rows that it does not disclose: " +
	"after an answer of 1000 rows or more the log is read on from its newest event."

var (
	adspectStreamCount = metric.NewFamily("adspect_streams", "Streams of the account by mode.", "mode")
	adspectStreamInfo  = metric.NewFamily("adspect_stream_info", "A stream and what is known of it; always 1.", "stream_id", "stream", "mode", "filter_level")
	adspectStreamTag   = metric.NewFamily("adspect_stream_tag_info", "A tag of a stream; always 1.", "stream_id", "tag")
	adspectQueries     = metric.NewFamily("adspect_saved_queries", "Saved queries of the account.")
	adspectQueryLimit  = metric.NewFamily("adspect_saved_queries_limit", "Saved queries that an account may have.")
	adspectEvents      = metric.NewFamily("adspect_today_log_events", "Events of today in the click log, by stage of the check and by the page shown.", "stream_id", "stage", "page")
	adspectLastEvent   = metric.NewFamily("adspect_last_event_timestamp_seconds", "Time of the newest event in today's click log.", "stream_id", "stage")
	adspectBalance     = metric.NewFamily("adspect_account_balance", "Balance of the account, in its currency.")
	adspectExpiry      = metric.NewFamily("adspect_account_expiry_timestamp_seconds", "When the account's subscription ends.")

	adspectComsignExpiry     = metric.NewFamily("adspect_account_comsign_expiry_timestamp_seconds", "When the account's Comsign ends.")
	adspectComsignLimit      = metric.NewFamily("adspect_account_comsign_limit", "The limit of the account's Comsign.")
	adspectComsignExtraLimit = metric.NewFamily("adspect_account_comsign_extra_limit", "The extra limit of the account's Comsign.")
)

// adspectModes are the modes that the vendor's document lists: each is counted, also where no stream has it.
var adspectModes = []string{"Filter", "Review", "Money", "White"}

// adspectAccount builds an Adspect account.
func (b *builder) adspectAccount(cfg config.Adspect) (*account, error) {
	key, personal := readable(cfg.APIKey), cfg.Personal()
	a, sender, err := b.account(adspectVendor.name, cfg.Account, func() []string { return append(key(), personal...) })
	if err != nil {
		return nil, err
	}
	client := adspect.New(adspect.Options{BaseURL: cfg.BaseURL, APIKey: cfg.APIKey.Read, Transport: sender})
	r := &adspectReader{client: client}
	for _, w := range []metric.Window{metric.Today, metric.Yesterday} {
		spec := newFunnelSpec(w, cfg.Funnels)
		funnels := r.funnels(cfg, w, spec)
		a.add(spec, funnels)
		if w == metric.Yesterday {
			a.past = func() map[*metric.Spec]*history.Source {
				return map[*metric.Spec]*history.Source{spec: history.OfWindow(a.Account, spec, funnels)}
			}
		}
	}
	a.add(adspectStreams, poll.Single(r.streams))
	a.add(adspectSavedQueries, poll.Single(r.savedQueries))
	a.add(adspectClickLog, poll.Single(newClickLog(client, b.cfg.Global.MaxSamplesPerEndpoint).read))
	a.add(adspectAccount, poll.Single(r.account))
	if len(cfg.Funnels) > 0 {
		a.verify = func(ctx context.Context) []error { return r.verify(ctx, cfg.Funnels) }
	}
	return a, nil
}

// adspectReader maps the client's answers to samples.
type adspectReader struct {
	client *adspect.Client
}

// verify asks the vendor which columns and metrics it has, and names those of the funnels that it does not know: its document may be older than its API.
func (r *adspectReader) verify(ctx context.Context, funnels []config.Funnel) []error {
	var problems []error
	for _, set := range []struct {
		key, collection string
		used            func(config.Funnel) []string
	}{
		{"group_by", adspect.QueryGroupBy, func(f config.Funnel) []string { return f.GroupBy }},
		{"metrics", adspect.QueryFunnelMetrics, func(f config.Funnel) []string { return f.Metrics }},
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

func (r *adspectReader) streams(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	list, err := r.client.Streams(ctx)
	if err != nil {
		return err
	}
	fillStreamCounts(b, list.Streams) // first, for they must not fall to the cap on samples
	for _, s := range list.Streams {
		b.Value(adspectStreamInfo, 1, s.ID, s.Name, s.Mode, s.FilterLevel)
		for _, tag := range s.Tags {
			b.Value(adspectStreamTag, 1, s.ID, tag)
		}
		for _, u := range s.Unusable {
			if u.Field == "tags" {
				b.Drop(adspectStreamTag, u.Text, s.ID)
			} else {
				b.Drop(adspectStreamInfo, u.Text, s.ID, s.Name, s.Mode, s.FilterLevel)
			}
		}
	}
	b.Duplicates(list.Repeated)
	b.Missing(len(list.Absent))
	return nil
}

// fillStreamCounts counts the streams by mode. A documented mode that no stream has is 0, unless there are streams
// whose mode is not known: those have mode="".
func fillStreamCounts(b *metric.Batch, streams []adspect.Stream) {
	count := make(map[string]int)
	var modes []string
	for _, s := range streams {
		if count[s.Mode] == 0 && !slices.Contains(adspectModes, s.Mode) {
			modes = append(modes, s.Mode)
		}
		count[s.Mode]++
	}
	for _, mode := range slices.Concat(adspectModes, modes) {
		if count[mode] > 0 || count[""] == 0 {
			b.Value(adspectStreamCount, float64(count[mode]), mode)
		}
	}
}

func (r *adspectReader) savedQueries(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	count, err := r.client.SavedQueries(ctx)
	if err != nil {
		return err
	}
	b.Count(adspectQueries, count)
	b.Value(adspectQueryLimit, adspect.MaxSavedQueries)
	return nil
}

func (r *adspectReader) account(ctx context.Context, _ metric.Day, b *metric.Batch) error {
	account, err := r.client.Account(ctx)
	if err != nil {
		return err
	}
	b.Number(adspectBalance, account.Balance)
	b.UnixSeconds(adspectExpiry, account.Expires)
	b.UnixSeconds(adspectComsignExpiry, account.ComsignExpires)
	b.Count(adspectComsignLimit, account.ComsignLimit)
	b.Count(adspectComsignExtraLimit, account.ComsignExtraLimit)
	b.Missing(len(account.Absent))
	return nil
}
