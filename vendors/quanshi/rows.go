package quanshi

import (
	"bytes"
	"hash/maphash"
	"slices"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// What reading a row may come to beside the ends of a scan.
const (
	repeated      = -4 // a name stands twice
	tooMany       = -5 // it has more than maxMembers names
	noObject      = -6
	otherwiseLaid = -7 // its names are not those of the row before
)

// rows reads the rows of a report out of a stream.
//
// Rows of a list have the same names in the same order, nearly always. So the names of one are
// kept as the layout: in a row that follows it each name takes one comparison, and none can
// stand twice. Only a row that does not follow it is read name by name, for the next layout.
type rows struct {
	*stream
	row     Row
	numbers [firstActivity]*wire.Number // where in row a number or duration belongs
	texts   texts

	odd   int      // values of all lists that were named, up to maxOddValues
	count int      // of the list so far
	there fieldSet // the fields that any row of the list has

	layout  []member
	unknown []uint64 // of the row being learnt, hashes of the names that are not read
}

type member struct {
	quoted []byte // the name as it is sent
	field  field
}

// maxName bounds the names that a layout keeps.
const maxName = 128

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
	return r
}

// begin makes the rows that follow those of another list.
func (r *rows) begin(s Section) {
	r.row.Section = s
	r.layout = r.layout[:0]
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
	if _, err := r.peek(); err != nil {
		return nil, err
	}
	for {
		end := r.readAt(r.held, r.next, false)
		if end == otherwiseLaid {
			if end = r.readAt(r.held, r.next, true); end < 0 {
				r.layout = r.layout[:0]
			}
		}
		switch {
		case end >= 0:
			r.next = end
			r.count++
			r.odd += len(r.row.Odd)
			return &r.row, nil
		case end == repeated:
			return nil, errRepeated
		case end == tooMany:
			return nil, errTooMany
		case end == noObject:
			return nil, r.want('{', "an object")
		}
		if err := r.trouble(end); err != nil {
			return nil, err
		}
	}
}

// readAt reads the row at i, by the layout or, to learn, name by name.
func (r *rows) readAt(text []byte, i int, learn bool) int {
	r.row = Row{Section: r.row.Section}
	if text[i] != '{' {
		return noObject
	}
	var known fieldSet // the fields that were there
	if learn {
		r.layout, r.unknown = r.layout[:0], r.unknown[:0]
	}
	i = skipSpace(text, i+1)
	if i < len(text) && text[i] == '}' {
		return i + 1
	}
	for n := 0; ; n++ {
		if i == len(text) {
			return incomplete
		}
		var f field
		if learn {
			if text[i] != '"' {
				return broken
			}
			end := scanString(text, i)
			if end < 0 {
				return end
			}
			var trouble int
			if f, trouble = r.learn(text[i:end], n, &known); trouble != 0 {
				return trouble
			}
			i = end
		} else {
			if n >= len(r.layout) {
				return otherwiseLaid
			}
			m := &r.layout[n]
			end := i + len(m.quoted)
			switch rest := text[i:]; {
			case len(rest) < len(m.quoted) && bytes.Equal(rest, m.quoted[:len(rest)]):
				return incomplete
			case len(rest) < len(m.quoted) || !bytes.Equal(rest[:len(m.quoted)], m.quoted):
				return otherwiseLaid
			}
			f, i = m.field, end
		}

		if i < len(text) && text[i] == ':' {
			i++
		} else if i = scanColon(text, i); i < 0 {
			return i
		}
		if i = skipSpace(text, i); i == len(text) {
			return incomplete
		}
		switch {
		case f == unread:
			i = scanValue(text, i, 1)
		case f < liveWatch:
			i = scanFigure(text, i, r.numbers[f])
		case f < firstActivity:
			i = scanClock(text, i, r.numbers[f])
		case f < audience:
			i = r.word(text, i, f)
		default:
			i = r.text(text, i, f)
		}
		if i < 0 {
			return i
		}

		if i = skipSpace(text, i); i == len(text) {
			return incomplete
		}
		switch text[i] {
		case '}':
			return i + 1
		case ',':
			i = skipSpace(text, i+1)
		default:
			return broken
		}
	}
}

// learn adds a name to the layout, as its nth, and tells which field it is.
func (r *rows) learn(quoted []byte, n int, known *fieldSet) (f field, trouble int) {
	if n == maxMembers {
		return unread, tooMany
	}
	name := plainText(quoted)
	f = r.row.Section.fieldOf(name)
	if f != unread {
		if known.has(f) {
			return f, repeated
		}
		known.add(f)
		r.there.add(f)
	} else {
		sum := maphash.Bytes(r.seed, name)
		if slices.Contains(r.unknown, sum) {
			return f, repeated
		}
		r.unknown = append(r.unknown, sum)
	}

	// A layout without its end is one as well: what follows is learnt each time.
	if len(r.layout) == n && len(quoted) <= maxName {
		r.layout = slices.Grow(r.layout, 1)[:n+1]
		m := &r.layout[n]
		m.quoted, m.field = append(m.quoted[:0], quoted...), f
	}
	return f, 0
}

// text reads the text at i into its field.
func (r *rows) text(text []byte, i int, f field) int {
	end := scanValue(text, i, 1)
	if end < 0 {
		return end
	}
	said, ok := r.texts.of(text[i:end], f)
	if !ok {
		r.addOdd(f, text[i:end])
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
	return end
}

// word reads the word at i, which is kept as a code.
func (r *rows) word(text []byte, i int, f field) int {
	end := scanValue(text, i, 1)
	if end < 0 {
		return end
	}
	value := text[i:end]
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
		r.addOdd(f, value)
	}
	return end
}

// addOdd counts a value in the place of a text or a word, and keeps the first of a report.
func (r *rows) addOdd(f field, value []byte) {
	r.row.OddTexts++
	if r.odd+len(r.row.Odd) < maxOddValues {
		r.row.Odd = append(r.row.Odd, oddValue(r.row.Section.nameOf(f), value))
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
