package getui

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// GeTui's codes that the simulator gives of its own.
const (
	getuiOK               = 0
	getuiFailure          = 1
	getuiStarting         = 2
	getuiOtherRegion      = 301
	getuiNotFound         = 404
	getuiBadMethod        = 405
	getuiBadToken         = 10001
	getuiBlacklisted      = 10002
	getuiTooManyLogins    = 10003
	getuiNoDetail         = 10004
	getuiTooManyCalls     = 10005
	getuiBadParameter     = 20001
	getuiNoRealtimeReport = 30017
	getuiNoPermission     = 30023
)

var getuiMessages = map[int]string{
	getuiOK:               "success",
	getuiFailure:          "fail",
	getuiStarting:         "service is starting",
	getuiOtherRegion:      "domain does not match appid",
	getuiNotFound:         "url not found",
	getuiBadMethod:        "method not supported",
	getuiBadToken:         "token is invalid",
	getuiBlacklisted:      "appid or ip is in blacklist",
	getuiTooManyLogins:    "auth frequency exceeds limit per minute",
	getuiNoDetail:         "permission denied of querying message detail",
	getuiTooManyCalls:     "call frequency exceeds limit per minute",
	getuiBadParameter:     "param is invalid",
	getuiNoRealtimeReport: "permission denied of querying real_time_report",
	getuiNoPermission:     "no permission",
}

// getuiStatus is the HTTP status that a code comes with, by the vendor's table of codes: 1, 2 and 301 come with 200, and calls that are
// too frequent with 401.
func getuiStatus(code int) int {
	switch {
	case code == getuiNotFound || code == getuiBadMethod:
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

// getuiRegions are the other data centres of the vendor.
var getuiRegions = []string{"https://cncrestapi.getui.com", "https://nzrestapi.getui.com"}

// getuiContentType is written as the document writes it.
const getuiContentType = "application/json;charset=utf-8"

// noData stands for data that is not in the envelope.
type noData struct{}

func getuiAnswer(status int, envelope core.Object) core.Answer {
	envelope = slices.DeleteFunc(envelope, func(m core.Member) bool { return m.Value() == noData{} })
	return core.Answer{Status: status, ContentType: getuiContentType, Body: core.Encode(envelope)}
}

// nothing is the data of an answer about a task, a group or a day of which the vendor has nothing: {}, null, or none at all, as seen in real
// answers. One name gets the same each time.
func (d GetuiData) nothing(name string) any {
	return []any{core.Object{}, nil, noData{}}[d.noise("nothing").With(name).Between(0, 2)]
}

// orNothing is the data with what is known of names; nothing if that is nothing.
func (d GetuiData) orNothing(known core.Object, names string) any {
	if len(known) == 0 {
		return d.nothing(names)
	}
	return known
}

// getuiSuccess is the usual envelope around data.
func getuiSuccess(data any) core.Answer {
	return getuiAnswer(http.StatusOK, core.Object{{"code", getuiOK}, {"msg", getuiMessages[getuiOK]}, {"data", data}})
}

// getuiSuccessMessageFirst is the envelope as the document shows it for push quotas and the loss details of tasks.
func getuiSuccessMessageFirst(data any) core.Answer {
	return getuiAnswer(http.StatusOK, core.Object{{"msg", getuiMessages[getuiOK]}, {"code", getuiOK}, {"data", data}})
}

// getuiSuccessCodeAsText is the envelope as the document shows it for task groups.
func getuiSuccessCodeAsText(data any) core.Answer {
	return getuiAnswer(http.StatusOK, core.Object{{"code", fmt.Sprint(getuiOK)}, {"msg", getuiMessages[getuiOK]}, {"data", data}})
}

// getuiRefusal is the answer with an error code; an empty message stands for the usual one.
func getuiRefusal(code int, message string) core.Answer {
	if code == getuiOtherRegion {
		return getuiMoved(getuiRegions, message)
	}
	return getuiAnswer(getuiStatus(code), core.Object{{"code", code}, {"msg", getuiMessage(code, message)}})
}

func getuiMessage(code int, message string) string {
	if message != "" {
		return message
	}
	if known, ok := getuiMessages[code]; ok {
		return known
	}
	return "error"
}

// getuiMoved names the data centre in which the application lives, in the shape that the vendor's own SDK reads.
func getuiMoved(hosts []string, message string) core.Answer {
	return getuiAnswer(getuiStatus(getuiOtherRegion), core.Object{
		{"code", getuiOtherRegion},
		{"msg", getuiMessage(getuiOtherRegion, message)},
		{"data", core.Object{
			{"hostList", []core.Object{{{"domainList", hosts}, {"priorityGap", 30}}}},
			{"domainHash", fmt.Sprintf("%016x", uint64(core.Noise(0).With(fmt.Sprint(hosts))))},
		}},
	})
}

// The wordings of 20001, with the parameter's name.
func getuiInvalid(parameter string) core.Answer {
	return getuiRefusal(getuiBadParameter, parameter+" is invalid")
}

func getuiEmpty(parameter string) core.Answer {
	return getuiRefusal(getuiBadParameter, parameter+" can not be empty")
}

func getuiWrongType(parameter string) core.Answer {
	return getuiRefusal(getuiBadParameter, parameter+" type error")
}
