package quanshi

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Event is a live event. What Quanshi leaves out is "", zero or absent.
type Event struct {
	ID     string // a whole number above 0
	Title  string // its first 512 bytes
	Start  time.Time
	End    time.Time   // where only the length is given: that long after the start
	Length wire.Number // minutes
	Form   wire.Number // eventForm: 1 phone, 3 web meeting, 4 live, 7 large live

	// Unusable are the values that are left out because something else stands in their place: a title that is no text, a
	// start or end that is no time in Unix seconds between the year 2000 and 20 years ahead, a length that the end follows
	// from and that is none. Their texts are kept for the first of a page.
	Unusable []UnusableValue
}

// eventPage is one page of the list.
type eventPage struct {
	events   []Event
	unusable int             // rows that are no events
	examples []UnusableValue // the first unusable rows: their ids, or what they are
	listed   bool            // there is a list, or what stands for an empty one
	total    wire.Number     // of all events, or of the page alone: the document does not say
	fields   eventFields     // that any row has
}

// rows returns how many rows the page has.
func (p *eventPage) rows() int { return len(p.events) + p.unusable }

// The names under which the list, its total and what is around both may stand. The document has
// "list" and "count"; endpoints beside this one have the others. They are compared without
// underscores and in lower case.
var (
	listNames  = []string{"list", "conflist", "eventlist", "events", "rows", "records"}
	totalNames = []string{"total", "totalcount", "totalnum", "totalsize", "totalelements"}
)

const (
	// maxWrappers is how deep the list may stand in objects around it.
	maxWrappers = 4
	// rowBytes is what a row of the list counts as beside its texts, and is more than one takes.
	rowBytes = 1024
	// maxTitle bounds what is kept of a title, in bytes. A label has room for less.
	maxTitle = 512
)

// pageReader reads a page out of an answer: the list and its total, wherever they stand.
type pageReader struct {
	*answer
	page      eventPage
	now       time.Time
	sizeLimit *transport.SizeLimit // rows of this page and those before

	arrays     int         // that may be the list
	empty      bool        // null or {} stands where a list may stand
	total      wire.Number // the largest that was found; see addTotal
	count      wire.Number // the same for where there is no total
	others     []string    // names of members that are none of these
	othersHold bool        // one of them is an array or object that is not empty

	row    eventRow
	layout layout         // of rows
	values map[string]any // where the members of a row belong
	texts  int            // that events have of values in the place of others
}

// readPage reads a page and counts its rows.
func readPage(a *answer, now time.Time, sizeLimit *transport.SizeLimit) (eventPage, error) {
	r := &pageReader{answer: a, now: now, sizeLimit: sizeLimit}
	r.values = r.row.values()
	err := a.read(func(n *name) error { return r.member(n, "", 0) })
	if err != nil || !a.usable() {
		return eventPage{}, err
	}
	r.page.total = r.total
	if r.total.Absent() {
		r.page.total = r.count
	}
	// Without a list, there may be word of how many events there are, and none of them: see listPass.
	r.page.listed = r.arrays > 0 || r.empty
	if !r.page.listed && (!r.page.total.Valid() || r.othersHold) {
		return eventPage{}, r.noList()
	}
	return r.page, nil
}

// member reads the value of a name that stands in an object at a place, which so many others are around.
func (r *pageReader) member(n *name, place string, depth int) error {
	kind, err := r.kind()
	if err != nil {
		return err
	}
	plain := strings.ToLower(strings.ReplaceAll(string(n.plain), "_", ""))
	place = path.Join(place, plain)
	switch {
	case slices.Contains(listNames, plain):
		return r.list(place, "an array")
	case slices.Contains(totalNames, plain):
		return r.addTotal(&r.total)
	case plain == "count":
		return r.addTotal(&r.count)
	case plain == "data", plain == "result": // which may be the list
		if kind != jsontext.KindBeginObject {
			return r.list(place, "an object")
		}
		there, err := r.object(place, depth+1)
		r.empty = r.empty || !there
		return err
	case plain == "pageinfo" && kind == jsontext.KindBeginObject:
		there, err := r.object(place, depth+1)
		if !there {
			r.other(n)
		}
		return err
	}
	r.other(n)
	value, err := r.value()
	r.othersHold = r.othersHold || string(value) == string(someObject) || string(value) == string(someArray)
	return err
}

