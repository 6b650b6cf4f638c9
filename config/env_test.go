package config_test

import (
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/collector/getui"
	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

var environment = map[string]string{
	"NAME":    "shop",
	"SECRET":  "planted",
	"RPM":     "90",
	"BRANDS":  "true",
	"WORD":    "planted",
	"EMPTY":   "",
	"TILDE":   "~",
	"YAML":    "x\n    brands: true",
	"LATIN1":  "\xe9",
	"TIMEOUT": "30s",
}

func options(expand bool) config.Options {
	return config.Options{ExpandEnv: expand, LookupEnv: func(name string) (string, bool) {
		value, set := environment[name]
		return value, set
	}}
}

func TestExpandEnv(t *testing.T) {
	src := `
getui:
  - account: ${NAME}-${NAME}
    app_id: a$b$${NAME}c
    app_key: ${TILDE}
    master_secret: "${SECRET}"
    task_ids: ["${RPM}"]
    task_groups: ["$$${NAME}$"]
    brands: ${BRANDS}
    requests_per_minute: ${RPM}
    max_concurrent_requests: '1${RPM}'
    timeout: ${TIMEOUT}
    http_client: {http_headers: {X-A: {values: ["${RPM}"]}}}
`
	c, err := collector.ParseConfig("engage.yml", []byte(src), options(true))
	if err != nil {
		t.Fatal(err)
	}
	a := testkit.Accounts[getui.Config](t, c, "getui")[0]
	testkit.Equal(t, "two in one value", a.Name, "shop-shop")
	testkit.Equal(t, "escaped", a.AppID, "a$b${NAME}c")
	testkit.Equal(t, "no null", a.AppKey.Value(), "~")
	testkit.Equal(t, "quoted", testkit.Secret(t, a.MasterSecret), "planted")
	testkit.Equal(t, "in a list", a.TaskIDs, []string{"90"})
	testkit.Equal(t, "dollars around", a.TaskGroups, []string{"$${NAME}$"})
	testkit.Equal(t, "boolean", a.Brands, true)
	testkit.Equal(t, "number", a.RequestsPerMinute, 90)
	testkit.Equal(t, "quoted number", a.MaxConcurrentRequests, 190)
	testkit.Equal(t, "duration", a.Timeout.String(), "30s")
	testkit.Equal(t, "in http_client", a.HTTPClient.HTTPHeaders.Headers["X-A"].Values, []string{"90"})
}

func TestExpandEnvFromProcess(t *testing.T) {
	t.Setenv("ENGAGE_TEST_ACCOUNT", "from-process")
	c, err := collector.ParseConfig("engage.yml",
		[]byte("getui: [{account: \"${ENGAGE_TEST_ACCOUNT}\", app_id: a, app_key: b, master_secret: c}]"),
		config.Options{ExpandEnv: true})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Equal(t, "account", testkit.Accounts[getui.Config](t, c, "getui")[0].Name, "from-process")
}

func TestNoExpansionUnlessAsked(t *testing.T) {
	c, err := collector.ParseConfig("engage.yml",
		[]byte("getui: [{account: \"${NAME\", app_id: \"$${\", app_key: \"${\", master_secret: \"${\"}]"), options(false))
	if err != nil {
		t.Fatal(err)
	}
	a := testkit.Accounts[getui.Config](t, c, "getui")[0]
	testkit.Equal(t, "account", a.Name, "${NAME")
	testkit.Equal(t, "app_id", a.AppID, "$${")
	testkit.Equal(t, "app_key", a.AppKey.Value(), "${")
	testkit.Equal(t, "secret", testkit.Secret(t, a.MasterSecret), "${")
}

func TestExpandEnvMistakes(t *testing.T) {
	for _, tc := range []struct {
		name string
		keys string
		want string
	}{
		{
			"not set", "time_zone: ${NONE}",
			"engage.yml:6:16: getui[0].time_zone: environment variable NONE is not set; write $${ for a literal ${",
		},
		{
			"the folder of systemd's credentials", "timeout: ${CREDENTIALS_DIRECTORY}",
			"engage.yml:6:14: getui[0].timeout: environment variable CREDENTIALS_DIRECTORY is not set." +
				" CREDENTIALS_DIRECTORY is set by systemd for a unit with LoadCredential=." +
				" To check the configuration as such a unit: systemd-run --pipe --wait" +
				" -p LoadCredential=secret:/etc/engage_exporter/secrets /usr/local/bin/engage_exporter check" +
				" --config.expand-env --config.file=/etc/engage_exporter/engage.yml",
		},
		{
			"two not set", "task_groups:\n      - ${NONE}${ALSO_NONE}",
			"engage.yml:7:9: getui[0].task_groups[0]: environment variable NONE is not set; write $${ for a literal ${\n" +
				"engage.yml:7:9: getui[0].task_groups[0]: environment variable ALSO_NONE is not set; write $${ for a literal ${",
		},
		{
			"empty", "time_zone: ${EMPTY}",
			"engage.yml:6:16: getui[0].time_zone: must not be empty",
		},
		{
			"no name", "time_zone: ${planted-}",
			"engage.yml:6:16: getui[0].time_zone: ${…} contains no variable name (letters, digits and _); write $${ for a literal ${",
		},
		{
			"not closed", "time_zone: ${planted",
			"engage.yml:6:16: getui[0].time_zone: ${ without a closing }; write $${ for a literal ${",
		},
		{
			"not UTF-8", "time_zone: ${LATIN1}",
			"engage.yml:6:16: getui[0].time_zone: environment variable LATIN1 is not valid UTF-8",
		},
		{
			"value of the wrong kind is not shown", "requests_per_minute: ${WORD}",
			`engage.yml:6:26: getui[0].requests_per_minute: want a whole number from 1 to 2147483647, got "${WORD}" after expansion`,
		},
		{
			"a word of a list is not shown", "task_groups: [a]\nadspect:\n  - account: b\n    api_key: c\n    funnels: [{name: \"${NAME}\", group_by: [\"${WORD}\"]}]",
			`engage.yml:10:44: adspect[0].funnels[0].group_by[0]: unknown column "${WORD}" after expansion; known here: date, month, stream_id, asn, ` +
				"country_code, os, browser, engine, language, mode, target, tag",
		},
		{
			"a name of two funnels is not shown", "task_groups: [a]\nadspect:\n  - account: b\n    api_key: c\n    funnels: [{name: \"${WORD}\", group_by: [os]}]\n" +
				"  - account: d\n    api_key: e\n    funnels: [{name: \"${WORD}\", group_by: []}]",
			"engage.yml:13:15: adspect[1].funnels[0]: the funnel has group_by [], but the funnel adspect[0].funnels[0] (line 10) of the same name has [os]: " +
				"a metric has the same labels in all accounts; give both the same columns in the same order, or different names",
		},
		{
			"a number of a filter is not shown", "task_groups: [a]\nsensorsdata:\n  - account: b\n    base_url: http://s.example\n    api_secret: c\n" +
				"    segments: [{name: \"${NAME}\", filter: {params: [!!int \"${WORD}\"]}}]",
			`engage.yml:11:52: sensorsdata[0].segments[0].filter.params[0]: want a number such as 10, -1.5 or 2e6, got "${WORD}" after expansion; ` +
				"quote it if you mean a string",
		},
		{
			"an e-mail address is not shown", "task_groups: [a]\nquanshi:\n  - account: b\n    app_key: c\n    app_secret: d\n    discover: {}\n" +
				"    user_email: ${WORD}",
			"engage.yml:12:17: quanshi[0].user_email: must be an e-mail address",
		},
		{
			"no YAML from a value", "task_groups: [\"${YAML}\"]",
			"engage.yml:6:19: getui[0].task_groups[0]: must not contain the control character U+000A",
		},
		{
			"keys are not expanded", "${NAME}: x",
			"engage.yml:6:5: getui[0]: unknown key, not shown as it may be a secret without its key; known here: account, action_ids, app_id, app_key, base_url, brands, endpoints, " +
				"http_client, master_secret, master_secret_file, max_concurrent_requests, requests_per_minute, task_group_days, task_groups, task_ids, " +
				"task_ids_file, time_zone, timeout",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := "getui:\n  - account: shop\n    app_id: A1b2C3\n    app_key: K3y\n    master_secret: ${SECRET}\n    " + tc.keys + "\n"
			_, err := collector.ParseConfig("engage.yml", []byte(src), options(true))
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "planted") {
				t.Errorf("a value of the environment is shown: %v", err)
			}
			if err.Error() != tc.want {
				t.Errorf("got:\n%v\nwant:\n%s", err, tc.want)
			}
		})
	}
}
