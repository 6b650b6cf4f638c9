package reliability

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

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
	// storage is the folder in which the exporter keeps its state; "" for none.
	storage string
}

// vendorsInUTC returns vendors with days in UTC, so that midnight is far from the tests' time, and with accounts so
// small that they need no thousands of requests. Any other vendor has its default accounts.
func vendorsInUTC() []simulator.Vendor {
	apps, users, accounts := getui.DefaultApps(), polyv.DefaultUsers(), adspect.DefaultAccounts()
	projects, events := sensorsdata.DefaultProjects(), quanshi.DefaultApps()
	for i := range 2 {
		apps[i].Location, users[i].Location, accounts[i].Location = time.UTC, time.UTC, time.UTC
		projects[i].Location, events[i].Location = time.UTC, time.UTC

		apps[i].PushCountPerMinute = 1000 // the quota is not what these tests are about
		apps[i].TaskIDs, apps[i].TaskGroups = apps[i].TaskIDs[:2], apps[i].TaskGroups[:1]
		apps[i].Channels, apps[i].Brands = getui.DefaultChannels()[:3], []string{"xiaomi", "vivo"}
		apps[i].Quotas = apps[i].Quotas[:2]
		accounts[i].Clicks, accounts[i].SubIDs = 400, 6
	}
	accounts[0].Streams = adspect.DefaultStreams()[:3]
	projects[0].Tags = slices.DeleteFunc(sensorsdata.DefaultTags(), func(tag sensorsdata.Tag) bool {
		return tag.ID != 15 && tag.ID != 19 && tag.ID != 21
	})
	projects[0].DemoTags = []int{21, 19}
	projects[0].MaxTagsPerPage = 2 // so that the list has pages
	events[0].KnownByEmail = true  // so that the user is looked for
	ads := adspect.Vendor(accounts...)
	for i := range 2 { // the totals are one row, so short that it is there in time even if it drips
		before, totals, _ := strings.Cut(ads.Accounts[i].Settings, "  - {name: total,")
		_, after, _ := strings.Cut(totals, "\n")
		ads.Accounts[i].Settings = before + after
	}
	return []simulator.Vendor{
		getui.Vendor(apps...), polyv.Vendor(users...), ads, sensorsdata.Vendor(projects...), quanshi.Vendor(events...),
	}
}

// simulatedVendors returns all vendors with the accounts of the tests: the first is main, the second is second.
func simulatedVendors() []simulator.Vendor {
	vendors := vendorsInUTC()
	for _, v := range simulator.Vendors() {
		if !slices.ContainsFunc(vendors, func(o simulator.Vendor) bool { return o.Name == v.Name }) {
			vendors = append(vendors, v)
		}
	}
	return vendors
}

// simulatedVendor returns one of them.
func simulatedVendor(name string) simulator.Vendor {
	vendors := simulatedVendors()
	i := slices.IndexFunc(vendors, func(v simulator.Vendor) bool { return v.Name == name })
	if i < 0 {
		panic("the simulator has no vendor " + name)
	}
	return vendors[i]
}

func (s settings) secretFile(vendor, account string) string {
	return fmt.Sprintf("%s/%s-%s", s.secrets, vendor, account)
}

// yaml returns the configuration. The vendor of the row has both accounts, main with all endpoints; other vendors have
// main alone, with one.
func (s settings) yaml() string {
	root := map[string]any{"global": map[string]any{
		"max_response_bytes": maxResponseBytes, "max_samples_per_endpoint": cmp.Or(s.maxSamples, 10000),
		"http_client": map[string]any{
			"enable_http2": s.http2, "tls_config": map[string]any{"ca": makeCertificates().authority},
		},
	}}
	for _, v := range simulatedVendors() {
		accounts := []any{s.account(v, mainAccount, 0)}
		if v.Name == s.row.vendor {
			accounts = append(accounts, s.account(v, secondAccount, 1))
		}
		root[v.Name] = accounts
	}
	text, err := yaml.Marshal(root)
	if err != nil {
		panic(fmt.Sprintf("the configuration: %v", err))
	}
	return string(text)
}

// account returns the keys of an account: those that the simulator has for it, with the secret in a file, and those
// that all accounts have.
func (s settings) account(v simulator.Vendor, name string, i int) map[string]any {
	a, keys := v.Accounts[i], map[string]any{}
	if err := yaml.Unmarshal([]byte(a.Settings), &keys); err != nil {
		panic(fmt.Sprintf("the simulator's settings of %s: %v", v.Name, err))
	}
	for key, value := range keys {
		if value == a.Secret {
			delete(keys, key)
			keys[key+"_file"] = s.secretFile(v.Name, name)
		}
	}
	keys["account"], keys["base_url"] = name, "https://"+host(v.Name, name)+v.BasePath
	keys["requests_per_minute"], keys["max_concurrent_requests"] = 600, maxConcurrentRequests
	keys["timeout"] = requestTimeout.String()
	if slices.ContainsFunc(vendorsInUTC(), func(o simulator.Vendor) bool { return o.Name == v.Name }) {
		keys["time_zone"] = "UTC"
	}
	endpoints := map[string]any{}
	for i, endpoint := range s.catalogue.endpoints[v.Name] {
		interval := restInterval
		switch {
		case s.always:
			interval = 0
		case name == mainAccount && v.Name == s.row.vendor && endpoint == s.row.endpoint:
			interval = oftenInterval
		}
		endpoints[endpoint] = map[string]any{
			"enabled":      i == 0 || v.Name == s.row.vendor && name == mainAccount,
			"min_interval": interval.String(), "max_stale": "1d", "timeout": requestTimeout.String(),
		}
	}
	keys["endpoints"] = endpoints
	return keys
}
