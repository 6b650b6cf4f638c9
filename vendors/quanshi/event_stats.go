package quanshi

import (
	"context"
	"errors"

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
		read: func(a *answer) (err error) {
			stats, err = readStats(a, eventID)
			return err
		},
	})
	if err != nil {
		return EventStats{}, err
	}
	return stats, nil
}

// statsRow is what is read of the totals.
type statsRow struct {
	eventID                                                   wire.Text
	viewers, liveVisits, replayVisits, duration, watchMinutes optional[wire.Number]
}

func (r *statsRow) fields() map[string]any {
	return map[string]any{
		"eventId": &r.eventID, "viewerCnt": &r.viewers, "viewLiveCnt": &r.liveVisits, "viewReplayCnt": &r.replayVisits,
		"eventTime": &r.duration, "viewTime": &r.watchMinutes,
	}
}

// readStats reads the totals. They stand in the member stats of data, or in data itself: the document does not say.
func readStats(a *answer, eventID string) (EventStats, error) {
	var outer, inner statsRow
	row := &outer
	given := true
	fields := outer.fields()
	fields["stats"] = func() (err error) {
		row = &inner
		given, err = a.fields("data/stats", inner.fields())
		return err
	}
	if there, err := a.readData(fields); err != nil || !there || !given || !a.usable() {
		return EventStats{}, err
	}
	for _, id := range []wire.Text{outer.eventID, inner.eventID} {
		if id, ok := id.Get(); ok && id != eventID {
			return EventStats{}, errors.New("data/eventId: want the totals of the requested event, got those of another one")
		}
	}
	stats := EventStats{
		Viewers: row.viewers.Value, LiveVisits: row.liveVisits.Value, ReplayVisits: row.replayVisits.Value,
		Duration: row.duration.Value, WatchMinutes: row.watchMinutes.Value, Given: true,
	}
	for _, field := range []struct {
		there bool
		name  string
	}{
		{row.viewers.There, "viewerCnt"}, {row.liveVisits.There, "viewLiveCnt"}, {row.replayVisits.There, "viewReplayCnt"},
		{row.duration.There, "eventTime"}, {row.watchMinutes.There, "viewTime"},
	} {
		if !field.there {
			stats.MissingFields = append(stats.MissingFields, field.name)
		}
	}
	return stats, nil
}
