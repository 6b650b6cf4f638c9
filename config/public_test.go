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

// A secret gets into the wrong place easily: where its file's path belongs, into a key's name, beside a syntax error.
// Errors do not repeat it.
func TestMisplacedSecretIsNotShown(t *testing.T) {
	const planted = "h4nter2-planted"
	options := config.Options{ExpandEnv: true, LookupEnv: func(name string) (string, bool) { return planted, name == "PLANTED" }}
	const getui = "getui:\n  - account: a\n    app_id: A\n    app_key: k\n"
	const adspect = "adspect: [{account: a, api_key: x, http_client: "
	for name, yaml := range map[string]string{
		"in the key of its file":                     "getui: [{account: a, app_id: A, app_key: k, master_secret_file: h4nter2-planted}]",
		"in the key of another vendor's file":        "sensorsdata: [{account: a, base_url: 'http://s.example', api_secret_file: h4nter2-planted}]",
		"in the key of the task ids' file":           getui + "    master_secret: x\n    task_ids_file: h4nter2-planted\n",
		"in the key of a key's file":                 adspect + "{tls_config: {key_file: h4nter2-planted}}}]",
		"among a header's files":                     adspect + "{http_headers: {X: {files: [h4nter2-planted]}}}}]",
		"in a key that does not exist":               "getui: [{account: a, app_id: A, app_key: k, master_secrett: h4nter2-planted}]",
		"before the end of the file":                 "getui: [{account: a, app_id: A, app_key: k, master_secret: h4nter2-planted\n",
		"before a colon":                             "getui:\n  - account: a\n    master_secret: h4nter2-planted: x\n",
		"in a list":                                  getui + "    master_secret: [h4nter2-planted]\n",
		"as an alias":                                getui + "    master_secret: *h4nter2-planted\n",
		"as a tag":                                   getui + "    master_secret: !h4nter2-planted x\n",
		"on a line of its own":                       getui + "    master_secret: x\n  h4nter2-planted\n",
		"in a URL as password":                       getui + "    master_secret: x\n    base_url: https://me:h4nter2-planted@x.example\n",
		"in a URL's query":                           getui + "    master_secret: x\n    base_url: https://x.example/?token=h4nter2-planted\n",
		"as credentials for a proxy":                 adspect + "{authorization: {credentials: h4nter2-planted}}}]",
		"as a certificate":                           adspect + "{tls_config: {cert: h4nter2-planted, key: h4nter2-planted}}}]",
		"from the environment, as a duration":        getui + "    master_secret: x\n    timeout: ${PLANTED}\n",
		"from the environment, as part of one":       getui + "    master_secret: x\n    timeout: 5${PLANTED}\n",
		"from the environment, as a number":          getui + "    master_secret: x\n    requests_per_minute: ${PLANTED}\n",
		"from the environment, as a flag":            getui + "    master_secret: x\n    brands: ${PLANTED}\n",
		"from the environment, as a time zone":       getui + "    master_secret: x\n    time_zone: ${PLANTED}\n",
		"from the environment, as a size":            "global: {max_response_bytes: '${PLANTED}'}\n" + getui + "    master_secret: x\n",
		"from the environment, as a TLS version":     adspect + "{tls_config: {min_version: '${PLANTED}'}}}]",
		"from the environment, as a column":          "adspect: [{account: a, api_key: x, funnels: [{name: f, group_by: ['${PLANTED}']}]}]",
		"from the environment, as a file":            getui + "    master_secret_file: ${PLANTED}\n",
		"from the environment, as a file's name":     getui + "    master_secret_file: secrets/${PLANTED}\n",
		"from the environment, as a funnel's name":   "adspect: [{account: a, api_key: x, funnels: [{name: '${PLANTED}'}]}]",
		"from the environment, as one of two words":  "sensorsdata: [{account: a, base_url: 'http://s.example', api_secret: x, secret_in: '${PLANTED}'}]",
		"from the environment, as an account's name": "getui:\n  - {account: '${PLANTED}/', app_id: A, app_key: k, master_secret: x}\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collector.ParseConfig("engage.yml", []byte(yaml), options)
			mistakes, ok := errors.AsType[config.Errors](err)
			if !ok {
				t.Fatalf("got %v, want mistakes of the file", err)
			}
			for _, text := range []string{err.Error(), mistakes.Public().Error()} {
				if strings.Contains(text, "h4nter2") || !strings.Contains(text, "engage.yml") {
					t.Errorf("got %s", text)
				}
			}
		})
	}
}

// The log says which file it is, if it looks like one; an answer over HTTP does not.
func TestWhatIsShownOfAFile(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "\n", "ids.txt": "good\nb,d\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options := config.Options{ExpandEnv: true, LookupEnv: func(name string) (string, bool) { return dir, name == "DIR" }}
	for _, tt := range []struct {
		name, yaml, message, public, key string
		column                           int
	}{
		{"a path", "master_secret_file: secrets/shop", fmt.Sprintf("read secret file %q: no such file or directory", filepath.Join(dir, "secrets", "shop")), "read secret file: no such file or directory", "master_secret_file", 61},
		{"a name with a dot", "master_secret_file: shop.txt", fmt.Sprintf("read secret file %q: no such file or directory", filepath.Join(dir, "shop.txt")), "read secret file: no such file or directory", "master_secret_file", 61},
		{"what may be a secret", "master_secret_file: shop", "read secret file: no such file or directory; the path is not shown: it may be the secret itself", "read secret file: no such file or directory", "master_secret_file", 61},
		{"a folder from the environment", "master_secret_file: '${DIR}/shop'", `read secret file "${DIR}/shop" after expansion: no such file or directory`, "read secret file: no such file or directory", "master_secret_file", 61},
		{"an empty file", "master_secret_file: ./empty", fmt.Sprintf("secret file %q is empty", filepath.Join(dir, "empty")), "secret file is empty", "master_secret_file", 61},
		{"a wrong task id", "master_secret: x, task_ids_file: ids.txt", filepath.Join(dir, "ids.txt") + `:2: a task id must not contain ",": a request joins ids with commas into its path`, `line 2 of the file: a task id must not contain ",": a request joins ids with commas into its path`, "task_ids_file", 74},
		{"no task ids", "master_secret: x, task_ids_file: none.txt", fmt.Sprintf("read task id file %q: no such file or directory", filepath.Join(dir, "none.txt")), "read task id file: no such file or directory", "task_ids_file", 74},
		{"no certificate", "master_secret: x, http_client: {tls_config: {ca_file: ./empty}}", fmt.Sprintf("unable to use specified CA cert file %s", filepath.Join(dir, "empty")), "unable to use specified CA cert file …", "http_client.tls_config", 85},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "engage.yml")
			_, err := collector.ParseConfig(file, []byte("getui:\n  - {account: a, app_id: A, app_key: k, "+tt.yaml+"}\n"), options)
			mistakes, ok := errors.AsType[config.Errors](err)
			if !ok {
				t.Fatalf("got %v, want mistakes of the file", err)
			}
			place := fmt.Sprintf("%s:2:%d: getui[0].%s", file, tt.column, tt.key)
			testkit.Equal(t, "the error", err.Error(), place+": "+tt.message)
			testkit.Equal(t, "over HTTP", mistakes.Public().Error(), place+": "+tt.public)
		})
	}
}
