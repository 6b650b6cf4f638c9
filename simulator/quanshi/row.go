package quanshi

import (
	"strconv"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// session writes a row of lives or of interactions, with all that the document names. What is personal in it is
// invented, and should never be seen again.
func (r *rows) session(b []byte, v *viewer, i int) []byte {
	s := &v.sessions[i]
	b = r.viewerID(b, v, s)
	if s.interactive {
		b = r.number(b, "role", int64(v.role))
	}
	b = r.number(b, "live_type", int64(s.liveType()))
	b = r.words(b, "device_type", s.device)
	b = r.words(b, "client_type", s.client)
	b = r.words(b, "clientType", s.client)
	b = r.number(b, "call_duration", s.reported(s.speaking))
	for i := range habits {
		b = r.number(b, habits[i].field, s.reported(s.actions[i]))
	}
	b = r.moment(b, "online", s.online)
	b = r.moment(b, "offline", s.offline)
	duration := "watch_duration"
	if s.interactive {
		duration = "online_duration"
	}
	b = r.number(b, duration, s.seconds)
	b = r.auth(b, s)
	b = r.person(b, v, "")
	b = r.address(b, v, s)
	b = r.words(b, "location", v.location(s))
	b = append(r.name(b, "hostId"), '"')
	b = strconv.AppendInt(b, r.audience.event.HostID, 10)
	return r.meeting(append(b, '"'))
}

// viewerID is who somebody is in the live stream; the interactive part has no such ids.
func (r *rows) viewerID(b []byte, v *viewer, s *session) []byte {
	if s.interactive {
		return r.null(b, "viewerId")
	}
	b = append(r.name(b, "viewerId"), '"')
	b = appendHex(appendHex(b, uint64(v.noise.With("id"))), uint64(v.noise.With("more id")))
	return append(b, '"')
}

// appendHex adds 16 digits.
func appendHex(b []byte, n uint64) []byte {
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, "0123456789abcdef"[n>>shift&15])
	}
	return b
}

// auth is how somebody was let in, as a digit in quotes.
func (r *rows) auth(b []byte, s *session) []byte {
	whitelist := int64(0)
	if s.auth == "1" {
		whitelist = 1 + s.online%2
	}
	if s.auth == "" {
		b = r.null(b, "auth_type")
	} else {
		b = r.words(b, "auth_type", s.auth)
	}
	return r.number(b, "whitelist_type", whitelist)
}

// companies are where people work.
var companies = []string{"模拟科技有限公司", "示例教育集团", "虚构医药股份", "新建管理中心测试25"}

// person writes who somebody is. What is not known is null, or the given text if there is one.
func (r *rows) person(b []byte, v *viewer, none string) []byte {
	missing := func(b []byte, name string) []byte {
		if none == "" {
			return r.null(b, name)
		}
		return r.words(b, name, none)
	}
	b = append(r.name(b, "name"), `"网友`...)
	b = append(strconv.AppendInt(b, 1000+v.number, 10), '"')
	for _, name := range []string{"mobile", "distinctId", "phoneNumber"} {
		b = append(r.name(b, name), '"')
		if name != "phoneNumber" {
			b = append(b, "+86-"...)
		}
		b = append(strconv.AppendInt(b, 10_000_000_000+v.number, 10), '"') // no number begins so
	}
	b = r.words(b, "countryCode", "+86")
	if v.number%3 == 0 {
		b = append(r.name(b, "email"), `"sim-viewer-`...)
		b = append(strconv.AppendInt(b, v.number, 10), `@mail.example"`...)
	} else {
		b = r.words(b, "email", none)
	}
	if v.number%4 == 0 {
		company := core.Pick(companies, v.noise.With("company"))
		b = r.words(r.words(b, "company", company), "group", company)
	} else {
		b = missing(missing(b, "company"), "group")
	}
	if v.number%5 == 0 {
		b = append(r.name(b, "extId"), `"sim-ext-`...)
		b = append(strconv.AppendInt(b, v.number, 10), '"')
	} else {
		b = missing(b, "extId")
	}
	iden := "观众"
	switch v.role {
	case host:
		iden = "主持人"
	case speaker:
		iden = "主讲人"
	}
	return r.words(b, "iden", iden)
}

// address writes somebody's, from a range that is nobody's. A telephone has none.
func (r *rows) address(b []byte, v *viewer, s *session) []byte {
	if s.device == telephone {
		return r.words(b, "ip", "-")
	}
	n := v.noise.With("address")
	b = append(r.name(b, "ip"), '"')
	if v.place == lan {
		b = append(b, "192.168.40."...)
	} else {
		b = append(strconv.AppendInt(append(b, "198.18."...), n.With("net").Between(0, 255), 10), '.')
	}
	return append(strconv.AppendInt(b, n.Between(1, 254), 10), '"')
}

// meeting writes what is the same in all rows of an event.
func (r *rows) meeting(b []byte) []byte {
	for _, name := range []string{"conferenceId", "billingCode"} {
		b = append(r.name(b, name), '"')
		b = append(strconv.AppendInt(b, r.audience.noise.With(name).Between(90_000_000, 999_999_999), 10), '"')
	}
	return b
}
