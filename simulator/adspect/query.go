package adspect

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator/core"
)

// history is how far back a report goes that names no beginning.
const history = 90 * 24 * time.Hour

// times is the time that a report is of, from one moment until before another, and the zone that it writes times in.
type times struct {
	from, to time.Time
	zone     *time.Location
}

func (t times) has(at time.Time) bool { return !at.Before(t.from) && at.Before(t.to) }

// span reads the time that is asked for. What has no end ends now.
func span(q url.Values, now time.Time, zone *time.Location) (times, error) {
	if name := q.Get("time_zone"); name != "" {
		loc, err := time.LoadLocation(name)
		if err != nil || name == "Local" {
			return times{}, fmt.Errorf("unknown time zone: %s", name)
		}
		zone = loc
	}
	now = now.In(zone)
	span := times{from: now.Add(-history), to: now, zone: zone}
	for name, at := range map[string]*time.Time{"date_from": &span.from, "date_to": &span.to} {
		if text := q.Get(name); text != "" {
			moment, ok := parseTime(text, now)
			if !ok {
				return times{}, fmt.Errorf("invalid value of %s: %s", name, text)
			}
			*at = moment
		}
	}
	// There is nothing before, and a span may be of thousands of years.
	if oldest := now.Add(-2 * history); span.from.Before(oldest) {
		span.from = oldest
	}
	return span, nil
}

// parseTime reads Unix seconds, or some of what may be written in words, in the zone of now.
func parseTime(text string, now time.Time) (at time.Time, ok bool) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0).In(now.Location()), true
	}
	switch strings.ToLower(text) {
	case "now":
		return now, true
	case "today":
		return core.Midnight(now, 0), true
	case "yesterday":
		return core.Midnight(now, -1), true
	case "tomorrow":
		return core.Midnight(now, 1), true
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339, "2 Jan 2006", "2 January 2006"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// Filters are what a report is limited to. An empty list does not limit; nothing in a list matches null.
type Filters struct {
	streamIDs, countries, systems, browsers, engines, subIDs, clickIDs, modes []string

	addresses []netip.Addr
	asns      []int64
	targets   []int64
}

// filterNames are the parameters of all filters.
var filterNames = []string{
	"query_id", "date_from", "date_to", "time_zone", "stream_id[]", "ip_address[]", "asn[]", "country_code[]", "os[]",
	"browser[]",
	"engine[]", "sub_id[]", "click_id[]", "mode[]", "target[]",
}

func readFilters(q url.Values) (Filters, error) {
	f := Filters{
		streamIDs: q["stream_id[]"], countries: q["country_code[]"], systems: q["os[]"], browsers: q["browser[]"],
		engines: q["engine[]"], subIDs: q["sub_id[]"], clickIDs: q["click_id[]"], modes: q["mode[]"],
	}
	bad := func(name, value string) error {
		return fmt.Errorf("invalid value of %s: %s", name, value)
	}
	for _, text := range q["ip_address[]"] {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return f, bad("ip_address", text)
		}
		f.addresses = append(f.addresses, address)
	}
	for _, text := range q["asn[]"] {
		asn, ok := parseASN(text)
		if !ok {
			return f, bad("asn", text)
		}
		f.asns = append(f.asns, asn)
	}
	for _, text := range q["target[]"] {
		target, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return f, bad("target", text)
		}
		f.targets = append(f.targets, int64(target))
	}
	for _, mode := range f.modes {
		if !slices.Contains([]string{modeFilter, modeReview, modeMoney, modeWhite}, mode) {
			return f, bad("mode", mode)
		}
	}
	return f, nil
}

// parseASN reads 65536, AS65536 or AS1.0.
func parseASN(text string) (asn int64, ok bool) {
	digits, prefixed := strings.CutPrefix(strings.ToUpper(text), "AS")
	if high, low, dotted := strings.Cut(digits, "."); dotted && prefixed {
		h, err1 := strconv.ParseUint(high, 10, 16)
		l, err2 := strconv.ParseUint(low, 10, 16)
		return int64(h<<16 | l), err1 == nil && err2 == nil
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return int64(n), err == nil
}

// allows says whether what is asked for is in a list, or whether all is.
func allows[T comparable](list []T, value T) bool {
	var null T
	return len(list) == 0 || (value != null && slices.Contains(list, value))
}

// ofPlacement says whether anything of a placement may match.
func (f *Filters) ofPlacement(p *placement) bool {
	return allows(f.streamIDs, p.stream.StreamID) && allows(f.modes, p.stream.Mode) && allows(f.subIDs, p.subID)
}

// ofVisit says whether a visit of a placement that matches does so too, but for its target.
func (f *Filters) ofVisit(v *Visit) bool {
	return allows(f.countries, v.Country) && allows(f.systems, v.OS) && allows(f.browsers, v.Browser) &&
		allows(f.engines, v.Engine) &&
		allows(f.asns, v.ASN) &&
		(len(f.addresses) == 0 || allows(f.addresses, v.Address())) &&
		(len(f.clickIDs) == 0 || allows(f.clickIDs, v.ClickID()))
}

// ofTarget says whether a page matches.
func (f *Filters) ofTarget(target int) bool {
	return len(f.targets) == 0 || slices.Contains(f.targets, int64(target))
}

// report is what a funnel and a log have in common.
type report struct {
	times
	Filters

	now     time.Time
	traffic *traffic
}

// report reads the filters; all other parameters but the named ones are refused.
func (s *server) report(c *core.Call, columns ...string) (report, *core.Answer) {
	q := c.Request.URL.Query()
	if refusal := onlyKnown(q, append(columns, filterNames...)...); refusal != nil {
		return report{}, refusal
	}
	refuse := func(status int, message string) (report, *core.Answer) {
		refusal := errorAnswer(status, message)
		return report{}, &refusal
	}
	span, err := span(q, c.Now, s.account.Location)
	if err != nil {
		return refuse(400, err.Error())
	}
	filters, err := readFilters(q)
	if err != nil {
		return refuse(400, err.Error())
	}
	owner := s
	if id := q.Get("query_id"); id != "" {
		saved, streamID, ok := s.all.findQuery(id)
		if !ok {
			return refuse(404, "object not found: "+id)
		}
		if !allows(filters.streamIDs, streamID) {
			streamID = "none" // what both filters allow
		}
		owner, filters.streamIDs = saved, []string{streamID}
	}
	return report{times: span, Filters: filters, now: c.Now, traffic: owner.traffic}, nil
}

// columns reads a list of columns, each of which has to be known.
func columns[T any](q url.Values, parameter string, known []column[T]) ([]column[T], *core.Answer) {
	list := make([]column[T], 0, len(q[parameter]))
	for _, name := range q[parameter] {
		i := slices.Index(namesOf(known), name)
		if i < 0 {
			refusal := errorAnswer(400, fmt.Sprintf("unknown value of %s: %s", parameter, name))
			return nil, &refusal
		}
		list = append(list, known[i])
	}
	return list, nil
}
