package sensorsdata

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// userFilter is what users are chosen by: one layer of conditions.
type userFilter struct {
	Relation   string      `json:"relation"`
	Conditions []condition `json:"conditions"`
}

type condition struct {
	Field    string            `json:"field"`
	Function string            `json:"function"`
	Params   []json.RawMessage `json:"params"`
}

// Segment is the number of users that a filter, written as JSON, matches at a time. The error is what the vendor
// would say to the filter.
func (d Data) Segment(filter []byte, now time.Time) (int64, error) {
	var f userFilter
	if err := decodeBody(filter, &f); err != nil {
		return 0, err
	}
	return d.segment(d.project(), f, now)
}

func (d Data) segment(project Project, f userFilter, now time.Time) (int64, error) {
	switch {
	case len(f.Conditions) == 0:
		return 0, errors.New("filter has no conditions")
	case f.Relation != "" && f.Relation != "and" && f.Relation != "or":
		return 0, errors.New("invalid value of relation")
	}
	all := d.users(project, now.In(project.Location))
	matching, others := all, all
	for _, condition := range f.Conditions {
		rate, err := d.rate(project, condition, now.In(project.Location))
		if err != nil {
			return 0, err
		}
		matching, others = core.Scale(matching, rate), core.Scale(others, core.Million-rate)
	}
	if f.Relation == "or" {
		return all - others, nil
	}
	return matching, nil
}

// rate is the part of the users for whom a condition holds, in parts per million. For a tag it is known; else it
// follows from the text.
func (d Data) rate(project Project, c condition, now time.Time) (int64, error) {
	property, ok := strings.CutPrefix(c.Field, "user.")
	if !ok || property == "" {
		return 0, fmt.Errorf("invalid value of field: %s", c.Field)
	}
	if c.Function == "" {
		return 0, errors.New("function is required")
	}
	property, day, dated := strings.Cut(property, "@")
	rate := int64(core.Million)
	if strings.HasPrefix(property, "user_tag_") {
		tagged, err := d.tagRate(project, property, day, dated, now)
		if err != nil {
			return 0, err
		}
		switch c.Function {
		case "isSet":
			return tagged, nil
		case "notSet":
			return core.Million - tagged, nil
		}
		rate = tagged
	}
	n := d.noise("condition").With(c.Field).With(c.Function)
	for _, param := range c.Params {
		n = n.With(string(param))
	}
	// From one day's wobble to the next one's, so that it moves all the time.
	today, tomorrow := n.WithInt(core.DayNumber(now)).Between(900_000, core.Million),
		n.WithInt(core.DayNumber(now)+1).Between(900_000, core.Million)
	wobble := today + core.Scale(tomorrow-today, core.Elapsed(now))
	return core.Scale(core.Scale(rate, n.Between(10_000, 600_000)), wobble), nil
}

// tagRate is the part of the users that have a value of a tag, as computed for a day or as computed last.
func (d Data) tagRate(project Project, name, day string, dated bool, now time.Time) (int64, error) {
	for i := range project.Tags {
		tag := &project.Tags[i]
		if tag.Name != name {
			continue
		}
		partitions := d.partitions(project, tag, now)
		p, ok := lastSucceeded(partitions)
		if dated {
			at, valid := moment(day, project.Location)
			if !valid {
				return 0, fmt.Errorf("invalid time in field: user.%s@%s", name, day)
			}
			ok = false
			for _, q := range partitions {
				if q.Base.Equal(at) && q.Status == partitionSucceeded {
					p, ok = q, true
				}
			}
		}
		if !ok {
			return 0, fmt.Errorf("tag has not been computed: user.%s", name)
		}
		return p.Users * core.Million / max(1, d.users(project, p.Base)), nil
	}
	return 0, fmt.Errorf("unknown field: user.%s", name)
}
