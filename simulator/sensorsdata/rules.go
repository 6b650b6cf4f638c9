package sensorsdata

import (
	"io"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// rules are what a tag is computed by: its rule_content_list.
type rules struct {
	tag   *Tag
	bytes int // about how many; 0 = a few rules for each value
}

// streamJSON writes the rules: a tree for each value, one tree with a measure, or null, as the kind of the tag demands.
func (r rules) streamJSON(w io.Writer) error {
	var heads []string
	switch r.tag.Source {
	case 1:
		for _, value := range r.tag.Values {
			heads = append(heads, `{"value":`+string(core.Encode(value))+`,"type":"rules_relation","relation":"and"`)
		}
	case 9, 13:
		heads = []string{`{"type":"basic_measures","measure":{"type":"event_measure","event_name":"收藏商品","aggregator":"general","field":""}`}
	case 10:
		heads = []string{`{"type":"first_last_time_feature","measure":{"type":"event_measure","event_name":"buy","aggregator":"first_time","field":"event.buy.$time"}`}
	case 11:
		heads = []string{`{"type":"event_property_preferences","measure":{"type":"event_measure","event_name":"ViewProduct","aggregator":"group_concat","field":"event.ViewProduct.$city"}`}
	case 12:
		heads = []string{`{"type":"behavior_distribution_result","measure":{"type":"event_measure","event_name":"$AppStart","aggregator":"uniqcount","field":"","unit":"day"}`}
	default: // made from SQL, a file or a query
		_, err := io.WriteString(w, "null")
		return err
	}
	for i, head := range heads {
		if _, err := io.WriteString(w, separator(i, "[")+head+`,"rules":`); err != nil {
			return err
		}
		if err := r.nodes(w, i, r.bytes/len(heads)); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "}"); err != nil {
			return err
		}
	}
	return closeJSON(w, len(heads), "[", "]")
}

// nodes writes a list of rules that is of about so many bytes, and has two at least.
func (r rules) nodes(w io.Writer, from, bytes int) error {
	written := 0
	for i := 0; i < 2 || written < bytes; i++ {
		n, err := io.WriteString(w, separator(i, "[")+nodes[(int(r.tag.ID)+from+i)%len(nodes)])
		if err != nil {
			return err
		}
		written += n
	}
	_, err := io.WriteString(w, "]")
	return err
}

// nodes are rules of each kind. Some hold what looks like the end of a value, and names that mean something elsewhere.
var nodes = []string{
	`{"type":"rules_relation","relation":"and","rules":[{"measure":{"aggregator":"general","field":"","type":"event_measure","event_name":"buy"},` +
		`"type":"event_rule","time_function":"relative_time","time_params":["1 day"],"params":[1],"function":"least","filters":[]}]}`,
	`{"type":"rules_relation","relation":"and","rules":[{"type":"profile_rule","field":"user.$first_visit_time","function":"equal",` +
		`"params":["2019-12-10 00:00:00:00"]}]}`,
	`{"type":"rules_relation","relation":"or","rules":[{"type":"event_sequence_rule","time_function":"relative_time","time_params":["1 day"],` +
		`"steps":[{"event":"浏览商品","filters":[]},{"event":"buy","filters":[{"type":"filters_relation","relation":"or","subfilters":[` +
		`{"type":"filter","field":"event.buy.status","function":"equal","params":["SUCCEED","\"}],{\"id\":1","\\"]}]}]}]}]}`,
	`{"type":"rules_relation","relation":"and","rules":[{"type":"rules_relation","relation":"or","rules":[{"type":"profile_rule",` +
		`"field":"user.城市","function":"equal","params":["\u4e0a\u6d77","]}",null,-1.5e3,true]}]}]}`,
}
