package getui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// call is one request with the two ways its answer can go.
type call struct {
	request transport.Request
	explain func(code, status int) (transport.Kind, string) // of a code other than 0
	decode  func(data jsontext.Value) error                 // data is an object
}

// outcome is what the client itself needs to know of an answer beyond success and failure.
type outcome struct {
	code   int         // 0 = success, or no answer with a code
	hosts  []string    // codeWrongRegion: where GeTui says the app lives
	header http.Header // nil = no answer
}

// envelope is around each answer. GeTui's document shows the code as 0 and as "0".
type envelope struct {
	Code wire.Text      `json:"code"`
	Msg  wire.Text      `json:"msg"`
	Data jsontext.Value `json:"data"`
}

// exchange sends one request and opens the envelope of its answer. The code in it decides;
// the HTTP status counts only where there is none.
func (c *Client) exchange(ctx context.Context, call call) (outcome, error) {
	var o outcome
	err := c.transport.Do(ctx, call.request, func(r *transport.Response) error {
		o.header = r.Header
		body, err := r.ReadAll()
		if err != nil {
			return err
		}
		var e envelope
		if err := wire.Unmarshal(body, &e); err != nil {
			return err
		}
		text, ok := e.Code.Get()
		if !ok {
			return errors.New(`want an object with "code" and "data", got no code`)
		}
		if text = strings.TrimSpace(text); text == "0" {
			r.StatusExplained = true
			if kind := e.Data.Kind(); kind != jsontext.KindBeginObject {
				return fmt.Errorf("data: want an object, got %s", wire.KindName(kind))
			}
			if err := call.decode(e.Data); err != nil {
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
		if o.code == codeWrongRegion {
			o.hosts = hostsIn(e.Data)
			failure.Message = strings.TrimSpace(failure.Message + " " + strings.Join(o.hosts, " "))
		}
		return failure
	})
	return o, err
}
