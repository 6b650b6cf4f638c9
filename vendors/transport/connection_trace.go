package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
)

// connectionTrace records whether one request got a connection before it failed.
type connectionTrace struct {
	requested, ready atomic.Bool
}

// watch returns a context with which an [net/http.Transport] reports the request's connection.
func (c *connectionTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.requested.Store(true) },
		// It comes after the TLS handshake, and after the proxy's answer to CONNECT. From here on the request
		// is written, on this connection or on the next one if a kept-alive connection has just been closed.
		GotConn: func(httptrace.GotConnInfo) { c.ready.Store(true) },
	})
}

// mayHaveSent reports whether a part of the request, which failed with err, may have reached the vendor. If the
// RoundTripper reports no connections, it decides by the error.
func (c *connectionTrace) mayHaveSent(err error) bool {
	if c.requested.Load() {
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
