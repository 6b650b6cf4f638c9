package config

import (
	"time"

	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// Account holds the keys that accounts of every vendor take.
type Account struct {
	// Name is unique among the vendor's accounts; the label "account".
	Name string `yaml:"account"`
	// BaseURL is an http or https URL without user, query and final slash.
	BaseURL string `yaml:"base_url"`
	// Location is the time zone of the account's days, never nil.
	Location *time.Location `yaml:"time_zone"`
	// Timeout of one request.
	Timeout time.Duration `yaml:"timeout"`
	// MaxConcurrentRequests bounds the account's requests in flight.
	MaxConcurrentRequests int `yaml:"max_concurrent_requests"`
	// RequestsPerMinute bounds the requests of any minute.
	RequestsPerMinute int                         `yaml:"requests_per_minute"`
	HTTPClient        promconfig.HTTPClientConfig `yaml:"http_client"`
	// Endpoints has each endpoint of the vendor, also those that are off.
	Endpoints map[string]Endpoint `yaml:"endpoints"`
}

// AccountName returns Name, of every vendor's account alike.
func (a Account) AccountName() string { return a.Name }

// Endpoint is how one endpoint of an account is read.
type Endpoint struct {
	Enabled bool `yaml:"enabled"`
	// MinInterval is the least time between two reads; 0 reads on each scrape.
	MinInterval time.Duration `yaml:"min_interval"`
	// MaxStale is how long an answer is served while no newer one comes.
	MaxStale time.Duration `yaml:"max_stale"`
	// Timeout of one request.
	Timeout time.Duration `yaml:"timeout"`
}

// EndpointDefault is what is known of an endpoint before a file is read.
type EndpointDefault struct {
	// Name is that of the metric catalogue, such as push_quota.
	Name string
	// MinInterval and MaxStale are as in Endpoint.
	MinInterval, MaxStale time.Duration
	// Timeout of one request; 0 stands for the account's.
	Timeout time.Duration
	// Needs is the key that gives the endpoint something to read. Without it, and
	// without the same key with _file, the endpoint is off; "" needs none.
	Needs string
	// Off is set if the endpoint is read only where the file enables it.
	Off bool
}

// vendor holds what differs between the vendors in the keys that all of them
// take.
type vendor struct {
	// baseURL is the default; "" makes the key a required one.
	baseURL string
	// timeZone and requestsPerMinute are defaults.
	timeZone          string
	requestsPerMinute int
	endpoints         []EndpointDefault
}

const defaultMaxConcurrentRequests = 4

// maxAccountName bounds an account's name in characters: it stands in every
// sample of the account.
const maxAccountName = 100

var accountNameRules = []rule{
	printable,
	without("/", "accounts are addressed as vendor/account"),
	atMost(maxAccountName),
}

// decodeAccounts returns the accounts of one vendor. decode takes the vendor's own
// keys.
func decodeAccounts[T any](list value, v vendor, g Global, decode func(*mapping, Account) T) []T {
	var accounts []T
	names := nameLines{}
	for _, item := range list.list("accounts") {
		m := item.mapping()
		a := v.account(m, g)
		names.add(a.Name, m.get("account"), "account")
		accounts = append(accounts, decode(m, a))
		// The vendor's own keys say what there is to read. What decode gave has the
		// same map.
		v.decodeEndpoints(m, a)
		m.done()
	}
	return accounts
}

// account takes the keys that all accounts have, but for those of Endpoints.
func (v vendor) account(m *mapping, g Global) Account {
	a := Account{
		Name:                  m.required("account", "a name for the account").text(accountNameRules...),
		Location:              m.get("time_zone").location(v.timeZone),
		HTTPClient:            m.get("http_client").httpClient(g.HTTPClient),
		MaxConcurrentRequests: m.get("max_concurrent_requests").count(defaultMaxConcurrentRequests),
		RequestsPerMinute:     m.get("requests_per_minute").count(v.requestsPerMinute),
		Timeout:               m.get("timeout").duration(g.Timeout),
		Endpoints:             map[string]Endpoint{},
	}
	if v.baseURL == "" {
		a.BaseURL = m.required("base_url", "the URL of the account's API").baseURL("")
	} else {
		a.BaseURL = m.get("base_url").baseURL(v.baseURL)
	}
	return a
}

// decodeEndpoints resolves every endpoint of the vendor into those of the account.
func (v vendor) decodeEndpoints(account *mapping, a Account) {
	m := account.get("endpoints").mapping()
	m.noun = "endpoint"
	for _, def := range v.endpoints {
		if def.Timeout == 0 {
			def.Timeout = a.Timeout
		}
		a.Endpoints[def.Name] = m.get(def.Name).endpoint(def, account)
	}
	m.done()
}

// endpoint resolves one endpoint of the account.
func (v value) endpoint(def EndpointDefault, account *mapping) Endpoint {
	before := len(v.d.errors)
	m := v.mapping()
	enabled, minInterval, maxStale := m.get("enabled"), m.get("min_interval"), m.get("max_stale")

	reason := account.missingKey(def)
	e := Endpoint{
		Enabled:     enabled.flag(reason == "" && !def.Off),
		MinInterval: minInterval.durationOrZero(def.MinInterval),
		MaxStale:    maxStale.duration(def.MaxStale),
		Timeout:     m.get("timeout").duration(def.Timeout),
	}
	m.done()

	if e.Enabled && reason != "" && !account.broken {
		enabled.report("there is nothing to read: %s", reason)
	}
	// An answer that dies before the next one is due would leave gaps in every
	// graph. An interval of 0 has no gaps.
	if e.MaxStale < e.MinInterval && len(v.d.errors) == before {
		at := maxStale
		if at.absent() {
			at = minInterval
		}
		at.report("max_stale %s is shorter than min_interval %s: samples would vanish between two reads",
			model.Duration(e.MaxStale), model.Duration(e.MinInterval))
	}
	return e
}

// missingKey returns why the account's keys give an endpoint nothing to read, "" if they
// give something.
func (m *mapping) missingKey(def EndpointDefault) string {
	if def.Needs != "" && !m.isSet(def.Needs) && !m.isSet(def.Needs+"_file") {
		return "the account gives no " + def.Needs
	}
	return m.disabledReason[def.Name]
}

// nameLines has the line of each name of a list.
type nameLines map[string]int

// add reports a name that the list has already; noun says what it names.
func (lines nameLines) add(name string, at value, noun string) {
	switch line, twice := lines[name]; {
	case name == "":
	case twice:
		at.report("duplicate %s name, already on line %d", noun, line)
	default:
		lines[name] = at.line
	}
}

// takeZones reports whether two accounts have the same time zone, and takes it out
// of both: the rest of a time.Location depends on when it was loaded.
func takeZones(a, b *Account) (same bool) {
	same = a.Location.String() == b.Location.String()
	a.Location, b.Location = nil, nil
	return same
}
