package adspect

import (
	"strconv"

	"github.com/engage-exporter/engage_exporter/collector/metric"
)

var clickLogSpec = &metric.Spec{
	Name: "click_log", Source: "GET /reports/log", Window: metric.Today,
	Families: []*metric.Family{events, lastEvent}, Note: logNote,
}

// logNote is the text of the docs page on the click log.
const logNote = "The time of the newest event is a value of today as well: it is dropped at midnight. " +
	"Adspect cuts reports at a number of rows that it does not document: " +
	"after an answer of 1000 rows or more, reading continues from the newest event. " +
	"An event that Adspect adds to the log up to 10 minutes after its time is counted. If the log has 1000 events or " +
	"more in 10 minutes, that time is shorter: what one answer holds. " +
	"If the API key changes, the day is read again from its start: the log may be that of another account."

var (
	events = metric.NewFamily("adspect_today_log_events",
		"Events in today's click log, by stage of the check and by the page shown.", "stream_id", "stage", "page")
	lastEvent = metric.NewFamily("adspect_last_event_timestamp_seconds",
		"Time of the newest event in today's click log.", "stream_id", "stage")
)

// logStage returns the name of the step in the handling of a click; a number that the vendor's document does not have
// stays as it is. It is "" if the vendor does not send the step.
func logStage(sequence int) string {
	switch sequence {
	case -1:
		return ""
	case 0:
		return "basic"
	case 1:
		return "fingerprint"
	case 255:
		return "conversion"
	default:
		return strconv.Itoa(sequence)
	}
}

// logPage returns the name of the page that was shown: 0 is the safe one, the others are the money pages. It is "" if
// the vendor does not send the page.
func logPage(target int) string {
	switch target {
	case -1:
		return ""
	case 0:
		return "safe"
	default:
		return "money"
	}
}
