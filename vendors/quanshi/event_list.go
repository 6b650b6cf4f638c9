package quanshi

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// Event is a live event. What Quanshi leaves out is "", zero or absent.
type Event struct {
	ID     string // a whole number above 0
	Title  string
	Start  time.Time
	End    time.Time   // where only the length is given: that long after the start
	Length wire.Number // minutes
	Form   wire.Number // eventForm: 1 phone, 3 web meeting, 4 live, 7 large live

	// Odd are the values that are left out because something else stands in their
	// place: a title that is no text, a start or end that is no time in Unix seconds between the
	// year 2000 and 20 years ahead, a length that the end follows from and that is none.
	Odd []OddValue
}

// eventPage is one page of the list.
type eventPage struct {
	events []Event
	odd    []OddValue  // rows that are no events: their ids, or what they are
	listed bool        // there is a list, or what stands for an empty one
	total  wire.Number // of all events, or of the page alone: the document does not say
	fields eventFields // that any row has
}

// rows returns how many rows the page has.
func (p *eventPage) rows() int { return len(p.events) + len(p.odd) }

// The names under which the list, its total and what is around both may stand. The document has
// "list" and "count"; endpoints beside this one have the others. They are compared without
// underscores and in lower case.
var (
	listNames  = []string{"list", "conflist", "eventlist", "events", "rows", "records"}
	totalNames = []string{"total", "totalcount", "totalnum", "totalsize", "totalelements"}
	countNames = []string{"count"}

	envelopeNames = []string{"timeStamp", "requestId", "code", "msg"}
)

// maxWrappers is how deep the list may stand in objects around it.
const maxWrappers = 4

// listFinder looks for the list and its total in an answer.
type listFinder struct {
	lists      []jsontext.Value // arrays
	empty      bool             // null or {} stands where a list may stand
	totals     []wire.Number
	counts     []wire.Number // for where there are no totals
	others     []string      // names of members that are none of these
	othersHold bool          // one of them is an array or object that is not empty
}

// look looks into a value that is the list itself or an object around it.
func (f *listFinder) look(value jsontext.Value, depth int) error {
	switch kind := value.Kind(); {
	case kind == jsontext.KindBeginArray:
		f.lists = append(f.lists, value)
		return nil
	case kind == jsontext.KindNull, isEmpty(value):
		f.empty = true
		return nil
	case kind != jsontext.KindBeginObject:
		return fmt.Errorf("want an object, got %s", wire.KindName(kind))
	case depth > maxWrappers:
		return fmt.Errorf("want a list within %d objects, got more of them", maxWrappers)
	}
	var members wire.Object[jsontext.Value]
	if err := wire.Unmarshal(value, &members); err != nil {
		return err
	}
	for _, m := range members {
		if err := f.member(m.Name, m.Value, depth); err != nil {
			return err
		}
	}
	return nil
}

func (f *listFinder) member(name string, value jsontext.Value, depth int) error {
	kind := value.Kind()
	switch plain := strings.ToLower(strings.ReplaceAll(name, "_", "")); {
	case slices.Contains(listNames, plain):
		switch {
		case kind == jsontext.KindBeginArray:
			f.lists = append(f.lists, value)
		case kind == jsontext.KindNull, isEmpty(value):
			f.empty = true
		default:
			return fmt.Errorf("%s: want an array, got %s", plain, wire.KindName(kind))
		}
	case slices.Contains(totalNames, plain):
		return addNumber(value, &f.totals)
	case slices.Contains(countNames, plain):
		return addNumber(value, &f.counts)
	case plain == "data", plain == "result": // which may be the list
		if err := f.look(value, depth+1); err != nil {
			return fmt.Errorf("%s: %w", plain, err)
		}
	case plain == "pageinfo" && kind == jsontext.KindBeginObject && !isEmpty(value):
		if err := f.look(value, depth+1); err != nil {
			return fmt.Errorf("%s: %w", plain, err)
		}
	case depth == 0 && slices.Contains(envelopeNames, name):
	default:
		if len(f.others) < maxOtherNames {
			f.others = append(f.others, clip(name, maxOtherName))
		}
		f.othersHold = f.othersHold ||
			(kind == jsontext.KindBeginArray || kind == jsontext.KindBeginObject) && !isEmpty(value)
	}
	return nil
}

// maxOtherNames and maxOtherName bound what an error quotes of the names that came.
const (
	maxOtherNames = 5
	maxOtherName  = 40
)

