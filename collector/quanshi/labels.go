package quanshi

import "github.com/engage-exporter/engage_exporter/collector/metric"

// labels are the labels beside account, in the order of the docs page.
var labels = []metric.LabelDoc{
	{Name: "event_id", Meaning: "Id of the event; `quanshi_event_info` has its title."},
	{Name: "title", Meaning: "Title of the event."},
	{Name: "form", Meaning: "Kind of event.", Values: append(metric.VendorWords(forms, ""),
		metric.LabelValue{metric.Other, "a form that is not documented"}, metric.LabelValue{"", "not reported"})},
	{Name: "audience", Meaning: "What a viewer watched.", Values: orOther(audiences)},
	{Name: "side", Meaning: "How the viewer took part.", Values: []metric.LabelValue{
		{"live_stream", "as a viewer of the stream, by browser"}, {"interactive", "as a participant, by app or telephone"},
	}},
	{Name: "mode", Meaning: "When the viewer watched.", Values: orOther(modes)},
	{Name: "device", Meaning: "The viewer's device.", Values: orOther(devices)},
	{Name: "client", Meaning: "Program that the viewer used.", Values: orOther(clients)},
	{Name: "action", Meaning: "What viewers did.", Values: actionValues()},
	{Name: "auth", Meaning: "How the viewer was admitted.", Values: orOther(auths)},
	{Name: "role", Meaning: "Role of the participant.", Values: orOther(roles)},
	{Name: "country", Meaning: "Country of the viewer's IP address, as the vendor writes it."},
	{Name: "province", Meaning: "Province of the viewer's IP address, as the vendor writes it."},
	{Name: "activity", Meaning: "Activity in which viewers took part.", Values: []metric.LabelValue{
		{"survey", ""}, {"vote", ""}, {"sign", "signed in"}, {"envelope", "red envelopes"},
	}},
	{Name: "entry", Meaning: "How viewers joined.", Values: []metric.LabelValue{
		{"live_stream", ""}, {"interactive", ""}, {"both", ""}, {metric.Other, "anything else"},
	}},
	{Name: "way", Meaning: "How viewers joined by telephone.", Values: []metric.LabelValue{
		{"called_out", "the event called them"}, {"dialed_in", "they called"}, {metric.Other, "anything else"},
	}},
}

// limits are what the API itself leaves out.
var limits = []string{
	"Quanshi documents no limit of rows for the report on an event. It is read as a whole, up to the exporter's limit " +
		"on answers.",
	"A count can be null in a session and present in the same person's row of `viewerDetails`.",
}

// orOther returns our words for the vendor's, and the one for all others.
func orOther(w metric.Words) []metric.LabelValue {
	return append(metric.VendorWords(w, ""), metric.LabelValue{metric.Other, "anything else"})
}

func actionValues() []metric.LabelValue {
	var values []metric.LabelValue
	for _, name := range actionNames {
		values = append(values, metric.LabelValue{name, ""})
	}
	return values
}
