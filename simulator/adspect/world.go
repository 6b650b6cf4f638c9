package adspect

import "github.com/engage-exporter/engage_exporter/simulator/core"

// Where visitors come from and what they come with. Networks are from the numbers for private use.
var countries = []struct {
	code, name string
	language   string
	weight     int64
}{
	{"AE", "United Arab Emirates", "ar", 18}, {"HK", "Hong Kong", "zh", 12}, {"SA", "Saudi Arabia", "ar", 9},
	{"US", "United States", "en", 14},
	{"GB", "United Kingdom", "en", 7}, {"DE", "Germany", "de", 6}, {"FR", "France", "fr", 5}, {"ES", "Spain", "es", 4},
	{"BR", "Brazil", "pt", 5},
	{"IN", "India", "hi", 6}, {"ID", "Indonesia", "id", 4}, {"SG", "Singapore", "en", 3},
	{"NL", "Netherlands", "nl", 2}, {"RU", "Russia", "ru", 3},
	{"SE", "Sweden", "sv", 2},
}

var systems = []struct {
	name     string
	weight   int64
	browsers []string // the most common first
}{
	{"Android", 46, []string{"Google Chrome", "Google Chrome", "Samsung Browser", "Opera", "Mozilla Firefox"}},
	{"iOS", 24, []string{"Apple Safari", "Apple Safari", "Google Chrome"}},
	{"Windows", 20, []string{"Google Chrome", "Google Chrome", "Microsoft Edge", "Mozilla Firefox"}},
	{"macOS", 7, []string{"Apple Safari", "Google Chrome"}},
	{"Linux", 2, []string{"Mozilla Firefox", "Google Chrome"}},
	{"Chrome OS", 1, []string{"Google Chrome"}},
}

// The reasons for blocking a visitor, at the two stages.
var (
	basicTags       = []string{"datacenter", "blacklist", "country", "useragent", "vpn", "language"}
	fingerprintTags = []string{"webdriver", "emulator", "virtual_machine", "time_zone"}
)

// pickCountry chooses a country by weight.
func pickCountry(n core.Noise) int {
	at := n.Between(0, countryWeights-1)
	for i, country := range countries {
		if at -= country.weight; at < 0 {
			return i
		}
	}
	return 0
}

// countryWeights is the sum of the weights.
const countryWeights = 100

// describe says where the visitor comes from and with what. Now and then one of it is not known.
func (p *placement) describe(v *Visit) {
	n := v.visitor
	country := p.country
	if n.With("elsewhere").Between(1, 10) > 7 {
		country = pickCountry(n.With("country"))
	}
	from := &countries[country]
	v.Country = from.code
	v.ASN = 64_512 + int64(country)*8 + n.With("asn").Between(0, 4)
	if n.With("large asn").Between(1, 6) == 1 {
		v.ASN = 4_200_000_000 + int64(country)
	}
	v.Language = from.language
	if n.With("english").Between(1, 5) == 1 {
		v.Language = "en"
	}
	at := n.With("system").Between(0, 99)
	for _, system := range systems {
		if at -= system.weight; at < 0 {
			v.OS, v.Browser = system.name, core.Pick(system.browsers, n.With("browser"))
			break
		}
	}
	v.Engine = engine(v.OS, v.Browser)
	switch n.With("unknown").Between(1, 400) {
	case 1:
		v.Country, v.ASN = "", 0
	case 2:
		v.Language = ""
	case 3:
		v.OS, v.Browser, v.Engine = "", "", ""
	case 4:
		v.ASN = 0
	}
}

func engine(system, browser string) string {
	switch {
	case system == "iOS" || browser == "Apple Safari":
		return "WebKit"
	case browser == "":
		return ""
	case browser == "Mozilla Firefox":
		return "Gecko"
	default:
		return "Blink"
	}
}
