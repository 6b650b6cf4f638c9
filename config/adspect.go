package config

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Adspect is an account at Adspect.
type Adspect struct {
	Account
	APIKey Secret `yaml:"api_key,omitempty"`
	// Funnels have different names. There may be none.
	Funnels []Funnel `yaml:"funnels"`
}

// AdspectEndpoints lists the endpoints of Adspect in the order of the metric
// catalogue. The slice is the caller's. A funnel endpoint is off as well where no
// funnel has its window.
func AdspectEndpoints() []EndpointDefault {
	return []EndpointDefault{
		{Name: "funnel_today", MinInterval: 5 * time.Minute, MaxStale: time.Hour},
		{Name: "funnel_yesterday", MinInterval: time.Hour, MaxStale: 26 * time.Hour},
		{Name: "streams", MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour},
		{Name: "saved_queries", MinInterval: time.Hour, MaxStale: 6 * time.Hour},
		{Name: "click_log", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: time.Minute, Off: true},
		{Name: "account", MinInterval: time.Hour, MaxStale: 24 * time.Hour, Off: true},
	}
}

func adspectVendor() vendor {
	return vendor{
		baseURL:           "https://api.adspect.net/v1",
		timeZone:          "UTC",
		requestsPerMinute: 60,
		endpoints:         AdspectEndpoints(),
	}
}

// decodeAdspect takes the keys that only Adspect has. The families of its funnels
// are added to those of the accounts before.
func (families *funnelFamilies) decodeAdspect(m *mapping, a Account) Adspect {
	before := len(m.d.errors)
	funnels := m.get("funnels").funnels(families)
	// A funnel with a mistake may be the one that has the window.
	if len(m.d.errors) == before {
		for _, window := range AdspectWindows() {
			if !slices.ContainsFunc(funnels, func(f Funnel) bool { return slices.Contains(f.Windows, window) }) {
				m.disabledReason["funnel_"+window] = "no funnel has the window " + window
			}
		}
	}
	return Adspect{
		Account: a,
		APIKey:  m.secret("api_key"),
		Funnels: funnels,
	}
}

// Equal reports whether two accounts are configured alike, so that a reload can
// leave what serves them alone. Files of the same path are alike whatever they
// hold.
func (a Adspect) Equal(other Adspect) bool {
	return takeZones(&a.Account, &other.Account) && reflect.DeepEqual(a, other)
}

// Format prints the account with its secrets masked, for every verb.
func (a Adspect) Format(f fmt.State, _ rune) { formatMasked(f, a) }

// MarshalJSON returns the account with its secrets masked.
func (a Adspect) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(a) }

// MarshalYAML returns the account with its secrets masked.
func (a Adspect) MarshalYAML() (any, error) { return masked(a), nil }
