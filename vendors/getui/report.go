package getui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// report is a Report as GeTui writes it: the total, the channels and the custom events are members of one object,
// and the brands stand within the channel gt among its values.
type report struct {
	Report
	losses    []Loss
	sizeLimit *transport.SizeLimit // of the whole answer

	wrong        string // what stands there in place of a report
	members      int
	hasTotal     bool
	hasLosses    bool
	ofTotal      fields // that the total has
	ofChannels   fields // that any channel has
	ofBrands     fields
	defects      Defects
	brandDefects Defects // that count only where brands were asked for
}

// empty reports whether the vendor says that there is no report.
func (r *report) empty() bool { return r.wrong == "" && r.members == 0 }

// usable reports whether anything in the report can be served.
func (r *report) usable() bool {
	return r.ofTotal|r.ofChannels|r.ofBrands != 0 || len(r.losses) > 0 || len(r.Actions) > 0
}

// documentedChannels are those that the document names. Others are channels if they are objects; what else stands
// beside the channels may be anything.
var documentedChannels = []string{"gt", "ios", "apn", "st", "hw", "ho", "xm", "xmg", "vv", "mz", "op", "opg", "wx"}

// read reads a report, or what stands in its place.
func (r *report) read(d *jsontext.Decoder) (err error) {
	totals, actions, losses := 0, 0, 0
	r.members, r.wrong, err = members(d, func(name string) error {
		switch name {
		case "total":
			totals++
			return r.readTotal(d, totals > 1)
		case "failed_detail":
			losses++
			if losses > 1 {
				r.defects.unusable(name, wrongTwice)
				return d.SkipValue()
			}
			r.hasLosses = true
			return r.readLosses(d, nil)
		case "actionCntMap":
			actions++
			if actions > 1 {
				r.defects.unusable(name, wrongTwice)
				return d.SkipValue()
			}
			return r.readActions(d)
		}

		// The document writes a brand as gt.$brand: a member of gt, by its example, but
		// taken for a channel the flat form would count the messages of gt twice.
		if brand, ok := strings.CutPrefix(name, "gt."); ok {
			return r.readBrand(d, brand)
		}
		return r.readChannel(d, name)
	})
	return err
}

func (r *report) readTotal(d *jsontext.Decoder, twice bool) error {
	if twice {
		r.defects.unusable("total", wrongTwice)
		return d.SkipValue()
	}
	stages, found, err := readStages(d, func(string) error { return d.SkipValue() })
	if err != nil {
		return err
	}
	r.hasTotal = !found.empty()
	if problem := found.problem(); problem != "" {
		r.defects.unusable("total", problem)
		return nil
	}
	r.Total, r.ofTotal = stages, found.had
	r.defects.repeated("total", found)
	return nil
}

func (r *report) readChannel(d *jsontext.Decoder, name string) error {
	brands := 0
	stages, found, err := readStages(d, func(member string) error {
		if name != "gt" {
			return d.SkipValue()
		}
		before := len(r.Brands)
		err := r.readBrand(d, member)
		brands += len(r.Brands) - before
		return err
	})
	problem := found.problem()
	switch {
	case err != nil:
		return err
	case found.empty():
	case found.wrong != "":
		if found.wrong == arrayOfObjects || slices.Contains(documentedChannels, name) {
			r.defects.unusable(name, problem)
		}
	case name == "":
		r.defects.unusable("a channel", wrongNameless)
	case problem != "" && brands == 0:
		r.defects.unusable(name, problem)
	default:
		r.ofChannels |= found.had
		r.Channels = append(r.Channels, NamedStages{Name: name, Stages: stages})
		r.defects.repeated(name, found)
		return r.sizeLimit.Add("channels", name)
	}
	return nil
}

