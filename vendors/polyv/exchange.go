package polyv

import (
	"context"
	"crypto/fips140"
	"crypto/sha1" //nolint:gosec // It is what Polyv's signature is made of.
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
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

// sign returns the signature of a query: the upper-case hex SHA-1 of its parameters that are
// not empty, sorted by name and joined as name=value with &, with the secret key at the end.
// What stands in the path is not signed.
func sign(query url.Values, secret string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(query)) {
		value := query.Get(name)
		if value == "" {
			continue
		}
		if text.Len() > 0 {
			text.WriteByte('&')
		}
		text.WriteString(name + "=" + value)
	}
	var sum [sha1.Size]byte
	fips140.WithoutEnforcement(func() { sum = sha1.Sum([]byte(text.String() + secret)) }) //nolint:gosec // See above.
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
