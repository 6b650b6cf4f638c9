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

// connection is what is known of the connection of one request: whether there was one by the time the request
// failed.
type connectionTrace struct {
	requested, ready atomic.Bool
}

// watch returns a context under which an [net/http.Transport] reports the connection.
func (c *connectionTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.requested.Store(true) },
		// It comes after the TLS handshake, and after the proxy's answer to CONNECT. From here on the request
		// is written, on this connection or on the next one if a kept-alive connection has just been closed.
		GotConn: func(httptrace.GotConnInfo) { c.ready.Store(true) },
	})
}

// mayHaveSent reports whether something of the request that failed with err may have reached the vendor. Where
// the RoundTripper reports no connections, it goes by the error.
func (c *connectionTrace) mayHaveSent(err error) bool {
	if c.requested.Load() {
		return c.ready.Load()
	}
	return !whileConnecting(err)
}

// whileConnecting reports whether err comes of an attempt to connect: of dialing, the name servers, a proxy, the
// TLS handshake or a lack of file descriptors.
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
