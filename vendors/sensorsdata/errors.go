package sensorsdata

import (
	"errors"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// explain returns what kind of failure a status outside 2xx stands for, and what the user can
// do about it. Sensors Data documents no errors: what the body may say of the reason goes
// with it.
func explain(r *transport.Response) error {
	failure := &transport.Error{}
	switch {
	case r.Status == http.StatusUnauthorized:
		failure.Kind, failure.Advice = transport.Auth, "check api_secret or api_secret_file, and project"
	case r.Status == http.StatusForbidden:
		// It may be about this tag or endpoint alone, and must not silence the others.
		failure.Kind = transport.Rejected
		failure.Advice = "check api_secret or api_secret_file, and project, and whether the account may read this"
	case r.Status == http.StatusNotFound:
		failure.Kind = transport.Rejected
		failure.Advice = "check base_url (only the host, /api is added), project and, if it is about a tag, its id"
	case r.Status == http.StatusBadRequest || r.Status == http.StatusUnprocessableEntity:
		failure.Kind = transport.Rejected
	case r.Status == http.StatusTooManyRequests:
		failure.Kind = transport.RateLimited
	case r.Status >= 400:
		failure.Kind = transport.HTTP
	default:
		return r.StatusError() // of a redirect, nothing in the body is to be shown
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxErrorBody))
	var p problem
	if err == nil && wire.Unmarshal(text, &p) == nil {
		p.complete(failure)
	}
	return failure
}

// maxErrorBody is how much of an error's body is looked at.
const maxErrorBody = 64 << 10

// problem is an error as an answer may contain it: {"error": "…"}, or in another common shape.
type problem struct {
	Error   jsontext.Value `json:"error"` // text, or an object like this one
	Message wire.Text      `json:"message"`
	Msg     wire.Text      `json:"msg"`
	Other   wire.Text      `json:"error_msg"`
	Code    wire.Text      `json:"code"`
	Request wire.Text      `json:"request_id"`
}

// member reads the value of a member of an object that may be an answer or an error.
func (p *problem) member(d *jsontext.Decoder, name string) error {
	switch name {
	case "error":
		return json.UnmarshalDecode(d, &p.Error)
	case "message":
		return json.UnmarshalDecode(d, &p.Message)
	case "msg":
		return json.UnmarshalDecode(d, &p.Msg)
	case "error_msg":
		return json.UnmarshalDecode(d, &p.Other)
	case "code":
		return json.UnmarshalDecode(d, &p.Code)
	case "request_id":
		return json.UnmarshalDecode(d, &p.Request)
	}
	return d.SkipValue()
}

// instead is the failure of an answer in which what is missing: that of the problem if there is one in its place, else
// Malformed.
func (p *problem) instead(what string) error {
	failure := p.failure()
	if failure.Message != "" {
		return failure
	}
	return errors.New(what)
}

// reported returns the failure of an answer that has an error, a text or an object with a message, beside its data; nil
// if it has none. Other words and codes are no sign of a failure where there is data.
func (p *problem) reported() error {
	if kind := p.Error.Kind(); kind != jsontext.KindString && kind != jsontext.KindBeginObject {
		return nil
	}
	failure := (&problem{Error: p.Error, Code: p.Code, Request: p.Request}).failure()
	if failure.Message == "" {
		return nil
	}
	return failure
}

// failure returns the failure of an answer with status 200: HTTP if the code is that of a server that failed, else
// Rejected.
func (p *problem) failure() *transport.Error {
	failure := &transport.Error{Kind: transport.Rejected}
	p.complete(failure)
	if transport.IsServerCode(failure.Code) {
		failure.Kind = transport.HTTP
	}
	return failure
}

// complete adds to failure what the problem says in words and codes.
func (p *problem) complete(failure *transport.Error) {
	failure.Message = wire.FirstText(wire.TextIn(p.Error), p.Message, p.Msg, p.Other)
	failure.Code = wire.FirstText(p.Code)
	failure.RequestID = wire.FirstText(p.Request)
	if p.Error.Kind() != jsontext.KindBeginObject {
		return
	}
	var inner problem
	if wire.Unmarshal(p.Error, &inner) != nil {
		return
	}
	if said := wire.FirstText(wire.TextIn(inner.Error), inner.Message, inner.Msg, inner.Other); said != "" {
		failure.Message = said
	}
	if code := wire.FirstText(inner.Code); code != "" {
		failure.Code = code
	}
}
