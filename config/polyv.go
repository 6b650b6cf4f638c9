package config

import (
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

// PolyvVendor returns what the configuration knows of the vendor.
func PolyvVendor() Vendor {
	return Vendor{
		Name:              "polyv",
		BaseURL:           "https://api.polyv.net",
		TimeZone:          "Asia/Shanghai",
		RequestsPerMinute: 600,
		Endpoints:         PolyvEndpoints(),
		NewDecoder:        func() func(*Mapping, Account) VendorAccount { return decodePolyv },
	}
}

// decodePolyv takes the keys that only Polyv has.
func decodePolyv(m *Mapping, a Account) VendorAccount {
	return Polyv{
		Account:   a,
		UserID:    m.Required("user_id", "the userid of the account").Text(PathSegment),
		SecretKey: m.Secret("secret_key"),
	}
}
