package quanshi

import (
	"bytes"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// rows reads the rows of a report out of a stream.
type rows struct {
	*stream
	row     Row
	numbers [firstActivity]*wire.Number // where in row a number or duration belongs
	texts   texts

	unusable int      // values of all lists that were named, up to maxUnusableValues
	count    int      // of the list so far
	there    fieldSet // the fields that any row of the list has

	layout layout
	member func(*name) error // readMember
}

func newRows(s *stream) *rows {
	r := &rows{stream: s}
	r.numbers = [firstActivity]*wire.Number{
		liveType: &r.row.Live, onlineTime: &r.row.Online, offlineTime: &r.row.Offline, duration: &r.row.Duration,
		callDuration: &r.row.CallDuration, authType: &r.row.Auth, role: &r.row.Role,
		liveVisits: &r.row.LiveVisits, replayVisits: &r.row.ReplayVisits,
		liveWatch: &r.row.LiveWatch, replayWatch: &r.row.ReplayWatch,
	}
	for i := range r.row.Actions {
		r.numbers[int(firstAction)+i] = &r.row.Actions[i]
	}
	r.layout.fieldOf = func(name []byte) field {
		f := r.row.Section.fieldOf(name)
		r.there.add(f)
		return f
	}
	r.member = r.readMember
	return r
}

// begin makes the rows that follow those of another list.
func (r *rows) begin(s Section) {
	r.row.Section = s
	r.layout.names = r.layout.names[:0]
	r.count, r.there = 0, 0
}

// missing returns the names of the documented fields that no row of the list has, if it has rows.
func (r *rows) missing() []string {
	if r.count == 0 {
		return nil
	}
	return r.row.Section.missing(r.there)
}

// read reads the next row of the list. It is valid until the next call.
func (r *rows) read() (*Row, error) {
	r.row = Row{Section: r.row.Section}
	if err := r.object(&r.layout, r.member); err != nil {
		return nil, err
	}
	r.count++
	r.unusable += len(r.row.Unusable)
	return &r.row, nil
}

// readMember reads the value of a name of the row.
func (r *rows) readMember(n *name) error {
	if n.field == unread {
		return r.pass()
	}
	value, err := r.value()
	if err != nil {
		return err
	}
	switch f := n.field; {
	case f < liveWatch:
		*r.numbers[f] = numberIn(value)
	case f < firstActivity:
		*r.numbers[f] = durationIn(value)
	case f < audience:
		r.word(value, f)
	default:
		r.text(value, f)
	}
	return nil
}

// text keeps a value as the text of a field.
func (r *rows) text(value []byte, f field) {
	said, ok := r.texts.of(value, f)
	if !ok {
		r.addUnusable(f, value)
	}
	switch f {
	case audience:
		r.row.Audience = said
	case deviceType:
		r.row.Device = said
	case clientType:
		r.row.Client = said
	case location:
		r.row.Location = said
	}
}

// word keeps a value as the code of a word.
func (r *rows) word(value []byte, f field) {
	var ok bool
	switch f {
	case entry:
		r.row.Entry, ok = entryOf(value)
	case dialedIn:
		r.row.Dialed, ok = dialedOf(value)
	default:
		r.row.TookPart[f-firstActivity], ok = answerOf(value)
	}
	if !ok {
		r.addUnusable(f, value)
	}
}

// addUnusable counts a value in the place of a text or a word, and keeps the first of a report.
func (r *rows) addUnusable(f field, value []byte) {
	r.row.UnusableTexts++
	if r.unusable+len(r.row.Unusable) < maxUnusableValues {
		r.row.Unusable = append(r.row.Unusable, unusableValue(r.row.Section.nameOf(f), value))
	}
}

// answerOf returns the yes or no of a value; ok is false for what is neither, nor nothing.
func answerOf(value []byte) (answer wire.Bool, ok bool) {
	switch string(value) {
	case `"N"`, `"n"`, `"否"`, `"0"`, `0`, `false`:
		return wire.BoolOf(false), true
	case `"Y"`, `"y"`, `"是"`, `"1"`, `1`, `true`:
		return wire.BoolOf(true), true
	}
	return wire.Bool{}, isNothing(value)
}

// isNothing reports whether a value stands for none.
func isNothing(value []byte) bool {
	return value[0] == 'n' || string(value) == `""` || string(value) == `"-"`
}

// entryOf returns the way in that a value names; ok is false for what is no text.
func entryOf(value []byte) (e Entry, ok bool) {
	switch string(value) {
	case `"互动端"`:
		return EntryInteractive, true
	case `"直播端"`:
		return EntryLiveStream, true
	}
	switch {
	case isNothing(value):
		return EntryUnknown, true
	case value[0] != '"':
		return EntryUnknown, false
	}
	says := plainText(value)
	interactive, stream := bytes.Contains(says, []byte("互动端")), bytes.Contains(says, []byte("直播端"))
	switch {
	case interactive && stream:
		return EntryBoth, true
	case interactive && len(says) == len("互动端"):
		return EntryInteractive, true
	case stream && len(says) == len("直播端"):
		return EntryLiveStream, true
	}
	return EntryOther, true
}

// dialedOf returns the way to come by phone that a value names; ok is false for what is no text.
func dialedOf(value []byte) (d Dialed, ok bool) {
	switch {
	case string(value) == `"-"`, string(value) == `""`:
		return DialedNot, true
	case value[0] == 'n':
		return DialedUnknown, true
	case value[0] != '"':
		return DialedUnknown, false
	}
	switch string(plainText(value)) {
	case "外呼入会":
		return DialedOut, true
	case "主动拨号入会":
		return DialedIn, true
	}
	return DialedOther, true
}
