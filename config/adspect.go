package config

import (
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

func adspectVendor() Vendor {
	return Vendor{
		Name:              "adspect",
		BaseURL:           "https://api.adspect.net/v1",
		TimeZone:          "UTC",
		RequestsPerMinute: 60,
		Endpoints:         AdspectEndpoints(),
		NewDecoder:        func() func(*Mapping, Account) VendorAccount { return newFunnelFamilies().decodeAdspect },
	}
}

// decodeAdspect takes the keys that only Adspect has. The families of its funnels
// are added to those of the accounts before.
func (families *funnelFamilies) decodeAdspect(m *Mapping, a Account) VendorAccount {
	before := m.Mistakes()
	funnels := families.decodeFunnels(m.Get("funnels"))
	// A funnel with a mistake may be the one that has the window.
	if m.Mistakes() == before {
		for _, window := range AdspectWindows() {
			if !slices.ContainsFunc(funnels, func(f Funnel) bool { return slices.Contains(f.Windows, window) }) {
				m.Disable("funnel_"+window, "no funnel has the window "+window)
			}
		}
	}
	return Adspect{
		Account: a,
		APIKey:  m.Secret("api_key"),
		Funnels: funnels,
	}
}
