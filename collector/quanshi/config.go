package quanshi

import (
	"net/textproto"
	"slices"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/vendors/quanshi"
)

// Config is an account at Quanshi: an app and the user for whom it reads. The e-mail address of that user is personal
// data, and shown no more than a secret.
type Config struct {
	config.Account
	AppKey config.Key `yaml:"app_key"`
	// AppKeyHeader names the request header that carries the AppKey, never "".
	AppKeyHeader string        `yaml:"app_key_header"`
	AppSecret    config.Secret `yaml:"app_secret,omitempty"`
	// UserID or UserEmail says for whom to log in, or Token is a ready token: one of the three is set.
	UserID    string        `yaml:"user_id,omitempty"`
	UserEmail string        `yaml:"user_email,omitempty" shown:"<secret>"`
	Token     config.Secret `yaml:"token,omitempty"`
	// EventIDs are events that are read whenever they were, each once: whole numbers of at least 1, as Quanshi writes
	// them. There may be none where Discover is set.
	EventIDs []string `yaml:"event_ids,omitempty"`
	// Discover says which events are looked for, nil for none.
	Discover *Discover `yaml:"discover,omitempty"`
	// Regions asks for the sessions by country and province too.
	Regions bool `yaml:"regions"`
}

// Discover is the span around now in which events are looked for.
type Discover struct {
	// Past and Ahead are not negative, not both 0, and up to 90 days each.
	Past  time.Duration `yaml:"past"`
	Ahead time.Duration `yaml:"ahead"`
	// HostID leaves only the events of this host, "" those of all.
	HostID string `yaml:"host_id,omitempty"`
}

// Config returns the defaults of the vendor's accounts and the decoder of their keys. Every account has something for
// event_report to read: event_ids, discover or both.
func (Vendor) Config() config.Vendor {
	return config.Vendor{
		Name:              "quanshi",
		BaseURL:           quanshi.DefaultBaseURL,
		TimeZone:          "Asia/Shanghai",
		RequestsPerMinute: 60,
		Endpoints: []config.EndpointDefault{
			{Name: "event_list", MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Needs: "discover"},
			{Name: "event_report", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
			{Name: "event_stats", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute, Off: true},
		},
		ReservedHeaders: []string{"Appkey", "Appid", "Nonce", "Curtime", "Checksum"},
		NewDecoder: func() func(*config.Mapping, config.Account) config.VendorAccount {
			logins := config.NewLogins()
			return func(m *config.Mapping, a config.Account) config.VendorAccount {
				before := m.Mistakes()
				c := decodeConfig(m, a)
				if m.Mistakes() == before {
					token, _ := c.Token.Read() // "" without one
					logins.Add(&c.Account, m.Get("app_key"), c.AppKey.Value(), c.UserID+" "+c.UserEmail+" "+token)
				}
				return &c
			}
		},
	}
}

const (
	defaultAppKeyHeader  = "AppKey"
	defaultDiscoverPast  = 24 * time.Hour
	defaultDiscoverAhead = time.Hour
)

// maxDiscover bounds either side of the span, and with it the list of events, each of which is read on its own.
const (
	maxDiscover        = 90 * 24 * time.Hour
	longerThanDiscover = "must not be longer than 90d"
)

// decodeConfig decodes the keys that only Quanshi has.
func decodeConfig(m *config.Mapping, a config.Account) Config {
	q := Config{
		Account:      a,
		AppKey:       m.Key("app_key", "the AppKey of the app"),
		AppKeyHeader: appKeyHeader(m.Get("app_key_header"), a),
		AppSecret:    m.Secret("app_secret"),
		Regions:      m.Get("regions").Flag(false),
	}
	q.decodeUser(m)
	q.decodeEvents(m)
	return q
}

// appKeyHeader returns the name of the header that carries the AppKey, beside those that http_client adds.
func appKeyHeader(v config.Value, a config.Account) string {
	name := v.Text(config.HeaderName, notSetByClient)
	if name == "" {
		return defaultAppKeyHeader
	}
	if a.SetsHeader(name) {
		v.Report("not allowed: http_headers of the account's http_client sets this header")
	}
	return name
}

// notSetByClient is the rule against the headers that requests carry beside the AppKey.
func notSetByClient(name string) string {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	_, reserved := promconfig.ReservedHeaders[canonical]
	if reserved || slices.Contains([]string{"Accept", "Checksum", "Curtime", "Nonce"}, canonical) {
		return "not allowed: the exporter sets this header itself"
	}
	return ""
}

// decodeUser decodes the keys that say for whom the account reads, of which a file has one.
func (q *Config) decodeUser(m *config.Mapping) {
	token := "token"
	if m.Get(token).Absent() {
		token = "token_file"
	}
	first := ""
	for _, name := range []string{"user_id", "user_email", token} {
		switch v := m.Get(name); {
		case v.Absent():
		case first == "":
			first = name
		default:
			v.ReportKey("only one of user_id, user_email, and token or token_file is allowed; %s is on line %d",
				first, m.Get(first).Line())
		}
	}
	if first == "" {
		m.ReportMissing("user_id", "user_id, user_email, token or token_file")
	}
	q.UserID = m.Get("user_id").Text(config.OneWord, config.Without("@", "an e-mail address belongs in user_email"))
	q.UserEmail = m.Hidden("user_email").Text(config.OneWord, emailAddress)
	if !m.Get(token).Absent() {
		q.Token = m.Secret("token")
	}
}

// emailAddress is the Rule for what may be an e-mail address.
func emailAddress(text string) string {
	name, host, found := strings.Cut(text, "@")
	if !found || name == "" || host == "" {
		return "must be an e-mail address"
	}
	return ""
}

// decodeEvents decodes the keys that say which events are read.
func (q *Config) decodeEvents(m *config.Mapping) {
	before := m.Mistakes()
	q.EventIDs = m.Get("event_ids").Texts(config.WholeID("an event", "609768"))
	q.Discover = decodeDiscover(m.Get("discover"))
	if len(q.EventIDs) == 0 && q.Discover == nil && m.Mistakes() == before {
		m.Report("there is nothing to read: give event_ids, discover or both; " +
			"discover: {} finds the events of the last 24 hours and the next hour")
	}
}

// decodeDiscover returns the span in which events are looked for, nil without one. An empty mapping is one.
func decodeDiscover(v config.Value) *Discover {
	if v.Absent() || v.Null() {
		return nil
	}
	m := v.Mapping()
	past, ahead := m.Get("past"), m.Get("ahead")
	d := &Discover{
		Past:   past.DurationOrZero(defaultDiscoverPast),
		Ahead:  ahead.DurationOrZero(defaultDiscoverAhead),
		HostID: m.Get("host_id").Text(config.OneWord),
	}
	m.Done()
	if d.Past > maxDiscover {
		past.Report(longerThanDiscover)
	}
	if d.Ahead > maxDiscover {
		ahead.Report(longerThanDiscover)
	}
	if d.Past == 0 && d.Ahead == 0 {
		v.Report("past and ahead must not both be 0: there would be no event to find")
	}
	return d
}
