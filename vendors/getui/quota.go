package getui

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const pushQuotaEndpoint endpoint = "GET /report/push/count"

// PushQuota returns what may be pushed today and what is left of it, by channel and kind of
// message, in GeTui's order. What GeTui does not limit is not in it. GeTui asks not to call
// this often. An answer without any limit is Malformed.
//
// Today is that of GeTui's clock. Where it is on another day than ours, within a few minutes of midnight, PushQuota
// waits until it is not and asks again.
//
// Source: GET /report/push/count.
func (c *Client) PushQuota(ctx context.Context) ([]Quota, Defects, error) {
	var quotas []Quota
	var defects Defects
	named := transport.Error{Vendor: vendor, Endpoint: string(pushQuotaEndpoint)}
	err := transport.OnSameDay(ctx, "GeTui", named, c.location, func() (clock http.Header, err error) {
		err = c.get(ctx, pushQuotaEndpoint, "/report/push/count", nil, func(data jsontext.Value, h http.Header) (err error) {
			clock = h
			sizeLimit := c.transport.NewSizeLimit()
			defer sizeLimit.Release()
			quotas, defects, err = decodeQuotas(data, sizeLimit)
			return err
		})
		return clock, err
	})
	if err != nil {
		return nil, Defects{}, err
	}
	return quotas, defects, nil
}

// documentedKinds are the kinds of limits that the document names. Others are kinds if they
// are objects; what else stands beside them may be anything.
var documentedKinds = []string{"general", "special", "grouppush", "app", "app_with_tag", "list"}

// quotaFields are the fields of a limit, in the order of [fields]. remain_num is not
// documented of vv, push_num of nothing else.
var quotaFields = []string{"total_num", "remain_num", "push_num", "limit"}

// channelQuotas are a channel's limits.
type channelQuotas struct {
	quotas    []Quota
	had       fields
	wrong     string // what stands there in place of a channel
	defects   Defects
	sizeLimit *transport.SizeLimit // of the whole answer
}

// read reads a channel, or what stands in its place. A channel with values and
// without any object has them somewhere else than documented.
func (q *channelQuotas) read(d *jsontext.Decoder) error {
	objects, values := false, false
	_, wrong, err := members(d, func(name string) error {
		switch d.PeekKind() {
		case jsontext.KindBeginObject:
			objects = true
		case jsontext.KindNumber, jsontext.KindString, jsontext.KindTrue, jsontext.KindFalse:
			values = true
		}
		return q.readKind(d, name)
	})
	if q.wrong = wrong; values && !objects && !q.defects.any() {
		q.wrong = "object without any kind of limit"
	}
	return err
}

func (q *channelQuotas) readKind(d *jsontext.Decoder, name string) error {
	quota := Quota{Kind: name}
	limits := 0
	found, err := readRow(d, func(name string) (*wire.Number, int) {
		switch name {
		case quotaFields[0]:
			return &quota.Limit, 0
		case quotaFields[1]:
			return &quota.Remaining, 1
		case quotaFields[2]:
			return &quota.Requested, 2
		default:
			return nil, 0
		}
	}, func(name string) error {
		if name != quotaFields[3] {
			return d.SkipValue()
		}
		limits++
		if limits > 1 {
			return d.SkipValue()
		}
		return quota.Exhausted.UnmarshalJSONFrom(d)
	})
	if limits > 0 {
		found.named |= 1 << 3
		found.twice += limits - 1
	}
	if !quota.Exhausted.Absent() {
		found.had |= 1 << 3
	}
	problem := found.problem()
	switch {
	case err != nil:
		return err
	case found.empty():
	case found.wrong != "":
		if found.wrong == arrayOfObjects || slices.Contains(documentedKinds, name) {
			q.defects.unusable(name, problem)
		}
	case name == "":
		q.defects.unusable("a kind", wrongNameless)
	case problem != "":
		q.defects.unusable(name, problem)
	default:
		q.quotas = append(q.quotas, quota)
		q.had |= found.had
		q.defects.repeated(name, found)
		return q.sizeLimit.Add("kinds of limits", name)
	}
	return nil
}

// quotaAnswer is the limits of all channels, with what is wrong in it.
type quotaAnswer struct {
	sizeLimit             *transport.SizeLimit
	quotas                []Quota
	defects               Defects
	had, hadVV, hadOthers fields
	vv, others            bool // there are limits of vv, and of other channels
}

// UnmarshalJSONFrom reads the channels.
func (a *quotaAnswer) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	_, err := wire.Members(d, func(name string) error {
		channel := channelQuotas{sizeLimit: a.sizeLimit}
		if err := channel.read(d); err != nil {
			return err
		}
		switch {
		case channel.wrong != "":
			a.defects.unusable(name, wantObject(channel.wrong))
			return nil
		case name == "" && len(channel.quotas) > 0:
			a.defects.unusable("a channel", wrongNameless)
			return nil
		}
		a.defects.add(name, channel.defects)
		for _, q := range channel.quotas {
			q.Channel = name
			a.quotas = append(a.quotas, q)
		}
		a.had |= channel.had
		switch {
		case len(channel.quotas) == 0:
		case name == "vv":
			a.vv, a.hadVV = true, a.hadVV|channel.had
		default:
			a.others, a.hadOthers = true, a.hadOthers|channel.had
		}
		return nil
	})
	return err
}

func decodeQuotas(data jsontext.Value, sizeLimit *transport.SizeLimit) ([]Quota, Defects, error) {
	answer := quotaAnswer{sizeLimit: sizeLimit}
	if err := wire.Unmarshal(data, &answer); err != nil {
		return nil, Defects{}, err
	}
	quotas, defects := answer.quotas, answer.defects
	switch {
	case len(quotas) == 0 && defects.any():
		return nil, Defects{}, defects.error("channels with their limits")
	case len(quotas) == 0:
		return nil, Defects{}, errors.New("want channels with their limits, got none")
	}
	for i, found := range []bool{
		answer.had.has(0), !answer.others || answer.hadOthers.has(1), !answer.vv || answer.hadVV.has(2), answer.had.has(3),
	} {
		if !found {
			defects.missing(quotaFields[i])
		}
	}
	return quotas, defects, nil
}
