package vendortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// maxErrorLength bounds what an error may say of any answer.
const maxErrorLength = 4000

// Failure returns err, which must be a transport error of that vendor and kind that names its endpoint.
func Failure(t testing.TB, vendor string, err error, kind transport.Kind) *transport.Error {
	t.Helper()
	e, ok := errors.AsType[*transport.Error](err)
	if !ok || e.Kind != kind || transport.KindOf(err) != kind {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
	if e.Vendor != vendor || e.Endpoint == "" {
		t.Fatalf("%v does not name the vendor %s and an endpoint", e, vendor)
	}
	return e
}

// ExpectKind fails the test if err is an error of none of these kinds, or a long one.
func ExpectKind(t testing.TB, err error, kinds ...transport.Kind) {
	t.Helper()
	if err == nil {
		return
	}
	if kind := transport.KindOf(err); !slices.Contains(kinds, kind) {
		t.Fatalf("the answer counts as %s: %v", kind, err)
	}
	if n := len(err.Error()); n > maxErrorLength {
		t.Fatalf("an error of %d bytes", n)
	}
}

// ExpectNoSecrets fails the test if err, or an error that it wraps, shows one of the secrets in any format. Empty
// secrets do not count.
func ExpectNoSecrets(t testing.TB, err error, secrets ...string) {
	t.Helper()
	for e := err; e != nil; e = errors.Unwrap(e) {
		text := fmt.Sprintf("%s\n%v\n%+v\n%q", e.Error(), e, e, e)
		for _, secret := range secrets {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("it shows %q: %s", secret, text)
			}
		}
	}
}

// Request is one of the requests that a client can make.
type Request struct {
	// Endpoint is the endpoint as errors name it.
	Endpoint string

	// Do makes the request.
	Do func(context.Context) error
}

// ExpectTimeout makes a request to a vendor whose answers take a minute: it fails with a timeout after ten seconds,
// passes with a longer timeout, and can be cancelled.
func ExpectTimeout(t *testing.T, vendor string, request Request) {
	t.Helper()
	name := vendor + " " + request.Endpoint
	e := Failure(t, vendor, request.Do(t.Context()), transport.Timeout)
	if want := name + ": timeout: no answer within 10s"; e.Error() != want {
		t.Errorf("got  %s\nwant %s", e, want)
	}
	patient := transport.WithLimits(t.Context(), transport.Limits{Timeout: 2 * time.Minute})
	if err := request.Do(patient); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := request.Do(ctx); !errors.Is(err, context.Canceled) || err.Error() != name+": context canceled" {
		t.Errorf("got %v, want a cancellation of %s", err, name)
	}
}

// Together makes the same request n times at once and returns the errors.
func Together(n int, do func() error) []error {
	errs := make([]error, n)
	var callers sync.WaitGroup
	for i := range errs {
		callers.Go(func() { errs[i] = do() })
	}
	callers.Wait()
	return errs
}
