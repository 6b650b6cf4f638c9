package collector

import "github.com/engage-exporter/engage_exporter/config"

// LoadConfig reads a configuration file, as config.Load does, with the accounts of all vendors.
func LoadConfig(path string, o config.Options) (*config.Config, error) {
	o.Vendors = config.Vendors()
	return config.Load(path, o)
}

// ParseConfig reads a configuration from src, as config.Parse does, with the accounts of all vendors.
func ParseConfig(name string, src []byte, o config.Options) (*config.Config, error) {
	o.Vendors = config.Vendors()
	return config.Parse(name, src, o)
}
