package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
)

// connectionTrace records whether one request got a connection before it failed, and permits to send the request over
// each connection that it gets.
type connectionTrace struct {
	permit *permit
	cancel context.CancelFunc // the request
	// permitted is true if the request may be sent over its next connection without asking permit.
	permitted bool
	err       error // why the request was not sent over its last connection

	requested, ready atomic.Bool
}

// reportsConnections reports whether a RoundTripper is known to report its connections ([httptrace]). With any other
// one, a request counts as sent when the RoundTripper gets it.
func reportsConnections(rt http.RoundTripper) bool {
	switch rt.(type) {
	case *Connections, *http.Transport:
		return true
	}
	return false
}

// watch returns a context with which an [net/http.Transport] reports the request's connection.
func (c *connectionTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.requested.Store(true) },
		// It comes after the TLS handshake, and after the proxy's answer to CONNECT. From here on the request
		// is written, on this connection or on the next one if a kept-alive connection has just been closed.
		GotConn: func(info httptrace.GotConnInfo) {
			c.ready.Store(true)
			if c.permitted {
				c.permitted = false
			} else if err := c.permit.send(); err != nil {
				c.err = &Error{Kind: Network, Err: err}
				c.cancel()
				if !isHTTP2(info.Conn) { // net/http would write the request although it is cancelled
					_ = info.Conn.Close()
				}
			}
		},
	})
}

func isHTTP2(c net.Conn) bool {
	secure, ok := c.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// mayHaveSent reports whether a part of the request, which failed with err, may have reached the vendor. If the
// RoundTripper reports no connections, it decides by the error. One that reports them may fail before it requests one,
// such as for a certificate or a header whose file cannot be read.
func (c *connectionTrace) mayHaveSent(rt http.RoundTripper, err error) bool {
	if reportsConnections(rt) || c.requested.Load() {
		return c.ready.Load()
	}
	return !whileConnecting(err)
}

// whileConnecting reports whether err is the failure to open a connection: of dialing, name servers, a proxy, the TLS
// handshake, or for lack of file descriptors.
func whileConnecting(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return true
	}
	return isA[*net.DNSError](err) || isA[*tls.CertificateVerificationError](err) || isA[tls.RecordHeaderError](err) ||
		isA[tls.AlertError](err) || isA[x509.UnknownAuthorityError](err) || isA[x509.HostnameError](err) ||
		isA[x509.CertificateInvalidError](err)
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
