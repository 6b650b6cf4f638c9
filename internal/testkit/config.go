package testkit

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/config"
)

// Accounts returns the accounts of one vendor in a configuration, of the vendor's own type.
func Accounts[T config.VendorAccount](t testing.TB, c *config.Config, vendor string) []T {
	t.Helper()
	var all []T
	for _, a := range c.Accounts(vendor) {
		account, ok := a.(T)
		if !ok {
			t.Fatalf("%s: got a %T, want a %T", vendor, a, account)
		}
		all = append(all, account)
	}
	return all
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
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}
