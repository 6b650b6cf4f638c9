// Package config reads the configuration file of engage_exporter: strict YAML, of which every mistake is reported at
// once with its line and column.
//
// It knows no vendor. Options.Vendors say which there are; each brings the defaults of its endpoints and a function
// that takes its own keys from a Mapping.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// Config is a valid configuration with every default filled in. Only Load and Parse make one, and nobody changes it:
// accounts share what they have in common. Printed or marshalled it shows no secret, nor do its parts; but fmt does not
// ask a value in an unexported field how it wants to be printed, so what keeps a Global or an account in one must not
// be printed whole: the types of prometheus/common hide nothing by themselves, nor does a text that is personal data.
type Config struct {
	Global Global
	// Vendors are those that have accounts, in the order of Options.Vendors.
	Vendors []VendorAccounts
	// SHA256 of the file's bytes, in lower-case hex.
	SHA256 string

	files    *Files
	warnings Errors
	// hasSecrets is set if a secret stands in the file itself.
	hasSecrets bool
}

// Warnings returns what works and is seldom meant, in the order of the file.
func (c *Config) Warnings() Errors { return c.warnings }

// Files returns the files that the configuration names.
func (c *Config) Files() *Files { return c.files }

// Accounts returns the accounts of one vendor, nil if it has none.
func (c *Config) Accounts(vendor string) []VendorAccount {
	for _, v := range c.Vendors {
		if v.Vendor == vendor {
			return v.Accounts
		}
	}
	return nil
}

// CountAccounts returns the number of accounts, those of all vendors together.
func (c *Config) CountAccounts() int {
	n := 0
	for _, v := range c.Vendors {
		n += len(v.Accounts)
	}
	return n
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
	// MaxResponseMemory bounds what answers that are held whole, and lists, take together, those of all accounts.
	MaxResponseMemory MemorySize `yaml:"max_response_memory"`
	// MaxRetryAfter is the longest Retry-After of a vendor that is obeyed.
	MaxRetryAfter time.Duration `yaml:"max_retry_after"`
	// MaxConnectionAge is how old a connection may become that requests are sent over.
	MaxConnectionAge time.Duration `yaml:"max_connection_age"`
	// HTTPClient is for accounts that set none.
	HTTPClient *promconfig.HTTPClientConfig `yaml:"http_client"`
}

// Options say how a file is read.
type Options struct {
	// Vendors are those whose accounts the file may have. Their names differ.
	Vendors []Vendor
	// ExpandEnv replaces each ${NAME} of a value from the environment.
	ExpandEnv bool
	// LookupEnv finds a variable; nil stands for os.LookupEnv.
	LookupEnv func(name string) (value string, set bool)
	// Files are read for the file and for what it names; nil stands for those of this machine.
	Files *Files
}

// files returns the files that are read.
func (o Options) files() *Files {
	if o.Files == nil {
		return systemFiles
	}
	return o.Files
}

// lookupEnv returns what finds a variable.
func (o Options) lookupEnv() func(string) (string, bool) {
	if o.LookupEnv == nil {
		return os.LookupEnv
	}
	return o.LookupEnv
}

// Load reads a configuration file. The error is an Errors if the file can be read.
func Load(path string, o Options) (*Config, error) {
	files := o.files()
	src, err := files.text(path, maxFileWait, files.readConfig)
	if err != nil {
		return nil, unreadable("read configuration", path, err)
	}
	c, err := Parse(path, []byte(src), o)
	if err != nil {
		return nil, err
	}
	if mode := files.readableByAll(path); mode != "" && c.hasSecrets {
		c.warnings = append(Errors{{
			File: path, Message: "contains secrets and " + mode + "; chmod 0600, or name files of secrets with …_file",
		}}, c.warnings...)
	}
	return c, nil
}

// Parse reads a configuration from src. name is the file's path: errors begin with it, and relative paths in src count
// from its folder. The files that src names are read to see that they can be. The error is an Errors with all mistakes
// of src.
func Parse(name string, src []byte, o Options) (*Config, error) {
	root, err := parseYAML(name, src)
	if err != nil {
		return nil, err
	}
	d := &document{file: name, src: src, dir: filepath.Dir(name), files: newFileSet(o.files())}
	for _, v := range o.Vendors {
		d.reservedHeaders = append(d.reservedHeaders, v.ReservedHeaders...)
	}
	if o.ExpandEnv {
		d.lookupEnv = o.lookupEnv()
	}
	top := Value{d: d}
	if root != nil {
		top = d.newValue("", placeOf(root), root)
	}
	c := decode(top.Mapping(), o.Vendors)
	if err := d.errors.err(); err != nil {
		return nil, err
	}
	c.files, c.warnings, c.hasSecrets = d.files.Files, d.warnings.sorted(), d.hasSecrets
	sum := sha256.Sum256(src)
	c.SHA256 = hex.EncodeToString(sum[:])
	return c, nil
}

// decode decodes the keys at the top of the file.
func decode(m *Mapping, vendors []Vendor) *Config {
	c := &Config{Global: decodeGlobal(m.Get("global").Mapping())}
	before := m.Mistakes()
	for _, v := range vendors {
		if accounts := m.Get(v.Name).accounts(v, c.Global); len(accounts) > 0 {
			c.Vendors = append(c.Vendors, VendorAccounts{Vendor: v.Name, Accounts: accounts})
		}
	}
	m.Done()
	if len(c.Vendors) == 0 && !m.broken && m.Mistakes() == before {
		m.at.d.report(place{}, "", "%s", noAccounts(vendors))
	}
	return c
}

// decodeGlobal decodes the keys of the global section.
func decodeGlobal(m *Mapping) Global {
	g := Global{
		Timeout:               m.Get("timeout").Duration(10 * time.Second),
		MaxConcurrentRequests: m.Get("max_concurrent_requests").Count(32),
		MaxSamplesPerEndpoint: m.Get("max_samples_per_endpoint").Count(10_000),
		MaxResponseBytes:      m.Get("max_response_bytes").size(16 << 20),
		MaxResponseMemory:     m.Get("max_response_memory").memorySize(MemorySize{Percent: 25}),
		MaxRetryAfter:         m.Get("max_retry_after").Duration(time.Hour),
		MaxConnectionAge:      m.Get("max_connection_age").Duration(10 * time.Minute),
		HTTPClient:            m.Get("http_client").httpClient(defaultHTTPClient()),
	}
	m.Done()
	return g
}
