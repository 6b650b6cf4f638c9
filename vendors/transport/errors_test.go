package transport_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

func TestKinds(t *testing.T) {
	var names []string
	for _, k := range transport.Kinds() {
		names = append(names, k.String())
	}
	want := []string{"auth", "rate_limited", "throttled", "timeout", "network", "http", "rejected", "malformed", "too_large"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if got := transport.Kind(0).String() + transport.Kind(200).String(); got != "" {
		t.Errorf("no kind is called %q", got)
	}
}

func TestKindOf(t *testing.T) {
	for _, test := range []struct {
		err  error
		want transport.Kind
	}{
		{nil, 0},
		{&transport.Error{Kind: transport.Auth}, transport.Auth},
		{fmt.Errorf("task 7: %w", &transport.Error{Kind: transport.TooLarge}), transport.TooLarge},
		{fmt.Errorf("waiting: %w", context.DeadlineExceeded), transport.Timeout},
		{errors.New("something else"), transport.Network},
	} {
		if got := transport.KindOf(test.err); got != test.want {
			t.Errorf("KindOf(%v) = %s, want %s", test.err, got, test.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		err  transport.Error
		want string
	}{
		{
			transport.Error{Vendor: "acme", Endpoint: "GET /thing", Kind: transport.RateLimited, Status: 401, Code: "10005", Message: "too frequent", RetryAfter: 30*time.Second + time.Millisecond},
			"acme GET /thing: rate_limited: answered 401, code 10005 (too frequent); retry after 30s",
		},
		{
			transport.Error{Vendor: "acme", Endpoint: "POST /auth", Kind: transport.Auth, Status: 400, Code: "7", RequestID: "r-1", Advice: "check app_key"},
			"acme POST /auth: auth: answered 400, code 7, request id r-1; check app_key",
		},
		{
			transport.Error{Vendor: "acme", Endpoint: "GET /thing", Kind: transport.Timeout, Err: errors.New("no answer within 10s")},
			"acme GET /thing: timeout: no answer within 10s",
		},
		{
			transport.Error{Vendor: "acme", Endpoint: "GET /thing", Kind: transport.HTTP, Status: 502},
			"acme GET /thing: http: answered 502",
		},
		{
			transport.Error{Kind: transport.Rejected, Message: "no such tag"},
			"rejected: no such tag",
		},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}
