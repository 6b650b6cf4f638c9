package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is what goes wrong.
type FaultKind uint8

// The kinds of faults. Of those that stand in one group only the newest that matches a request fires; faults of
// different groups add up.
const (
	// FaultClock sets the vendor's clock off by Duration.
	FaultClock FaultKind = iota + 1

	// FaultSlow waits for Duration before the answer's header.
	FaultSlow
	// FaultHang never answers.
	FaultHang

	// FaultStatus answers with the HTTP status Status and, if set, Retry-After, as a gateway before the vendor does:
	// no JSON.
	FaultStatus
	// FaultRedirect answers 302 and sends to Location, as a vendor that has moved does, or a network that wants a
	// login first.
	FaultRedirect
	// FaultCode answers with the vendor's error code Code, in its own shape and with the HTTP status that goes with it.
	FaultCode
	// FaultThrottle answers as the vendor does to too many calls.
	FaultThrottle
	// FaultGarbage answers 200 with bytes that are no JSON, called JSON.
	FaultGarbage
	// FaultHTML answers 200 with a page, as a captive portal does.
	FaultHTML
	// FaultEmpty answers 200 without a body.
	FaultEmpty
	// FaultBadShape answers 200 and success with data of a shape that no endpoint has.
	FaultBadShape

	// FaultDrip sends the answer's body byte by byte, Duration apart (DefaultDrip if 0).
	FaultDrip
	// FaultCut sends less of the body than its Content-Length says.
	FaultCut
	// FaultReset breaks the connection (TCP reset) in the middle of the body.
	FaultReset
	// FaultHuge streams a body of Size bytes, without Content-Length: an answer in the vendor's shape around one long
	// string.
	FaultHuge

	// FaultExhausted uses up all push quotas of the day. It is for the QuotaEndpoint of a vendor alone.
	FaultExhausted

	// FaultToken ends all tokens of the account that have been handed out so far, at once and once. It has no
	// endpoint and no number of requests, and is for vendors that hand out tokens.
	FaultToken
)

// DefaultDrip is the time between two bytes of FaultDrip.
const DefaultDrip = 100 * time.Millisecond

// Fault is a failure of the requests that it matches.
type Fault struct {
	Vendor   string // by its Name
	Account  string // by its ID; "" = all
	Endpoint string // push_quota, … or auth; "" = all
	Requests int    // the fault fires this many times and is gone; 0 = until removed

	Kind       FaultKind
	Duration   time.Duration // of FaultSlow, FaultDrip, FaultClock
	Status     int           // of FaultStatus
	RetryAfter string        // of FaultStatus: seconds or an HTTP date; "" = none
	Location   string        // of FaultRedirect: an http or https URL
	Code       int           // of FaultCode
	Message    string        // of FaultCode; "" = the vendor's usual text
	Size       int64         // of FaultHuge
}

// group is the set of kinds of which one request meets at most one.
type group uint8

const (
	groupClock group = iota
	groupDelay
	groupAnswer
	groupDelivery
	groupData
	groupSession
)

// kinds are all kinds of faults, in the order of their constants.
var kinds = []struct {
	kind  FaultKind
	name  string
	group group
}{
	{FaultClock, "clock", groupClock},
	{FaultSlow, "slow", groupDelay},
	{FaultHang, "hang", groupDelay},
	{FaultStatus, "status", groupAnswer},
	{FaultRedirect, "redirect", groupAnswer},
	{FaultCode, "code", groupAnswer},
	{FaultThrottle, "throttle", groupAnswer},
	{FaultGarbage, "garbage", groupAnswer},
	{FaultHTML, "html", groupAnswer},
	{FaultEmpty, "empty", groupAnswer},
	{FaultBadShape, "badshape", groupAnswer},
	{FaultDrip, "drip", groupDelivery},
	{FaultCut, "cut", groupDelivery},
	{FaultReset, "reset", groupDelivery},
	{FaultHuge, "huge", groupDelivery},
	{FaultExhausted, "exhausted", groupData},
	{FaultToken, "token", groupSession},
}

func (k FaultKind) valid() bool { return k >= 1 && int(k) <= len(kinds) }

func (k FaultKind) group() group { return kinds[k-1].group }

// String is the kind's name in the grammar of ParseFault.
func (k FaultKind) String() string {
	if !k.valid() {
		return fmt.Sprintf("FaultKind(%d)", uint8(k))
	}
	return kinds[k-1].name
}

