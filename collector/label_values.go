package collector

import "github.com/engage-exporter/engage_exporter/collector/metric"

// exporterLabelDocs documents the labels of the families about the exporter itself.
var exporterLabelDocs = []metric.LabelDoc{
	{Name: "vendor", Meaning: "The vendor, as in configuration."},
	{Name: "account", Meaning: "The account, as in configuration."},
	{Name: "api_endpoint", Meaning: "The endpoint, as in configuration and in the headings above."},
	{Name: "result", Meaning: "What came of a read: `success`, or a reason."},
	{Name: "reason", Meaning: "Why a read failed.", Values: []metric.LabelValue{
		{"auth", "the credentials are wrong, have expired for good, or cannot be read"},
		{"rate_limited", "the vendor says that it is called too often"},
		{"throttled", "the exporter's own limits had no room in time; nothing was sent"},
		{"timeout", "no answer, or not all of it, in the time allowed"},
		{"network", "no answer: refused, reset, no such host, an untrusted certificate"},
		{"http", "a status outside 2xx that the body does not explain"},
		{"rejected", "the vendor understood the request and said no"},
		{"malformed", "an answer that is not what the vendor documents, that ends early, or of which no value of a family can be " +
			"used"},
		{"too_large", "an answer above `max_response_bytes`"},
	}},
	{Name: "code", Meaning: "Status of the HTTP answer; `error` where none came."},
}

// labels writes the table of labels.
func (p *page) labels(docs []metric.LabelDoc) {
	p.line("| label | meaning | values |")
	p.line("|---|---|---|")
	for _, d := range docs {
		p.line("| `%s` | %s | %s |", d.Name, d.Meaning, d.ValueList())
	}
}
