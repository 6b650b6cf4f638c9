package polyv

import (
	"fmt"
	"net/http"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// Polyv's codes, which stand in the body.
const (
	codeOK         = 200
	codeBadRequest = 400
	codeBadRange   = 401
	codeFailed     = 500
)

// messages are what a code says if nobody chooses. Code 400 has a handful of messages.
var messages = map[int]string{
	codeBadRequest: "the sign is not right.",
	codeBadRange:   "start and end illegal.",
	codeFailed:     "query failed.",
}

// apiError is a refusal before it is an answer.
type apiError struct {
	code    int
	message string
}

const contentType = "application/json;charset=UTF-8"

func successAnswer(data any) core.Answer {
	return core.Answer{Status: http.StatusOK, ContentType: contentType, Body: core.Encode(core.Object{
		{"code", codeOK}, {"status", "success"}, {"message", "success"}, {"data", data},
	})}
}

// Refuse is the answer with an error code; an empty message stands for the usual one.
func (p *api) Refuse(code int, message string) core.Answer {
	if message == "" {
		message = messages[code]
	}
	if message == "" {
		message = "error"
	}
	status := http.StatusOK
	if p.mirrorStatus && code >= 400 && code <= 599 {
		status = code
	}
	return core.Answer{Status: status, ContentType: contentType, Body: core.Encode(core.Object{
		{"code", code}, {"status", "error"}, {"message", message}, {"data", ""},
	})}
}

// Throttle is how one is answered who is blocked. How the vendor does it is not known; what stands before its whole
// domain knows nothing of the shape of answers.
func (p *api) Throttle(string) core.Answer { return plainText(http.StatusTooManyRequests) }

// plainText is what a server says of its own, before the API comes to it.
func plainText(status int) core.Answer {
	return core.Answer{
		Status: status, ContentType: "text/plain; charset=utf-8",
		Body: fmt.Appendf(nil, "%d %s\n", status, http.StatusText(status)),
	}
}

// json writes an hour in the document's order.
func (h Hour) json(user User) core.Object {
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
