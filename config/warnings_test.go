package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/engage-exporter/engage_exporter/config"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

func TestWarnings(t *testing.T) {
	for _, tt := range []struct {
		name string
		// mode of the file and of the file of the secret
		mode, secretMode os.FileMode
		keys             string
		want             string
	}{
		{"for its owner and a group", 0o640, 0o440, "secret_key_file: secrets/academy", ""},
		{"a secret file for all", 0o600, 0o644, "secret_key_file: secrets/academy",
			"FILE:2:53: polyv[0].secret_key_file: the secret file can be read by every user of this machine (mode 0644);" +
				" chmod 0600, or 0640 with a group of its own"},
		{"a configuration for all that names secrets", 0o644, 0o600, "secret_key_file: secrets/academy", ""},
		{"a configuration for all that holds secrets", 0o644, 0o600, "secret_key: planted",
			"FILE: holds secrets and can be read by every user of this machine (mode 0644);" +
				" chmod 0600, or name files of secrets with …_file"},
		{"a public host without encryption", 0o600, 0o600, "secret_key: planted, base_url: 'http://api.polyv.net'",
			"FILE:2:67: polyv[0].base_url: requests and their credentials cross the internet unencrypted;" +
				" write https:// if the host has it"},
		{"a public address without encryption", 0o600, 0o600, "secret_key: planted, base_url: 'http://8.8.8.8:80'",
			"FILE:2:67: polyv[0].base_url: requests and their credentials cross the internet unencrypted;" +
				" write https:// if the host has it"},
		{"a private address", 0o600, 0o600, "secret_key: planted, base_url: 'http://10.1.2.3'", ""},
		{"a host of the cluster", 0o600, 0o600, "secret_key: planted, base_url: 'http://gateway.apps.svc'", ""},
		{"this machine", 0o600, 0o600, "secret_key: planted, base_url: 'http://[::1]:9788'", ""},
		{"GeTui behind a gateway", 0o600, 0o600, "secret_key: planted}\ngetui:\n  - {account: shop, app_id: A, app_key: K, " +
			"master_secret: planted, base_url: 'https://gateway.example/getui'",
			"FILE:4:78: getui[0].base_url: has no /v2 at the end, which the paths of GeTui's API begin with;" +
				" add it unless the gateway does"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
				t.Fatal(err)
			}
			file := testkit.WriteFile(t, dir, "engage.yml",
				fmt.Sprintf("polyv:\n  - {account: academy, user_id: u, %s}\n", tt.keys))
			secret := testkit.WriteFile(t, filepath.Join(dir, "secrets"), "academy", "planted")
			for path, mode := range map[string]os.FileMode{file: tt.mode, secret: tt.secretMode} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			c, err := collector.LoadConfig(file, config.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if want != "" {
				want = file + want[len("FILE"):]
			}
			testkit.Equal(t, "warnings", c.Warnings().Error(), want)
		})
	}
}
