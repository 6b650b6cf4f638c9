package sensorsdata

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Data computes the numbers of a project: what its endpoints answer, before it is written as JSON. Every method is
// a pure function of the seed, the project and its arguments.
type Data struct {
	Seed    uint64
	Project Project
}

// Value is how many users have a value of a tag. Percent is of the users that have any, from 0 to 100.
type Value struct {
	Value   string
	Users   int64
	Percent float64
}

func (d Data) project() Project { return d.Project.withDefaults() }

// noise is the source of all that looks random in one project.
func (d Data) noise(subject string) core.Noise {
	return core.Noise(d.Seed).With("sensorsdata").With(cmp.Or(d.Project.Project, noProject)).With(subject)
}

// users is the number of users of a project on a day. It grows by a two-thousandth of Project.Users a day, more or
// less.
func (d Data) users(project Project, day time.Time) int64 {
	daily := max(1, project.Users/2_000)
	number := core.DayNumber(day)
	wobble := d.noise("users").WithInt(number).Between(0, daily*2/5)
	return max(project.Users/10, project.Users+(number-core.ReferenceDay)*daily+wobble)
}

// tagUsers is how many users have a value of a tag.
func (d Data) tagUsers(project Project, tag *Tag, base time.Time) int64 {
	all := d.users(project, base)
	wobble := d.noise("tag users").WithInt(tag.ID).WithInt(core.DayNumber(base)).Between(980_000, 1_020_000)
	return min(all, core.Scale(core.Scale(all, tag.Share), wobble))
}

// Values are the users by value that a tag has if it is computed for a day; nothing if there is no such tag. The most
// frequent value comes first.
func (d Data) Values(tagID int64, base time.Time) []Value {
	project := d.project()
	tag, ok := project.tag(tagID)
	if !ok {
		return nil
	}
	return d.values(project, tag, base)
}

func (d Data) values(project Project, tag *Tag, base time.Time) []Value {
	base = base.In(project.Location)
	all := d.tagUsers(project, tag, base)
	weights := make([]int64, len(tag.Values))
	var sum int64
	for i, value := range tag.Values {
		weights[i] = d.weight(tag, value, base)
		sum += weights[i]
	}
	list := make([]Value, len(weights))
	rest := all
	for i, weight := range weights {
		users := core.Scale(all, weight*core.Million/sum)
		switch {
		case tag.DataType == "LIST": // one user in several
			users = core.Scale(all, weight*10)
		case i == len(weights)-1:
			users = rest
		}
		rest -= users
		list[i] = Value{Value: tag.Values[i], Users: users, Percent: percent(users, all)}
	}
	slices.SortStableFunc(list, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.Users, a.Users), strings.Compare(a.Value, b.Value))
	})
	return list
}

// weight is how frequent a value is on a day, up to 70000. It moves slowly, from week to week.
func (d Data) weight(tag *Tag, value string, base time.Time) int64 {
	n := d.noise("value").WithInt(tag.ID).With(value)
	week, day := core.DayNumber(base)/7, core.DayNumber(base)%7
	this, next := n.WithInt(week).Between(600, 1_000), n.WithInt(week+1).Between(600, 1_000)
	return (this*(7-day) + next*day) * n.Between(1, 10)
}

// percent is rounded to two digits behind the point.
func percent(users, all int64) float64 {
	if all == 0 {
		return 0
	}
	return float64((users*10_000+all/2)/all) / 100
}