// Validate returns an error that says what is wrong with a fault.
func (f Fault) Validate() error {
	vendor, ok := vendorNamed(f.Vendor)
	if !ok {
		return fmt.Errorf("unknown vendor %q; known: %s", f.Vendor, strings.Join(vendorNames(), ", "))
	}
	if f.Endpoint != "" && !slices.Contains(vendor.Endpoints, f.Endpoint) {
		return fmt.Errorf("unknown endpoint %q of %s; known: %s (an account is written with its endpoint: %s/ACCOUNT/*)",
			f.Endpoint, f.Vendor, strings.Join(vendor.Endpoints, ", "), f.Vendor)
	}
	if f.Requests < 0 {
		return fmt.Errorf("number of requests %d is negative", f.Requests)
	}
	switch f.Kind {
	case FaultSlow:
		if f.Duration <= 0 {
			return errors.New("slow needs a duration above 0, such as slow:5s")
		}
	case FaultDrip:
		if f.Duration < 0 {
			return errors.New("drip needs a duration above 0, such as drip:50ms")
		}
	case FaultClock:
		if f.Duration == 0 {
			return errors.New("clock needs an offset, such as clock:-15m")
		}
	case FaultStatus:
		if f.Status < 200 || f.Status > 599 {
			return fmt.Errorf("HTTP status %d is not in 200 to 599", f.Status)
		}
		if f.RetryAfter != "" && !isRetryAfter(f.RetryAfter) {
			return fmt.Errorf("Retry-After %q is neither seconds nor an HTTP date", f.RetryAfter)
		}
	case FaultRedirect:
		if !isAbsolute(f.Location) {
			return fmt.Errorf("redirect needs an http or https URL, such as redirect:https://elsewhere.example/, not %q", f.Location)
		}
	case FaultHuge:
		if f.Size <= 0 {
			return errors.New("huge needs a size above 0, such as huge:100MiB")
		}
	case FaultExhausted:
		if f.Endpoint == "" || f.Endpoint != vendor.QuotaEndpoint {
			return fmt.Errorf("exhausted uses up push quotas: its target is %s", strings.Join(quotaTargets(), " or "))
		}
	case FaultToken:
		if len(vendor.Logins) == 0 {
			return fmt.Errorf("%s hands out no tokens that token could end", f.Vendor)
		}
		if f.Endpoint != "" || f.Requests != 0 {
			return errors.New("token ends all tokens of the account at once: it takes no endpoint and no number of requests")
		}
	default:
		if !f.Kind.valid() {
			return fmt.Errorf("unknown fault %d", uint8(f.Kind))
		}
	}
	return nil
}

func isRetryAfter(s string) bool {
	if seconds, err := strconv.Atoi(s); err == nil {
		return seconds >= 0
	}
	_, err := http.ParseTime(s)
	return err == nil
}

// isAbsolute reports whether a text is an absolute URL that fits into a header.
func isAbsolute(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.String() == text
}

// String writes the fault so that ParseFault reads it again.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.Vendor)
	if f.Account != "" {
		b.WriteString("/" + f.Account)
		if f.Endpoint == "" {
			b.WriteString("/*")
		}
	}
	if f.Endpoint != "" {
		b.WriteString("/" + f.Endpoint)
	}
	if f.Requests > 0 {
		fmt.Fprintf(&b, "#%d", f.Requests)
	}
	b.WriteString("=" + f.Kind.String())
	switch f.Kind {
	case FaultSlow, FaultClock:
		b.WriteString(":" + f.Duration.String())
	case FaultDrip:
		if f.Duration > 0 {
			b.WriteString(":" + f.Duration.String())
		}
	case FaultStatus:
		fmt.Fprintf(&b, ":%d", f.Status)
		if f.RetryAfter != "" {
			b.WriteString(":" + f.RetryAfter)
		}
	case FaultRedirect:
		b.WriteString(":" + f.Location)
	case FaultCode:
		fmt.Fprintf(&b, ":%d", f.Code)
		if f.Message != "" {
			b.WriteString(":" + quoteMessage(f.Message))
		}
	case FaultHuge:
		fmt.Fprintf(&b, ":%d", f.Size)
	}
	return b.String()
}

// quoteMessage quotes a message that would not come through a line of text as it is.
func quoteMessage(s string) string {
	if q := strconv.Quote(s); q != `"`+s+`"` || strings.TrimSpace(s) != s {
		return q
	}
	return s
}
