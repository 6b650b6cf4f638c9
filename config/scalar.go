package config

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/units"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// basedNumber is a number in hexadecimal, octal or binary.
var basedNumber = regexp.MustCompile(`^[-+]?0[xXoObB]`)

// Text returns a non-empty string that keeps every rule. A number counts as its
// text: ids are often digits only. A ${NAME} that is not replaced is an error.
func (v Value) Text(rules ...Rule) string {
	if problem := v.unexpanded(); problem != "" {
		v.Report("%s", problem)
		return ""
	}
	return v.text(rules...)
}

// text returns the same, but takes ${NAME} as it stands.
func (v Value) text(rules ...Rule) string {
	if v.Absent() {
		return ""
	}
	text, ok := v.scalar("a string")
	switch {
	case !ok:
		return ""
	case v.node.Tag == "!!bool":
		v.Report("want a string, got %s; quote it if you mean a string", v.got())
		return ""
	case text == "":
		v.Report("must not be empty")
		return ""
	case v.plain() && v.node.Tag == "!!int" && basedNumber.MatchString(text):
		v.Report("want a string, got %s, a number in another base; write it in decimal,"+
			" or quote it if you mean a string", v.got())
		return ""
	}
	if problem := broken(rules, text); problem != "" {
		v.Report("%s", problem)
		return ""
	}
	return text
}

// Texts returns a list of texts, each once.
func (v Value) Texts(rules ...Rule) []string {
	return v.each("strings", func(item Value) string { return item.Text(rules...) })
}

// Words returns a list of words that are known and keep every rule, each once; noun says what one is.
func (v Value) Words(noun string, known []string, rules ...Rule) []string {
	if v.Null() {
		v.Report("want a list of %ss, got nothing", noun)
		return nil
	}
	return v.each(noun+"s", func(item Value) string {
		text := item.Text(rules...)
		if text != "" && !slices.Contains(known, text) {
			item.Report("unknown %s %s%s", noun, item.got(), knownHere(text, known))
			return ""
		}
		return text
	})
}

// SomeWords returns words of which there is at least one.
func (v Value) SomeWords(noun string, known, def []string) []string {
	if v.Absent() {
		return def
	}
	words := v.Words(noun, known)
	if v.empty() && !v.Null() {
		v.Report("want at least one %s, one of %s", noun, strings.Join(known, ", "))
	}
	return words
}

// each returns what text makes of the items of a list, each once; "" is left out.
func (v Value) each(wanted string, textOf func(item Value) string) []string {
	var texts []string
	seen := map[string]Value{}
	for _, item := range v.list(wanted, v.asList) {
		text := textOf(item)
		if text == "" {
			continue
		}
		if first, twice := seen[text]; twice {
			item.Report("duplicate of %s on line %d", first.key, first.Line())
			continue
		}
		seen[text] = item
		texts = append(texts, text)
	}
	return texts
}

// OneOf returns one of the known words, def if the key is absent.
func (v Value) OneOf(def string, known ...string) string {
	if v.Absent() {
		return def
	}
	text := v.Text()
	if text != "" && !slices.Contains(known, text) {
		v.hidden = v.hidden || nearest(text, known) == "" // in the place of secret_in there may be a secret
		v.Report("want %s, got %s", strings.Join(known, " or "), v.got())
	}
	if !slices.Contains(known, text) {
		return def
	}
	return text
}

// Flag returns a boolean.
func (v Value) Flag(def bool) bool {
	const wanted = "true or false"
	if v.Absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	switch strings.ToLower(text) {
	case "true":
		return true
	case "false":
		return false
	}
	v.Report("want %s, got %s", wanted, v.got())
	return def
}

// Count returns a whole number of at least 1.
func (v Value) Count(def int) int { return v.CountUpTo(math.MaxInt32, def) }

// CountUpTo returns a whole number from 1 to most.
func (v Value) CountUpTo(most int64, def int) int {
	wanted := fmt.Sprintf("a whole number from 1 to %d", most)
	if v.Absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 32)
	if err != nil || n < 1 || n > most {
		v.Report("want %s, got %s", wanted, v.got())
		return def
	}
	return int(n)
}

// minSize is the least number of bytes that a size may be. Answers are larger; less is a number without its unit.
const minSize = 64 << 10

// size returns a number of bytes of at least minSize.
func (v Value) size(def int64) int64 {
	const wanted = "a size of at least 64KiB such as 16MiB, 500kB or 1048576"
	if v.Absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	n, ok := parseSize(text)
	if !ok {
		v.Report("want %s, got %s", wanted, v.got())
		return def
	}
	return n
}

func parseSize(text string) (n int64, ok bool) {
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil {
		n, err = units.ParseStrictBytes(text)
	}
	return n, err == nil && n >= minSize
}

// MemorySize is a number of bytes, or a part of the memory that the process may take.
type MemorySize struct {
	Bytes   int64 // 0 = Percent counts
	Percent int64 // 1–100
}

// Of returns the number of bytes where the process may take so many.
func (m MemorySize) Of(limit int64) int64 {
	if m.Bytes > 0 {
		return m.Bytes
	}
	return limit / 100 * m.Percent
}

