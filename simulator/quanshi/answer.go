package quanshi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

const quanshiContentType = "application/json;charset=UTF-8"

// The codes of an envelope. The document gives that of success alone; the others are chosen.
const (
	quanshiOK           = 200
	quanshiBadParameter = 40001
	quanshiBadKey       = 40101
	quanshiBadNonce     = 40102
	quanshiBadTime      = 40103
	quanshiBadCheckSum  = 40104
	quanshiBadToken     = 40105
	quanshiNoUser       = 40401
	quanshiNoEvent      = 40402
	quanshiTooFrequent  = 42901
)

// quanshiMessages are the usual texts. The document's only one is that of a report's success.
var quanshiMessages = map[int]string{
	quanshiBadParameter: "Invalid parameter",
	quanshiBadKey:       "Invalid AppKey",
	quanshiBadNonce:     "Invalid Nonce",
	quanshiBadTime:      "CurTime is not the current time",
	quanshiBadCheckSum:  "CheckSum verification failed",
	quanshiBadToken:     "The token is invalid or has expired",
	quanshiNoUser:       "The user does not exist",
	quanshiNoEvent:      "The event does not exist",
	quanshiTooFrequent:  "Requests are too frequent, please try again later",

	http.StatusNotFound:             "Not Found",
	http.StatusMethodNotAllowed:     "Method Not Allowed, use POST",
	http.StatusUnsupportedMediaType: "Content-Type must be application/json",
}

// quanshiError is an envelope's code and message; without a message it is the usual one.
type quanshiError struct {
	code    int
	message string
}

func (e quanshiError) Error() string {
	if e.message != "" {
		return e.message
	}
	if usual, ok := quanshiMessages[e.code]; ok {
		return usual
	}
	return fmt.Sprintf("error %d", e.code)
}

// quanshiRefusal is an error as an envelope. One that names no code is about a parameter.
func quanshiRefusal(err error, now time.Time) core.Answer {
	code := quanshiBadParameter
	if own, ok := err.(quanshiError); ok { //nolint:errorlint // made here and never wrapped
		code = own.code
	}
	return quanshiEnvelope(http.StatusOK, code, err.Error(), nil, now)
}

// quanshiFailure is an error of HTTP.
func quanshiFailure(status int, now time.Time) core.Answer {
	return quanshiEnvelope(status, status, quanshiMessages[status], nil, now)
}

func quanshiSuccess(data any, now time.Time) core.Answer {
	return quanshiEnvelope(http.StatusOK, quanshiOK, "Success", data, now)
}

// quanshiEnvelope has its members in the document's order: what is there to identify it comes last.
func quanshiEnvelope(status, code int, message string, data any, now time.Time) core.Answer {
	return core.Answer{Status: status, ContentType: quanshiContentType, Body: core.Encode(core.Object{
		{"timeStamp", now.UnixMilli()}, {"code", code}, {"msg", message}, {"data", data}, {"requestId", quanshiRequestID(now)},
	})}
}

// quanshiRequestID is made as the document's example: a server's address and the time.
func quanshiRequestID(now time.Time) string {
	return fmt.Sprintf("198.18.85.69_%s_%d", now.In(core.Shanghai()).Format("20060102_150405"), now.UnixMilli())
}
