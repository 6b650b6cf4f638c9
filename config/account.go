package config

import (
	"crypto/sha256"
	"maps"
	"reflect"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// Account holds the keys that accounts of every vendor take. A vendor's own type embeds it.
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
	RequestsPerMinute int `yaml:"requests_per_minute"`
	// HTTPClient may be that of other accounts too, and so may Endpoints: neither may be changed.
	HTTPClient *promconfig.HTTPClientConfig `yaml:"http_client"`
	// Endpoints has each endpoint of the vendor, also those that are off.
	Endpoints map[string]Endpoint `yaml:"endpoints"`

	// Login is a hash of what the vendor knows the account by: its API and the id of its credentials. The zero value is
	// not known.
	Login [sha256.Size]byte
}

// SameLogin reports whether both are known to be the same account of the vendor, however they are configured.
func (a *Account) SameLogin(other *Account) bool {
	return a.Login == other.Login && a.Login != [sha256.Size]byte{}
}

// Common returns the account itself, so that a pointer to what embeds it is a VendorAccount.
func (a *Account) Common() *Account { return a }

// readsSomething reports whether an endpoint of the account is on.
func (a Account) readsSomething() bool {
	for _, e := range a.Endpoints {
		if e.Enabled {
			return true
		}
	}
	return false
}

// SetsHeader reports whether the account's http_client adds a request header.
func (a Account) SetsHeader(name string) bool {
	if a.HTTPClient.HTTPHeaders == nil {
		return false
	}
	for added := range a.HTTPClient.HTTPHeaders.Headers {
		if strings.EqualFold(added, name) {
			return true
		}
	}
	return false
}

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

// VendorAccount is an account as configured: a pointer to a struct that embeds Account beside the vendor's own keys. It
// does not change. The tags of its fields say how Masked writes them. yaml is the key of the file; a field without it is not
// shown, and omitempty leaves it out where it holds nothing. shown is a text that stands for the value, such as
// <secret>; "bytes" for a size; or NO|YES for a flag that the file has as one of two words.
type VendorAccount interface {
	// Common returns the keys that accounts of every vendor take.
	Common() *Account
}

// Equal reports whether two accounts are configured alike but for the times of their endpoints, which can be changed
// while an account is in use: a reload keeps what has been read of such an account. Files of the same path are alike
// whatever they hold.
func Equal(a, b VendorAccount) bool {
	zoneA, zoneB := a.Common().Location, b.Common().Location
	return zoneA.String() == zoneB.String() && reflect.DeepEqual(withoutTimes(a), withoutTimes(b))
}

// withoutTimes returns an account without its time zone, as what a time.Location holds depends on when it was loaded,
// without its login, which may follow from what a file holds, and without the times of its endpoints.
func withoutTimes(a VendorAccount) any {
	v := reflect.New(reflect.TypeOf(a).Elem()).Elem()
	v.Set(reflect.ValueOf(a).Elem())
	v.FieldByName("Location").SetZero()
	v.FieldByName("Login").SetZero()
	endpoints := make(map[string]Endpoint)
	for name, e := range a.Common().Endpoints {
		endpoints[name] = Endpoint{Enabled: e.Enabled}
	}
	v.FieldByName("Endpoints").Set(reflect.ValueOf(endpoints))
	return v.Interface()
}

const defaultMaxConcurrentRequests = 4

// maxAccountName bounds an account's name in characters: it stands in every sample of the account.
const maxAccountName = 100

var accountNameRules = []Rule{
	Printable,
	Without("/", "accounts are addressed as vendor/account"),
	AtMost(maxAccountName),
}

// accounts returns the accounts of one vendor.
func (v Value) accounts(vendor Vendor, g Global) []VendorAccount {
	var accounts []VendorAccount
	names := NewNames("account")
	decode := vendor.NewDecoder()
	var before map[string]Endpoint // of the account before
	for _, item := range v.List("accounts") {
		mistakes := v.Mistakes()
		m := item.Mapping()
		common := vendor.account(m, g)
		names.Add(common.Name, m.Get("account"))
		account := decode(m, common)
		accounts = append(accounts, account)
		a := account.Common()
		// The vendor's own keys say what there is to read.
		a.Endpoints = vendor.decodeEndpoints(m, a.Timeout)
		if maps.Equal(a.Endpoints, before) {
			a.Endpoints = before // thousands of accounts are read alike
		}
		before = a.Endpoints
		m.Done()
		if v.Mistakes() == mistakes && !a.readsSomething() {
			m.Get("endpoints").Report("all endpoints of the account are off, so nothing would be read;" +
				" enable one, or remove the account")
		}
	}
	return accounts
}

// account takes the keys that all accounts have, but for those of Endpoints.
func (v Vendor) account(m *Mapping, g Global) Account {
	a := Account{
		Name:                  m.Required("account", "a name for the account").Text(accountNameRules...),
		Location:              m.Get("time_zone").location(v.TimeZone),
		HTTPClient:            m.Get("http_client").httpClient(g.HTTPClient),
		MaxConcurrentRequests: m.Get("max_concurrent_requests").Count(defaultMaxConcurrentRequests),
		RequestsPerMinute:     m.Get("requests_per_minute").Count(v.RequestsPerMinute),
		Timeout:               m.Get("timeout").Duration(g.Timeout),
	}
	if v.BaseURL == "" {
		a.BaseURL = m.Required("base_url", "the URL of the account's API").baseURL("")
	} else {
		a.BaseURL = m.Get("base_url").baseURL(v.BaseURL)
	}
	return a
}

// decodeEndpoints returns every endpoint of the vendor as the account reads it. timeout is the account's.
func (v Vendor) decodeEndpoints(account *Mapping, timeout time.Duration) map[string]Endpoint {
	all := make(map[string]Endpoint, len(v.Endpoints))
	m := account.Get("endpoints").MappingOf("endpoint")
	for _, def := range v.Endpoints {
		if def.Timeout == 0 {
			def.Timeout = timeout
		}
		all[def.Name] = m.Get(def.Name).endpoint(def, account)
	}
	m.Done()
	return all
}

// endpoint resolves one endpoint of the account.
func (v Value) endpoint(def EndpointDefault, account *Mapping) Endpoint {
	before := v.d.mistakes()
	m := v.Mapping()
	enabled, minInterval, maxStale := m.Get("enabled"), m.Get("min_interval"), m.Get("max_stale")

	reason := account.missingKey(def)
	e := Endpoint{
		Enabled:     enabled.Flag(reason == "" && !def.Off),
		MinInterval: minInterval.DurationOrZero(def.MinInterval),
		MaxStale:    maxStale.Duration(def.MaxStale),
		Timeout:     m.Get("timeout").Duration(def.Timeout),
	}
	m.Done()

	if e.Enabled && reason != "" && !account.broken {
		enabled.Report("there is nothing to read: %s", reason)
	}
	// An answer that dies before the next one is due would leave gaps in every graph. An interval of 0 has no gaps.
	if e.MaxStale < e.MinInterval && v.d.mistakes() == before {
		at := maxStale
		if at.Absent() {
			at = minInterval
		}
		at.Report("max_stale %s is shorter than min_interval %s: samples would disappear between two reads",
			model.Duration(e.MaxStale), model.Duration(e.MinInterval))
	}
	return e
}

// missingKey returns why the account's keys leave an endpoint nothing to read, "" if there is something.
func (m *Mapping) missingKey(def EndpointDefault) string {
	if def.Needs != "" && !m.isSet(def.Needs) && !m.isSet(def.Needs+"_file") {
		return "the account has no " + def.Needs
	}
	return m.disabledReason[def.Name]
}
