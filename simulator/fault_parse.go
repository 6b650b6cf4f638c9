package simulator

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseFault reads a fault from text:
//
//	TARGET[#N]=KIND[:ARGUMENTS]
//
// TARGET is VENDOR for all its endpoints, VENDOR/ENDPOINT for one endpoint of all accounts, VENDOR/ACCOUNT/ENDPOINT
// for one of one account; ENDPOINT may be * for all. #N lets the fault fire for N requests only. KIND is one of
//
//	slow:DURATION                wait before the header
//	hang                         never answer
//	status:CODE[:RETRY-AFTER]    an HTTP status without JSON; seconds or an HTTP date
//	redirect:URL                 302, and the way to another place
//	code:N[:MESSAGE]             an error code of the vendor; a message in "…" is read as a Go string
//	throttle                     the vendor's own "too often"
//	garbage                      200 and no JSON
//	html                         200 and a page
//	empty                        200 and nothing
//	badshape                     success and data of another shape
//	drip[:DURATION]              the body byte by byte
//	cut                          less body than Content-Length says
//	reset                        a TCP reset in the middle of the body
//	huge:SIZE                    a body of that size: 4096, 64KiB, 100MiB, 1GiB
//	exhausted                    all push quotas are used up (TARGET is getui/push_quota or getui/ACCOUNT/push_quota)
//	token                        all tokens end now (TARGET is VENDOR or VENDOR/ACCOUNT/*)
//	clock:OFFSET                 the vendor's clock off: 15m, -1h
//
// Examples:
//
//	getui/push_quota=slow:5s
//	getui/APPID/push_quota=code:10005
//	getui=status:503:30
//	getui/APPID/*#3=reset
//	polyv/playback_today=code:400:ptime is too old.
//	adspect/ACCOUNTID/funnel_today=throttle
//	sensorsdata/PROJECT/tag_values=slow:20s
//	quanshi/APPKEY/*=token
func ParseFault(text string) (Fault, error) {
	f, err := parseFault(text)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func parseFault(text string) (Fault, error) {
	target, what, ok := strings.Cut(strings.TrimSpace(text), "=")
	if !ok {
		return Fault{}, errors.New("no = in it; expected TARGET[#N]=KIND[:ARGUMENTS], such as getui/push_quota=slow:5s")
	}
	var f Fault
	if err := f.parseTarget(target); err != nil {
		return Fault{}, err
	}
	if err := f.parseKind(what); err != nil {
		return Fault{}, err
	}
	return f, f.Validate()
}

func (f *Fault) parseTarget(target string) error {
	target, requests, limited := strings.Cut(target, "#")
	if limited {
		n, err := strconv.Atoi(requests)
		if err != nil || n < 1 {
			return fmt.Errorf("number of requests %q is not a whole number above 0", requests)
		}
		f.Requests = n
	}
	parts := strings.Split(target, "/")
	f.Vendor = parts[0]
	switch len(parts) {
	case 1:
	case 2:
		f.Endpoint = allOr(parts[1])
	case 3:
		f.Account, f.Endpoint = allOr(parts[1]), allOr(parts[2])
	default:
		return fmt.Errorf("target %q has more than vendor, account and endpoint", target)
	}
	if slices.Contains(parts[1:], "") {
		return fmt.Errorf("target %q has an empty part; * stands for all", target)
	}
	return nil
}

func allOr(name string) string {
	if name == "*" {
		return ""
	}
	return name
}

func (f *Fault) parseKind(what string) error {
	name, arguments, given := strings.Cut(what, ":")
	for _, k := range kinds {
		if k.name == name {
			f.Kind = k.kind
		}
	}
	var err error
	switch f.Kind {
	case FaultSlow, FaultClock:
		f.Duration, err = time.ParseDuration(arguments)
		if err != nil {
			return fmt.Errorf("%s takes a duration, such as %s:5s, not %q", name, name, arguments)
		}
	case FaultDrip:
		if given {
			if f.Duration, err = time.ParseDuration(arguments); err != nil || f.Duration <= 0 {
				return fmt.Errorf("drip takes a duration above 0, such as drip:50ms, not %q", arguments)
			}
		}
	case FaultStatus:
		status, retryAfter, _ := strings.Cut(arguments, ":")
		if f.Status, err = strconv.Atoi(status); err != nil {
			return fmt.Errorf("status takes an HTTP status, such as status:503, not %q", status)
		}
		f.RetryAfter = retryAfter
	case FaultRedirect:
		f.Location = arguments
	case FaultCode:
		code, message, _ := strings.Cut(arguments, ":")
		if f.Code, err = strconv.Atoi(code); err != nil {
			return fmt.Errorf("code takes a number, such as code:10005, not %q", code)
		}
		f.Message = message
		if strings.HasPrefix(message, `"`) {
			if f.Message, err = strconv.Unquote(message); err != nil {
				return fmt.Errorf("message %s is not a quoted string", message)
			}
		}
	case FaultHuge:
		if f.Size, err = parseSize(arguments); err != nil {
			return err
		}
	case 0:
		return fmt.Errorf("unknown fault %q; known: %s", name, strings.Join(kindNames(), ", "))
	default:
		if given {
			return fmt.Errorf("%s takes no arguments", name)
		}
	}
	return nil
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// sizeUnits are the units of a size, longest first so that B does not match the end of KiB.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}, {"", 1}}

// parseSize reads a number of bytes, with or without a unit.
func parseSize(text string) (int64, error) {
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/unit.bytes {
			break
		}
		return n * unit.bytes, nil
	}
	return 0, fmt.Errorf("huge takes a size, such as huge:100MiB, not %q", text)
}
