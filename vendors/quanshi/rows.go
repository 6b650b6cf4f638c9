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
	numbers [audience]*wire.Number // where in row a number belongs
	texts   texts

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
	r.numbers = [audience]*wire.Number{
		liveType: &r.row.Live, onlineTime: &r.row.Online, offlineTime: &r.row.Offline, duration: &r.row.Duration,
		callDuration: &r.row.CallDuration, authType: &r.row.Auth, role: &r.row.Role,
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
	var known uint32 // the fields that were there
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
		case f < audience:
			i = scanFigure(text, i, r.numbers[f])
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
func (r *rows) learn(quoted []byte, n int, known *uint32) (f field, trouble int) {
	if n == maxMembers {
		return unread, tooMany
	}
	name := plainText(quoted)
	f = r.row.Section.fieldOf(name)
	if f != unread {
		if *known&(1<<f) != 0 {
			return f, repeated
		}
		*known |= 1 << f
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
		r.row.OddTexts++
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
