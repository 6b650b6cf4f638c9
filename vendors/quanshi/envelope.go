package quanshi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
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

	problem error // what is wrong with the data of an answer whose code is success
	told    bool  // the caller has been told of some of the data
}

// ok reports whether the answer is a success, as far as it was read.
func (e *envelope) ok() bool { return e.coded && e.code == codeSuccess }

// failed reports whether the code that was read is another one than success.
func (e *envelope) failed() bool { return e.coded && e.code != codeSuccess }

// envelopeFields are the members of an envelope beside its data.
type envelopeFields struct {
	Code      wire.Text   `json:"code"`
	Message   wire.Text   `json:"msg"`
	RequestID wire.Text   `json:"requestId"`
	TimeStamp wire.Number `json:"timeStamp"`
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

func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// whole returns a read function for an answer that is held whole. decode gets its data, an
// object or what kinds allows beside that.
func whole(decode func(data jsontext.Value, e *envelope) error, kinds ...jsontext.Kind) func(*transport.Response, *envelope) error {
	return wholeAnswer(func(body jsontext.Value, e *envelope) error {
		var answer struct {
			Data jsontext.Value `json:"data"`
		}
		if err := wire.Unmarshal(body, &answer); err != nil {
			return err
		}
		kind := answer.Data.Kind()
		if kind != jsontext.KindBeginObject && !slices.Contains(kinds, kind) {
			return fmt.Errorf("data: want an object, got %s", wire.KindName(kind))
		}
		if err := decode(answer.Data, e); err != nil {
			return fmt.Errorf("data: %w", err)
		}
		return nil
	})
}

// wholeAnswer is whole for what reads more of the answer than its data.
func wholeAnswer(decode func(answer jsontext.Value, e *envelope) error) func(*transport.Response, *envelope) error {
	return func(r *transport.Response, e *envelope) error {
		body, err := r.ReadAll()
		if err != nil {
			return err
		}
		var fields envelopeFields
		err = wire.Unmarshal(body, &fields)
		e.take(fields)
		if err != nil || !e.ok() {
			return err
		}
		return decode(body, e)
	}
}

// take keeps the members of an envelope that was read whole.
func (e *envelope) take(f envelopeFields) {
	e.setCode(f.Code)
	e.setMessage(f.Message)
	e.setRequestID(f.RequestID)
	e.timeStamp = f.TimeStamp
}
