package collector_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/collector/history"
	"github.com/engage-exporter/engage_exporter/collector/metric"
)

// shownOf describes a family's samples of one tag: value, from when, until when, by the clock of the account.
func shownOf(samples []history.Sample, loc *time.Location, family string, labels ...string) string {
	var words []string
	for _, s := range samples {
		if s.Family.Name != family || !slices.Equal(s.Labels, labels) {
			continue
		}
		word := fmt.Sprintf("%v %s–%s", s.Value, s.From.In(loc).Format("02 15:04"), s.Until.In(loc).Format("02 15:04"))
		if n := len(words); n > 0 && strings.HasSuffix(words[n-1], "–"+s.From.In(loc).Format("02 15:04")) && strings.HasPrefix(words[n-1], fmt.Sprint(s.Value)+" ") {
			before, _, _ := strings.Cut(words[n-1], "–")
			word = before + "–" + s.Until.In(loc).Format("02 15:04") // it goes on
			words = words[:n-1]
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func TestHistoryOfTags(t *testing.T) {
	const (
		first  = `{"base_time":"2000-12-01 00:00:00","start_time":"2000-12-01 01:00:00","finished_time":"2000-12-01 02:00:00","status":"SUCCEED","user_count":100}`
		second = `{"base_time":"2000-12-02 00:00:00","start_time":"2000-12-02 01:00:00","finished_time":"2000-12-02 03:00:00","status":"SUCCEED","user_count":200}`
		failed = `{"base_time":"2000-12-02 00:00:00","start_time":"2000-12-02 01:00:00","finished_time":"2000-12-02 03:00:00","status":"FAILED","user_count":0}`
	)
	for _, tt := range []struct {
		name                               string
		partitions                         string
		users, succeeded, failed, duration string // on 2 December
		computing                          string
		missing                            int
	}{
		{
			name: "none", partitions: ``,
		},
		{
			name: "one that succeeded the day before lasts", partitions: first,
			users: "100 02 00:00–03 00:00", succeeded: "1 02 00:00–03 00:00", failed: "0 02 00:00–03 00:00", computing: "0 02 00:00–03 00:00", duration: "3600 02 00:00–03 00:00",
		},
		{
			name: "the next one takes its place as it finishes", partitions: first + "," + second,
			users:     "100 02 00:00–02 03:00, 200 02 03:00–03 00:00",
			succeeded: "1 02 00:00–02 01:00, 0 02 01:00–02 03:00, 1 02 03:00–03 00:00", failed: "0 02 00:00–03 00:00",
			computing: "0 02 00:00–02 01:00, 1 02 01:00–02 03:00, 0 02 03:00–03 00:00",
			duration:  "3600 02 00:00–02 01:00, 7200 02 03:00–03 00:00",
		},
		{
			name: "in the opposite order", partitions: second + "," + first,
			users:     "100 02 00:00–02 03:00, 200 02 03:00–03 00:00",
			succeeded: "1 02 00:00–02 01:00, 0 02 01:00–02 03:00, 1 02 03:00–03 00:00", failed: "0 02 00:00–03 00:00",
			computing: "0 02 00:00–02 01:00, 1 02 01:00–02 03:00, 0 02 03:00–03 00:00",
			duration:  "3600 02 00:00–02 01:00, 7200 02 03:00–03 00:00",
		},
		{
			name: "one that failed leaves the users as they were", partitions: first + "," + failed,
			users:     "100 02 00:00–03 00:00",
			succeeded: "1 02 00:00–02 01:00, 0 02 01:00–03 00:00", failed: "0 02 00:00–02 03:00, 1 02 03:00–03 00:00",
			computing: "0 02 00:00–02 01:00, 1 02 01:00–02 03:00, 0 02 03:00–03 00:00",
			duration:  "3600 02 00:00–02 01:00, 7200 02 03:00–03 00:00",
		},
		{
			name: "the first of all", partitions: second,
			users: "200 02 03:00–03 00:00", succeeded: "0 02 01:00–02 03:00, 1 02 03:00–03 00:00", failed: "0 02 01:00–03 00:00",
			computing: "1 02 01:00–02 03:00, 0 02 03:00–03 00:00", duration: "7200 02 03:00–03 00:00",
		},
		{
			name:       "an older day made up for is not the last one",
			partitions: first + `,{"base_time":"2000-11-20 00:00:00","start_time":"2000-12-02 10:00:00","finished_time":"2000-12-02 11:00:00","status":"SUCCEED","user_count":7}`,
			users:      "100 02 00:00–03 00:00", succeeded: "1 02 00:00–03 00:00", failed: "0 02 00:00–03 00:00", computing: "0 02 00:00–03 00:00", duration: "3600 02 00:00–03 00:00",
		},
		{
			name:       "one under way has no duration",
			partitions: first + `,{"base_time":"2000-12-02 00:00:00","start_time":"2000-12-02 01:00:00","finished_time":null,"status":"COMPUTING"}`,
			users:      "100 02 00:00–03 00:00", succeeded: "1 02 00:00–02 01:00, 0 02 01:00–03 00:00", failed: "0 02 00:00–03 00:00",
			computing: "0 02 00:00–02 01:00, 1 02 01:00–03 00:00", duration: "3600 02 00:00–02 01:00",
		},
		{
			name:       "one that has not begun changes nothing",
			partitions: first + `,{"base_time":"2000-12-02 00:00:00","start_time":"2000-12-02 00:10:00","finished_time":"2000-12-02 00:10:00","status":"NEW"}`,
			users:      "100 02 00:00–03 00:00", succeeded: "1 02 00:00–03 00:00", failed: "0 02 00:00–03 00:00", computing: "0 02 00:00–03 00:00", duration: "3600 02 00:00–03 00:00",
		},
		{
			name: "one of the day after is not known yet", partitions: first + `,{"base_time":"2000-12-03 00:00:00","start_time":"2000-12-03 01:00:00","finished_time":"2000-12-03 01:30:00","status":"SUCCEED","user_count":9}`,
			users: "100 02 00:00–03 00:00", succeeded: "1 02 00:00–03 00:00", failed: "0 02 00:00–03 00:00", computing: "0 02 00:00–03 00:00", duration: "3600 02 00:00–03 00:00",
		},
		{
			name: "times that are missing", partitions: `{"base_time":null,"start_time":null,"finished_time":"2000-12-02 05:00:00","status":"SUCCEED","user_count":"11"}`,
			users: "11 02 05:00–03 00:00", succeeded: "1 02 05:00–03 00:00", failed: "0 02 05:00–03 00:00", computing: "0 02 05:00–03 00:00",
		},
		{
			name:       "one that succeeded at a time that is not known",
			partitions: `{"base_time":"2000-12-02 00:00:00","start_time":"2000-12-02 01:00:00","finished_time":null,"status":"SUCCEED","user_count":100}`,
			missing:    1,
		},
		{
			name:       "one that failed at a time that cannot be read",
			partitions: first + `,{"base_time":"2000-12-02 00:00:00","start_time":null,"finished_time":"garbage","status":"FAILED","user_count":100}`,
			users:      "100 02 00:00–03 00:00", succeeded: "1 02 00:00–03 00:00", failed: "0 02 00:00–03 00:00", computing: "0 02 00:00–03 00:00", duration: "3600 02 00:00–03 00:00",
			missing: 1,
		},
		{
			name:       "one without a finish on the day before",
			partitions: `{"base_time":"2000-12-01 00:00:00","start_time":"2000-12-01 01:00:00","finished_time":null,"status":"SUCCEED","user_count":100}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at(t, "2001-01-02T12:00:00+08:00", func(t *testing.T) {
				a := sensorsdataAPI()
				a.answer(pathPartitions+"15/partitions", "["+tt.partitions+"]")
				h := newSensorsdata(t, a, "    tags: [15]\n").history()
				day := metric.DayOf(2000, time.December, 2, h.Location)
				samples := samplesOf(t, h, day)
				if read, err := part(t, h, "tags").Read(t.Context(), day); err != nil || read.Missing != tt.missing {
					t.Errorf("%d missing, want %d; %v", read.Missing, tt.missing, err)
				}
				const status = "sensorsdata_tag_last_partition_status"
				for _, want := range []struct {
					family, shown string
					labels        []string
				}{
					{"sensorsdata_tag_users", tt.users, []string{"15"}},
					{status, tt.succeeded, []string{"15", "succeeded"}},
					{status, tt.failed, []string{"15", "failed"}},
					{status, tt.computing, []string{"15", "computing"}},
					{"sensorsdata_tag_last_partition_duration_seconds", tt.duration, []string{"15"}},
				} {
					if got := shownOf(samples, h.Location, want.family, want.labels...); got != want.shown {
						t.Errorf("%s %v: %q, want %q", want.family, want.labels, got, want.shown)
					}
				}
			})
		})
	}
}

// However many days are asked for, a tag takes one request; so does one that there is not.
func TestHistoryOfTagsTakesOneRequestATag(t *testing.T) {
	at(t, "2001-01-02T12:00:00+08:00", func(t *testing.T) {
		a := sensorsdataAPI()
		var queries []string
		a.handle(pathPartitions+"15/partitions", func(w http.ResponseWriter, r *http.Request) {
			queries = append(queries, r.URL.Query().Get("from_date"))
			answering(200, `[{"base_time":"2000-10-01 00:00:00","start_time":"2000-10-01 01:00:00","finished_time":"2000-10-01 02:00:00","status":"SUCCEED","user_count":1}]`)(w, r)
		})
		a.handle(pathPartitions+"16/partitions", answering(404, `{"error":"no such tag"}`))
		h := newSensorsdata(t, a, "    tags: [15, 16]\n").history()
		days := lastDays(60, h.Location)
		for _, day := range days[:59] {
			got, err := part(t, h, "tags").Read(t.Context(), day)
			if err != nil || len(got.Gaps) != 1 || len(got.Samples) == 0 {
				t.Fatalf("%s: %d samples, gaps %v, err %v", day.Start, len(got.Samples), got.Gaps, err)
			}
		}
		if len(queries) != 1 || queries[0] != "" || a.count(pathPartitions+"16/partitions") != 1 {
			t.Errorf("asked %q, and %d times for what there is not", queries, a.count(pathPartitions+"16/partitions"))
		}
	})
}

func TestHistoryOfTagsNeedsTheirNames(t *testing.T) {
	e := newSensorsdata(t, sensorsdataAPI(), "")
	if _, err := e.set.History(e.set.Targets()[0]); err == nil || !strings.Contains(err.Error(), "no enabled endpoint") {
		t.Errorf("got %v", err)
	}
}
