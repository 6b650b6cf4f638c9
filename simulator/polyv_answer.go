package simulator

import (
	"fmt"
	"net/http"
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

func polyvSuccess(data any) answer {
	return answer{status: http.StatusOK, contentType: polyvContentType, body: encode(object{
		{"code", polyvOK}, {"status", "success"}, {"message", "success"}, {"data", data},
	})}
}

// refuse is the answer with an error code; an empty message stands for the usual one.
func (p *polyv) refuse(code int, message string) answer {
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
	return answer{status: status, contentType: polyvContentType, body: encode(object{
		{"code", code}, {"status", "error"}, {"message", message}, {"data", ""},
	})}
}

// throttle is how one is answered who is blocked. How the vendor does it is not known; what stands before its whole domain knows
// nothing of the shape of answers.
func (p *polyv) throttle(string) answer { return polyvText(http.StatusTooManyRequests) }

// polyvText is what a server says of its own, before the API comes to it.
func polyvText(status int) answer {
	return answer{
		status: status, contentType: "text/plain; charset=utf-8",
		body: fmt.Appendf(nil, "%d %s\n", status, http.StatusText(status)),
	}
}

// json writes an hour in the document's order.
func (h PolyvHour) json(user PolyvUser) object {
	pcFlowSize := "pcFlowSize"
	if user.ProseSpelling {
		pcFlowSize = "PCFlowSize"
	}
	return object{
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
