package quanshi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

const contentType = "application/json;charset=UTF-8"

// The codes of an envelope. The document has that of success alone; the others are invented.
const (
	codeOK       = 200
	badParameter = 40001
	badKey       = 40101
	badNonce     = 40102
	badTime      = 40103
	badCheckSum  = 40104
	badToken     = 40105
	noUser       = 40401
	noEvent      = 40402
	tooFrequent  = 42901
)

// messages are the usual texts. The document's only one is that of a report's success.
var messages = map[int]string{
	badParameter: "Invalid parameter",
	badKey:       "Invalid AppKey",
	badNonce:     "Invalid Nonce",
	badTime:      "CurTime is not the current time",
	badCheckSum:  "CheckSum verification failed",
	badToken:     "The token is invalid or has expired",
	noUser:       "The user does not exist",
	noEvent:      "The event does not exist",
	tooFrequent:  "Requests are too frequent, please try again later",

	http.StatusNotFound:             "Not Found",
	http.StatusMethodNotAllowed:     "Method Not Allowed, use POST",
	http.StatusUnsupportedMediaType: "Content-Type must be application/json",
}

// apiError is an envelope's code and message; without a message it is the usual one.
type apiError struct {
	code    int
	message string
}

func (e apiError) Error() string {
	if e.message != "" {
		return e.message
	}
	if usual, ok := messages[e.code]; ok {
		return usual
	}
	return fmt.Sprintf("error %d", e.code)
}

// errorAnswer is an error as an envelope. One that names no code is about a parameter.
func errorAnswer(err error, now time.Time) core.Answer {
	code := badParameter
	if own, ok := err.(apiError); ok { //nolint:errorlint // made here and never wrapped
		code = own.code
	}
	return envelope(http.StatusOK, code, err.Error(), nil, now)
}

// failure is an error of HTTP.
func failure(status int, now time.Time) core.Answer {
	return envelope(status, status, messages[status], nil, now)
}

func successAnswer(data any, now time.Time) core.Answer {
	return envelope(http.StatusOK, codeOK, "Success", data, now)
}

// envelope has its members in the document's order: what is there to identify it comes last.
func envelope(status, code int, message string, data any, now time.Time) core.Answer {
	return core.Answer{Status: status, ContentType: contentType, Body: core.Encode(core.Object{
		{"timeStamp", now.UnixMilli()}, {"code", code}, {"msg", message}, {"data", data}, {"requestId", requestID(now)},
	})}
}

// requestID is made as the document's example: a server's address and the time.
func requestID(now time.Time) string {
	return fmt.Sprintf("198.18.85.69_%s_%d", now.In(core.Shanghai()).Format("20060102_150405"), now.UnixMilli())
}
