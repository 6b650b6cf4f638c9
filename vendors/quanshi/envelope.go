package quanshi

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const (
	codeSuccess = "200"
	// maxSaid bounds what is kept of an answer's words, in bytes.
	maxSaid = 8 << 10
)

// envelope is what is around the data of each answer.
type envelope struct {
	code      string
	coded     bool // a code was there
	message   string
	requestID string
	timeStamp wire.Number // ms

	problem   error // the first error in the data, which counts if the code is success
	delivered bool  // the caller has received a part of the data
}

// ok reports whether the answer is a success, as far as it was read.
func (e *envelope) ok() bool { return e.coded && e.code == codeSuccess }

// failed reports whether the code that was read is another one than success.
func (e *envelope) failed() bool { return e.coded && e.code != codeSuccess }

// usable reports whether the answer is a success with which nothing is wrong.
func (e *envelope) usable() bool { return e.ok() && e.problem == nil }

// fail keeps what is wrong with the data.
func (e *envelope) fail(problem error) {
	if e.problem == nil {
		e.problem = problem
	}
}

func (e *envelope) setCode(t wire.Text) {
	code, ok := t.Get()
	e.code = clip(strings.TrimSpace(code), maxSaid)
	e.coded = ok && e.code != ""
}

func (e *envelope) setMessage(t wire.Text) {
	message, _ := t.Get()
	e.message = clip(strings.TrimSpace(message), maxSaid)
}

func (e *envelope) setRequestID(t wire.Text) {
	id, _ := t.Get()
	e.requestID = clip(strings.TrimSpace(id), maxSaid)
}

// clip returns a copy of the text's first bytes.
func clip(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return strings.Clone(text)
}

// answer is an answer that is read as it arrives, whatever the order of its members.
type answer struct {
	*stream
	*envelope
}

func newAnswer(body io.Reader, e *envelope) *answer { return &answer{newStream(body), e} }

// read reads the whole answer: the envelope, and each other member with a call of member, as long as the answer may be
// a success.
func (a *answer) read(member func(*name) error) error {
	if _, err := a.kind(); errors.Is(err, errCut) {
		return errors.New("the answer is empty")
	}
	fields := map[string]any{
		"code": a.setCode, "msg": a.setMessage, "requestId": a.setRequestID, "timeStamp": &a.timeStamp,
	}
	err := a.object(&layout{}, func(n *name) error {
		to, known := fields[string(n.plain)]
		switch {
		case known:
			return a.field(to)
		case a.failed():
			return a.pass()
		}
		return member(n)
	})
	if err != nil {
		return err
	}
	return a.end()
}

// readData is read for an answer of which the data is an object with these fields. It reports whether that has any
// members.
func (a *answer) readData(fields map[string]any) (there bool, err error) {
	err = a.read(func(n *name) error {
		if string(n.plain) != "data" {
			return a.pass()
		}
		var err error
		there, err = a.fields("data", fields)
		return err
	})
	return there, err
}

// fields reads the object at a place, with the fields that are wanted of it, and reports whether it has any members.
// What is neither an object nor null nor [] is a problem of the answer.
func (a *answer) fields(place string, fields map[string]any) (there bool, err error) {
	switch kind, err := a.kind(); {
	case err != nil:
		return false, err
	case kind == jsontext.KindBeginObject:
		err := a.object(&layout{}, func(n *name) error {
			there = true
			return a.field(fields[string(n.plain)])
		})
		return there, within(path.Base(place), err)
	}
	value, err := a.value()
	if err == nil && !isNone(value) {
		a.fail(fmt.Errorf("%s: want an object, got %s", place, wire.KindName(value.Kind())))
	}
	return false, err
}
