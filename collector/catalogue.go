package collector

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector/metric"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// Words of the column "given" of the docs page: always, or what the family depends on.
const (
	byDefault = "by default"
	ifSent    = "if the vendor sends it"
)

// WriteCatalogue writes all families that the exporter can expose as a Markdown page, from the texts that HELP has.
func WriteCatalogue(w io.Writer) error { return writeCatalogue(w, nil) }

// writeCatalogue writes the page in the language of the dictionary.
func writeCatalogue(w io.Writer, d *dictionary) error {
	p := &page{bufio.NewWriter(w), d}
	p.line("# Metrics")
	p.line("")
	p.line("<!-- Made by `engage_exporter metrics`; change collector/ instead of this page. -->")
	p.line("")
	p.line("All metrics of a vendor are gauges with the label `account`, and have no timestamps. If the vendor leaves out a " +
		"value, sends null, or marks it as not provided (−1), there is no sample, and never a 0.")
	p.line("Names contain the day: `today` began at the last midnight in the account's time zone, `yesterday` is the last " +
		"whole day, and `settled` is the last day that the vendor calls final.")
	p.line("Daily values are dropped when their day is over, even if the vendor cannot be reached.")
	p.line("A total and its breakdown are two metrics, so `sum()` over one metric counts nothing twice.")
	for _, vendor := range vendors {
		v := vendor.Catalogue()
		p.vendor(v, vendor.Config().Endpoints)
		p.line("")
		p.line("### %s: labels", v.Vendor)
		p.line("")
		p.labels(v.Labels)
	}
	p.line("")
	p.line("## The exporter itself")
	p.line("")
	p.line("| metric | labels | type | meaning |")
	p.line("|---|---|---|---|")
	for _, f := range exporterFamilies {
		labels := labelList(append(slices.Clone(f.labels), "vendor"))
		p.line("| `%s` | %s | %s | %s |", f.name, labels, p.text(strings.ToLower(f.kind.String())), p.text(f.help))
	}
	p.line("| `%s` | %s | histogram, native and classic | %s |",
		readDurationName, labelList([]string{"api_endpoint", "vendor"}), p.text(readDurationHelp))
	p.line("| `engage_config_last_reload_successful`, `engage_config_last_reload_success_timestamp_seconds`, " +
		"`engage_config_hash_info` | `sha256` (the last) | gauge | The current configuration, when it was loaded, and " +
		"whether the last reload succeeded. |")
	p.line("| `engage_shard_info` | `shard` | gauge | The part of the configured accounts that this exporter reads, such as " +
		"`1/4`; always 1. Only with `--shard`. |")
	p.line("| `engage_log_lines_dropped_total` | | counter | Log lines that were dropped, because nothing read " +
		"the log, it could not be written, or the HTTP library wrote more than 10 lines in a minute. |")
	p.line("| `%s` | | counter | %s Only with `--storage.path`. |", storeFailuresName, p.text(storeFailuresHelp))
	p.line("| `%s` | | gauge | %s Only with `--storage.path`. |", storeSizeName, p.text(storeSizeHelp))
	p.line("| `engage_exporter_build_info`, `go_*`, `process_*`, `promhttp_*` | | | As every exporter has them. |")
	p.line("")
	p.labels(exporterLabelDocs)
	p.line("")
	p.line("Counters start at 0 with the process. The results of `engage_endpoint_reads_total` are `%s`. "+
		"`success`, `rate_limited` and `throttled` are there from the start, the others appear with their first read.",
		strings.Join(resultNames(), "`, `"))
	return p.Flush()
}

// page writes lines in the language of its dictionary.
type page struct {
	*bufio.Writer
	*dictionary
}

// line writes a line. It translates the format, not the arguments.
func (p *page) line(format string, args ...any) { fmt.Fprintf(p, p.text(format)+"\n", args...) }

