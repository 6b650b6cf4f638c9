package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
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
				" chmod 0600, or 0640 with a separate group"},
		{"a configuration for all that names secrets", 0o644, 0o600, "secret_key_file: secrets/academy", ""},
		{"a configuration for all that holds secrets", 0o644, 0o600, "secret_key: planted",
			"FILE: contains secrets and can be read by every user of this machine (mode 0644);" +
				" chmod 0600, or name files of secrets with …_file"},
		{"a public host without encryption", 0o600, 0o600, "secret_key: planted, base_url: 'http://api.polyv.net'",
			"FILE:2:67: polyv[0].base_url: requests and their credentials cross the internet unencrypted;" +
				" write https:// if the host supports it"},
		{"a public address without encryption", 0o600, 0o600, "secret_key: planted, base_url: 'http://8.8.8.8:80'",
			"FILE:2:67: polyv[0].base_url: requests and their credentials cross the internet unencrypted;" +
				" write https:// if the host supports it"},
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

// TestOneAccountUnderTwoNames has what a vendor knows as one account: it is refused, without showing by what.
func TestOneAccountUnderTwoNames(t *testing.T) {
	_, err := collector.ParseConfig("engage.yml", []byte(`getui:
  - {account: shop, app_id: A, app_key: k, master_secret: planted}
  - {account: shop-2, app_id: A, app_key: l, master_secret: planted-too, base_url: "https://RestAPI.getui.com:443/v2/"}
  - {account: shop-elsewhere, app_id: A, app_key: l, master_secret: planted-too, base_url: "https://cncrestapi.getui.com/v2"}
polyv:
  - {account: academy, user_id: u, secret_key: planted}
  - {account: academy-2, user_id: u, secret_key: planted}
adspect:
  - {account: media, api_key: planted}
  - {account: media-2, api_key: planted}
sensorsdata:
  - {account: ebiz, base_url: https://ebiz.example, api_secret: planted}
  - {account: ebiz-2, base_url: https://ebiz.example/, api_secret: planted, project: default}
  - {account: ebiz-production, base_url: https://ebiz.example/, api_secret: planted, project: production}
  - {account: ebiz-3, base_url: https://ebiz.example/, api_secret: planted}
quanshi:
  - {account: events, app_key: planted, app_secret: planted, user_id: 1, discover: {}}
  - {account: events-2, app_key: planted, app_secret: planted, user_id: 1, event_ids: [2]}
  - {account: events-of-another-user, app_key: planted, app_secret: planted, user_id: 2, event_ids: [2]}
  - {account: events-3, app_key: planted, app_secret: planted, user_email: planted@example.org, discover: {}}
  - {account: events-4, app_key: planted, app_secret: planted, user_email: planted@example.org, discover: {}}
`), config.Options{})
	mistakes, _ := errors.AsType[config.Errors](err)
	want := []string{
		`engage.yml:3:31: getui[1].app_id: the accounts "shop-2" and "shop" (line 2)`,
		`engage.yml:7:35: polyv[1].user_id: the accounts "academy-2" and "academy" (line 6)`,
		`engage.yml:10:33: adspect[1].api_key: the accounts "media-2" and "media" (line 9)`,
		`engage.yml:13:86: sensorsdata[1].project: the accounts "ebiz-2" and "ebiz" (line 12)`,
		`engage.yml:15:33: sensorsdata[3].base_url: the accounts "ebiz-3" and "ebiz" (line 12)`,
		`engage.yml:18:34: quanshi[1].app_key: the accounts "events-2" and "events" (line 17)`,
		`engage.yml:21:34: quanshi[4].app_key: the accounts "events-4" and "events-3" (line 20)`,
	}
	var got []string
	for _, mistake := range mistakes {
		text, _, _ := strings.Cut(mistake.Error(), " are one account of the vendor")
		got = append(got, text)
	}
	testkit.Equal(t, "mistakes", got, want)
	if err != nil && strings.Contains(err.Error(), "planted") {
		t.Errorf("a secret is shown: %v", err)
	}
}
