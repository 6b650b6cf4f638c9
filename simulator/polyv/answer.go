package polyv

import (
	"fmt"
	"net/http"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Polyv's codes, which stand in the body.
const (
	polyvOK         = 200
	polyvBadRequest = 400
	polyvBadRange   = 401
	polyvFailed     = 500
)

// polyvMessages are what a code says if nobody chooses. Code 400 has a handful of messages.
var polyvMessages = map[int]string{
	polyvBadRequest: "the sign is not right.",
	polyvBadRange:   "start and end illegal.",
	polyvFailed:     "query failed.",
}

// polyvError is a refusal before it is an answer.
type polyvError struct {
	code    int
	message string
}

const polyvContentType = "application/json;charset=UTF-8"

func polyvSuccess(data any) core.Answer {
	return core.Answer{Status: http.StatusOK, ContentType: polyvContentType, Body: core.Encode(core.Object{
		{"code", polyvOK}, {"status", "success"}, {"message", "success"}, {"data", data},
	})}
}

// Refuse is the answer with an error code; an empty message stands for the usual one.
func (p *polyvAPI) Refuse(code int, message string) core.Answer {
	if message == "" {
		message = polyvMessages[code]
	}
	if message == "" {
		message = "error"
	}
	status := http.StatusOK
	if p.mirrorStatus && code >= 400 && code <= 599 {
		status = code
	}
	return core.Answer{Status: status, ContentType: polyvContentType, Body: core.Encode(core.Object{
		{"code", code}, {"status", "error"}, {"message", message}, {"data", ""},
	})}
}

// Throttle is how one is answered who is blocked. How the vendor does it is not known; what stands before its whole domain knows
// nothing of the shape of answers.
func (p *polyvAPI) Throttle(string) core.Answer { return polyvText(http.StatusTooManyRequests) }

// polyvText is what a server says of its own, before the API comes to it.
func polyvText(status int) core.Answer {
	return core.Answer{
		Status: status, ContentType: "text/plain; charset=utf-8",
		Body: fmt.Appendf(nil, "%d %s\n", status, http.StatusText(status)),
	}
}

// json writes an hour in the document's order.
func (h PolyvHour) json(user PolyvUser) core.Object {
	pcFlowSize := "pcFlowSize"
	if user.ProseSpelling {
		pcFlowSize = "PCFlowSize"
	}
	return core.Object{
		{"currentHour", h.Hour},
		{"formatPcPlayDuration", clockText(h.PC.DurationSeconds)},
		{"pcPlayDuration", h.PC.DurationSeconds},
		{pcFlowSize, h.PC.TrafficBytes},
		{"pcVideoView", h.PC.Plays},
		{"pcUniqueViewer", h.PC.Viewers},
		{"formatMobilePlayDuration", clockText(h.Mobile.DurationSeconds)},
		{"mobilePlayDuration", h.Mobile.DurationSeconds},
		{"mobileFlowSize", h.Mobile.TrafficBytes},
		{"mobileVideoView", h.Mobile.Plays},
		{"mobileUniqueViewer", h.Mobile.Viewers},
	}
}

// clockText writes seconds as 00:00:00.
func clockText(seconds int64) string {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
