package adspect

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const accountEndpoint endpoint = "GET /account"

// Account is the account itself.
type Account struct {
	Balance           wire.Number // in the account's currency
	Expires           wire.Number // Unix seconds
	ComsignExpires    wire.Number // Unix seconds
	ComsignLimit      wire.Number
	ComsignExtraLimit wire.Number

	Absent []string // the documented fields that the answer does not have; null is not absent
}

// Account returns the account's balance and until when it is paid. An answer with neither is
// Malformed.
//
// Source: GET /account, which only the newer document in English has.
func (c *Client) Account(ctx context.Context) (Account, error) {
	var account Account
	err := c.get(ctx, accountEndpoint, "/account", nil, func(body []byte, _ http.Header) error {
		var answer struct {
			Balance           sentNumber `json:"balance"`
			Expires           sentNumber `json:"expires"`
			ComsignExpires    sentNumber `json:"expires_comsign"`
			ComsignLimit      sentNumber `json:"comsign_limit"`
			ComsignExtraLimit sentNumber `json:"comsign_extra_limit"`
		}
		if err := wire.Unmarshal(body, &answer); err != nil {
			return err
		}
		if answer.Balance.Absent() && answer.Expires.Absent() {
			return errors.New(`want an object with "balance" and "expires", got neither`)
		}
		account = Account{
			Balance: answer.Balance.Number, Expires: answer.Expires.Number, ComsignExpires: answer.ComsignExpires.Number,
			ComsignLimit: answer.ComsignLimit.Number, ComsignExtraLimit: answer.ComsignExtraLimit.Number,
		}
		for _, field := range []struct {
			name string
			sent bool
		}{
			{"balance", answer.Balance.sent}, {"expires", answer.Expires.sent}, {"expires_comsign", answer.ComsignExpires.sent},
			{"comsign_limit", answer.ComsignLimit.sent}, {"comsign_extra_limit", answer.ComsignExtraLimit.sent},
		} {
			if !field.sent {
				account.Absent = append(account.Absent, field.name)
			}
		}
		return nil
	})
	return account, err
}

// sentNumber is a number that knows whether its field was sent at all, if only as null.
type sentNumber struct {
	wire.Number
	sent bool
}

// UnmarshalJSONFrom reads one value of any type.
func (n *sentNumber) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	n.sent = true
	return n.Number.UnmarshalJSONFrom(d)
}

const savedQueriesEndpoint endpoint = "HEAD /reports"

// MaxSavedQueries is how many queries an account may have saved.
const MaxSavedQueries = 100

// SavedQueries returns how many queries the account has saved, for guests to look at. An
// answer that does not say it, or whose number of pages does not fit, is Malformed.
//
// Source: HEAD /reports.
func (c *Client) SavedQueries(ctx context.Context) (wire.Number, error) {
	var count wire.Number
	err := c.do(ctx, savedQueriesEndpoint, "/reports", nil, func(r *transport.Response) error {
		total, pages := parseHeaderCount(r.Header, totalCountHeader), parseHeaderCount(r.Header, pageCountHeader)
		if !total.ok {
			return errors.New("header " + totalCountHeader + ": want a count, got none")
		}
		// A page has 1 to 100 queries. No query at all may stand on no page or on one.
		if least := (total.n + MaxPerPage - 1) / MaxPerPage; pages.ok && (pages.n < least || pages.n > max(1, total.n)) {
			return fmt.Errorf("header %s: %v pages do not fit %v queries", pageCountHeader, pages, total)
		}
		count = wire.NumberOf(float64(total.n))
		return nil
	})
	return count, err
}
