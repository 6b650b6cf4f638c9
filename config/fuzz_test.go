package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
)

// FuzzParse looks for a panic, and for a secret that an error or an output shows:
// "planted" where it stands only as the value of secret keys, and whatever comes
// out of the environment.
func FuzzParse(f *testing.F) {
	var files []string
	for _, pattern := range []string{
		"testdata/bad/*.yml", "testdata/good/*.yml", "../collector/*/testdata/config/*/*.yml", "../engage.yml.example",
	} {
		matches, err := filepath.Glob(pattern)
		if err != nil || len(matches) == 0 {
			f.Fatalf("no seeds in %s: %v", pattern, err)
		}
		files = append(files, matches...)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, false)
		f.Add([]byte(strings.ReplaceAll(string(src), "planted", "a${X}b")), true)
	}
	const fromEnv = "fr0mEnv"
	f.Fuzz(func(t *testing.T, src []byte, expand bool) {
		c, err := collector.ParseConfig("engage.yml", src, config.Options{
			ExpandEnv: expand,
			LookupEnv: func(string) (string, bool) { return fromEnv, true },
		})
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil {
			if onlyInSecrets(src, "planted") && strings.Contains(err.Error(), "planted") {
				t.Errorf("a secret is shown: %v", err)
			}
			// The paths of files are shown as they are read.
			if !strings.Contains(string(src), "file") && !strings.Contains(string(src), fromEnv) && strings.Contains(err.Error(), fromEnv) {
				t.Errorf("a value of the environment is shown: %v", err)
			}
			return
		}
		masked, err := c.Masked()
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, out := range []string{string(masked), string(asJSON), fmt.Sprintf("%+v", c), printedAccounts(c)} {
			if onlyInSecrets(src, "planted") && strings.Contains(out, "planted") {
				t.Errorf("a secret is shown: %s", out)
			}
		}
	})
}

// printedAccounts returns the accounts of all vendors as %#v prints them.
func printedAccounts(c *config.Config) string {
	var b strings.Builder
	for _, v := range collector.ConfigVendors() {
		fmt.Fprintf(&b, "%#v ", c.Accounts(v.Name))
	}
	return b.String()
}

// onlyInSecrets reports whether word stands in src only as part of secret keys'
// values, or anywhere in what is no YAML: of that no text may be shown at all.
func onlyInSecrets(src []byte, word string) bool {
	var document yaml.Node
	if err := yaml.Load(src, &document); err != nil {
		return true
	}
	return !shown(&document, word)
}

func shown(n *yaml.Node, word string) bool {
	if n.Kind == yaml.AliasNode {
		// The alias may stand at a key that is no secret.
		return true
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			switch key.Value {
			case "master_secret", "app_key", "secret_key", "api_key", "api_secret", "proxy_url", "proxy_connect_header", "secrets", "values", "key",
				"basic_auth", "authorization", "oauth2", "bearer_token":
				continue
			case "app_secret", "user_email", "token":
				// A header may have such a name too, and then keys of its own.
				if value.Kind == yaml.ScalarNode {
					continue
				}
			}
			if key.Value == "filter" && holds(value, word) {
				return true
			}
			if shown(key, word) || shown(value, word) {
				return true
			}
		}
		return false
	}
	for _, child := range n.Content {
		if shown(child, word) {
			return true
		}
	}
	return strings.Contains(n.Value, word)
}

// holds reports whether word stands in n or what n holds: a key of a filter is no
// secret, whatever its name.
func holds(n *yaml.Node, word string) bool {
	return n.Kind == yaml.AliasNode || strings.Contains(n.Value, word) ||
		slices.ContainsFunc(n.Content, func(child *yaml.Node) bool { return holds(child, word) })
}
