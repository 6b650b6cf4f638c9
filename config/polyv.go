package config

import (
	"fmt"
	"reflect"
	"time"
)

// Polyv is an account at Polyv.
type Polyv struct {
	Account
	// UserID is Polyv's name for the account, which stands in each request's path.
	UserID    string `yaml:"user_id"`
	SecretKey Secret `yaml:"secret_key,omitempty"`
}

// PolyvEndpoints lists the endpoints of Polyv in the order of the metric
// catalogue. The slice is the caller's.
func PolyvEndpoints() []EndpointDefault {
	return []EndpointDefault{
		{Name: "playback_today", MinInterval: 10 * time.Minute, MaxStale: 3 * time.Hour},
		{Name: "playback_yesterday", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
		{Name: "traffic_settled", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
	}
}

func polyvVendor() vendor {
	return vendor{
		baseURL:           "https://api.polyv.net",
		timeZone:          "Asia/Shanghai",
		requestsPerMinute: 600,
		endpoints:         PolyvEndpoints(),
	}
}

// decodePolyv takes the keys that only Polyv has.
func decodePolyv(m *mapping, a Account) Polyv {
	return Polyv{
		Account:   a,
		UserID:    m.required("user_id", "the userid of the account").text(pathRules...),
		SecretKey: m.secret("secret_key"),
	}
}

// Equal reports whether two accounts are configured alike, so that a reload can
// leave what serves them alone. Files of the same path are alike whatever they
// hold.
func (p Polyv) Equal(other Polyv) bool {
	return takeZones(&p.Account, &other.Account) && reflect.DeepEqual(p, other)
}

// Format prints the account with its secrets masked, for every verb.
func (p Polyv) Format(f fmt.State, _ rune) { formatMasked(f, p) }

// MarshalJSON returns the account with its secrets masked.
func (p Polyv) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(p) }

// MarshalYAML returns the account with its secrets masked.
func (p Polyv) MarshalYAML() (any, error) { return masked(p), nil }
