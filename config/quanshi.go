package config

import (
	"fmt"
	"net/textproto"
	"reflect"
	"slices"
	"strings"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// Quanshi is an account at Quanshi: an app and the user for whom it reads. The
// e-mail address of that user is personal data, and shown no more than a secret.
type Quanshi struct {
	Account
	AppKey Key `yaml:"app_key"`
	// AppKeyHeader names the request header that carries the AppKey, never "".
	AppKeyHeader string `yaml:"app_key_header"`
	AppSecret    Secret `yaml:"app_secret,omitempty"`
	// UserID or UserEmail says for whom to log in, or Token is a ready token: one
	// of the three is set.
	UserID    string `yaml:"user_id,omitempty"`
	UserEmail string `yaml:"user_email,omitempty" shown:"<secret>"`
	Token     Secret `yaml:"token,omitempty"`
	// EventIDs are events that are read whenever they were, each once: whole
	// numbers of at least 1, as Quanshi writes them. There may be none where
	// Discover is set.
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

// QuanshiEndpoints lists the endpoints of Quanshi in the order of the metric
// catalogue. The slice is the caller's. Every account gives event_report
// something to read: event_ids, discover or both.
func QuanshiEndpoints() []EndpointDefault {
	return []EndpointDefault{
		{Name: "event_list", MinInterval: 10 * time.Minute, MaxStale: 6 * time.Hour, Needs: "discover"},
		{Name: "event_report", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute},
		{Name: "event_stats", MinInterval: 5 * time.Minute, MaxStale: time.Hour, Timeout: 2 * time.Minute, Off: true},
	}
}

func quanshiVendor() vendor {
	return vendor{
		baseURL:           "https://events-openapi.quanshi.com",
		timeZone:          "Asia/Shanghai",
		requestsPerMinute: 60,
		endpoints:         QuanshiEndpoints(),
	}
}

const (
	defaultAppKeyHeader  = "AppKey"
	defaultDiscoverPast  = 24 * time.Hour
	defaultDiscoverAhead = time.Hour
)

// maxDiscover bounds either side of the span, and with it the list of events, each
// of which is read on its own.
const (
	maxDiscover        = 90 * 24 * time.Hour
	longerThanDiscover = "must not be longer than 90d"
)

// decodeQuanshi takes the keys that only Quanshi has.
func decodeQuanshi(m *mapping, a Account) Quanshi {
	q := Quanshi{
		Account:      a,
		AppKey:       m.keyText("app_key", "the AppKey of the app"),
		AppKeyHeader: m.get("app_key_header").appKeyHeader(a.HTTPClient),
		AppSecret:    m.secret("app_secret"),
		Regions:      m.get("regions").flag(false),
	}
	q.decodeUser(m)
	q.decodeEvents(m)
	return q
}

// appKeyHeader returns the name of the header that carries the AppKey, beside those
// that c adds.
func (v value) appKeyHeader(c promconfig.HTTPClientConfig) string {
	name := v.text(headerName, notSetByQuanshi)
	if name == "" {
		return defaultAppKeyHeader
	}
	if c.HTTPHeaders != nil {
		for added := range c.HTTPHeaders.Headers {
			if strings.EqualFold(added, name) {
				v.report("not allowed: http_headers of the account's http_client sets this header")
			}
		}
	}
	return name
}

// notSetByQuanshi refuses the headers that requests carry beside the AppKey.
func notSetByQuanshi(name string) string {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	_, reserved := promconfig.ReservedHeaders[canonical]
	if reserved || slices.Contains([]string{"Accept", "Checksum", "Curtime", "Nonce"}, canonical) {
		return "not allowed: the exporter sets this header itself"
	}
	return ""
}

// decodeUser takes the keys that say for whom the account reads, of which a file
// gives one.
func (q *Quanshi) decodeUser(m *mapping) {
	token := "token"
	if m.get(token).absent() {
		token = "token_file"
	}
	first := ""
	for _, name := range []string{"user_id", "user_email", token} {
		switch v := m.get(name); {
		case v.absent():
		case first == "":
			first = name
		default:
			v.report("only one of user_id, user_email, and token or token_file may be given; %s stands on line %d",
				first, m.get(first).line)
		}
	}
	if first == "" && !m.broken {
		m.get("user_id").report("missing, want user_id, user_email, token or token_file")
	}
	q.UserID = m.get("user_id").text(oneWord, without("@", "an e-mail address belongs in user_email"))
	q.UserEmail = m.hiddenKey("user_email").text(oneWord, emailAddress)
	if !m.get(token).absent() {
		q.Token = m.secret("token")
	}
}

// emailAddress wants what may be an e-mail address. <secret> stands for one in an
// effective configuration, which is a configuration too.
func emailAddress(text string) string {
	name, host, found := strings.Cut(text, "@")
	if text != secretText && (!found || name == "" || host == "") {
		return "must be an e-mail address"
	}
	return ""
}

// decodeEvents takes the keys that say which events are read.
func (q *Quanshi) decodeEvents(m *mapping) {
	before := len(m.d.errors)
	q.EventIDs = m.get("event_ids").texts(wholeID("an event", "609768"))
	q.Discover = m.get("discover").discover()
	if len(q.EventIDs) == 0 && q.Discover == nil && !m.broken && len(m.d.errors) == before {
		m.report("there is nothing to read: give event_ids, discover or both; " +
			"discover: {} finds the events of the last 24 hours and the next hour")
	}
}

// discover returns the span in which events are looked for, nil without one. An
// empty mapping is one.
func (v value) discover() *Discover {
	if v.absent() || v.null() {
		return nil
	}
	m := v.mapping()
	past, ahead := m.get("past"), m.get("ahead")
	d := &Discover{
		Past:   past.durationOrZero(defaultDiscoverPast),
		Ahead:  ahead.durationOrZero(defaultDiscoverAhead),
		HostID: m.get("host_id").text(oneWord),
	}
	m.done()
	if d.Past > maxDiscover {
		past.report(longerThanDiscover)
	}
	if d.Ahead > maxDiscover {
		ahead.report(longerThanDiscover)
	}
	if d.Past == 0 && d.Ahead == 0 {
		v.report("past and ahead must not both be 0: there would be no event to find")
	}
	return d
}

// Equal reports whether two accounts are configured alike, so that a reload can
// leave what serves them alone. Files of the same path are alike whatever they
// hold.
func (q Quanshi) Equal(other Quanshi) bool {
	return takeZones(&q.Account, &other.Account) && reflect.DeepEqual(q, other)
}

// Format prints the account with its secrets masked, for every verb.
func (q Quanshi) Format(f fmt.State, _ rune) { formatMasked(f, q) }

// MarshalJSON returns the account with its secrets masked.
func (q Quanshi) MarshalJSON() ([]byte, error) { return marshalMaskedJSON(q) }

// MarshalYAML returns the account with its secrets masked.
func (q Quanshi) MarshalYAML() (any, error) { return masked(q), nil }
