package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// mailer is the account of a vendor that the exporter does not have.
type mailer struct {
	config.Account
	Token  config.Secret `yaml:"token,omitempty"`
	Sender string        `yaml:"sender" shown:"<secret>"`
	Lists  []string      `yaml:"lists,omitempty"`
	Daily  bool          `yaml:"period" shown:"hour|day"`
	note   string
}

func mailerVendor() config.Vendor {
	return config.Vendor{
		Name: "mailer", Example: "{account: my-mailer, token_file: …}",
		BaseURL: "https://mailer.example", TimeZone: "UTC", RequestsPerMinute: 6,
		Endpoints: []config.EndpointDefault{
			{Name: "lists", MinInterval: time.Minute, MaxStale: time.Hour, Needs: "lists"},
			{Name: "bounces", MinInterval: time.Minute, MaxStale: time.Hour},
		},
		ReservedHeaders: []string{"X-Mailer"},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			first := "" // in the file
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				if first == "" {
					first = a.Name
				}
				if m.Get("period").Absent() {
					m.Disable("bounces", "the account has no period")
				}
				return &mailer{
					Account: a, Token: m.Secret("token"), Sender: m.Get("sender").Text(config.OneWord),
					Lists: m.Get("lists").Texts(), Daily: m.Get("period").Text() == "day", note: "first is " + first,
				}
			}
		},
	}
}

func parseMailers(src string) (*config.Config, error) {
	mailer := mailerVendor()
	return config.Parse("engage.yml", []byte(src), config.Options{Vendors: []config.Vendor{
		mailer, {Name: "pager", NewDecoder: mailer.NewDecoder},
	}})
}

func TestVendorOfItsOwn(t *testing.T) {
	c, err := parseMailers(`
mailer:
  - {account: a, token: planted, sender: planted@example.org, period: day}
  - {account: b, token: t, lists: [x, y]}
`)
	if err != nil {
		t.Fatal(err)
	}
	all := testkit.Accounts[mailer](t, c, "mailer")
	if len(all) != 2 {
		t.Fatalf("got %d accounts, want 2", len(all))
	}
	testkit.Equal(t, "base_url", all[0].BaseURL, "https://mailer.example")
	testkit.Equal(t, "requests_per_minute", all[0].RequestsPerMinute, 6)
	testkit.Equal(t, "own key", all[1].Lists, []string{"x", "y"})
	testkit.Equal(t, "secret", testkit.Secret(t, all[0].Token), "planted")
	testkit.Equal(t, "what the decoder knows of the file", all[1].note, "first is a")
	for i, want := range []map[string]bool{{"lists": false, "bounces": true}, {"lists": true, "bounces": false}} {
		for name, enabled := range want {
			testkit.Equal(t, name+" of "+all[i].Name, all[i].Endpoints[name].Enabled, enabled)
		}
	}

	masked, err := c.Masked()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"token: <secret>\n", "sender: <secret>\n", "period: day\n", "period: hour\n", "- x\n"} {
		if !strings.Contains(string(masked), want) {
			t.Errorf("%q is not in:\n%s", want, masked)
		}
	}
	asJSON, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(asJSON), `"lists":["x","y"]`) {
		t.Errorf("got %v in %s", err, asJSON)
	}
	for _, out := range []string{string(masked), string(asJSON), fmt.Sprintf("%v %+v %#v %v %#v", c, c, c, all, all[0])} {
		if strings.Contains(out, "planted") || strings.Contains(out, "first is") {
			t.Errorf("it is shown: %s", out)
		}
	}
}

func TestVendorMistakes(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		{
			"no account", "mailer: []", "engage.yml: no account is configured, list at least one under mailer or pager, such as " +
				"mailer: [{account: my-mailer, token_file: …}]",
		},
		{"another vendor", "mailer: [{account: a, token: t, period: day}]\ngetui: []", `engage.yml:2:1: unknown key, not shown as it may be a secret without its key; known here: global, mailer, pager`},
		{
			"reserved header", "mailer: [{account: a, token: t, http_client: {http_headers: {x-mailer: {values: [v]}}}}]",
			"engage.yml:1:62: mailer[0].http_client.http_headers.x-mailer: not allowed: the exporter sets this header itself",
		},
		{
			"nothing to read", "mailer: [{account: a, token: t, endpoints: {bounces: {enabled: true}}}]",
			"engage.yml:1:64: mailer[0].endpoints.bounces.enabled: there is nothing to read: the account has no period",
		},
		{
			"no default base_url", "pager: [{account: a, time_zone: UTC, requests_per_minute: 1, token: t}]",
			"engage.yml:1:9: pager[0].base_url: missing, want the URL of the account's API",
		},
		{
			"another vendor's key", "mailer: [{account: a, token: t, app_id: A}]",
			"engage.yml:1:33: mailer[0]: unknown key, not shown as it may be a secret without its key; known here: account, base_url, endpoints, http_client, lists, " +
				"max_concurrent_requests, period, requests_per_minute, sender, time_zone, timeout, token, token_file",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parseMailers(tc.src)
			if _, ok := errors.AsType[config.Errors](err); !ok || err.Error() != tc.want {
				t.Errorf("got %v\nwant %s", err, tc.want)
			}
		})
	}
}
