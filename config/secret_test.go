package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/adspect"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/collector/polyv"
	"github.com/engage-exporter/engage_exporter/collector/quanshi"
	"github.com/engage-exporter/engage_exporter/collector/sensorsdata"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// rotating returns the secret of an account whose master_secret_file is path.
func rotating(t *testing.T, path string) config.Secret {
	t.Helper()
	return testkit.Accounts[getui.Config](t, parse(t, "getui: [{account: a, app_id: b, app_key: c, master_secret_file: "+path+"}]"), "getui")[0].MasterSecret
}

func TestSecretRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	s := rotating(t, path)
	testkit.Equal(t, "at load", testkit.Secret(t, s), "first")

	write("second\r\n")
	testkit.Equal(t, "after a change", testkit.Secret(t, s), "second")

	for _, tc := range []struct{ name, content, want string }{
		{"empty", "", fmt.Sprintf("secret file %q is empty", path)},
		{"blank", " \n", fmt.Sprintf("secret file %q is empty", path)},
		{"two lines", "planted\nplanted\n", fmt.Sprintf("secret file %q contains several lines, want only the secret, on one line", path)},
		{"too large", strings.Repeat("planted", 1<<18), fmt.Sprintf("read secret file %q: is larger than 1048576 bytes", path)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			write(tc.content)
			got, err := s.Read()
			if err == nil || err.Error() != tc.want || got != "" {
				t.Errorf("got %q, %v, want %s", got, err, tc.want)
			}
		})
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want fs.ErrNotExist and the path", err)
	}

	write("third")
	testkit.Equal(t, "after it came back", testkit.Secret(t, s), "third")
}

func TestZeroSecret(t *testing.T) {
	if got, err := (config.Secret{}).Read(); err == nil || got != "" {
		t.Errorf("got %q, %v, want an error", got, err)
	}
	testkit.Equal(t, "key", config.Key{}.Value(), "")
}

