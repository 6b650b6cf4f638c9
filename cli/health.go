package cli

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/go-kit/log"

	"github.com/engage-exporter/engage_exporter/web"
)

// serveHealth serves health and readiness on a listener of their own, if the flag asks for it. Probes of Kubernetes can
// neither keep a password secret nor present a certificate. end ends it.
func (f webFlags) serveHealth(logger *slog.Logger) (end func(), err error) {
	if f.healthAddress == nil || *f.healthAddress == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", *f.healthAddress)
	if err != nil {
		return nil, fmt.Errorf("cannot serve health: %w; choose another with --web.health-listen-address", err)
	}
	server := &http.Server{
		Handler: web.HealthHandler(), MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: web.WriteTimeout, IdleTimeout: idleTimeout,
		ConnState: web.NewConnections(maxHealthConnections, log.NewNopLogger()).Changed,
		ErrorLog:  slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	logger.Info("Serving health without TLS and password", "address", listener.Addr().String())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // returns when end closes it
	}()
	return func() {
		server.Close()
		<-ended
	}, nil
}

// maxHealthConnections is more than all probes of one exporter open at a time.
const maxHealthConnections = 32
