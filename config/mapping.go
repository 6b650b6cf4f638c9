package config

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Mapping returns the keys of a mapping, none if it is absent or has no value.
func (v Value) Mapping() *Mapping { return v.MappingOf("key") }

// MappingOf returns a Mapping of which errors call a key by another noun. A scalar that stands there is not shown:
// without a space after its colon, a key with its secret is one.
func (v Value) MappingOf(noun string) *Mapping {
	m := &Mapping{
		at: v, noun: noun,
		entries: map[string]Value{}, known: map[string]bool{}, disabledReason: map[string]string{},
	}
	switch {
	case v.Absent(), v.Null():
	case v.node.Kind == yaml.MappingNode && v.node.Tag == "!!map":
		m.add(v.node, map[*yaml.Node]bool{})
	default:
		v.Report("want a mapping of keys, got %s%s", v.kind(), v.otherSyntax())
		m.broken = true
	}
	return m
}

// Mapping is a YAML mapping whose keys are taken one after the other; Done then reports those that nobody took.
type Mapping struct {
	// at is where the mapping stands.
	at Value
	// noun is what the keys are called in errors.
	noun    string
	entries map[string]Value
	// names holds the keys of entries in the order of the file.
	names []string
	// known holds the keys that were taken; false for those that are forbidden, which errors do not offer.
	known map[string]bool
	// broken is set if something else stands where the mapping should be, or a key cannot be read. Its keys are then not
	// reported as missing.
	broken bool
	// disabledReason says of endpoints, where the mapping is an account, why its keys leave them nothing to read.
	disabledReason map[string]string
}

// add adds the keys of node that m does not have yet, then those of the mappings that node merges (<<). Each node is
// merged once: a second time brings nothing, and a mapping may contain itself.
func (m *Mapping) add(node *yaml.Node, merged map[*yaml.Node]bool) {
	if merged[node] {
		return
	}
	merged[node] = true
	lines := map[string]int{}
	var merges []Value
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := m.at.d.newValue(m.at.key, placeOf(node.Content[i]), node.Content[i])
		if name.node.Kind != yaml.ScalarNode {
			name.Report("a key must be a word, got %s", name.kind())
			continue
		}
		v := m.at.d.newValue(m.path(name.node.Value), name.keyAt, node.Content[i+1])
		v.hidden = m.at.hidden
		v.inFlow = node.Style&yaml.FlowStyle != 0
		if r, found := firstMisleading(name.node.Value); found && name.plain() {
			v.key = m.at.key
			v.reportCharacter(name.keyAt, r, "a key contains %s; %s", characterName(r), instead(r))
			m.broken = true // it may be the key that is missing
			continue
		}
		if name.node.Tag == "!!merge" {
			v.key = strings.TrimPrefix(m.at.key+".<<", ".")
			merges = append(merges, v)
			continue
		}
		if line, twice := lines[name.node.Value]; twice {
			v.ReportKey("duplicate key, already on line %d", line)
			continue
		}
		lines[name.node.Value] = name.Line()
		if _, set := m.entries[name.node.Value]; !set {
			m.entries[name.node.Value] = v
			m.names = append(m.names, name.node.Value)
		}
	}
	for _, v := range merges {
		m.merge(v, merged)
	}
}

// merge adds what << names: a mapping or a list of mappings.
func (m *Mapping) merge(v Value, merged map[*yaml.Node]bool) {
	sources := []Value{v}
	if v.node.Kind == yaml.SequenceNode {
		sources = v.List("mappings")
	}
	for _, source := range sources {
		if source.node.Kind != yaml.MappingNode {
			source.Report("want a mapping to merge, such as *anchor, got %s", source.kind())
			continue
		}
		m.add(source.node, merged)
	}
}

// path returns the full path of one of the mapping's keys.
func (m *Mapping) path(name string) string {
	if m.at.key == "" {
		return printableName(name)
	}
	return m.at.key + "." + printableName(name)
}

// Get takes a key: its value, which may be absent.
func (m *Mapping) Get(name string) Value {
	m.known[name] = true
	if v, ok := m.entries[name]; ok {
		return v
	}
	return Value{d: m.at.d, key: m.path(name), keyAt: m.at.keyAt, at: m.at.keyAt}
}

