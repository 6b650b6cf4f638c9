package getui

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// GeTui's codes that the simulator answers without a fault.
const (
	codeOK           = 0
	failure          = 1
	starting         = 2
	otherRegion      = 301
	notFound         = 404
	badMethod        = 405
	badToken         = 10001
	blacklisted      = 10002
	tooManyLogins    = 10003
	noDetail         = 10004
	tooManyCalls     = 10005
	badParameter     = 20001
	noRealtimeReport = 30017
	noPermission     = 30023
)

var messages = map[int]string{
	codeOK:           "success",
	failure:          "fail",
	starting:         "service is starting",
	otherRegion:      "domain does not match appid",
	notFound:         "url not found",
	badMethod:        "method not supported",
	badToken:         "token is invalid",
	blacklisted:      "appid or ip is in blacklist",
	tooManyLogins:    "auth frequency exceeds limit per minute",
	noDetail:         "permission denied of querying message detail",
	tooManyCalls:     "call frequency exceeds limit per minute",
	badParameter:     "param is invalid",
	noRealtimeReport: "permission denied of querying real_time_report",
	noPermission:     "no permission",
}

// status is the HTTP status that a code comes with, by the vendor's table of codes: 1, 2 and 301 come with 200, and
// calls that are too frequent with 401.
func status(code int) int {
	switch {
	case code == notFound || code == badMethod:
		return code
	case code >= 10_000 && code < 20_000:
		return http.StatusUnauthorized
	case code >= 20_000 && code < 30_000:
		return http.StatusBadRequest
	case code >= 30_000 && code < 40_000:
		return http.StatusForbidden
	default:
		return http.StatusOK
	}
}

// regions are the other data centres of the vendor.
var regions = []string{"https://cncrestapi.getui.com", "https://nzrestapi.getui.com"}

// contentType is written as the document writes it.
const contentType = "application/json;charset=utf-8"

// noData stands for data that is not in the envelope.
type noData struct{}

func jsonAnswer(status int, envelope core.Object) core.Answer {
	envelope = slices.DeleteFunc(envelope, func(m core.Member) bool { return m.Value() == noData{} })
	return core.Answer{Status: status, ContentType: contentType, Body: core.Encode(envelope)}
}

// nothing is the data of an answer about a task, a group or a day of which the vendor has nothing: {}, null, or none
// at all, as seen in real answers. One name gets the same each time.
func (d Data) nothing(name string) any {
	return []any{core.Object{}, nil, noData{}}[d.noise("nothing").With(name).Between(0, 2)]
}

// orNothing is the data with what is known of names; nothing if that is nothing.
func (d Data) orNothing(known core.Object, names string) any {
	if len(known) == 0 {
		return d.nothing(names)
	}
	return known
}

// successAnswer is the usual envelope around data.
func successAnswer(data any) core.Answer {
	return jsonAnswer(http.StatusOK, core.Object{{"code", codeOK}, {"msg", messages[codeOK]}, {"data", data}})
}

// successMessageFirst is the envelope as the document shows it for push quotas and the loss details of tasks.
func successMessageFirst(data any) core.Answer {
	return jsonAnswer(http.StatusOK, core.Object{{"msg", messages[codeOK]}, {"code", codeOK}, {"data", data}})
}

// successCodeAsText is the envelope as the document shows it for task groups.
func successCodeAsText(data any) core.Answer {
	return jsonAnswer(http.StatusOK, core.Object{{"code", fmt.Sprint(codeOK)}, {"msg", messages[codeOK]},
		{"data", data}})
}

// errorAnswer is the answer with an error code; an empty message stands for the usual one.
func errorAnswer(code int, message string) core.Answer {
	if code == otherRegion {
		return moved(regions, message)
	}
	return jsonAnswer(status(code), core.Object{{"code", code}, {"msg", messageOf(code, message)}})
}

func messageOf(code int, message string) string {
	if message != "" {
		return message
	}
	if known, ok := messages[code]; ok {
		return known
	}
	return "error"
}

// moved names the data centre in which the application lives, in the shape that the vendor's own SDK reads.
func moved(hosts []string, message string) core.Answer {
	return jsonAnswer(status(otherRegion), core.Object{
		{"code", otherRegion},
		{"msg", messageOf(otherRegion, message)},
		{"data", core.Object{
			{"hostList", []core.Object{{{"domainList", hosts}, {"priorityGap", 30}}}},
			{"domainHash", fmt.Sprintf("%016x", uint64(core.Noise(0).With(fmt.Sprint(hosts))))},
		}},
	})
}

// The wordings of 20001, with the parameter's name.
func invalid(parameter string) core.Answer {
	return errorAnswer(badParameter, parameter+" is invalid")
}

func empty(parameter string) core.Answer {
	return errorAnswer(badParameter, parameter+" can not be empty")
}

func wrongType(parameter string) core.Answer {
	return errorAnswer(badParameter, parameter+" type error")
}