// object looks for the list in the object at a place, and reports whether it has any members.
func (r *pageReader) object(place string, depth int) (there bool, err error) {
	if depth > maxWrappers {
		r.fail(fmt.Errorf("%s: want a list within %d objects, got more of them", place, maxWrappers))
		return true, r.pass()
	}
	err = r.stream.object(&layout{}, func(n *name) error {
		there = true
		return r.member(n, place, depth)
	})
	return there, err
}

// list reads the rows of the array at a place, where something else may stand too.
func (r *pageReader) list(place, want string) error {
	kind, err := r.kind()
	if err != nil {
		return err
	}
	if kind == jsontext.KindBeginArray {
		r.arrays++
		if r.arrays > 1 {
			r.fail(fmt.Errorf("want one list of events, got %d arrays that may be it", r.arrays))
			return r.pass()
		}
		return within(place, r.array(r.readRow))
	}
	value, err := r.value()
	switch {
	case err != nil:
		return err
	case isNone(value):
		r.empty = true
	default:
		r.fail(fmt.Errorf("%s: want %s, got %s", place, want, wire.KindName(kind)))
	}
	return nil
}

// readRow reads the row of a list that is the i-th.
func (r *pageReader) readRow(i int) error {
	switch kind, err := r.kind(); {
	case err != nil:
		return err
	case kind != jsontext.KindBeginObject:
		r.addUnusable(UnusableValue{Field: "list"})
		return r.pass()
	}
	r.row = eventRow{}
	err := r.stream.object(&r.layout, func(n *name) error { return r.field(r.values[string(n.plain)]) })
	if err != nil {
		return within(fmt.Sprint(i), err)
	}
	if id, isText := r.row.id.Value.Get(); !isText || !isEventID(id) {
		r.addUnusable(newUnusableValue("eventId", r.row.id.Value.Raw()))
		return nil
	}
	r.page.fields.add(&r.row)
	e := r.event()
	r.page.events = append(r.page.events, e)
	return r.sizeLimit.AddSized("list", rowBytes, e.Title)
}

// addUnusable counts a row that is no event, and keeps what stands for it if it is one of the first.
func (r *pageReader) addUnusable(v UnusableValue) {
	r.page.unusable++
	if len(r.page.examples) < maxUnusableValues {
		r.page.examples = append(r.page.examples, v)
	}
}

// addTotal reads a total. Of several the largest counts: too large a one makes the list be read on, and then fail; too
// small a one would cut it. One that is no count makes all invalid.
func (r *pageReader) addTotal(to *wire.Number) error {
	var n wire.Number
	if err := r.field(&n); err != nil {
		return err
	}
	v, ok := n.Float()
	most, _ := to.Float()
	switch {
	case to.Invalid(), n.Absent(), ok && v == -1: // not given
	case !ok || v < 0 || v != math.Trunc(v):
		*to = wire.InvalidNumber(n.Raw())
	case to.Absent() || v > most:
		*to = n
	}
	return nil
}

// maxOtherNames and maxOtherName bound what an error quotes of the names that came.
const (
	maxOtherNames = 5
	maxOtherName  = 40
)

func (r *pageReader) other(n *name) {
	if len(r.others) < maxOtherNames {
		r.others = append(r.others, clip(string(n.plain), maxOtherName))
	}
}

// noList returns the error of an answer in which no list was found.
func (r *pageReader) noList() error {
	if len(r.others) == 0 {
		return errors.New("want a list of events, got none")
	}
	return fmt.Errorf("want a list of events under one of %s, got none beside %q", strings.Join(listNames, ", "), r.others)
}