// MarshalYAML returns the size as the file has it.
func (m MemorySize) MarshalYAML() (any, error) {
	if m.Bytes > 0 {
		return units.Base2Bytes(m.Bytes), nil
	}
	return fmt.Sprintf("%d%%", m.Percent), nil
}

// memorySize returns a number of bytes of at least 1, or from 1 to 100 percent.
func (v Value) memorySize(def MemorySize) MemorySize {
	const wanted = "1% to 100% of the memory limit, or a size of at least 64KiB such as 64MiB"
	if v.Absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	if number, isPercent := strings.CutSuffix(text, "%"); isPercent {
		if percent, err := strconv.ParseInt(number, 10, 64); err == nil && percent >= 1 && percent <= 100 {
			return MemorySize{Percent: percent}
		}
	} else if n, ok := parseSize(text); ok {
		return MemorySize{Bytes: n}
	}
	v.Report("want %s, got %s", wanted, v.got())
	return def
}

// Duration returns a duration longer than 0.
func (v Value) Duration(def time.Duration) time.Duration {
	d := v.DurationOrZero(def)
	if d == 0 {
		v.Report("must be longer than 0")
		return def
	}
	return d
}

// DurationOrZero returns a duration of 0 or more.
func (v Value) DurationOrZero(def time.Duration) time.Duration {
	const wanted = "a duration such as 90s, 1h30m or 7d"
	if v.Absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	d, err := model.ParseDuration(text)
	switch {
	case err == nil:
		return time.Duration(d)
	case strings.HasPrefix(text, "-"):
		v.Report("must not be negative: want %s, got %s", wanted, v.got())
	default:
		v.Report("want %s, got %s", wanted, v.got())
	}
	return def
}

// locations are the time zones that were loaded, by name: accounts share them.
var locations sync.Map

func loadLocation(name string) (*time.Location, error) {
	if loaded, ok := locations.Load(name); ok {
		return loaded.(*time.Location), nil //nolint:errcheck // it has no others
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		locations.Store(name, loc)
	}
	return loc, err
}

// location returns a time zone. The machine's own ("Local") is refused: the day
// that a value is of must not depend on where the exporter runs.
func (v Value) location(def string) *time.Location {
	name := def
	if !v.Absent() {
		if name = v.Text(); name == "" {
			return time.UTC
		}
	}
	loc, err := loadLocation(name)
	if err == nil && name != "Local" {
		return loc
	}
	const advice = "want an IANA name such as Asia/Shanghai or UTC"
	switch {
	case v.Absent():
		v.Report("the default time zone %s is not known on this machine; install zone data (tzdata)", def)
	case name == "Local":
		v.Report(`"Local" would depend on the machine; %s`, advice)
	default:
		v.Report("unknown time zone, %s, got %s", advice, v.got())
	}
	return time.UTC
}

// baseURL returns an API's base URL, without a slash at its end.
func (v Value) baseURL(def string) string {
	if v.Absent() {
		return def
	}
	text := v.Text(OneWord, validBaseURL)
	if text == "" {
		return def
	}
	text = strings.TrimRight(text, "/")
	if u, err := url.Parse(text); err == nil && u.Scheme == "http" && isPublic(u.Hostname()) {
		v.Warn("requests and their credentials cross the internet unencrypted; write https:// if the host supports it")
	}
	return text
}

// isPublic reports whether a host is one of the internet, as far as its name shows.
func isPublic(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast()
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	last := name[strings.LastIndexByte(name, '.')+1:]
	inside := []string{
		"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "svc",
		"test", "example", "invalid",
	}
	return strings.Contains(name, ".") && !slices.Contains(inside, last)
}

// path returns a file's path, relative ones from the folder of the configuration.
func (v Value) path() string {
	return promconfig.JoinDir(v.d.dir, v.text()) // an error about the file mentions ${NAME}
}

// readablePath returns the path of a file that can be read now.
func (v Value) readablePath() string {
	path := v.path()
	if path == "" {
		return ""
	}
	if _, err := v.d.files.readAs("file", path); err != nil {
		v.reportFile(err)
	}
	return path
}

// validBaseURL wants scheme, host and perhaps a path. Credentials and queries
// would reach logs that print the URL.
func validBaseURL(text string) string {
	const example = "want a URL such as https://api.example.com/v2"
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "not a valid URL, " + example
	case u.Scheme != "http" && u.Scheme != "https":
		return "must begin with http:// or https://, " + example
	case u.Hostname() == "":
		return "has no host, " + example
	case !validPort(u.Port()):
		return "has no valid port, " + example
	case u.User != nil:
		return "must not contain a user or password, " + example
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return "must not contain a query or fragment, " + example
	}
	return ""
}

// apiHost returns a base URL with its host in lower case and without the port that its scheme has by default.
func apiHost(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil {
		return baseURL
	}
	u.Host = strings.ToLower(u.Host)
	u.Host = strings.TrimSuffix(u.Host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.String()
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && n <= math.MaxUint16
}
