package quanshi

import (
	"slices"
	"strings"
)

// summary is what a row of viewerDetails adds up.
type summary struct {
	online, offline      int64 // offline 0 = still there
	seconds, liveSeconds int64
	times, liveTimes     int64
	actions              [actions]int64
	speaking             int64
	devices, clients     []string
	interactive, stream  bool
}

// summary adds up the sessions of a viewer, which are in the order of time.
func (v *viewer) summary(devices, clients []string) summary {
	sum := summary{online: v.sessions[0].online, devices: devices, clients: clients}
	for i := range v.count {
		s := &v.sessions[i]
		sum.times++
		sum.seconds += s.seconds
		if !s.replay {
			sum.liveTimes++
			sum.liveSeconds += s.seconds
		}
		for k, n := range s.actions {
			sum.actions[k] += max(0, n)
		}
		sum.speaking += max(0, s.speaking)
		sum.offline = s.offline
		sum.interactive = sum.interactive || s.interactive
		sum.stream = sum.stream || !s.interactive
		if word := word(s.device); !slices.Contains(sum.devices, word) {
			sum.devices = append(sum.devices, word)
		}
		if word := word(s.client); !slices.Contains(sum.clients, word) {
			sum.clients = append(sum.clients, word)
		}
	}
	return sum
}

// detail writes a row of viewerDetails, with all that the document names: much of it is words, and its times are text.
func (r *rows) detail(b []byte, v *viewer) []byte {
	var devices, clients [maxSessions]string
	sum := v.summary(devices[:0], clients[:0])
	first := &v.sessions[0]
	b = r.words(b, "auth_type", yesNo(first.auth == "1", "是", "否"))
	b = r.number(b, "call_duration", sum.speaking)
	b = r.words(b, "live_type", v.watched())
	b = r.words(b, "watchForm", v.watched())
	b = r.words(b, "device_type", strings.Join(sum.devices, ","))
	b = r.words(b, "client_type", strings.Join(sum.clients, ","))
	for _, k := range summed {
		b = r.number(b, habits[k].field, sum.actions[k])
	}
	for _, took := range tookPart {
		b = r.words(b, took.field, yesNo(sum.actions[took.action] > 0, "Y", "N"))
	}
	b = r.moment(b, "online", sum.online)
	b = r.moment(b, "offline", sum.offline)
	b = r.number(b, "duration", sum.seconds)
	b = r.number(b, "times", sum.times)
	b = r.number(b, "liveTimes", sum.liveTimes)
	b = r.number(b, "replayTimes", sum.times-sum.liveTimes)
	b = r.clock(b, "watchDuration", sum.seconds)
	b = r.clock(b, "liveWatchDuration", sum.liveSeconds)
	b = r.clock(b, "replayWatchDuration", sum.seconds-sum.liveSeconds)
	b = r.words(b, "type", sum.entrances())
	b = r.words(b, "dialedIn", v.dialed())
	b = r.words(b, "dialoutSource", yesNo(v.dialed() == calledOut, "主持人外呼", "-"))
	b = r.person(b, v, "-")
	b = r.address(b, v, first)
	b = r.words(b, "location", v.places())
	b = r.number(b, "hostId", r.audience.event.HostID)
	b = r.words(r.null(b, "whitelist_type"), "whitelist_tag", "-")
	return r.meeting(b)
}

// summed are the actions that a summary has the numbers of.
var summed = []int{chat, praise, raiseHand, quiz, goods}

// tookPart are the actions of which a summary says whether the viewer took part.
var tookPart = []struct {
	field  string
	action int
}{{"survey", question}, {"vote", vote}, {"sign", checkSum}, {"envelope", redEnvelope}}

const calledOut = "外呼入会"

// dialed is how somebody came by telephone.
func (v *viewer) dialed() string {
	if v.sessions[0].device != telephone {
		return "-"
	}
	return yesNo(v.number%2 == 0, calledOut, "主动拨号入会")
}

// entrances are the ways in that somebody took.
func (s *summary) entrances() string {
	switch {
	case s.interactive && s.stream:
		return "互动端,直播端"
	case s.interactive:
		return "互动端"
	default:
		return "直播端"
	}
}

// places are where somebody was, in a summary's words.
func (v *viewer) places() string {
	if v.sessions[0].device != telephone {
		return v.place.summary
	}
	for i := range v.count {
		if v.sessions[i].device != telephone {
			return nowhere.summary + "," + v.place.summary
		}
	}
	return nowhere.summary
}

func yesNo(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// clock adds a duration as hours, minutes and seconds.
func (r *rows) clock(b []byte, name string, seconds int64) []byte {
	b = append(r.name(b, name), '"')
	b = appendTwoDigits(b, seconds/3600)
	b = appendTwoDigits(append(b, ':'), seconds/60%60)
	b = appendTwoDigits(append(b, ':'), seconds%60)
	return append(b, '"')
}

// appendTwoDigits adds a number below 100: nobody watches for more hours than that.
func appendTwoDigits(b []byte, n int64) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10))
}
