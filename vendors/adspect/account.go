package adspect

import (
	"context"
	"errors"
	"net/http"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const accountEndpoint endpoint = "GET /account"

// Account is the account itself.
type Account struct {
	Balance wire.Number // in the account's currency
	Expires wire.Number // Unix seconds
}

// Account returns the account's balance and until when it is paid. An answer with neither is
// Malformed.
//
// Source: GET /account, which only the newer document in English has.
func (c *Client) Account(ctx context.Context) (Account, error) {
	var account Account
	err := c.get(ctx, accountEndpoint, "/account", nil, func(body []byte, _ http.Header) error {
		var answer struct {
			Balance wire.Number `json:"balance"`
			Expires wire.Number `json:"expires"`
		}
		if err := wire.Unmarshal(body, &answer); err != nil {
			return err
		}
		if answer.Balance.Absent() && answer.Expires.Absent() {
			return errors.New(`want an object with "balance" and "expires", got neither`)
		}
		account = Account(answer)
		return nil
	})
	return account, err
}
