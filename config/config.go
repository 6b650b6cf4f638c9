// Package config reads the configuration file of engage_exporter: strict YAML,
// of which every mistake is reported at once with its line.
//
// A vendor is a file of its own: its account type, the defaults of its endpoints
// and a function that takes its keys. getui.go is the pattern. Beside it a vendor
// is one field of Config, one line in decode and one in CountAccounts; and its
// request headers in vendorHeaders.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// Config is a valid configuration with every default filled in. Only Load and
// Parse make one, and nobody changes it: accounts share what they have in common.
// Printed or marshalled it shows no secret, nor do its parts; but fmt does not ask
// a value in an unexported field how it wants to be printed, so what keeps a
// Global, an Account or a Quanshi in one must not be printed whole: the types of
// prometheus/common hide nothing by themselves, nor does an e-mail address.
type Config struct {
	Global      Global        `yaml:"global"`
	Getui       []Getui       `yaml:"getui,omitempty"`
	Polyv       []Polyv       `yaml:"polyv,omitempty"`
	Adspect     []Adspect     `yaml:"adspect,omitempty"`
	Sensorsdata []Sensorsdata `yaml:"sensorsdata,omitempty"`
	Quanshi     []Quanshi     `yaml:"quanshi,omitempty"`
	// SHA256 of the file's bytes, in lower-case hex.
	SHA256 string
}

// CountAccounts returns the number of accounts, those of all vendors together.
func (c *Config) CountAccounts() int {
	return len(c.Getui) + len(c.Polyv) + len(c.Adspect) + len(c.Sensorsdata) + len(c.Quanshi)
}

// Global holds what is set once for all accounts.
type Global struct {
	// Timeout of one request, for accounts that set none.
	Timeout time.Duration `yaml:"timeout"`
	// MaxConcurrentRequests bounds the requests in flight of all accounts.
	MaxConcurrentRequests int `yaml:"max_concurrent_requests"`
	// MaxSamplesPerEndpoint bounds what one endpoint of one account exports.
	MaxSamplesPerEndpoint int `yaml:"max_samples_per_endpoint"`
	// MaxResponseBytes bounds an answer that is held whole.
	MaxResponseBytes int64 `yaml:"max_response_bytes" shown:"bytes"`
	// HTTPClient is for accounts that set none.
	HTTPClient promconfig.HTTPClientConfig `yaml:"http_client"`
}

// Options say how a file is read.
type Options struct {
	// ExpandEnv replaces each ${NAME} of a value from the environment.
	ExpandEnv bool
	// LookupEnv finds a variable; nil stands for os.LookupEnv.
	LookupEnv func(name string) (value string, set bool)
}

// Load reads a configuration file. The error is an Errors if the file can be read.
func Load(path string, o Options) (*Config, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, src, o)
}

// Parse reads a configuration from src. name is the file's path: errors begin
// with it, and relative paths in src count from its folder. The files that src
// names are read to see that they can be. The error is an Errors with all
// mistakes of src.
func Parse(name string, src []byte, o Options) (*Config, error) {
	root, err := parseYAML(name, src)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: name, dir: filepath.Dir(name)}
	if o.ExpandEnv {
		d.lookupEnv = os.LookupEnv
		if o.LookupEnv != nil {
			d.lookupEnv = o.LookupEnv
		}
	}
	top := value{d: d}
	if root != nil {
		top = d.newValue("", root.Line, root)
	}
	c := decode(top.mapping())
	if err := d.errors.err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(src)
	c.SHA256 = hex.EncodeToString(sum[:])
	return c, nil
}

// decode takes the keys at the top of the file.
func decode(m *mapping) *Config {
	c := &Config{Global: decodeGlobal(m.get("global").mapping())}
	before := len(m.d.errors)
	c.Getui = decodeAccounts(m.get("getui"), getuiVendor(), c.Global, decodeGetui)
	c.Polyv = decodeAccounts(m.get("polyv"), polyvVendor(), c.Global, decodePolyv)
	c.Adspect = decodeAccounts(m.get("adspect"), adspectVendor(), c.Global, newFunnelFamilies().decodeAdspect)
	c.Sensorsdata = decodeAccounts(m.get("sensorsdata"), sensorsdataVendor(), c.Global, decodeSensorsdata)
	c.Quanshi = decodeAccounts(m.get("quanshi"), quanshiVendor(), c.Global, decodeQuanshi)
	m.done()
	if c.CountAccounts() == 0 && !m.broken && len(m.d.errors) == before {
		m.d.report(0, "", "no account is configured, list at least one under getui, polyv, adspect, sensorsdata or quanshi, such as "+
			"getui: [{account: my-app, app_id: …, app_key: …, master_secret_file: …}]")
	}
	return c
}

// decodeGlobal takes the keys of the global section.
func decodeGlobal(m *mapping) Global {
	g := Global{
		Timeout:               m.get("timeout").duration(10 * time.Second),
		MaxConcurrentRequests: m.get("max_concurrent_requests").count(32),
		MaxSamplesPerEndpoint: m.get("max_samples_per_endpoint").count(10_000),
		MaxResponseBytes:      m.get("max_response_bytes").size(64 << 20),
		HTTPClient:            m.get("http_client").httpClient(defaultHTTPClient()),
	}
	m.done()
	return g
}
