package getui

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const pushQuotaEndpoint endpoint = "GET /report/push/count"

// PushQuota returns what may be pushed today and what is left of it, by channel and kind of
// message, in GeTui's order. What GeTui does not limit is not in it. GeTui asks not to call
// this often. An answer without any limit is Malformed.
//
// Source: GET /report/push/count.
func (c *Client) PushQuota(ctx context.Context) ([]Quota, error) {
	var quotas []Quota
	err := c.get(ctx, pushQuotaEndpoint, "/report/push/count", nil, func(data jsontext.Value) (err error) {
		quotas, err = decodeQuotas(data)
		return err
	})
	return quotas, err
}

func decodeQuotas(data jsontext.Value) ([]Quota, error) {
	// A channel must be an object, else the figures stand somewhere else than documented; a
	// member of a channel that is no object may be anything.
	var channels wire.Object[wire.Object[wire.IfObject[struct {
		Total  wire.Number `json:"total_num"`
		Remain wire.Number `json:"remain_num"`
		Push   wire.Number `json:"push_num"`
		Limit  wire.Bool   `json:"limit"`
	}]]]
	if err := wire.Unmarshal(data, &channels); err != nil {
		return nil, err
	}
	var quotas []Quota
	for _, channel := range channels {
		before := len(quotas)
		for _, kind := range channel.Value {
			if v := kind.Value.Value; kind.Value.OK {
				quotas = append(quotas, Quota{
					Channel:   channel.Name,
					Kind:      kind.Name,
					Limit:     v.Total,
					Remaining: v.Remain,
					Requested: v.Push,
					Exhausted: v.Limit,
				})
			}
		}
		if len(channel.Value) > 0 && len(quotas) == before {
			return nil, fmt.Errorf("%s: want kinds of messages with their limits, got none", channel.Name)
		}
	}
	if len(quotas) == 0 {
		return nil, errors.New("want channels with their limits, got none")
	}
	return quotas, nil
}
