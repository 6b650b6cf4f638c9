package config

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/alecthomas/units"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// The methods below give their default where the key is absent, and after they
// reported a mistake.

// text returns a non-empty string that keeps every rule. A number counts as its
// text: ids are often digits only.
func (v value) text(rules ...rule) string {
	if v.absent() {
		return ""
	}
	text, ok := v.scalar("a string")
	switch {
	case !ok:
		return ""
	case v.node.Tag == "!!bool":
		v.report("want a string, got %s; quote it if it is meant", v.got())
		return ""
	case text == "":
		v.report("must not be empty")
		return ""
	}
	for _, broken := range rules {
		if problem := broken(text); problem != "" {
			v.report("%s", problem)
			return ""
		}
	}
	return text
}

// texts returns a list of texts, each once.
func (v value) texts(rules ...rule) []string {
	return v.each("strings", func(item value) string { return item.text(rules...) })
}

// words returns a list of words that are known, each once; noun says what one is.
func (v value) words(noun string, known []string) []string {
	if v.null() {
		v.report("want a list of %ss, got nothing", noun)
		return nil
	}
	return v.each(noun+"s", func(item value) string {
		text := item.text()
		if text != "" && !slices.Contains(known, text) {
			item.report("unknown %s %s%s", noun, item.got(), knownHere(text, known))
			return ""
		}
		return text
	})
}

// someWords returns words of which there is at least one.
func (v value) someWords(noun string, known, def []string) []string {
	if v.absent() {
		return def
	}
	words := v.words(noun, known)
	if v.empty() && !v.null() {
		v.report("want at least one %s, known here: %s", noun, strings.Join(known, ", "))
	}
	return words
}

// each returns what text makes of the items of a list, each once; "" is left out.
func (v value) each(wanted string, textOf func(item value) string) []string {
	var texts []string
	seen := map[string]value{}
	for _, item := range v.list(wanted) {
		text := textOf(item)
		if text == "" {
			continue
		}
		if first, twice := seen[text]; twice {
			item.report("duplicate of %s on line %d", first.key, first.line)
			continue
		}
		seen[text] = item
		texts = append(texts, text)
	}
	return texts
}

// flag returns a boolean.
func (v value) flag(def bool) bool {
	const wanted = "true or false"
	if v.absent() {
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
	v.report("want %s, got %s", wanted, v.got())
	return def
}

// count returns a whole number of at least 1.
func (v value) count(def int) int { return v.countUpTo(math.MaxInt32, def) }

// countUpTo returns a whole number from 1 to most.
func (v value) countUpTo(most int64, def int) int {
	wanted := fmt.Sprintf("a whole number from 1 to %d", most)
	if v.absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 32)
	if err != nil || n < 1 || n > most {
		v.report("want %s, got %s", wanted, v.got())
		return def
	}
	return int(n)
}

// size returns a number of bytes of at least 1.
func (v value) size(def int64) int64 {
	const wanted = "a size of at least 1 byte such as 64MiB, 500kB or 1048576"
	if v.absent() {
		return def
	}
	text, ok := v.scalar(wanted)
	if !ok {
		return def
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil {
		n, err = units.ParseStrictBytes(text)
	}
	if err != nil || n < 1 {
		v.report("want %s, got %s", wanted, v.got())
		return def
	}
	return n
}

// duration returns a duration longer than 0.
func (v value) duration(def time.Duration) time.Duration {
	d := v.durationOrZero(def)
	if d == 0 {
		v.report("must be longer than 0")
		return def
	}
	return d
}

// durationOrZero returns a duration of 0 or more.
func (v value) durationOrZero(def time.Duration) time.Duration {
	const wanted = "a duration such as 90s, 1h30m or 7d"
	if v.absent() {
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
		v.report("must not be negative: want %s, got %s", wanted, v.got())
	default:
		v.report("want %s, got %s", wanted, v.got())
	}
	return def
}

// location returns a time zone. The machine's own ("Local") is refused: the day
// that a figure is of must not depend on where the exporter runs.
func (v value) location(def string) *time.Location {
	name := def
	if !v.absent() {
		if name = v.text(); name == "" {
			return time.UTC
		}
	}
	loc, err := time.LoadLocation(name)
	if err == nil && name != "Local" {
		return loc
	}
	const advice = "want an IANA name such as Asia/Shanghai or UTC"
	switch {
	case v.absent():
		v.report("the default time zone %s is not known on this machine; install zone data (tzdata)", def)
	case name == "Local":
		v.report(`"Local" would depend on the machine; %s`, advice)
	default:
		v.report("unknown time zone, %s, got %s", advice, v.got())
	}
	return time.UTC
}

// baseURL returns an API's base URL, without a slash at its end.
func (v value) baseURL(def string) string {
	if v.absent() {
		return def
	}
	text := v.text(oneWord, validBaseURL)
	if text == "" {
		return def
	}
	return strings.TrimRight(text, "/")
}

// path returns a file's path, relative ones from the folder of the configuration.
func (v value) path() string {
	return promconfig.JoinDir(v.d.dir, v.text())
}

// readablePath returns the path of a file that can be read now.
func (v value) readablePath() string {
	path := v.path()
	if path == "" {
		return ""
	}
	if _, err := readSmallFile(path); err != nil {
		v.reportFile(unreadable("read file", path, err))
	}
	return path
}

// rule tells what is wrong with a text, "" if nothing is. It does not repeat the
// text: that may be a misplaced secret.
type rule func(text string) (problem string)

// printable refuses what would not show, or break a line, in a label or a log.
func printable(text string) string {
	if strings.ContainsFunc(text, unicode.IsControl) {
		return "must not contain control characters"
	}
	if strings.TrimSpace(text) != text {
		return "must not begin or end with white space"
	}
	return ""
}

// oneWord refuses white space within the text too.
func oneWord(text string) string {
	if problem := printable(text); problem != "" {
		return problem
	}
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return "must not contain white space"
	}
	return ""
}

// pathRules are those of a text that is one part of a request's path.
var pathRules = []rule{oneWord, without("/", "it stands in the request's path")}

// without refuses the characters of chars.
func without(chars, why string) rule {
	return func(text string) string {
		if i := strings.IndexAny(text, chars); i >= 0 {
			return "must not contain " + strconv.Quote(text[i:i+1]) + ": " + why
		}
		return ""
	}
}

// wholeID wants an id as vendors write one that is a number, so that its label is
// the same in every family. of says what it identifies.
func wholeID(of, example string) rule {
	return func(text string) string {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || strconv.FormatInt(n, 10) != text {
			return "must be the id of " + of + ", a whole number such as " + example
		}
		return ""
	}
}

// atMost bounds the text's length.
func atMost(chars int) rule {
	return func(text string) string {
		if n := len([]rune(text)); n > chars {
			return "must not be longer than " + strconv.Itoa(chars) + " characters, has " + strconv.Itoa(n)
		}
		return ""
	}
}

// validBaseURL wants scheme, host and perhaps a path. Credentials and queries
// would reach logs that print the URL.
func validBaseURL(text string) string {
	const example = "want a URL such as https://api.example.com/v2"
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "no valid URL, " + example
	case u.Scheme != "http" && u.Scheme != "https":
		return "must begin with http:// or https://, " + example
	case u.Hostname() == "":
		return "names no host, " + example
	case !validPort(u.Port()):
		return "names no valid port, " + example
	case u.User != nil:
		return "must not hold a user or password, " + example
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return "must not hold a query or fragment, " + example
	}
	return ""
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && n <= math.MaxUint16
}
