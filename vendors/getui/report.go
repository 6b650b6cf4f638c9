package getui

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// reports are push reports by what they are on: a day, a task, a group.
type reports = wire.Object[wire.IfObject[report]]

// report is a Report as GeTui writes it: the total, the channels and the custom events are
// members of one object, and the brands stand within the channel gt among its figures.
type report Report

// UnmarshalJSONFrom reads a report. Members it does not know are channels if they are
// objects, and passed over if not.
func (r *report) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*r = report{}
	_, err := wire.Members(d, func(name string) error {
		switch name {
		case "total":
			var err error
			r.Total, _, err = readStages(d, skipMember)
			return err
		case "failed_detail": // see TaskLosses
			return d.SkipValue()
		case "actionCntMap":
			_, err := wire.Members(d, func(id string) error {
				var count wire.Number
				err := count.UnmarshalJSONFrom(d)
				r.Actions = append(r.Actions, ActionCount{ActionID: id, Count: count})
				return err
			})
			return err
		}

		// The document writes a brand as gt.$brand: a member of gt, by its example, but
		// taken for a channel the flat form would count the messages of gt twice.
		if brand, ok := strings.CutPrefix(name, "gt."); ok {
			return appendStages(&r.Brands, brand, d, skipMember)
		}
		member := skipMember
		if name == "gt" {
			member = func(d *jsontext.Decoder, brand string) error {
				return appendStages(&r.Brands, brand, d, skipMember)
			}
		}
		return appendStages(&r.Channels, name, d, member)
	})
	return err
}

func skipMember(d *jsontext.Decoder, _ string) error { return d.SkipValue() }

// appendStages reads the stages of a channel or brand and appends them, if they are an object.
func appendStages(to *[]NamedStages, name string, d *jsontext.Decoder, other func(*jsontext.Decoder, string) error) error {
	stages, ok, err := readStages(d, other)
	if ok {
		*to = append(*to, NamedStages{Name: name, Stages: stages})
	}
	return err
}

// readStages reads the figures of an object and calls other for members that are none of
// them. ok is false for a value that is no object.
func readStages(d *jsontext.Decoder, other func(d *jsontext.Decoder, name string) error) (s Stages, ok bool, err error) {
	ok, err = wire.Members(d, func(name string) error {
		var figure *wire.Number
		switch name {
		case "msg_num":
			figure = &s.Deliverable
		case "target_num":
			figure = &s.Sent
		case "receive_num":
			figure = &s.Received
		case "display_num":
			figure = &s.Displayed
		case "click_num":
			figure = &s.Clicked
		default:
			return other(d, name)
		}
		err := figure.UnmarshalJSONFrom(d)
		if v, ok := figure.Float(); ok && v == -1 { // "the channel reports none"
			*figure = wire.Number{}
		}
		return err
	})
	return s, ok, err
}

// result returns the report, with brands only if they were asked for.
func (r report) result(brands bool) Report {
	if !brands {
		r.Brands = nil
	}
	return Report(r)
}

// find returns the report on name; the first, if there are several.
func find(all reports, name string) (r report, ok bool) {
	for _, m := range all {
		if m.Name == name && m.Value.OK {
			return m.Value.Value, true
		}
	}
	return report{}, false
}

// brandsQuery asks for the brands of the channel gt in a report.
const brandsQuery = "needGetuiByBrand"