func addNumber(value jsontext.Value, to *[]wire.Number) error {
	var n wire.Number
	if err := wire.Unmarshal(value, &n); err != nil {
		return err
	}
	*to = append(*to, n)
	return nil
}

// isEmpty reports whether a value is {} or [].
func isEmpty(value jsontext.Value) bool {
	if kind := value.Kind(); kind != jsontext.KindBeginObject && kind != jsontext.KindBeginArray {
		return false
	}
	return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// total returns the largest of the totals that were found: too large a one makes the list be read
// on, and then fail; too small a one would cut it. One that is no count makes it invalid.
func (f *listFinder) total() wire.Number {
	totals := f.totals
	if len(totals) == 0 {
		totals = f.counts
	}
	most := wire.Number{}
	for _, n := range totals {
		v, ok := n.Float()
		switch before, _ := most.Float(); {
		case n.Absent() || ok && v == -1: // not given
		case !ok || v < 0 || v != math.Trunc(v):
			return wire.InvalidNumber(n.Raw())
		case most.Absent() || v > before:
			most = n
		}
	}
	return most
}

// decodeEvents reads a page out of an answer: the list and its total, wherever they stand.
func decodeEvents(answer jsontext.Value, now time.Time) (eventPage, error) {
	var found listFinder
	if err := found.look(answer, 0); err != nil {
		return eventPage{}, err
	}
	page := eventPage{total: found.total(), listed: true}
	switch len(found.lists) {
	case 0:
		page.listed = found.empty
		if page.listed || page.total.Valid() && !found.othersHold { // how many there are, and none of them: see listPass
			return page, nil
		}
		return eventPage{}, found.noList()
	case 1:
	default:
		return eventPage{}, fmt.Errorf("want one list of events, got %d arrays that may be it", len(found.lists))
	}
	var list []wire.IfObject[eventRow]
	if err := wire.Unmarshal(found.lists[0], &list); err != nil {
		return eventPage{}, fmt.Errorf("list: %w", err)
	}
	page.events = make([]Event, 0, len(list))
	for _, row := range list {
		id, isText := row.Value.ID.Value.Get()
		switch {
		case !row.OK:
			page.odd = append(page.odd, OddValue{Field: "list"})
			continue
		case !isText || !isEventID(id):
			page.odd = append(page.odd, newOddValue("eventId", row.Value.ID.Value.Raw()))
			continue
		}
		page.fields.add(&row.Value)
		page.events = append(page.events, row.Value.event(now))
	}
	return page, nil
}

// noList returns the error of an answer in which no list was found.
func (f *listFinder) noList() error {
	if len(f.others) == 0 {
		return errors.New("want a list of events, got none")
	}
	return fmt.Errorf("want a list of events under one of %s, got none beside %q", strings.Join(listNames, ", "), f.others)
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
	ID     optional[wire.Text]   `json:"eventId"`
	Title  optional[wire.Text]   `json:"title"`
	Start  optional[wire.Number] `json:"startTime"`
	End    optional[wire.Number] `json:"endTime"`
	Length optional[wire.Number] `json:"length"`
	Form   optional[wire.Number] `json:"eventForm"`
}

// eventFields are the documented fields that any row of a list has.
type eventFields struct{ title, start, end, form bool }

func (f *eventFields) add(r *eventRow) {
	f.merge(eventFields{r.Title.There, r.Start.There, r.End.There || r.Length.There, r.Form.There})
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

func (r *eventRow) event(now time.Time) Event {
	e := Event{Length: r.Length.Value, Form: r.Form.Value}
	e.ID, _ = r.ID.Value.Get()
	e.Title, _ = r.Title.Value.Get()
	odd := func(field, text string) { e.Odd = append(e.Odd, newOddValue(field, text)) }
	if r.Title.Value.Invalid() {
		odd("title", r.Title.Value.Raw())
	}
	for _, t := range []struct {
		field string
		given wire.Number
		to    *time.Time
	}{{"startTime", r.Start.Value, &e.Start}, {"endTime", r.End.Value, &e.End}} {
		at, ok := timeOf(t.given, now)
		*t.to = at
		if !ok {
			odd(t.field, t.given.Raw())
		}
	}
	if !isNoTime(r.End.Value) || e.Start.IsZero() || e.Length.Absent() {
		return e
	}
	switch minutes, ok := e.Length.Float(); {
	case !ok || minutes < -1 || minutes > maxMinutes:
		odd("length", e.Length.Raw())
	case minutes > 0:
		e.End = e.Start.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return e
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
