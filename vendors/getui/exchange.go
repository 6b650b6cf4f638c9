package getui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// call is one request with the two ways its answer can go.
type call struct {
	request transport.Request
	signed  bool                                            // with the time
	explain func(code, status int) (transport.Kind, string) // of a code other than 0
	decode  decoder
}

// outcome is what the client itself needs to know of an answer beyond success and failure.
type outcome struct {
	code  int      // 0 = success, or no answer with a code
	hosts []string // codeWrongRegion: where GeTui says the app lives

	refused bool // of a login: the credentials
}

// envelope is around each answer. GeTui's document shows the code as 0 and as "0".
type envelope struct {
	Code wire.Text
	Msg  wire.Text
	Data jsontext.Value // a part of body

	body []byte // the answer
}

// UnmarshalJSONFrom reads an envelope. A second code or a second data cannot be distinguished from the
// first one: that is an error.
func (e *envelope) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*e = envelope{body: e.body}
	kind := d.PeekKind()
	codes, datas := 0, 0
	isObject, err := wire.Members(d, func(name string) error {
		switch name {
		case "code":
			codes++
			if codes > 1 {
				return errors.New(`"code" appears twice`)
			}
			return e.Code.UnmarshalJSONFrom(d)
		case "msg":
			return e.Msg.UnmarshalJSONFrom(d)
		case "data":
			datas++
			if datas > 1 {
				return errors.New(`"data" appears twice`)
			}
			value, err := d.ReadValue()
			end := d.InputOffset()
			e.Data = e.body[end-int64(len(value)) : end]
			return err
		default:
			return d.SkipValue()
		}
	})
	if err == nil && !isObject {
		err = fmt.Errorf(`want an object with "code" and "data", got %s`, wire.KindName(kind))
	}
	return err
}

// object returns data as an object. Null, no data and [] say the same as {}: there is nothing.
func (e *envelope) object() (jsontext.Value, error) {
	kind := e.Data.Kind()
	switch kind {
	case jsontext.KindBeginObject:
		return e.Data, nil
	case jsontext.KindBeginArray:
		if len(bytes.TrimSpace(e.Data[1:len(e.Data)-1])) == 0 {
			return jsontext.Value("{}"), nil
		}
	case jsontext.KindNull, jsontext.KindInvalid:
		return jsontext.Value("{}"), nil
	}
	return nil, fmt.Errorf("data: want an object, got %s", wire.KindName(kind))
}

// exchange sends one request and opens the envelope of its answer. The code in it decides;
// the HTTP status counts only where there is none.
func (c *Client) exchange(ctx context.Context, call call) (outcome, error) {
	var o outcome
	err := c.transport.Do(ctx, call.request, func(r *transport.Response) error {
		arrived := time.Now()
		body, err := r.ReadAll()
		if err != nil {
			return err
		}
		e := envelope{body: body}
		if err := wire.Unmarshal(body, &e); err != nil {
			return err
		}
		text, ok := e.Code.Get()
		if !ok {
			return errors.New(`want an object with "code" and "data", got no code`)
		}
		if text = strings.TrimSpace(text); text == "0" {
			r.StatusExplained = true
			data, err := e.object()
			if err != nil {
				return err
			}
			if err := call.decode(data, r.Header); err != nil {
				return fmt.Errorf("data: %w", err)
			}
			return nil
		}

		if o.code, err = strconv.Atoi(text); err != nil || o.code == 0 {
			o.code = codeUnreadable
		}
		failure := &transport.Error{Code: text}
		failure.Message, _ = e.Msg.Get()
		failure.Kind, failure.Advice = call.explain(o.code, r.Status)
		if call.signed && failure.Kind == transport.Auth {
			if skew, _ := transport.ClockSkew(r.Header, arrived, "GeTui", time.Second); skew != "" {
				failure.Advice = "set this machine's clock, " + skew + "; " + failure.Advice
			}
		}
		if o.code == codeWrongRegion {
			o.hosts = hostsIn(e.Data)
			failure.Message = strings.TrimSpace(failure.Message + " " + strings.Join(o.hosts, " "))
		}
		return failure
	})
	return o, err
}