func (p *page) vendor(v metric.Catalogue, endpoints []config.EndpointDefault) {
	p.line("")
	p.line("## %s", p.text(v.Title))
	p.line("")
	p.line("Limits of the API itself:")
	p.line("")
	for _, limit := range v.Limits {
		p.line("- %s", p.text(limit))
	}
	defaults := make(map[string]config.EndpointDefault)
	for _, d := range endpoints {
		defaults[d.Name] = d
	}
	for _, spec := range v.Specs {
		d := defaults[spec.Name]
		p.line("")
		p.line("### %s: %s", v.Vendor, spec.Name)
		p.line("")
		p.line("%s: read at most every %s, served for up to %s%s%s.",
			"`"+spec.Source+"`", model.Duration(d.MinInterval), model.Duration(d.MaxStale), p.day(spec.Window), p.needs(d))
		if spec.Note != "" {
			p.line("%s", p.text(spec.Note))
		}
		p.line("")
		p.line("| metric | labels besides account | exported | meaning |")
		p.line("|---|---|---|---|")
		for _, f := range spec.Families {
			p.line("| `%s` | %s | %s | %s |", f.Name, labelList(f.Labels), p.conditions(f, d), p.text(f.Help))
		}
	}
	if len(v.Shared()) > 0 {
		p.line("")
		p.line("### %s: from several endpoints", v.Vendor)
		p.line("")
		if v.SharedNote != "" {
			p.line("%s", p.text(v.SharedNote))
			p.line("")
		}
		p.line("| metric | labels besides account | exported | meaning |")
		p.line("|---|---|---|---|")
		for _, f := range v.Shared() {
			p.line("| `%s` | %s | %s | %s |", f.Name, labelList(f.Labels), p.text(byDefault), p.text(f.Help))
		}
	}
	if len(v.Windows()) == 0 {
		return
	}
	p.line("")
	p.line("### %s: days", v.Vendor)
	p.line("")
	p.line("| metric | labels besides account | exported | meaning |")
	p.line("|---|---|---|---|")
	for _, w := range v.Windows() {
		f := v.DayFamily(w)
		p.line("| `%s` | %s | %s | %s |", f.Name, labelList(f.Labels), p.text(byDefault), p.text(f.Help))
	}
}

func (p *page) day(w metric.Window) string {
	if w == metric.Undated {
		return ""
	}
	return p.text("; values of " + w.String() + ", dropped at midnight")
}

func (p *page) needs(d config.EndpointDefault) string {
	switch {
	case d.Off:
		return p.text("; off unless enabled")
	case d.Needs != "":
		return p.text("; on if the account has " + code(d.Needs))
	default:
		return ""
	}
}

func (p *page) conditions(f *metric.Family, d config.EndpointDefault) string {
	var all []string
	if d.Off {
		all = append(all, "when enabled")
	}
	if d.Needs != "" {
		all = append(all, "with "+code(d.Needs))
	}
	if f.Needs != "" {
		all = append(all, "with "+code(f.Needs))
	}
	if f.Undocumented {
		all = append(all, ifSent)
	}
	if len(all) == 0 {
		return p.text(byDefault)
	}
	return p.text(strings.Join(all, ", "))
}

func code(text string) string { return "`" + text + "`" }

func labelList(labels []string) string {
	quoted := make([]string, len(labels))
	for i, label := range labels {
		quoted[i] = code(label)
	}
	return strings.Join(quoted, ", ")
}

func resultNames() []string {
	names := []string{"success"}
	for _, kind := range transport.Kinds() {
		names = append(names, kind.String())
	}
	return names
}

// exporterLabelDocs documents the labels of the families about the exporter itself.
var exporterLabelDocs = []metric.LabelDoc{
	{Name: "vendor", Meaning: "The vendor, as in the configuration."},
	{Name: "account", Meaning: "The account, as in the configuration."},
	{Name: "api_endpoint", Meaning: "The endpoint, as in the configuration and in the headings above."},
	{Name: "result", Meaning: "Result of a read: `success`, or a reason."},
	{Name: "reason", Meaning: "Why a read failed.", Values: []metric.LabelValue{
		{"auth", "the credentials are wrong, have expired for good, or cannot be read"},
		{"rate_limited", "the vendor says that it is called too often"},
		{"throttled", "the exporter's own limits left no room in time; nothing was sent"},
		{"timeout", "no complete answer within the timeout"},
		{"network", "no answer: connection refused or reset, no such host, untrusted certificate"},
		{"http", "the vendor's server failed or is busy, by status or its own code, or an unexplained status outside 2xx"},
		{"rejected", "the vendor understood the request and refused it"},
		{"malformed", "an answer that differs from the vendor's document, ends early, or has no usable value for a metric"},
		{"too_large", "an answer above `max_response_bytes`"},
	}},
	{Name: "code", Meaning: "Status of the HTTP answer; `error` if there was none."},
}

// labels writes the table of labels.
func (p *page) labels(docs []metric.LabelDoc) {
	p.line("| label | meaning | values |")
	p.line("|---|---|---|")
	for _, d := range docs {
		p.line("| `%s` | %s | %s |", d.Name, p.text(d.Meaning), d.ValueList(p.text))
	}
}
