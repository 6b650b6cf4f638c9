package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"github.com/engage-exporter/engage_exporter/collector"
)

// The bounds on texts of others, in characters. A vendor's words are bounded long before; the page does not rely on
// it.
const (
	maxErrorText     = 1000
	maxReloadFailure = 4000
)

// moment is an instant for people and for machines.
type moment struct {
	Machine  string // RFC 3339, UTC
	Absolute string // "2026-11-23 00:12:03 UTC"
	Clock    string // "00:12:03 UTC", with the date where it is another day
	Relative string // "3 min ago", "in 20 s"
	Length   string // "3 min"
}

// newMoment tells when t is, seen from now.
func newMoment(t, now time.Time) moment {
	t, now = t.UTC(), now.UTC()
	m := moment{Machine: t.Format(time.RFC3339), Absolute: t.Format("2006-01-02 15:04:05 UTC"), Clock: t.Format("15:04:05 UTC")}
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		m.Clock = t.Format("Jan 2, 15:04 UTC")
	}
	switch d := t.Sub(now); {
	case d >= time.Second:
		m.Length = length(d)
		m.Relative = "in " + m.Length
	case d <= -time.Second:
		m.Length = length(-d)
		m.Relative = m.Length + " ago"
	default:
		m.Length, m.Relative = "a moment", "just now"
	}
	return m
}

// length is about how long something is, in one unit.
func length(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 2*time.Minute:
		return strconv.FormatInt(int64(d/time.Second), 10) + " s"
	case d < 2*time.Hour:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	case d < 2*day:
		return strconv.FormatInt(int64(d/time.Hour), 10) + " h"
	}
	return strconv.FormatInt(int64(d/day), 10) + " days"
}

// took is how long a read or a request took.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "< 1 ms"
	case d >= time.Second && d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return length(d)
}

// configured is a duration as the configuration has it: "1m30s".
func configured(d time.Duration) string { return model.Duration(d).String() }

// number groups the digits of a count by thousands, with narrow spaces that do not break.
func number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = digits[:1], digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), "\u202f")
}

// count is a number of things: "1 account", "2 accounts".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(n) + " " + thing + "s"
}

// shortened bounds a text in characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// reason is a kind of failure, with what is usually to be done.
type reason struct{ Name, Advice string }

// advice is for who must act. The kinds are those of engage_endpoint_failing.
var advice = map[string]string{
	"auth":         "Check the credentials, and this machine's clock.",
	"rate_limited": "The vendor says that it is called too often: raise min_interval, or ask who else uses these credentials.",
	"throttled":    "requests_per_minute is too small for all that is to be read.",
	"timeout":      "No whole answer in time: see timeout, and the way to the vendor.",
	"network":      "Check base_url, http_client (proxy, TLS), DNS and the firewall.",
	"http":         "The vendor, or something before it, answered with an HTTP error. Check base_url.",
	"rejected":     "The vendor understood the request and said no: do the account's rights and the configured ids allow it?",
	"malformed":    "The answer is not what the vendor documents. Does base_url lead to its API?",
	"too_large":    "The answer is larger than max_response_bytes.",
}

func newReasons(names []string) []reason {
	reasons := make([]reason, 0, len(names))
	for _, name := range names {
		reasons = append(reasons, reason{name, advice[name]})
	}
	return reasons
}

// storageWords say what was restored at the start, and whether what is read now will be after the next one.
func storageWords(s collector.StorageStatus) []string {
	var all []string
	if r := s.Restored; r.Accounts > 0 {
		all = append(all, fmt.Sprintf("Restored at the start: %s of %s, with %s.",
			count(r.Endpoints, "endpoint"), count(r.Accounts, "account"), count(r.Samples, "sample")))
	}
	if n := s.Restored.Others; n > 0 {
		all = append(all, fmt.Sprintf("Not restored: %s, configured in another way than before, with other secrets, or with"+
			" secrets that cannot be read.", count(n, "account")))
	}
	if s.Err != nil {
		all = append(all, "The state cannot be stored: a restart will begin without what is read now. The log says why.")
	}
	return all
}
