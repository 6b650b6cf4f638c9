package quanshi

import (
	"fmt"
	"math"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// eventStats is POST /event/report/stats: what an event adds up to. The document leaves open whether the numbers
// stand in stats or in data itself.
func (s *server) eventStats(c *core.Call, body body) core.Answer {
	id, err := body.required("eventId", 1, math.MaxInt64)
	if err != nil {
		return errorAnswer(err, c.Now)
	}
	event, ok := s.data.Event(c.Now, id)
	if !ok {
		return errorAnswer(apiError{noEvent, fmt.Sprintf("The event does not exist: %d", id)}, c.Now)
	}
	r, _ := s.data.Report(c.Now, id)
	both := r.Audiences["直播+回放"]
	seconds := r.LiveSeconds + r.ReplaySeconds
	return successAnswer(core.Object{{"eventId", id}, {"stats", core.Object{
		{"viewCnt", r.LiveVisits + r.ReplayVisits}, {"viewLiveCnt", r.LiveVisits}, {"viewReplayCnt", r.ReplayVisits},
		{"viewerCnt", r.Viewers}, {"viewerLiveCnt", r.Audiences["直播"] + both},
		{"viewerReplayCnt", r.Audiences["回放"] + both},
		{"eventTime", event.Minutes() * 60}, {"viewTime", (seconds + 59) / 60},
	}}}, c.Now)
}
