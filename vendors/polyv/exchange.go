package polyv

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// envelope is around each answer.
type envelope struct {
	Code    wire.Text      `json:"code"`
	Message wire.Text      `json:"message"`
	Data    jsontext.Value `json:"data"`
}

// exchange sends one request and opens the envelope of its answer. The code in it decides;
// the HTTP status counts only where there is none.
func (c *Client) exchange(ctx context.Context, request transport.Request, decode func(jsontext.Value, http.Header) error) error {
	return c.transport.Do(ctx, request, func(r *transport.Response) error {
		arrived := time.Now()
		body, err := r.ReadAll()
		if err != nil {
			return err
		}
		var e envelope
		err = wire.Unmarshal(body, &e)
		text, ok := e.Code.Get()
		if err == nil && !ok {
			err = errors.New(`want an object with "code" and "data", got no code`)
		}
		if err != nil {
			if r.Status == http.StatusTooManyRequests {
				return blocked(r.Header)
			}
			return err
		}
		text = strings.TrimSpace(text)
		code, err := strconv.Atoi(text)
		if err != nil {
			code = codeUnreadable
		}
		if code == codeSuccess {
			r.StatusExplained = true
			if kind := e.Data.Kind(); kind != jsontext.KindBeginArray {
				return fmt.Errorf("data: want an array, got %s", wire.KindName(kind))
			}
			if err := decode(e.Data, r.Header); err != nil {
				return fmt.Errorf("data: %w", err)
			}
			return nil
		}

		message, _ := e.Message.Get()
		failure := explain(code, message, r, arrived)
		failure.Code, failure.Message = text, message
		return failure
	})
}
