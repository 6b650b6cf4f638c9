package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// failure returns why no answer came, or why its body could not be read to the end.
func (x *exchange) failure(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	what := "no answer"
	if x.response != nil {
		what = "answer not complete"
	}

	// The contexts come first: when one of them has ended, the error of the connection is only a consequence.
	switch {
	case x.caller.Err() != nil && !errors.Is(x.caller.Err(), context.DeadlineExceeded):
		return x.caller.Err()
	case x.caller.Err() != nil:
		return &Error{Kind: Timeout, Err: withText(context.DeadlineExceeded, what+" before the deadline of the whole read")}
	case x.ctx.Err() != nil:
		return &Error{Kind: Timeout, Err: withText(context.DeadlineExceeded, fmt.Sprintf("%s within %s", what, x.timeout))}
	}

	err = withoutURL(err)
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return &Error{Kind: Timeout, Err: err}
	}
	if x.response != nil {
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return &Error{Kind: Malformed, Err: withText(err, "the answer ends early")}
		case errors.Is(err, gzip.ErrHeader):
			return notGzip(err)
		case errors.Is(err, gzip.ErrChecksum), isA[flate.CorruptInputError](err):
			return &Error{Kind: Malformed, Err: err}
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{Kind: Network, Err: withText(err, "the connection was closed before an answer came")}
	}
	return &Error{Kind: Network, Err: err, Advice: x.client.networkAdvice(err)}
}

// networkAdvice returns what the user can do about a network error; "" if there is no special advice.
func (c *Client) networkAdvice(err error) string {
	if isA[*tls.CertificateVerificationError](err) {
		return certificateAdvice(err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "check the proxy: http_client.proxy_url, or the environment where proxy_from_environment is set"
	}
	if c.unusedProxy != "" && whileConnecting(err) {
		return c.unusedProxy + " is set in the environment and not used: " +
			"if the vendor can be reached only through that proxy, set http_client.proxy_from_environment or proxy_url"
	}
	if isA[*net.DNSError](err) {
		return "check base_url and this machine's name servers; in a network without direct internet access, set http_client.proxy_url"
	}
	return ""
}

// certificateAdvice returns what the user can do about a certificate that is not accepted.
func certificateAdvice(err error) string {
	const renew = "the vendor, or the proxy, must renew or correct its certificate"
	if isA[x509.HostnameError](err) {
		return "check base_url, http_client.tls_config.server_name, this machine's name servers and what answers for the " +
			"vendor (a proxy)"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired { // or not yet valid
			return "check this machine's clock; if it is right, " + renew
		}
		return renew
	}
	if isA[x509.UnhandledCriticalExtension](err) || isA[x509.ConstraintViolationError](err) {
		return renew
	}
	return "if your own authority signed the certificate, set http_client.tls_config.ca_file"
}

// ProxyError returns the failure of a request for which a proxy has not opened a connection to the vendor, by the
// proxy's answer to CONNECT; nil if it has. proxy is the proxy's URL, of which only the host is shown.
func ProxyError(proxy *url.URL, answer *http.Response) error {
	advice := "ask the administrator of the proxy, or check http_client.proxy_url"
	switch answer.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		advice = "check user and password in http_client.proxy_url"
	case http.StatusForbidden:
		advice = "the proxy does not allow the vendor's host: ask its administrator, or check http_client.proxy_url and no_proxy"
	}
	return &Error{
		Kind:   Network,
		Err:    fmt.Errorf("the proxy %s opened no connection to the vendor: answered %d", proxy.Host, answer.StatusCode),
		Advice: advice,
	}
}

// withoutURL unwraps every *url.Error of err, since its text contains the URL with path and query.
func withoutURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}

// outcome returns the failure of an exchange that was answered; nil if it succeeded. err is what the read function
// returned.
func (x *exchange) outcome(err error) error {
	r := x.response
	if r.bodyErr != nil { // it is the reason, whatever read returned
		err = r.bodyErr
	}
	statusErr := r.StatusError()
	if err == nil {
		if statusErr == nil || r.StatusExplained {
			return nil
		}
		return statusErr
	}
	if x.caller.Err() != nil && errors.Is(err, context.Canceled) {
		return err
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Kind: Malformed, Err: err}
	}
	if e.Kind == Malformed && statusErr == nil && r.bodyErr == nil {
		if other := r.notJSON(); other != nil { // it says more than the decoder's error on a single character
			other.Code, other.Message, other.RequestID = e.Code, e.Message, e.RequestID
			other.Advice = cmp.Or(e.Advice, other.Advice)
			return other
		}
	}
	if statusErr != nil {
		// A gateway's error page is not a malformed answer of the vendor: the status says more.
		switch e.Kind {
		case Malformed, TooLarge, Timeout, Network:
			return statusErr
		}
	}
	return e
}

// fail returns err with what is known of the exchange, and with all texts safe to show.
func (x *exchange) fail(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok { // the caller cancelled
		return fmt.Errorf("%s %s: %w", x.client.vendor, x.request.Endpoint, err)
	}
	c := *e
	c.Vendor, c.Endpoint = x.client.vendor, x.request.Endpoint
	c.NotSent = !x.reached
	if r := x.response; r != nil {
		c.Status = r.Status
		if c.RequestID == "" {
			c.RequestID = r.RequestID
		}
		if c.RetryAfter == 0 {
			c.RetryAfter = min(retryAfter(r.Header, time.Now()), x.client.limits.global.maxRetryAfter())
		}
	}
	redact := x.client.redactor(x.request.Secrets)
	keep := x.request.Subjects
	if id := c.RequestID; redact.requestID(id) == id {
		keep = append(slices.Clone(keep), id)
	}
	c.Code = redact.ownText(c.Code) // a code may have many digits
	c.Message = redact.vendorText(c.Message, keep...)
	c.RequestID = redact.requestID(c.RequestID)
	if c.Err != nil {
		c.Err = withText(c.Err, redact.ownText(withoutURL(c.Err).Error()))
	}
	return &c
}

// cause is an error with another text. errors.Is sees the original error, but errors.As does not return it: its text
// may contain what must not be shown.
type cause struct {
	text string
	err  error
}

func withText(err error, text string) error { return &cause{text: text, err: err} }

func (c *cause) Error() string        { return c.text }
func (c *cause) Is(target error) bool { return errors.Is(c.err, target) }

// longestRetryAfter is the longest Retry-After that is read from a header. The configured limit comes after it.
const longestRetryAfter = 365 * 24 * time.Hour

// retryAfter returns the value of the Retry-After header, which is in seconds or a date. A date is compared with the
// answer's own Date, if there is one, so that our own clock does not matter. It returns 0 if there is no header, it
// cannot be parsed, or it is in the past.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		if seconds >= longestRetryAfter.Seconds() {
			return longestRetryAfter
		}
		return time.Duration(seconds * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), longestRetryAfter)
}
