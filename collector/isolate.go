package collector

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/go-kit/log/level"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// isolate runs a read so that a panic in it is this endpoint's failure alone. What a panic says may quote an answer, so only its kind and place are told.
func (e *endpoint) isolate(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("panic of type %T", p)
			if fault, ok := p.(runtime.Error); ok {
				cause = fmt.Errorf("panic: %w", fault)
			}
			level.Error(e.logger).Log("msg", "read panicked: please report this as a bug", "err", cause, "stack", string(debug.Stack()))
			err = &transport.Error{
				Vendor: e.account.vendor, Endpoint: e.spec.Source, Kind: transport.Malformed, Err: cause,
				Advice: "this is a bug of the exporter: please report it with the stack in the log",
			}
		}
	}()
	return read()
}
