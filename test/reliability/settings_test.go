package reliability

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/engage-exporter/engage_exporter/simulator"
	"github.com/engage-exporter/engage_exporter/simulator/adspect"
	"github.com/engage-exporter/engage_exporter/simulator/getui"
	"github.com/engage-exporter/engage_exporter/simulator/polyv"
	"github.com/engage-exporter/engage_exporter/simulator/quanshi"
	"github.com/engage-exporter/engage_exporter/simulator/sensorsdata"
)

const (
	// oftenInterval is how often the endpoint that meets faults may be read, restInterval all others: both within one
	// cell, so that it shows whether the others go on being read.
	oftenInterval = 15 * time.Second
	restInterval  = time.Minute
	// requestTimeout is longer than a scrape may wait: no scrape may wait for a vendor that hangs.
	requestTimeout = 20 * time.Second
	// maxResponseBytes bounds answers that are held whole; the huge ones are many times that.
	maxResponseBytes = 1 << 20
	// maxConcurrentRequests is that of each account.
	maxConcurrentRequests = 4
)

// The accounts of each vendor: one that meets faults, and one beside it at a host of its own.
const (
	mainAccount   = "main"
	secondAccount = "second"
)

func host(vendor, account string) string { return account + "-" + vendor + ".test" }

var configTemplate = template.Must(template.New("configuration").Funcs(template.FuncMap{
	"indent": func(text string) string { return strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n        ") },
	"list":   func(values []string) string { return "[" + strings.Join(values, ", ") + "]" },
}).Parse(`global:
  max_response_bytes: {{.MaxResponseBytes}}
  max_samples_per_endpoint: {{.MaxSamples}}
  http_client:
    enable_http2: {{.HTTP2}}
    tls_config:
      ca: |
        {{indent .Authority}}
getui:
{{- range call .Accounts "getui"}}
  - account: {{.Name}}
    base_url: {{.URL}}/getui/v2
    app_id: {{.Getui.AppID}}
    app_key: {{.Getui.AppKey}}
    master_secret_file: {{.SecretFile}}
    task_ids: {{list .Getui.TaskIDs}}
    task_groups: {{list .Getui.TaskGroups}}
    action_ids: {{list .Getui.ActionIDs}}
    brands: true
{{.Rest}}
{{- end}}
polyv:
{{- range call .Accounts "polyv"}}
  - account: {{.Name}}
    base_url: {{.URL}}/polyv
    user_id: {{.Polyv.UserID}}
    secret_key_file: {{.SecretFile}}
{{.Rest}}
{{- end}}
adspect:
{{- range call .Accounts "adspect"}}
  - account: {{.Name}}
    base_url: {{.URL}}/adspect/v1
    api_key_file: {{.SecretFile}}
    funnels:
      - {name: stream, group_by: [stream_id]}
      - {name: country, group_by: [country_code], metrics: [clicks, quality]}
{{.Rest}}
{{- end}}
sensorsdata:
{{- range call .Accounts "sensorsdata"}}
  - account: {{.Name}}
    base_url: {{.URL}}/sensorsdata
    project: {{.Sensorsdata.Project}}
    api_secret_file: {{.SecretFile}}
    tags: {{.Tags}}
    segments:
      - name: gold
        filter: {conditions: [{field: user.viplevel, function: equal, params: [gold]}]}
{{.Rest}}
{{- end}}
quanshi:
{{- range call .Accounts "quanshi"}}
  - account: {{.Name}}
    base_url: {{.URL}}/quanshi
    app_key: {{.Quanshi.AppKey}}
    app_secret_file: {{.SecretFile}}
    user_email: {{.Quanshi.UserEmail}}
    event_ids: {{.Events}}
    discover: {past: 1h, ahead: 1h}
{{.Rest}}
{{- end}}
`))

// settings make a configuration, and the vendors that go with it.
type settings struct {
	catalogue catalogued
	row       row
	http2     bool
	// always lets everything be read at each scrape.
	always bool
	// maxSamples bounds the samples of an endpoint; 0 = as by default.
	maxSamples int
	// secrets is the folder with a file for the secret of each account.
	secrets string
}

// configured is an account as the template takes it.
type configured struct {
	Name, URL, SecretFile, Rest string

	Getui       getui.App
	Polyv       polyv.User
	Adspect     adspect.Account
	Sensorsdata sensorsdata.Project
	Quanshi     quanshi.App

	Tags, Events string
}

// vendorAccounts are the simulated accounts of all vendors, for each main and second.
type vendorAccounts struct {
	Getui       []getui.App
	Polyv       []polyv.User
	Adspect     []adspect.Account
	Sensorsdata []sensorsdata.Project
	Quanshi     []quanshi.App
}

// options are the simulator's options for the accounts.
func (o vendorAccounts) options() simulator.Options {
	return simulator.Options{Seed: 8, Vendors: []simulator.Vendor{
		getui.Vendor(o.Getui...), polyv.Vendor(o.Polyv...), adspect.Vendor(o.Adspect...),
		sensorsdata.Vendor(o.Sensorsdata...), quanshi.Vendor(o.Quanshi...),
	}}
}

// vendorsWorld returns the accounts of all vendors, with days in UTC, so that midnight is far from the tests' time.
func vendorsWorld() vendorAccounts {
	o := vendorAccounts{
		Getui: getui.DefaultApps(), Polyv: polyv.DefaultUsers(), Adspect: adspect.DefaultAccounts(),
		Sensorsdata: sensorsdata.DefaultProjects(), Quanshi: quanshi.DefaultApps(),
	}
	for i := range 2 {
		o.Getui[i].Location, o.Polyv[i].Location, o.Adspect[i].Location = time.UTC, time.UTC, time.UTC
		o.Sensorsdata[i].Location, o.Quanshi[i].Location = time.UTC, time.UTC
		o.Getui[i].PushCountPerMinute = 1000 // what is allowed is not what these tests are about

		// Small: thousands of pages are read.
		o.Getui[i].TaskIDs, o.Getui[i].TaskGroups = o.Getui[i].TaskIDs[:2], o.Getui[i].TaskGroups[:1]
		o.Getui[i].Channels, o.Getui[i].Brands = getui.DefaultChannels()[:3], []string{"xiaomi", "vivo"}
		o.Getui[i].Quotas = o.Getui[i].Quotas[:2]
		o.Adspect[i].Clicks, o.Adspect[i].SubIDs = 400, 6
	}
	o.Adspect[0].Streams = adspect.DefaultStreams()[:3]
	o.Sensorsdata[0].Tags = slices.DeleteFunc(sensorsdata.DefaultTags(), func(tag sensorsdata.Tag) bool { return tag.ID != 15 && tag.ID != 19 && tag.ID != 21 })
	o.Sensorsdata[0].MaxTagsPerPage = 2 // so that the list has pages
	return o
}

// secretsOf are the right secrets of an account, by vendor.
func secretOf(o vendorAccounts, vendor string, account int) string {
	return map[string]string{
		"getui": o.Getui[account].MasterSecret, "polyv": o.Polyv[account].SecretKey, "adspect": o.Adspect[account].APIKey,
		"sensorsdata": o.Sensorsdata[account].APISecret, "quanshi": o.Quanshi[account].AppSecret,
	}[vendor]
}

// accountID is how the simulator's faults name a vendor's account main.
func accountID(o vendorAccounts, vendor string) string {
	return map[string]string{
		"getui": o.Getui[0].AppID, "polyv": o.Polyv[0].UserID, "adspect": o.Adspect[0].AccountID,
		"sensorsdata": o.Sensorsdata[0].Project, "quanshi": o.Quanshi[0].AppKey,
	}[vendor]
}

func (s settings) secretFile(vendor, account string) string {
	return fmt.Sprintf("%s/%s-%s", s.secrets, vendor, account)
}

// yaml is the configuration. The vendor of the row has both accounts, main with all endpoints; other vendors have main
// alone, with one.
func (s settings) yaml() string {
	var b strings.Builder
	err := configTemplate.Execute(&b, struct {
		MaxResponseBytes int
		MaxSamples       int
		HTTP2            bool
		Authority        string
		Accounts         func(vendor string) []configured
	}{maxResponseBytes, cmp.Or(s.maxSamples, 10000), s.http2, makeCertificates().authority, s.accounts})
	if err != nil {
		panic(fmt.Sprintf("the configuration: %v", err))
	}
	return b.String()
}

func (s settings) accounts(vendor string) []configured {
	o := vendorsWorld()
	accounts := []configured{s.account(o, vendor, mainAccount, 0)}
	if vendor == s.row.vendor {
		accounts = append(accounts, s.account(o, vendor, secondAccount, 1))
	}
	return accounts
}

func (s settings) account(o vendorAccounts, vendor, name string, i int) configured {
	return configured{
		Name: name, URL: "https://" + host(vendor, name), SecretFile: s.secretFile(vendor, name), Rest: s.rest(vendor, name),
		Getui: o.Getui[i], Polyv: o.Polyv[i], Adspect: o.Adspect[i], Sensorsdata: o.Sensorsdata[i], Quanshi: o.Quanshi[i],
		Tags: []string{"[21, 19]", "[2, 4]"}[i], Events: []string{"[609768, 600114]", "[731002]"}[i],
	}
}

// rest are the keys that all accounts take.
func (s settings) rest(vendor, account string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "    time_zone: UTC\n    requests_per_minute: 600\n    max_concurrent_requests: %d\n    timeout: %s\n    endpoints:\n", maxConcurrentRequests, requestTimeout)
	for i, endpoint := range s.catalogue.endpoints[vendor] {
		enabled := i == 0 || vendor == s.row.vendor && account == mainAccount
		interval := restInterval
		switch {
		case s.always:
			interval = 0
		case account == mainAccount && vendor == s.row.vendor && endpoint == s.row.endpoint:
			interval = oftenInterval
		}
		fmt.Fprintf(&b, "      %s: {enabled: %v, min_interval: %s, max_stale: 1d, timeout: %s}\n", endpoint, enabled, interval, requestTimeout)
	}
	return strings.TrimRight(b.String(), "\n")
}
