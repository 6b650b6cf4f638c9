package quanshi

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

const statsEndpoint endpoint = "POST /eventopenapi/event/report/stats"

// EventStats are the totals of one event. What Quanshi leaves out is absent.
type EventStats struct {
	Viewers      wire.Number // viewerCnt: people
	LiveVisits   wire.Number // viewLiveCnt
	ReplayVisits wire.Number // viewReplayCnt
	Duration     wire.Number // eventTime: seconds that the event lasted
	WatchMinutes wire.Number // viewTime: minutes that all viewers together watched, rounded up

	// Given reports whether there are any; else all are absent.
	Given bool
	// MissingFields names the documented members that are read and are not there.
	MissingFields []string
}

// EventStats returns the totals of one event. A success without data, or with null, {} or [] in
// their place, gives none.
//
// Source: POST /eventopenapi/event/report/stats.
func (c *Client) EventStats(ctx context.Context, eventID string) (EventStats, error) {
	if !isEventID(eventID) {
		return EventStats{}, unsent(statsEndpoint, "the id of an event is a whole number")
	}
	var stats EventStats
	err := c.do(ctx, call{
		name: statsEndpoint,
		body: func(token string) any {
			return struct {
				Token   string         `json:"token"`
				EventID jsontext.Value `json:"eventId"`
			}{token, jsontext.Value(eventID)}
		},
		read: whole(func(data jsontext.Value, _ *envelope) (err error) {
			stats, err = decodeStats(data, eventID)
			return err
		}, jsontext.KindBeginArray, jsontext.KindNull, jsontext.KindInvalid),
	})
	if err != nil {
		return EventStats{}, err
	}
	return stats, nil
}

// statsRow is what is read of the totals. They stand in the member stats of data, or in data itself:
// the document does not say.
type statsRow struct {
	EventID      wire.Text             `json:"eventId"`
	Viewers      optional[wire.Number] `json:"viewerCnt"`
	LiveVisits   optional[wire.Number] `json:"viewLiveCnt"`
	ReplayVisits optional[wire.Number] `json:"viewReplayCnt"`
	Duration     optional[wire.Number] `json:"eventTime"`
	WatchMinutes optional[wire.Number] `json:"viewTime"`
}

func decodeStats(data jsontext.Value, eventID string) (EventStats, error) {
	if isNone(data) {
		return EventStats{}, nil
	}
	var outer struct {
		statsRow
		Stats optional[jsontext.Value] `json:"stats"`
	}
	if data.Kind() != jsontext.KindBeginObject {
		return EventStats{}, fmt.Errorf("want an object, got %s", wire.KindName(data.Kind()))
	}
	if err := wire.Unmarshal(data, &outer); err != nil {
		return EventStats{}, err
	}
	row := outer.statsRow
	if outer.Stats.There {
		switch value := outer.Stats.Value; {
		case isNone(value):
			return EventStats{}, nil
		case value.Kind() != jsontext.KindBeginObject:
			return EventStats{}, fmt.Errorf("stats: want an object, got %s", wire.KindName(value.Kind()))
		default:
			row = statsRow{}
			if err := wire.Unmarshal(value, &row); err != nil {
				return EventStats{}, fmt.Errorf("stats: %w", err)
			}
		}
	}
	for _, id := range []wire.Text{outer.EventID, row.EventID} {
		if id, ok := id.Get(); ok && id != eventID {
			return EventStats{}, errors.New("eventId: want the totals of the event that was asked for, got another one's")
		}
	}
	stats := EventStats{
		Viewers: row.Viewers.Value, LiveVisits: row.LiveVisits.Value, ReplayVisits: row.ReplayVisits.Value,
		Duration: row.Duration.Value, WatchMinutes: row.WatchMinutes.Value, Given: true,
	}
	for _, field := range []struct {
		there bool
		name  string
	}{
		{row.Viewers.There, "viewerCnt"}, {row.LiveVisits.There, "viewLiveCnt"}, {row.ReplayVisits.There, "viewReplayCnt"},
		{row.Duration.There, "eventTime"}, {row.WatchMinutes.There, "viewTime"},
	} {
		if !field.there {
			stats.MissingFields = append(stats.MissingFields, field.name)
		}
	}
	return stats, nil
}

// isNone reports whether a value is not there, null, {} or [].
func isNone(value jsontext.Value) bool {
	kind := value.Kind()
	return kind == jsontext.KindInvalid || kind == jsontext.KindNull || isEmpty(value)
}