// TestSecretsShowNowhere plants a secret wherever a configuration takes one and
// looks for it in all that can be printed of it.
func TestSecretsShowNowhere(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, key := certificate(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("planted-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	cert, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	indent := func(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", "\n        ") }
	src := fmt.Sprintf(`
global:
  http_client:
    proxy_url: http://planted:planted@proxy.example
    proxy_connect_header: {Proxy-Key: [planted]}
    http_headers: {X-Gateway: {values: [planted], secrets: [planted], files: [secret]}}
    tls_config:
      cert: |
        %s
      key: |
        %s
getui:
  - account: inline
    app_id: A1b2C3
    app_key: planted
    master_secret: planted
    time_zone: UTC
  - account: file
    app_id: A1b2C4
    app_key: planted
    master_secret_file: secret
    time_zone: UTC
    http_client: {tls_config: {cert_file: %s, key_file: %s}}
polyv:
  - {account: inline, user_id: 0a1b2c3d4e, secret_key: planted}
  - {account: file, user_id: 0a1b2c3d4f, secret_key_file: secret}
adspect:
  - {account: inline, api_key: planted}
  - {account: file, api_key_file: secret}
sensorsdata:
  - {account: inline, base_url: http://s.example, api_secret: planted}
  - {account: file, base_url: http://t.example, api_secret_file: secret}
quanshi:
  - {account: inline, app_key: planted, app_secret: planted, token: planted, discover: {}}
  - {account: file, app_key: planted, app_secret_file: secret, token_file: secret, discover: {}}
  - {account: e-mail, app_key: planted, app_secret: planted, user_email: planted@example.org, discover: {}}
`, indent(string(cert)), indent(key), certFile, keyFile)
	c, err := collector.ParseConfig(filepath.Join(dir, "engage.yml"), []byte(src), config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keyLine := strings.Split(key, "\n")[1]
	testkit.Equal(t, "GeTui's secret itself", testkit.Secret(t, testkit.Accounts[getui.Config](t, c, "getui")[0].MasterSecret), "planted")
	testkit.Equal(t, "Polyv's secret itself", testkit.Secret(t, testkit.Accounts[polyv.Config](t, c, "polyv")[0].SecretKey), "planted")
	testkit.Equal(t, "Adspect's secret itself", testkit.Secret(t, testkit.Accounts[adspect.Config](t, c, "adspect")[0].APIKey), "planted")
	testkit.Equal(t, "Sensors Data's secret itself", testkit.Secret(t, testkit.Accounts[sensorsdata.Config](t, c, "sensorsdata")[0].APISecret), "planted")
	testkit.Equal(t, "Quanshi's secret itself", testkit.Secret(t, testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].AppSecret), "planted")
	testkit.Equal(t, "Quanshi's token itself", testkit.Secret(t, testkit.Accounts[quanshi.Config](t, c, "quanshi")[0].Token), "planted")
	testkit.Equal(t, "Quanshi's e-mail address itself", testkit.Accounts[quanshi.Config](t, c, "quanshi")[2].UserEmail, "planted@example.org")
	if !strings.Contains(string(c.Global.HTTPClient.TLSConfig.Key), keyLine) {
		t.Fatal("the key did not come through")
	}

	check := func(name, out string) {
		t.Helper()
		if strings.Contains(out, "planted") || strings.Contains(out, keyLine) {
			t.Errorf("%s shows a secret:\n%s", name, out)
		}
	}
	type wrapped struct {
		Config   *config.Config
		Accounts []config.VendorAccount
		Secret   config.Secret
	}
	// Here fmt does not ask the values how they want to be printed.
	type unexported struct {
		secret  config.Secret
		pointer *config.Secret
		key     config.Key
		list    []config.Key
	}
	account := testkit.Accounts[getui.Config](t, c, "getui")[0]
	values := map[string]any{
		"Config":           *c,
		"*Config":          c,
		"Global":           c.Global,
		"Account":          account.Account,
		"Key":              account.AppKey,
		"*Key":             &account.AppKey,
		"Secret":           account.MasterSecret,
		"*Secret":          &account.MasterSecret,
		"Secret of a file": testkit.Accounts[getui.Config](t, c, "getui")[1].MasterSecret,
		"map":              map[string]any{"a": account, "b": account.MasterSecret},
		"unexported":       unexported{account.MasterSecret, &account.MasterSecret, account.AppKey, []config.Key{account.AppKey}},
	}
	for _, v := range collector.ConfigVendors() {
		accounts := c.Accounts(v.Name)
		if len(accounts) == 0 {
			t.Errorf("the file has no account of %s: add one, with each of its secrets", v.Name)
			continue
		}
		values["struct with "+v.Name] = wrapped{c, accounts, account.MasterSecret}
		typed := reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(accounts[0])), 0, len(accounts))
		for i, a := range accounts {
			typed = reflect.Append(typed, reflect.ValueOf(a))
			values[fmt.Sprint(v.Name, i)] = a
			values[fmt.Sprint("*", v.Name, i)] = typed.Index(i).Addr().Interface()
		}
		values["[]"+v.Name] = typed.Interface()
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			check(name+" "+verb, fmt.Sprintf(verb, v))
		}
		check(name+" Sprint", fmt.Sprint(v))
		check(name+" Errorf", fmt.Errorf("bad: %v", v).Error())

		b, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%s as JSON: %v", name, err)
		}
		check(name+" JSON", string(b))
		if name != "unexported" {
			b, err = yaml.Dump(v)
			if err != nil {
				t.Errorf("%s as YAML: %v", name, err)
			}
			check(name+" YAML", string(b))
		}
		var logs, page bytes.Buffer
		slog.New(slog.NewTextHandler(&logs, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&logs, nil)).Info("x", "v", v)
		check(name+" slog", logs.String())
		if err := template.Must(template.New("").Parse("{{.}}<script>{{.}}</script>")).Execute(&page, v); err != nil {
			t.Errorf("%s in a template: %v", name, err)
		}
		check(name+" template", page.String())
	}
	for name, out := range map[string]string{
		"Secret.String":   account.MasterSecret.String(),
		"Secret.GoString": account.MasterSecret.GoString(),
		"Key.String":      account.AppKey.String(),
		"Key.GoString":    account.AppKey.GoString(),
		"Secret %#v":      fmt.Sprintf("%#v", account.MasterSecret),
		"Key %#v":         fmt.Sprintf("%#v", account.AppKey),
	} {
		testkit.Equal(t, name, out, "<secret>")
	}
	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	check("Masked", string(masked))
	for _, key := range []string{"master_secret", "secret_key", "api_key", "api_secret", "app_secret", "token"} {
		if !strings.Contains(string(masked), " "+key+": <secret>\n") ||
			!strings.Contains(string(masked), " "+key+"_file: "+filepath.Join(dir, "secret")+"\n") {
			t.Errorf("Masked does not show where the %s stand:\n%s", key, masked)
		}
	}
	if !strings.Contains(string(masked), " user_email: <secret>\n") {
		t.Errorf("Masked does not show that there is an e-mail address:\n%s", masked)
	}
}

