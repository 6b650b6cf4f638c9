package sensorsdata

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// reportRows is how many values a report has at most, unless it is asked for a number.
const reportRows = 1000

// reportRequest is the body of a report's request. Buckets have no effect: values are reported one by one.
type reportRequest struct {
	FromDate string    `json:"from_date"`
	ToDate   string    `json:"to_date"`
	Buckets  []float64 `json:"bucket_param"`
	Limit    int       `json:"limit"`
}

// report is POST /user_tags/ID/report: users by value, for each day that the tag was computed for.
func (s *server) report(c *core.Call, id string) core.Answer {
	tag, refusal := s.find(id)
	if refusal != nil {
		return *refusal
	}
	var body reportRequest
	if err := decodeBody(c.Body, &body); err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	from, to, err := body.days(s.project.Location)
	if err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	days := slices.DeleteFunc(s.data.partitions(s.project, tag, c.Now), func(p Partition) bool {
		return p.Status != partitionSucceeded || p.Base.Before(from) || p.Base.After(to)
	})
	series := make([]any, len(days))
	all := make([]core.Object, len(days))
	byValue := make(map[string][]core.Object)
	var values []Value // of the newest day, which the order follows
	for i, day := range days {
		series[i] = s.time(day.Base)
		all[i] = s.dayJSON(day, day.Users, 100)
		values = s.data.values(s.project, tag, day.Base)
		for _, v := range values {
			byValue[v.Value] = append(byValue[v.Value], s.dayJSON(day, v.Users, v.Percent))
		}
	}
	limit := body.Limit
	limit = cmp.Or(limit, reportRows)
	rows := []core.Object{}
	for _, v := range values[:min(limit, len(values))] {
		rows = append(rows, core.Object{{"by_value", v.Value}, {"partition_values", byValue[v.Value]}})
	}
	total := []core.Object{}
	if len(days) > 0 {
		total = append(total, core.Object{{"by_value", "$ALL"}, {"partition_values", all}})
	}
	return jsonAnswer(core.Object{
		{"aggregate_result", core.Object{{"series", series}, {"rows", total}}},
		{"non_aggregate_result", core.Object{{"series", series}, {"rows", rows}}},
	})
}

func (s *server) dayJSON(day Partition, users int64, percent float64) core.Object {
	return core.Object{
		{"user_count", users}, {"percent", percent}, {"base_time", s.time(day.Base)},
		{"finished_time", s.time(day.Finished)},
	}
}

// days are the first and the last one, which are asked for as days alone.
func (r reportRequest) days(zone *time.Location) (from, to time.Time, err error) {
	from, err1 := time.ParseInLocation(core.DateLayout, r.FromDate, zone)
	to, err2 := time.ParseInLocation(core.DateLayout, r.ToDate, zone)
	switch {
	case err1 != nil:
		err = errors.New("invalid value of from_date")
	case err2 != nil:
		err = errors.New("invalid value of to_date")
	case from.After(to):
		err = errors.New("from_date is after to_date")
	case r.Limit < 0:
		err = errors.New("invalid value of limit")
	}
	return from, to, err
}
