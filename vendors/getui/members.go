package getui

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Defects is what an answer holds beside its usable values. The zero value says that the answer is as GeTui's
// document shows it.
type Defects struct {
	// Unusable is what is not as the document shows it. These are the first few; MoreUnusable counts the others.
	Unusable     []Unusable
	MoreUnusable int
	// Missing are the requested names of which the answer has nothing, the parts that a report must have
	// ("T1.total"), and the documented fields that no row of the answer has ("total.click_num").
	Missing []string
}

// Unusable is something in an answer that cannot be read.
type Unusable struct {
	Place   string // where it stands, by the names around it: "T1.gt"
	Problem string // what is wrong, in our own words: "want an object, got number"
}

// String returns place and problem.
func (u Unusable) String() string { return u.Place + ": " + u.Problem }

// maxUnusable is how many Defects keeps.
const maxUnusable = 8

// unusable counts one value that cannot be read.
func (d *Defects) unusable(place, problem string) {
	if len(d.Unusable) == maxUnusable {
		d.MoreUnusable++
		return
	}
	d.Unusable = append(d.Unusable, Unusable{bounded(place), problem})
}

// repeated counts fields that stand in a row more than once: the first one is served.
func (d *Defects) repeated(place string, found row) {
	for range found.twice {
		d.unusable(place, fieldTwice)
	}
}

// add takes what was found below the given place; "" is the top.
func (d *Defects) add(place string, other Defects) {
	if place != "" {
		place = bounded(place) + "."
	}
	for _, u := range other.Unusable {
		d.unusable(place+u.Place, u.Problem)
	}
	d.MoreUnusable += other.MoreUnusable
	for _, name := range other.Missing {
		d.Missing = append(d.Missing, place+name)
	}
}

// missing counts what the answer should have.
func (d *Defects) missing(name string) { d.Missing = append(d.Missing, name) }

// any reports whether something could not be read.
func (d *Defects) any() bool { return len(d.Unusable) > 0 }

// error returns what to say of an answer of which nothing can be used.
func (d *Defects) error(want string) error {
	return fmt.Errorf("want %s, got none; the first other value is %s", want, d.Unusable[0])
}

// bounded cuts the vendor's names: they may be as long as an answer.
func bounded(name string) string {
	const most = 100
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}

const (
	wrongTwice     = "appears twice"
	fieldTwice     = "has a field twice"
	wrongNameless  = "has no name"
	wrongMembers   = "has none of the documented fields"
	arrayOfObjects = "array of objects"
)

// wantObject returns the problem of a value that stands where an object belongs.
func wantObject(got string) string { return "want an object, got " + got }

// members is [wire.Members] for a place where an object belongs. n is how many members there are; wrong names what
// stands there in place of an object. Null, {} and [] are all ways to say "nothing there": they have no members,
// and are not wrong.
func members(d *jsontext.Decoder, member func(name string) error) (n int, wrong string, err error) {
	switch kind := d.PeekKind(); kind {
	case jsontext.KindBeginObject:
		_, err = wire.Members(d, func(name string) error {
			n++
			return member(name)
		})
		return n, "", err
	case jsontext.KindBeginArray:
		wrong, err = skipArray(d)
		return 0, wrong, err
	case jsontext.KindNull:
		return 0, "", d.SkipValue()
	default:
		return 0, wire.KindName(kind), d.SkipValue()
	}
}

// skipArray skips an array and names it; "" for an empty one.
func skipArray(d *jsontext.Decoder) (wrong string, err error) {
	if _, err := d.ReadToken(); err != nil {
		return "", err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		switch {
		case wrong != "":
		case d.PeekKind() == jsontext.KindBeginObject:
			wrong = arrayOfObjects
		default:
			wrong = "array"
		}
		if err := d.SkipValue(); err != nil {
			return wrong, err
		}
	}
	_, err = d.ReadToken()
	return wrong, err
}

// fields is a set of the fields of a row, by their places in a list of names.
type fields uint8

func (f fields) has(i int) bool { return f&(1<<i) != 0 }

// row is what was found of the fields of one row.
type row struct {
	wrong   string // what stands there in place of an object
	members int
	named   fields // that stand there
	had     fields // that have a value; −1 is one, null is none
	twice   int    // fields that stand there again
}

// empty reports whether the vendor says that there is nothing.
func (r row) empty() bool { return r.wrong == "" && r.members == 0 }

// problem returns what is wrong with the row as a whole, "" if nothing is.
func (r row) problem() string {
	switch {
	case r.wrong != "":
		return wantObject(r.wrong)
	case r.members > 0 && r.named == 0:
		return wrongMembers
	default:
		return ""
	}
}

// readRow reads the numbers of an object. field returns where the number of a name belongs and its place in the
// set; nil for names that are no field, which go to other. −1, by which GeTui says "not provided", is read as
// absent.
func readRow(d *jsontext.Decoder, field func(name string) (*wire.Number, int), other func(name string) error) (r row, err error) {
	r.members, r.wrong, err = members(d, func(name string) error {
		number, i := field(name)
		if number == nil {
			return other(name)
		}
		if r.named.has(i) {
			r.twice++
			return d.SkipValue()
		}
		r.named |= 1 << i
		err := number.UnmarshalJSONFrom(d)
		if !number.Absent() {
			r.had |= 1 << i
		}
		if v, ok := number.Float(); ok && v == -1 {
			*number = wire.Number{}
		}
		return err
	})
	return r, err
}