// TestMaskedIsAConfiguration reads what Masked returns, with values in place of the masks: it has every setting.
func TestMaskedIsAConfiguration(t *testing.T) {
	files := testkit.Files(t, filepath.Join("testdata", "good", "*.yml"))
	files = append(files, testkit.Files(t, filepath.Join("..", "collector", "*", "testdata", "config", "good", "*.yml"))...)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			c := load(t, file)
			first, err := c.Masked()
			if err != nil {
				t.Fatal(err)
			}
			again, err := collector.ParseConfig("masked.yml", []byte(testkit.Unmasked(first)), config.Options{})
			if err != nil {
				t.Fatalf("%v\nin:\n%s", err, first)
			}
			second, err := again.Masked()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(first, second) {
				t.Errorf("got:\n%s\nwant:\n%s", second, first)
			}
			for _, v := range again.Vendors {
				for i, account := range v.Accounts {
					got, want := account.Common(), c.Accounts(v.Vendor)[i].Common()
					testkit.Equal(t, "endpoints of "+got.Name, got.Endpoints, want.Endpoints)
				}
			}
			for i, a := range testkit.Accounts[getui.Config](t, again, "getui") {
				testkit.Equal(t, "task_ids", a.TaskIDs, testkit.Accounts[getui.Config](t, c, "getui")[i].TaskIDs)
			}
			for i, a := range testkit.Accounts[quanshi.Config](t, again, "quanshi") {
				want := testkit.Accounts[quanshi.Config](t, c, "quanshi")[i]
				testkit.Equal(t, "event_ids of "+a.Name, a.EventIDs, want.EventIDs)
				testkit.Equal(t, "discover of "+a.Name, a.Discover, want.Discover)
			}
		})
	}
}

// TestMaskedHidesWhatFiltersCompareWith: it may be a person's number or address.
func TestMaskedHidesWhatFiltersCompareWith(t *testing.T) {
	c := parse(t, `
adspect: [{account: a, api_key: k, funnels: [{name: f, group_by: [], filters: {ip_address: [192.0.2.7], click_id: [click-planted], sub_id: [sub-planted], os: [iOS]}}]}]
sensorsdata: [{account: a, base_url: http://s.example, api_secret: b, segments: [{name: c, filter: {conditions: [{field: user.phone, function: equal, params: [13800000000, {deep: planted}]}], relation: and}}]}]`)
	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	for _, personal := range []string{"192.0.2.7", "planted", "13800000000"} {
		if strings.Contains(string(masked), personal) {
			t.Errorf("%s is shown:\n%s", personal, masked)
		}
	}
	for _, shown := range []string{"iOS", "user.phone", "relation: and"} {
		if !strings.Contains(string(masked), shown) {
			t.Errorf("%s is not shown:\n%s", shown, masked)
		}
	}
}

// TestByteOrderMarkBeforeSecret reads a file as some editors of Windows save it.
func TestByteOrderMarkBeforeSecret(t *testing.T) {
	path, err := filepath.Abs(filepath.Join("testdata", "good", "secrets", "byte_order_mark"))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Equal(t, "secret", testkit.Secret(t, rotating(t, path)), "planted")
}
