package getui

import (
	"context"
	"errors"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const pushQuotaEndpoint endpoint = "GET /report/push/count"

// PushQuota returns what may be pushed today and what is left of it, by channel and kind of
// message, in GeTui's order. What GeTui does not limit is not in it. GeTui asks not to call
// this often. A channel that is not what the document shows gives one Quota without a kind
// and with an invalid limit; an answer without any limit is Malformed.
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

// quotaKinds are a channel's limits. Without an object among its members a channel has its
// figures somewhere else than documented; one member that is no object may be anything.
type quotaKinds = wire.Object[wire.IfObject[struct {
	Total  wire.Number `json:"total_num"`
	Remain wire.Number `json:"remain_num"`
	Push   wire.Number `json:"push_num"`
	Limit  wire.Bool   `json:"limit"`
}]]

func decodeQuotas(data jsontext.Value) ([]Quota, error) {
	var channels wire.Object[jsontext.Value]
	if err := wire.Unmarshal(data, &channels); err != nil {
		return nil, err
	}
	var quotas []Quota
	usable := false
	for _, channel := range channels {
		var kinds quotaKinds
		if channel.Value.Kind() == jsontext.KindBeginObject {
			if err := wire.Unmarshal(channel.Value, &kinds); err != nil {
				return nil, err
			}
		}
		before := len(quotas)
		for _, kind := range kinds {
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
		switch {
		case len(quotas) > before:
			usable = true
		case len(kinds) > 0, channel.Value.Kind() != jsontext.KindBeginObject && channel.Value.Kind() != jsontext.KindNull:
			quotas = append(quotas, Quota{Channel: channel.Name, Limit: wire.NumberOf(math.NaN())})
		}
	}
	if !usable {
		return nil, errors.New("want channels with their limits, got none")
	}
	return quotas, nil
}
