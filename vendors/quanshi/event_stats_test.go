package quanshi_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

const statsPath = "/eventopenapi/event/report/stats"

func TestEventStats(t *testing.T) {
	const row = `"viewCnt":7,"viewLiveCnt":5,"viewReplayCnt":"2","viewerCnt":4,"viewerLiveCnt":3,"eventTime":3600,"viewTime":125`
	all := quanshi.EventStats{
		Viewers: number(4), LiveVisits: number(5), ReplayVisits: number(2), Duration: number(3600), WatchMinutes: number(125), Given: true,
	}
	for _, test := range []struct {
		name, data string
		want       quanshi.EventStats
	}{
		{"in stats", `{"eventId":609768,"stats":{` + row + `}}`, all},
		{"in data", `{"eventId":"609768",` + row + `}`, all},
		{"null is there", `{"stats":{"viewLiveCnt":null,"viewReplayCnt":null,"viewerCnt":4,"eventTime":null,"viewTime":null}}`, quanshi.EventStats{Viewers: number(4), Given: true}},
		{"some are missing", `{"stats":{"viewLiveCnt":5,"viewerCnt":4}}`, quanshi.EventStats{
			Viewers: number(4), LiveVisits: number(5), Given: true, MissingFields: []string{"viewReplayCnt", "eventTime", "viewTime"},
		}},
		{"all are missing", `{"data":{"stats":{` + row + `}}}`, quanshi.EventStats{
			Given: true, MissingFields: []string{"viewerCnt", "viewLiveCnt", "viewReplayCnt", "eventTime", "viewTime"},
		}},
		{"stats of null", `{"stats":null}`, quanshi.EventStats{}},
		{"stats of nothing", `{"eventId":609768,"stats":{}}`, quanshi.EventStats{}},
		{"nothing", `{}`, quanshi.EventStats{}},
		{"null", `null`, quanshi.EventStats{}},
		{"an empty list", `[]`, quanshi.EventStats{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVendor()
			v.answers[statsPath] = test.data
			got, err := client(v).EventStats(t.Context(), eventID)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
			sent := v.bodies[len(v.bodies)-1]
			if want := map[string]any{"token": "planted-token-1", "eventId": 609768.0}; !reflect.DeepEqual(sent, want) {
				t.Errorf("sent %v, want %v", sent, want)
			}
		})
	}
	t.Run("no data", func(t *testing.T) {
		if got, err := readyClient(giving(`{"code":200}`)).EventStats(t.Context(), eventID); err != nil || got.Given {
			t.Errorf("got %+v, %v, want none", got, err)
		}
	})
}

func TestMalformedStats(t *testing.T) {
	for _, test := range []struct{ name, answer, says string }{
		{"page", `<html>`, ""},
		{"no code", `{"data":{}}`, "got no code"},
		{"data is a text", `{"code":200,"data":"x"}`, "data: want an object, got string"},
		{"data is a list", `{"code":200,"data":[{"viewerCnt":4}]}`, "data: want an object, got array"},
		{"stats are a number", `{"code":200,"data":{"stats":7}}`, "stats: want an object, got number"},
		{"stats are a list", `{"code":200,"data":{"stats":[{"viewerCnt":4}]}}`, "stats: want an object, got array"},
		{"another event's", `{"code":200,"data":{"eventId":1,"stats":{"viewerCnt":4}}}`, "of another one"},
		{"another event's, within", `{"code":200,"data":{"stats":{"viewerCnt":4,"eventId":1}}}`, "of another one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readyClient(giving(test.answer)).EventStats(t.Context(), eventID)
			if e := failure(t, err, transport.Malformed); !strings.Contains(e.Error(), test.says) {
				t.Errorf("got %v, want %q", e, test.says)
			}
		})
	}
	v := newVendor()
	if _, err := client(v).EventStats(t.Context(), "2.0"); err == nil {
		t.Error("the totals of event 2.0 were read")
	}
	v.expect(t, 0, 0)
}

// stats is the request that tests make where it does not matter what comes.
func stats(ctx context.Context, c *quanshi.Client) error {
	_, err := c.EventStats(ctx, eventID)
	return err
}