func (r *report) readBrand(d *jsontext.Decoder, name string) error {
	stages, found, err := readStages(d, func(string) error { return d.SkipValue() })
	switch {
	case err != nil:
		return err
	case found.empty():
	case found.wrong != "":
		if found.wrong == arrayOfObjects || name == "others" {
			r.brandDefects.unusable("gt."+name, found.problem())
		}
	case name == "":
		r.brandDefects.unusable("a brand", wrongNameless)
	case found.problem() != "":
		r.brandDefects.unusable("gt."+name, found.problem())
	default:
		r.ofBrands |= found.had
		r.Brands = append(r.Brands, NamedStages{Name: name, Stages: stages})
		r.brandDefects.repeated("gt."+name, found)
		return r.sizeLimit.Add("brands", name)
	}
	return nil
}

func (r *report) readActions(d *jsontext.Decoder) error {
	_, wrong, err := members(d, func(id string) error {
		var count wire.Number
		if err := count.UnmarshalJSONFrom(d); err != nil {
			return err
		}
		r.Actions = append(r.Actions, ActionCount{ActionID: id, Count: count})
		return r.sizeLimit.Add("actionCntMap", id)
	})
	if wrong != "" {
		r.defects.unusable("actionCntMap", wantObject(wrong))
	}
	return err
}

// stageFields are the fields of a row, in the order of [fields].
var stageFields = []string{"msg_num", "target_num", "receive_num", "display_num", "click_num"}

// The fields that rows have in the document. A channel has no msg_num, nor has the total of a day.
const (
	channelFields fields = 1<<5 - 1 - 1
	allFields     fields = 1<<5 - 1
)

// readStages reads the values of an object and calls other for members that are none of them.
func readStages(d *jsontext.Decoder, other func(name string) error) (s Stages, found row, err error) {
	found, err = readRow(d, func(name string) (*wire.Number, int) {
		switch name {
		case "msg_num":
			return &s.Deliverable, 0
		case "target_num":
			return &s.Sent, 1
		case "receive_num":
			return &s.Received, 2
		case "display_num":
			return &s.Displayed, 3
		case "click_num":
			return &s.Clicked, 4
		default:
			return nil, 0
		}
	}, other)
	return s, found, err
}

// expected is what an answer with reports should hold.
type expected struct {
	total   fields
	brands  bool
	losses  bool
	actions []string
}

// missingIn adds what the reports of one answer should have and do not. A field counts once, if no row has it.
func (e expected) missingIn(d *Defects, named ...wire.Member[*report]) {
	var total, channels, brands fields
	var anyTotal, anyChannel, anyBrand, anyLosses, sent, sentByGetui bool
	counted := make(map[string]bool)
	for _, m := range named {
		r := m.Value
		if !r.hasTotal {
			d.missing(bounded(m.Name) + ".total")
		}
		anyTotal = anyTotal || r.ofTotal != 0
		anyChannel = anyChannel || len(r.Channels) > 0
		anyBrand = anyBrand || len(r.Brands) > 0
		anyLosses = anyLosses || r.hasLosses
		total, channels, brands = total|r.ofTotal, channels|r.ofChannels, brands|r.ofBrands
		sent = sent || above0(r.Total.Sent)
		for _, channel := range r.Channels {
			sentByGetui = sentByGetui || channel.Name == "gt" && above0(channel.Sent)
		}
		for _, action := range r.Actions {
			counted[action.ActionID] = true
		}
	}
	if anyTotal {
		e.total.missingFrom(total, "total", d)
	}
	switch {
	case anyChannel:
		channelFields.missingFrom(channels, "channel", d)
	case sent: // through some channel
		d.missing("channels")
	}
	switch {
	case !e.brands:
	case anyBrand:
		channelFields.missingFrom(brands, "gt.brand", d)
	case sentByGetui:
		d.missing("gt.brands")
	}
	if len(named) == 0 {
		return
	}
	if e.losses && !anyLosses {
		d.missing("failed_detail")
	}
	for _, id := range e.actions {
		if !counted[id] {
			d.missing("actionCntMap." + bounded(id))
		}
	}
}

