package collector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// labelDoc says what a label of a vendor's families means, and which values it can have.
type labelDoc struct {
	name    string
	meaning string
	// values are those that are known, with their meaning; none where they are the user's own or the vendor's ids and texts.
	values []labelValue
	// open says that others can come: what the vendor's document does not have. It is how they look.
	open string
}

// labelValue is one value and its meaning; "" where the value says it itself.
type labelValue struct{ value, meaning string }

// What an open set of values has beside those that are listed.
const (
	openLowerCase = "others as the vendor sends them but in lower case"
	openAsSent    = "others as the vendor sends them"
)

// labelDocs are the labels beside account, by vendor, in the order of the docs page. A test holds that every label of the catalogue is here.
var labelDocs = map[string][]labelDoc{
	"getui": {
		{name: "channel", meaning: "Through which push service a message goes. `ios` and `apn` are the same: the document uses both.", open: openAsSent, values: []labelValue{
			{"gt", "GeTui's own"}, {"ios", "APNs"}, {"apn", "APNs"}, {"hw", "Huawei"}, {"ho", "Honor"}, {"xm", "Xiaomi"}, {"xmg", "Xiaomi; the document does not say what g is for"}, {"vv", "vivo"}, {"op", "OPPO"},
			{"opg", "OPPO, likewise"}, {"mz", "Meizu"}, {"st", "Smartisan"}, {"wx", "WeChat"},
		}},
		{name: "kind", meaning: "Which quota of the channel.", open: openAsSent, values: []labelValue{
			{"app", "gt: push to the whole app"}, {"list", "gt: creation of messages for lists"}, {"app_with_tag", "gt: push to users chosen by conditions"}, {"general", "ordinary messages; op: public ones, vv: operational ones"},
			{"special", "vv: system messages"}, {"grouppush", "vv: message bodies for group push"},
		}},
		{name: "brand", meaning: "Brand of the devices that GeTui's own channel reached.", open: openAsSent, values: []labelValue{{"others", "all brands beyond the ten with the most messages"}}},
		{name: "task_id", meaning: "Id of the push task, from `task_ids`."},
		{name: "task_group", meaning: "Name of the task group, from `task_groups`."},
		{name: "action", meaning: "Id of the action that the app reports, from `action_ids`."},
		{name: "stage", meaning: "The stage that lost messages did not reach.", open: openAsSent, values: namedCodes(lossStages)},
		{name: "category", meaning: "Why messages were lost, in general.", open: "others keep the vendor's digits", values: namedCodes(lossCategories)},
		{name: "reason", meaning: "Why messages were lost, in particular.", open: "others keep the vendor's digits",
			values: append(namedCodes(lossReasons), labelValue{"unspecified", "what the category's total holds beyond its reasons"})},
	},
	"polyv": {
		{name: "platform", meaning: "Where videos were played.", values: []labelValue{{"pc", "computers"}, {"mobile", "phones and tablets"}}},
		{name: "hour", meaning: "Hour of the day in the account's time zone: `00` to `23`."},
	},
	"adspect": {
		{name: "stream_id", meaning: "Id of the stream; `adspect_stream_info` has its name. A funnel that you define has the columns of its `group_by` as labels instead."},
		{name: "stream", meaning: "Name of the stream, as its user wrote it."},
		{name: "mode", meaning: "What the stream does with visitors.", open: openAsSent, values: []labelValue{
			{"Filter", "shows each visitor the page that the checks decide on"}, {"Review", "for a review"}, {"Money", "shows everyone the money page"}, {"White", "shows everyone the safe page"},
		}},
		{name: "filter_level", meaning: "How strictly the stream filters, as a number or a word.", open: openAsSent, values: []labelValue{
			{"0", "off"}, {"1", "low"}, {"2", "medium"}, {"3", "high"}, {"Off", ""}, {"Low", ""}, {"Medium", ""}, {"High", ""},
		}},
		{name: "tag", meaning: "Tag that the user gave the stream."},
		{name: "stage", meaning: "Step in the handling of a click.", open: "others keep the vendor's number", values: []labelValue{
			{"basic", "sequence 0: the basic check"}, {"fingerprint", "sequence 1: the check by JavaScript"}, {"conversion", "sequence 255"}, {"", "not said"},
		}},
		{name: "page", meaning: "The page that the visitor was shown.", values: []labelValue{{"safe", "target 0"}, {"money", "any other target"}, {"", "not said"}}},
	},
	"sensorsdata": {
		{name: "tag_id", meaning: "Id of the user tag; `sensorsdata_tag_info` has its names."},
		{name: "status", meaning: "Of a tag (`sensorsdata_tags`, `sensorsdata_tag_status`) or of a computation (a partition).", open: openLowerCase, values: slices.Concat(
			vendorWords(tagStatuses, "a tag: "), vendorWords(partitionStatuses, "a computation: "), []labelValue{{unknown, "not said"}})},
		{name: "source", meaning: "How the tag is made.", open: "others keep the vendor's number", values: vendorWords(tagSources, "")},
		{name: "name", meaning: "Name of the tag in queries."},
		{name: "display_name", meaning: "Name of the tag on pages."},
		{name: "data_type", meaning: "Type of the tag's values.", open: openAsSent, values: []labelValue{{"BOOL", ""}, {"NUMBER", ""}, {"STRING", ""}, {"DATETIME", ""}, {"LIST", ""}}},
		{name: "unit", meaning: "How often the tag is computed, as the vendor says it.", open: openAsSent, values: []labelValue{{"DAY", ""}}},
		{name: "routine", meaning: "Whether the vendor computes the tag by itself.", values: []labelValue{{"true", ""}, {"false", ""}, {"", "not said"}}},
		{name: "directory_id", meaning: "Id of the directory that the tag is in."},
		{name: "directory", meaning: "Name of the directory."},
		{name: "value", meaning: "Value of the tag: users have one each, or several if its data_type is LIST; empty where the vendor sends null."},
		{name: "segment", meaning: "Name of the segment, from `segments`."},
	},
	"quanshi": {
		{name: "event_id", meaning: "Id of the event; `quanshi_event_info` has its title."},
		{name: "title", meaning: "Title of the event."},
		{name: "form", meaning: "What kind of event it is.", values: append(vendorWords(quanshiForms, ""), labelValue{other, "a form that the document does not have"}, labelValue{"", "not said"})},
		{name: "audience", meaning: "What a viewer watched.", values: append(vendorWords(quanshiAudiences, ""), labelValue{other, "anything else"})},
		{name: "side", meaning: "How the viewer took part.", values: []labelValue{{"live_stream", "as a viewer of the stream, by browser"}, {"interactive", "as a participant, by app or telephone"}}},
		{name: "mode", meaning: "When the viewer watched.", values: append(vendorWords(quanshiModes, ""), labelValue{other, "anything else"})},
		{name: "device", meaning: "The viewer's device.", values: append(vendorWords(quanshiDevices, ""), labelValue{other, "anything else"})},
		{name: "client", meaning: "The viewer's program.", values: append(vendorWords(quanshiClients, ""), labelValue{other, "anything else"})},
		{name: "action", meaning: "What viewers did.", values: actionValues()},
		{name: "auth", meaning: "How the viewer was let in.", values: append(vendorWords(quanshiAuths, ""), labelValue{other, "anything else"})},
		{name: "role", meaning: "The role of who took part.", values: append(vendorWords(quanshiRoles, ""), labelValue{other, "anything else"})},
		{name: "country", meaning: "Country of the viewer's address, in the vendor's words."},
		{name: "province", meaning: "Province of the viewer's address, in the vendor's words."},
		{name: "activity", meaning: "In what viewers took part.", values: []labelValue{{"survey", ""}, {"vote", ""}, {"sign", "signed in"}, {"envelope", "red envelopes"}}},
		{name: "entry", meaning: "By which way viewers came in.", values: []labelValue{{"live_stream", ""}, {"interactive", ""}, {"both", ""}, {other, "anything else"}}},
		{name: "way", meaning: "How viewers were connected by telephone.", values: []labelValue{{"called_out", "the event called them"}, {"dialed_in", "they called"}, {other, "anything else"}}},
	},
}

