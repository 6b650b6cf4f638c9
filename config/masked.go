package config

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/alecthomas/units"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"
)

// Masked gives the effective configuration as YAML, with every default filled in
// and <secret> for each secret. Files are named, not shown.
func (c *Config) Masked() ([]byte, error) {
	m := c.masked()
	var out bytes.Buffer
	write := func(section any, heading string) error {
		b, err := yaml.Dump(section)
		if err != nil {
			return fmt.Errorf("write the effective configuration: %w", err)
		}
		out.Write(bytes.TrimPrefix(b, []byte(heading)))
		return nil
	}
	if err := write(map[string]any{"global": m.Global}, ""); err != nil {
		return nil, err
	}
	for _, vendor := range []struct {
		name     string
		accounts []any
	}{{"getui", m.Getui}, {"polyv", m.Polyv}, {"adspect", m.Adspect}, {"sensorsdata", m.Sensorsdata}, {"quanshi", m.Quanshi}} {
		heading := vendor.name + ":\n"
		for i, account := range vendor.accounts {
			// One by one: written at once, thousands of accounts take a hundred times the text's memory.
			above := heading
			if i == 0 {
				above = ""
			}
			if err := write(map[string][]any{vendor.name: {account}}, above); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

type maskedConfig struct {
	Global      any   `yaml:"global"`
	Getui       []any `yaml:"getui,omitempty"`
	Polyv       []any `yaml:"polyv,omitempty"`
	Adspect     []any `yaml:"adspect,omitempty"`
	Sensorsdata []any `yaml:"sensorsdata,omitempty"`
	Quanshi     []any `yaml:"quanshi,omitempty"`
}

type maskedGlobal struct {
	Timeout               model.Duration              `yaml:"timeout"`
	MaxConcurrentRequests int                         `yaml:"max_concurrent_requests"`
	MaxSamplesPerEndpoint int                         `yaml:"max_samples_per_endpoint"`
	MaxResponseBytes      units.Base2Bytes            `yaml:"max_response_bytes"`
	HTTPClient            promconfig.HTTPClientConfig `yaml:"http_client"`
}

// maskedAccount is inlined by the vendors' own types.
type maskedAccount struct {
	Name                  string                      `yaml:"account"`
	BaseURL               string                      `yaml:"base_url"`
	TimeZone              string                      `yaml:"time_zone"`
	Timeout               model.Duration              `yaml:"timeout"`
	MaxConcurrentRequests int                         `yaml:"max_concurrent_requests"`
	RequestsPerMinute     int                         `yaml:"requests_per_minute"`
	HTTPClient            promconfig.HTTPClientConfig `yaml:"http_client"`
	Endpoints             map[string]maskedEndpoint   `yaml:"endpoints"`
}

type maskedEndpoint struct {
	Enabled     bool           `yaml:"enabled"`
	MinInterval model.Duration `yaml:"min_interval"`
	MaxStale    model.Duration `yaml:"max_stale"`
	Timeout     model.Duration `yaml:"timeout"`
}

func (c Config) masked() maskedConfig {
	return maskedConfig{
		Global:      c.Global.masked(),
		Getui:       maskedAccounts(c.Getui),
		Polyv:       maskedAccounts(c.Polyv),
		Adspect:     maskedAccounts(c.Adspect),
		Sensorsdata: maskedAccounts(c.Sensorsdata),
		Quanshi:     maskedAccounts(c.Quanshi),
	}
}

func (g Global) masked() any {
	return maskedGlobal{
		Timeout:               model.Duration(g.Timeout),
		MaxConcurrentRequests: g.MaxConcurrentRequests,
		MaxSamplesPerEndpoint: g.MaxSamplesPerEndpoint,
		MaxResponseBytes:      units.Base2Bytes(g.MaxResponseBytes),
		HTTPClient:            maskedHTTPClient(g.HTTPClient),
	}
}

func (a Account) maskedAccount() maskedAccount {
	m := maskedAccount{
		Name:                  a.Name,
		BaseURL:               a.BaseURL,
		Timeout:               model.Duration(a.Timeout),
		MaxConcurrentRequests: a.MaxConcurrentRequests,
		RequestsPerMinute:     a.RequestsPerMinute,
		HTTPClient:            maskedHTTPClient(a.HTTPClient),
		Endpoints:             map[string]maskedEndpoint{},
	}
	if a.Location != nil {
		m.TimeZone = a.Location.String()
	}
	for name, e := range a.Endpoints {
		m.Endpoints[name] = maskedEndpoint{
			Enabled:     e.Enabled,
			MinInterval: model.Duration(e.MinInterval),
			MaxStale:    model.Duration(e.MaxStale),
			Timeout:     model.Duration(e.Timeout),
		}
	}
	return m
}

func maskedAccounts[T interface{ masked() any }](accounts []T) []any {
	var masked []any
	for _, a := range accounts {
		masked = append(masked, a.masked())
	}
	return masked
}

// A type that holds secrets prints and marshals as its masked form. Account has
// these methods too, so that a vendor's type that forgets its own shows too
// little instead of too much.

// Format prints the configuration with its secrets masked, for every verb.
func (c Config) Format(f fmt.State, _ rune) { formatMasked(f, c.masked()) }

// MarshalJSON gives the configuration with its secrets masked.
func (c Config) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(c.masked()) }

// MarshalYAML gives the configuration with its secrets masked.
func (c Config) MarshalYAML() (any, error) { return c.masked(), nil }

// Format prints the section with its secrets masked, for every verb.
func (g Global) Format(f fmt.State, _ rune) { formatMasked(f, g.masked()) }

// MarshalJSON gives the section with its secrets masked.
func (g Global) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(g.masked()) }

// MarshalYAML gives the section with its secrets masked.
func (g Global) MarshalYAML() (any, error) { return g.masked(), nil }

// Format prints the account with its secrets masked, for every verb.
func (a Account) Format(f fmt.State, _ rune) { formatMasked(f, a.maskedAccount()) }

// MarshalJSON gives the account with its secrets masked.
func (a Account) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(a.maskedAccount()) }

// MarshalYAML gives the account with its secrets masked.
func (a Account) MarshalYAML() (any, error) { return a.maskedAccount(), nil }

// formatMasked prints masked on one line.
func formatMasked(f fmt.State, masked any) {
	b, err := marshalMaskedJSON(masked)
	if err != nil {
		b = []byte("<configuration>")
	}
	_, _ = f.Write(b)
}

// marshalMaskedJSON goes by way of YAML, whose tags the types of prometheus/common
// and ours have in common.
func marshalMaskedJSON(masked any) ([]byte, error) {
	b, err := yaml.Dump(masked)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Load(b, &tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // <secret> stays readable in a log
	if err := enc.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