// Hidden takes a key whose value errors do not show.
func (m *Mapping) Hidden(name string) Value {
	v := m.Get(name)
	v.hidden = true
	return v
}

// Required takes a key that must be there; what says what belongs there.
func (m *Mapping) Required(name, what string) Value {
	v := m.Get(name)
	if v.Absent() {
		m.ReportMissing(name, what)
	}
	return v
}

// ReportMissing reports that a key is missing, and what belongs there.
func (m *Mapping) ReportMissing(name, what string) {
	if !m.broken {
		m.Get(name).Report("missing, want %s", what)
	}
}

// Report adds a mistake of the mapping as a whole to those of the file, as that of a Value does. Where something else
// stands instead of a mapping, that mistake is enough.
func (m *Mapping) Report(format string, args ...any) {
	if !m.broken {
		m.at.Report(format, args...)
	}
}

// Files returns the files that the mapping's values may name.
func (m *Mapping) Files() *Files { return m.at.d.files.Files }

// Mistakes returns how many mistakes the whole file has so far, as that of a Value does.
func (m *Mapping) Mistakes() int { return m.at.Mistakes() }

// Disable turns an endpoint of the account off, whose mapping this is, unless the file enables it: that is then a
// mistake, with this reason.
func (m *Mapping) Disable(endpoint, reason string) { m.disabledReason[endpoint] = reason }

// forbid takes a key that must not be there.
func (m *Mapping) forbid(name, why string) {
	m.known[name] = false
	if v, ok := m.entries[name]; ok {
		v.ReportKey("not allowed: %s", why)
	}
}

// all takes every key, in the order of the file.
func (m *Mapping) all() []string {
	for _, name := range m.names {
		m.known[name] = true
	}
	return m.names
}

// isSet reports whether the file sets a key to something, without taking it.
func (m *Mapping) isSet(name string) bool {
	v, ok := m.entries[name]
	return ok && !v.empty()
}

// Done reports the keys that were not taken. The mapping of an account is not the vendor's to end so.
func (m *Mapping) Done() {
	var known []string
	for name, offered := range m.known {
		if offered {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	for _, name := range m.names {
		if _, taken := m.known[name]; taken {
			continue
		}
		v, typed := m.entries[name], strings.TrimSuffix(printableName(name), "…")
		unknown := "unknown " + m.noun
		if nearest(typed, known) == "" {
			v.key = m.at.key
			unknown += ", not shown as it may be a secret without its key"
		}
		v.ReportKey("%s%s", unknown, knownHere(typed, known))
	}
}

// Logins finds the accounts of a vendor that stand in a file twice, under two names: both are read, and use up the same
// limits.
type Logins struct {
	seen map[[sha256.Size]byte]login
}

// login is the account that was added first.
type login struct {
	name string
	line int
}

// NewLogins returns an empty Logins.
func NewLogins() *Logins { return &Logins{seen: map[[sha256.Size]byte]login{}} }

// Add sets the login of an account, and reports, at a key, one that was added before. The parts are what the vendor
// knows the account by; they are not shown.
func (l *Logins) Add(a *Account, at Value, parts ...string) {
	if a.Name == "" || a.BaseURL == "" || slices.Contains(parts, "") {
		return // a mistake that is reported
	}
	a.Login = sha256.Sum256(fmt.Appendf(nil, "%q %q", apiHost(a.BaseURL), parts))
	switch first, twice := l.seen[a.Login]; {
	case !twice:
		l.seen[a.Login] = login{a.Name, at.Line()}
	case first.name != a.Name: // the same name twice is a mistake of its own
		at.Report("the accounts %s and %s (line %d) are one account of the vendor: it would be read twice, within the same"+
			" limits; remove one of the two", quoted(a.Name), quoted(first.name), first.line)
	}
}

// Names finds the names that the items of a list share.
type Names struct {
	// noun says what they name.
	noun  string
	lines map[string]int
}

// NewNames returns an empty Names; noun says what they name: "segment".
func NewNames(noun string) *Names { return &Names{noun: noun, lines: map[string]int{}} }

// Add reports a name that was added before; at is where it stands. "" is no name.
func (n *Names) Add(name string, at Value) {
	switch line, twice := n.lines[name]; {
	case name == "":
	case twice:
		at.Report("duplicate %s name, already on line %d", n.noun, line)
	default:
		n.lines[name] = at.Line()
	}
}