// exporterLabelDocs are the labels of the families about the exporter itself.
var exporterLabelDocs = []labelDoc{
	{name: "vendor", meaning: "The vendor, as in configuration."},
	{name: "account", meaning: "The account, as in configuration."},
	{name: "api_endpoint", meaning: "The endpoint, as in configuration and in the headings above."},
	{name: "result", meaning: "What came of a read: `success`, or a reason."},
	{name: "reason", meaning: "Why a read failed.", values: []labelValue{
		{"auth", "the credentials are wrong, have expired for good, or cannot be read"}, {"rate_limited", "the vendor says that it is called too often"},
		{"throttled", "the exporter's own limits had no room in time; nothing was sent"}, {"timeout", "no answer, or not all of it, in the time allowed"},
		{"network", "no answer: refused, reset, no such host, an untrusted certificate"}, {"http", "a status outside 2xx that the body does not explain"},
		{"rejected", "the vendor understood the request and said no"}, {"malformed", "an answer that is not what the vendor documents, that ends early, or of which no value of a family can be used"},
		{"too_large", "an answer above `max_response_bytes`"},
	}},
	{name: "code", meaning: "Status of the HTTP answer; `error` where none came."},
}

// namedCodes are the names of a vendor's codes, in the order of the codes.
func namedCodes(names map[string]string) []labelValue {
	codes := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var values []labelValue
	for _, code := range codes {
		values = addMeaning(values, names[code], "code "+code)
	}
	return values
}

// vendorWords are our words with the vendor's, whose meaning begins with what they are of.
func vendorWords(w words, of string) []labelValue {
	var values []labelValue
	for _, word := range w {
		values = addMeaning(values, word.ours, of+word.theirs)
	}
	return values
}

// addMeaning adds a value, or a further meaning of one that is there.
func addMeaning(values []labelValue, value, meaning string) []labelValue {
	for i := range values {
		if values[i].value == value {
			values[i].meaning += ", " + meaning
			return values
		}
	}
	return append(values, labelValue{value, meaning})
}

func actionValues() []labelValue {
	var values []labelValue
	for _, name := range quanshiActions {
		values = append(values, labelValue{value: name})
	}
	return values
}

// labels writes the table of labels.
func (p *page) labels(docs []labelDoc) {
	p.line("| label | meaning | values |")
	p.line("|---|---|---|")
	for _, d := range docs {
		p.line("| `%s` | %s | %s |", d.name, d.meaning, d.list())
	}
}

// list returns the values with their meanings as one text.
func (d labelDoc) list() string {
	var texts []string
	for _, v := range d.values {
		text := "`" + v.value + "`"
		if v.value == "" {
			text = "empty"
		}
		if v.meaning != "" {
			text += fmt.Sprintf(" (%s)", v.meaning)
		}
		texts = append(texts, text)
	}
	if d.open != "" {
		texts = append(texts, d.open)
	}
	return strings.Join(texts, ", ")
}
