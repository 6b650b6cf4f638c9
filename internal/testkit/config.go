package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/config"
)

// Accounts returns the accounts of one vendor in a configuration, of the vendor's own type.
func Accounts[T any](t testing.TB, c *config.Config, vendor string) []*T {
	t.Helper()
	var all []*T
	for _, a := range c.Accounts(vendor) {
		account, ok := a.(any).(*T)
		if !ok {
			t.Fatalf("%s: got a %T, want a %T", vendor, a, account)
		}
		all = append(all, account)
	}
	return all
}

// ConfigVendor returns one of the vendors.
func ConfigVendor(t testing.TB, vendors []config.Vendor, name string) config.Vendor {
	t.Helper()
	i := slices.IndexFunc(vendors, func(v config.Vendor) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("there is no vendor %q", name)
	}
	return vendors[i]
}

// DefaultEndpoints returns the names of the vendor's endpoints that are read for an account with its login alone.
func DefaultEndpoints(v config.Vendor) []string {
	var names []string
	for _, e := range v.Endpoints {
		if !e.Off && e.Needs == "" {
			names = append(names, e.Name)
		}
	}
	return names
}

// EnabledEndpoints returns the names of the endpoints that are read for each account of a configuration, by the
// account's "vendor/account", in the order of the vendor's catalogue.
func EnabledEndpoints(c *config.Config, vendors []config.Vendor) map[string][]string {
	enabled := make(map[string][]string)
	for _, v := range vendors {
		for _, a := range c.Accounts(v.Name) {
			account := a.Common()
			for _, e := range v.Endpoints {
				if name := v.Name + "/" + account.Name; account.Endpoints[e.Name].Enabled {
					enabled[name] = append(enabled[name], e.Name)
				}
			}
		}
	}
	return enabled
}

// OnlyEndpoints returns the value of the key endpoints, in one line of YAML, that turns on the endpoints in on and turns
// off the vendor's others. The values of on are further settings, such as "min_interval: 0s", or "".
func OnlyEndpoints(v config.Vendor, on map[string]string) string {
	entries := make([]string, len(v.Endpoints))
	for i, e := range v.Endpoints {
		settings, ok := on[e.Name]
		if settings != "" {
			settings = ", " + settings
		}
		entries[i] = fmt.Sprintf("%s: {enabled: %t%s}", e.Name, ok, settings)
	}
	return "{" + strings.Join(entries, ", ") + "}"
}

// LoadConfig reads a configuration file, which must be valid.
func LoadConfig(t testing.TB, path string, vendors ...config.Vendor) *config.Config {
	t.Helper()
	c, err := config.Load(path, config.Options{Vendors: vendors})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ParseConfig reads a configuration, which must be valid.
func ParseConfig(t testing.TB, src string, vendors ...config.Vendor) *config.Config {
	t.Helper()
	c, err := config.Parse("engage.yml", []byte(src), config.Options{Vendors: vendors})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// MaskedValue stands for what a masked configuration does not show, where Unmasked returns it.
const MaskedValue = "masked@example.org"

// Unmasked returns a masked configuration with MaskedValue for each mask, so that it can be read. API keys differ, as
// no two accounts may have the same one.
func Unmasked(masked []byte) string {
	const key = "api_key: "
	text := string(masked)
	for n := 1; strings.Contains(text, key+config.SecretMask); n++ {
		text = strings.Replace(text, key+config.SecretMask, key+"masked-"+strconv.Itoa(n), 1)
	}
	return strings.ReplaceAll(text, config.SecretMask, MaskedValue)
}

// Secret returns what a secret holds.
func Secret(t testing.TB, s config.Secret) string {
	t.Helper()
	v, err := s.Read()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Equal fails the test if two values differ; what names them.
func Equal[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// ConfigMistakes loads each configuration of a folder, whose errors are in the .txt file beside it, or with update
// writes these files. The word "planted" marks what no error may repeat.
func ConfigMistakes(t *testing.T, dir string, update bool, vendors ...config.Vendor) {
	t.Helper()
	t.Chdir(dir)
	for _, file := range Files(t, "*.yml") {
		name := strings.TrimSuffix(file, filepath.Ext(file))
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(file, config.Options{Vendors: vendors})
			if err == nil {
				t.Fatalf("no error, got %+v", c)
			}
			if c != nil {
				t.Error("a configuration came beside the error")
			}
			if _, ok := errors.AsType[config.Errors](err); !ok {
				t.Errorf("got a %T, want config.Errors", err)
			}
			got := err.Error() + "\n"
			if strings.Contains(got, "planted") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			golden := name + ".txt"
			if update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want := ReadFile(t, golden); got != want {
				t.Errorf("%s differs: got:\n%s\nwant:\n%s\nrun go test with -update for this package if the new text is right",
					golden, got, want)
			}
		})
	}
}
