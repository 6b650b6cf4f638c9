package polyv

import (
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/polyv"
)

// Config is an account at Polyv.
type Config struct {
	config.Account
	// UserID is Polyv's name for the account, which stands in each request's path.
	UserID    string        `yaml:"user_id"`
	SecretKey config.Secret `yaml:"secret_key,omitempty"`
}

// Config returns the defaults of the vendor's accounts and the decoder of their keys.
func (Vendor) Config() config.Vendor {
	return config.Vendor{
		Name:              "polyv",
		BaseURL:           polyv.DefaultBaseURL,
		TimeZone:          "Asia/Shanghai",
		RequestsPerMinute: 600,
		Endpoints: []config.EndpointDefault{
			{Name: "playback_today", MinInterval: 10 * time.Minute, MaxStale: 3 * time.Hour},
			{Name: "playback_yesterday", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
			{Name: "traffic_settled", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
		},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			logins := config.NewLogins()
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				c := decodeConfig(m, a)
				logins.Add(&c.Account, m.Get("user_id"), c.UserID)
				return &c
			}
		},
	}
}

// decodeConfig decodes the keys that only Polyv has.
func decodeConfig(m *config.Mapping, a config.Account) Config {
	return Config{
		Account:   a,
		UserID:    m.Required("user_id", "the userid of the account").Text(config.PathSegment),
		SecretKey: m.Secret("secret_key"),
	}
}