func above0(n wire.Number) bool {
	v, ok := n.Float()
	return ok && v > 0
}

// missingFrom adds the fields that are not among those that were found.
func (f fields) missingFrom(found fields, place string, d *Defects) {
	for i, name := range stageFields {
		if f.has(i) && !found.has(i) {
			d.missing(place + "." + name)
		}
	}
}

// result returns the report with brands only if they were asked for.
func (r *report) result(brands bool) Report {
	if !brands {
		r.Brands = nil
	}
	return r.Report
}

// allDefects returns what is wrong within the report.
func (r *report) allDefects(brands bool) Defects {
	all := r.defects
	if brands {
		all.add("", r.brandDefects)
	}
	return all
}

// decodeOne reads the report on name out of an answer that should hold no other. An answer with nothing in it
// has an empty report, which counts as missing.
func decodeOne(data jsontext.Value, name, what string, e expected, sizeLimit *transport.SizeLimit) (Report, Defects, error) {
	found, defects, err := requested(data, []string{name}, sizeLimit)
	switch {
	case err != nil:
		return Report{}, Defects{}, err
	case len(found) == 0 && defects.any():
		return Report{}, Defects{}, defects.error("a report of " + what)
	case len(found) == 0 && len(defects.Missing) == 0:
		return Report{}, Defects{}, fmt.Errorf("want a report of %s, got something else", what)
	case len(found) == 0:
		return Report{}, defects, nil
	}
	r := found[0].Value
	defects.add(name, r.allDefects(e.brands))
	if defects.any() && !r.usable() {
		return Report{}, Defects{}, defects.error("a report of " + what)
	}
	e.missingIn(&defects, found...)
	return r.result(e.brands), defects, nil
}

// errOthers is the failure of an answer that has reports, and none of those asked for.
var errOthers = errors.New("want reports on the requested tasks, got only others")

// reports are the push reports that were asked for, of those in an answer by what they are on: a day, a task, a group.
type reports struct {
	sizeLimit *transport.SizeLimit
	state     map[string]uint8 // by name
	found     []wire.Member[*report]
	defects   Defects
	named     bool // one of them, or there is no report at all
}

// The states of a name.
const asked, answered = 1, 2

// UnmarshalJSONFrom reads the reports. Of two on the same, the first one that is not empty counts.
func (r *reports) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	others := 0
	_, err := wire.Members(d, func(name string) error {
		switch r.state[name] {
		case 0:
			others++
			return d.SkipValue()
		case answered:
			r.defects.unusable(name, wrongTwice)
			return d.SkipValue()
		}
		r.named = true
		one := &report{sizeLimit: r.sizeLimit}
		if err := one.read(d); err != nil || one.empty() {
			return err
		}
		r.state[name] = answered
		if one.wrong != "" {
			r.defects.unusable(name, wantObject(one.wrong))
			return nil
		}
		r.found = append(r.found, wire.Member[*report]{Name: name, Value: one})
		return nil
	})
	r.named = r.named || others == 0
	return err
}

// requested returns the reports that were asked for and are there. Where the answer holds only what was not asked
// for, all is missing without being named: the caller must refuse it.
func requested(data jsontext.Value, names []string, sizeLimit *transport.SizeLimit) ([]wire.Member[*report], Defects, error) {
	r := reports{sizeLimit: sizeLimit, state: make(map[string]uint8, len(names))}
	for _, name := range names {
		r.state[name] = asked
	}
	if err := wire.Unmarshal(data, &r); err != nil {
		return nil, Defects{}, err
	}
	if r.named {
		for _, name := range names {
			if r.state[name] == asked {
				r.defects.missing(bounded(name))
			}
		}
	}
	return r.found, r.defects, nil
}

// brandsQuery asks for the brands of the channel gt in a report.
const brandsQuery = "needGetuiByBrand"