// optional is a value that may be missing, which is something else than null.
type optional[V any] struct {
	Value V
	There bool
}

// UnmarshalJSONFrom reads one value.
func (o *optional[V]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	o.There = true
	return json.UnmarshalDecode(d, &o.Value)
}

// eventRow is what is read of a row of the list.
type eventRow struct {
	id, title                optional[wire.Text]
	start, end, length, form optional[wire.Number]
}

// values returns where the members of a row belong.
func (r *eventRow) values() map[string]any {
	return map[string]any{
		"eventId": &r.id, "title": &r.title, "startTime": &r.start, "endTime": &r.end, "length": &r.length,
		"eventForm": &r.form,
	}
}

// eventFields are the documented fields that any row of a list has.
type eventFields struct{ title, start, end, form bool }

func (f *eventFields) add(r *eventRow) {
	f.merge(eventFields{r.title.There, r.start.There, r.end.There || r.length.There, r.form.There})
}

func (f *eventFields) merge(other eventFields) {
	f.title, f.start, f.end, f.form =
		f.title || other.title, f.start || other.start, f.end || other.end, f.form || other.form
}

// missing returns the names of the fields that no row has.
func (f *eventFields) missing() (names []string) {
	for _, field := range []struct {
		there bool
		name  string
	}{{f.title, "title"}, {f.start, "startTime"}, {f.end, "endTime"}, {f.form, "eventForm"}} {
		if !field.there {
			names = append(names, field.name)
		}
	}
	return names
}

// maxMinutes bounds the length of an event from which its end is computed.
const maxMinutes = 366 * 24 * 60

// event returns the event of the row.
func (r *pageReader) event() Event {
	row := &r.row
	e := Event{Length: bare(row.length.Value), Form: bare(row.form.Value)}
	e.ID, _ = row.id.Value.Get()
	title, _ := row.title.Value.Get()
	e.Title = clip(title, maxTitle)
	unusable := func(field, text string) {
		r.texts++
		if r.texts > maxUnusableValues {
			text = ""
		}
		e.Unusable = append(e.Unusable, newUnusableValue(field, text))
	}
	if row.title.Value.Invalid() {
		unusable("title", row.title.Value.Raw())
	}
	for _, t := range []struct {
		field string
		given wire.Number
		to    *time.Time
	}{{"startTime", row.start.Value, &e.Start}, {"endTime", row.end.Value, &e.End}} {
		at, ok := timeOf(t.given, r.now)
		*t.to = at
		if !ok {
			unusable(t.field, t.given.Raw())
		}
	}
	if !isNoTime(row.end.Value) || e.Start.IsZero() || e.Length.Absent() {
		return e
	}
	switch minutes, ok := e.Length.Float(); {
	case !ok || minutes < -1 || minutes > maxMinutes:
		unusable("length", row.length.Value.Raw())
	case minutes > 0:
		e.End = e.Start.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return e
}

// bare returns a number that does not keep the text of what is none.
func bare(n wire.Number) wire.Number {
	if n.Invalid() {
		return wire.InvalidNumber("")
	}
	return n
}

// No event is before earliest, or more than maxAhead in the future.
var earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

const maxAhead = 20 * 365 * 24 * time.Hour

// isNoTime reports whether n gives no time, and is not meant to: it is absent, 0 or −1.
func isNoTime(n wire.Number) bool {
	v, ok := n.Float()
	return n.Absent() || ok && (v == 0 || v == -1)
}

// timeOf returns the time of Unix seconds, zero if there is none. Of what is no time of an event,
// ok is false.
func timeOf(n wire.Number, now time.Time) (at time.Time, ok bool) {
	if isNoTime(n) {
		return time.Time{}, true
	}
	v, ok := n.Float()
	if !ok || v < float64(earliest.Unix()) || v > float64(now.Add(maxAhead).Unix()) {
		return time.Time{}, false
	}
	return time.Unix(int64(math.Trunc(v)), 0), true
}
