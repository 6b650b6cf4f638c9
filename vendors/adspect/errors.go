package adspect

import (
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// explain returns what kind of failure a status outside 2xx stands for, and what the user can
// do about it. Adspect documents no errors: what the body may say of the reason goes with it.
func explain(r *transport.Response) error {
	failure := &transport.Error{}
	switch r.Status {
	case http.StatusUnauthorized:
		failure.Kind, failure.Advice = transport.Auth, "check api_key or api_key_file"
	case http.StatusForbidden:
		// It may be about this request alone, and must not silence the account's others.
		failure.Kind, failure.Advice = transport.Rejected, "check api_key or api_key_file, and whether the account may read this"
	case http.StatusNotFound:
		failure.Kind, failure.Advice = transport.Rejected, "check base_url"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		failure.Kind = transport.Rejected
	case http.StatusTooManyRequests:
		failure.Kind = transport.RateLimited
	default:
		return r.StatusError()
	}
	failure.Message = messageOf(r.Body)
	return failure
}

// maxErrorBody is how much of an error's body is looked at.
const maxErrorBody = 64 << 10

// problem is an error as web services write it, or one of a list, for each wrong parameter.
type problem struct {
	Field   wire.Text      `json:"field"`
	Message wire.Text      `json:"message"`
	Error   jsontext.Value `json:"error"`
	Name    wire.Text      `json:"name"`
	Status  wire.Text      `json:"status"`
}

// messageOf returns what the body of an error says in words, "" if there is nothing.
func messageOf(body io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(body, maxErrorBody))
	if err != nil {
		return "" // Do knows what to make of that
	}
	if kind := jsontext.Value(text).Kind(); kind != jsontext.KindBeginArray {
		return problemIn(text).message()
	}
	var each []jsontext.Value
	if wire.Unmarshal(text, &each) != nil {
		return ""
	}
	var messages []string
	for _, one := range each {
		if m := problemIn(one).message(); m != "" {
			messages = append(messages, m)
		}
	}
	return strings.Join(messages, "; ")
}

// problemIn returns the problem that text is; the zero one if it is none.
func problemIn(text []byte) problem {
	var p problem
	if wire.Unmarshal(text, &p) != nil {
		return problem{}
	}
	return p
}

// message returns what the problem says in words; "" if there is nothing.
func (p problem) message() string {
	message := wire.FirstText(p.Message, wire.TextIn(p.Error), p.Name)
	if message == "" && p.Error.Kind() == jsontext.KindBeginObject {
		var inner problem
		if wire.Unmarshal(p.Error, &inner) == nil {
			message = wire.FirstText(inner.Message, inner.Name)
		}
	}
	if field, ok := p.Field.Get(); ok && field != "" && message != "" {
		message = field + ": " + message
	}
	return message
}
