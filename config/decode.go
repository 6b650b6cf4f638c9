package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// document is one file that is decoded. Decoding goes on after a mistake, so that all of them are reported at once.
type document struct {
	file string
	// src is the text of the file.
	src []byte
	// dir is what relative files are relative to.
	dir   string
	files *fileSet
	// lookupEnv is nil where ${NAME} is literal text.
	lookupEnv func(string) (string, bool)
	// reservedHeaders are those of all vendors.
	reservedHeaders []string
	errors          Errors
	// credentialsHinted is true after the first error about the folder of systemd's credentials.
	credentialsHinted bool
	// warnings are about what works, and is seldom meant.
	warnings Errors
	// hasSecrets is set if a secret stands in the file itself.
	hasSecrets bool
}

func (d *document) report(at place, key, format string, args ...any) {
	d.errors = append(d.errors, &Error{
		File: d.file, Line: at.line, Column: at.column, Key: key, Message: fmt.Sprintf(format, args...),
	})
}

// mistakes returns how many mistakes were found so far.
func (d *document) mistakes() int { return len(d.errors) }

// place is where something begins in the file; 0 stands for unknown.
type place struct{ line, column int }

func placeOf(node *yaml.Node) place { return place{line: node.Line, column: node.Column} }

// Value is what the file holds for one key or list item. Its methods return a default where the key is absent, and
// where they report a mistake: decoding goes on to find the next.
type Value struct {
	d *document
	// key is the full path.
	key string
	// keyAt is where the key begins, or the list item; for an absent key it is that of its mapping.
	keyAt place
	// at is where the value begins, or the alias for it; it is keyAt if there is no value.
	at place
	// node is no alias; nil if the key is absent.
	node *yaml.Node
	// hidden keeps the text out of errors.
	hidden bool
	// inFlow is set within [ ] and { }, where a comma separates.
	inFlow bool
}

// newValue returns the value of a key, or of a list item, that begins at keyAt.
func (d *document) newValue(key string, keyAt place, node *yaml.Node) Value {
	at := placeOf(node)
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	v := Value{d: d, key: key, keyAt: keyAt, at: at, node: node}
	if v.Null() {
		v.at = keyAt
	}
	return v
}

// Report adds a mistake at the value to those of the file. The message says what is wrong and what is allowed; it must
// not repeat what may be a secret.
func (v Value) Report(format string, args ...any) {
	v.d.report(v.at, v.key, format, args...)
}

// Warn adds a warning at the value, about what works and is seldom meant. It keeps the rules of Report.
func (v Value) Warn(format string, args ...any) {
	v.d.warnings = append(v.d.warnings, &Error{
		File: v.d.file, Line: v.at.line, Column: v.at.column, Key: v.key, Message: fmt.Sprintf(format, args...),
	})
}

// ReportKey adds a mistake as Report does, but at the key: it is the key that is wrong.
func (v Value) ReportKey(format string, args ...any) {
	v.d.report(v.keyAt, v.key, format, args...)
}

// reportCharacter adds a mistake at the place of a misleading character in the text that begins at begin.
func (v Value) reportCharacter(begin place, r rune, format string, args ...any) {
	v.d.report(v.d.find(begin, r), v.key, format, args...)
}

// find returns where a character is first found from a place on; begin if it is not there, for a text may be written
// with escapes.
func (d *document) find(begin place, r rune) place {
	at := place{1, 1}
	for _, found := range string(d.src) {
		switch after := at.line > begin.line || at.line == begin.line && at.column >= begin.column; {
		case after && found == r:
			return at
		case found == '\n':
			at = place{at.line + 1, 1}
			continue
		}
		at.column++
	}
	return begin
}

// Mistakes returns how many mistakes the whole file has so far. More of them later means that what was decoded in
// between is not complete.
func (v Value) Mistakes() int { return v.d.mistakes() }

// Line returns where the key or the item stands, for errors that refer to it.
func (v Value) Line() int { return v.keyAt.line }

// Place returns the full path of the key and its line, for errors that refer to it.
func (v Value) Place() string { return v.key + " (line " + strconv.Itoa(v.keyAt.line) + ")" }

// Absent reports whether the file does not have the key.
func (v Value) Absent() bool { return v.node == nil }

// Null reports whether the key stands there without a value.
func (v Value) Null() bool {
	return !v.Absent() && v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

// empty reports whether the value is absent, null or an empty list.
func (v Value) empty() bool {
	return v.Absent() || v.Null() || v.node.Kind == yaml.SequenceNode && len(v.node.Content) == 0
}

// expands reports whether text may come from the environment.
func (v Value) expands() bool {
	return v.d.lookupEnv != nil && strings.Contains(v.node.Value, "${")
}

// kind describes the value for an error that must not repeat it.
func (v Value) kind() string {
	switch {
	case v.node.Kind == yaml.MappingNode && v.node.Tag == "!!map":
		return "a mapping"
	case v.node.Kind == yaml.SequenceNode && v.node.Tag == "!!seq":
		return "a list"
	case v.Null():
		return "nothing"
	case !plainTag(v.node.Tag):
		return "a value with a YAML tag"
	case v.node.Tag == "!!bool":
		return "a boolean"
	case v.node.Tag == "!!int" || v.node.Tag == "!!float":
		return "a number"
	}
	return "a string"
}

// got describes the value for an error. What came out of the environment is not shown: much of what stands there is
// secret.
func (v Value) got() string {
	n := v.node
	switch {
	case v.hidden, n.Kind != yaml.ScalarNode, v.Null(), !plainTag(n.Tag):
		return v.kind()
	case n.Tag == "!!bool":
		return n.Value
	case v.expands():
		return quoted(n.Value) + " after expansion"
	case strings.Contains(n.Value, "${"):
		return quoted(n.Value) + " (--config.expand-env replaces ${NAME})"
	}
	return quoted(n.Value)
}

// plainTag reports whether the text of values with the tag is taken as it stands. "<<" is only a merge where it is a
// key.
func plainTag(tag string) bool {
	switch tag {
	case "!", "!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge":
		return true
	}
	return false
}

// scalar returns the text of the value with its variables replaced. Anything else than a scalar is reported as not
// being what is wanted.
func (v Value) scalar(wanted string) (text string, ok bool) {
	if v.node.Kind != yaml.ScalarNode || !plainTag(v.node.Tag) {
		v.Report("want %s, got %s", wanted, v.got())
		return "", false
	}
	if v.misled() {
		return "", false
	}
	if v.node.Value == SecretMask {
		v.Report("is the mask %s, which /config shows instead of a value; write the value itself", SecretMask)
		return "", false
	}
	if !v.expands() {
		return v.node.Value, true
	}
	text, problems := expandEnv(v.node.Value, v.d.lookupEnv)
	for _, problem := range problems {
		if problem == credentialsUnset {
			problem += v.d.credentialsHint()
		}
		v.Report("%s", problem)
	}
	return text, len(problems) == 0
}

// plain reports whether the value is a text without quotes.
func (v Value) plain() bool {
	const quotedOrBlock = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return v.node.Kind == yaml.ScalarNode && v.node.Style&quotedOrBlock == 0
}

// misled reports a text that holds a misleading character where its writer may have meant YAML's own.
func (v Value) misled() bool {
	if !v.plain() {
		return false
	}
	text := v.node.Value
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	quotes := misleading[first].yaml
	switch {
	case (quotes == `"` || quotes == "'") && misleading[last].yaml == quotes && text != string(first):
		v.Report("is between %s and %s, which would become part of the text; %s, or write '…' around all of it if you mean them",
			characterName(first), characterName(last), instead(first))
	case v.inFlow && strings.ContainsRune(text, '，'):
		v.reportCharacter(v.at, '，', "contains %s, which does not separate values; %s, or quote the text if you mean it",
			characterName('，'), instead('，'))
	default:
		return false
	}
	return true
}

var (
	dashWithoutSpace  = regexp.MustCompile(`^-[\p{L}_]`)
	colonWithoutSpace = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*:(?:[^/]|/[^/])`)
)

// otherSyntax ends the error about a value in the place of something else: that is often a mapping or a list with a
// misleading character, or without a space.
func (v Value) otherSyntax() string {
	first := v.node
	if first.Kind == yaml.MappingNode && len(first.Content) > 0 {
		first = first.Content[0]
	}
	if first.Kind == yaml.ScalarNode && dashWithoutSpace.MatchString(first.Value) {
		return fmt.Sprintf(`; write a space after "-" on line %d`, first.Line)
	}
	if !v.plain() {
		return ""
	}
	if r, found := firstMisleading(v.node.Value); found {
		at := v.d.find(v.at, r)
		return fmt.Sprintf("; line %d, column %d has %s: %s", at.line, at.column, characterName(r), instead(r))
	}
	if colonWithoutSpace.MatchString(v.node.Value) {
		return `; write a space after ":"`
	}
	return ""
}

// asList ends the error about one value in the place of a list of such.
func (v Value) asList() string {
	if advice := v.otherSyntax(); advice != "" {
		return advice
	}
	switch v.kind() {
	case "a number":
		if !v.hidden && !looksSecret(v.node.Value) {
			return "; write [" + v.node.Value + "]"
		}
		fallthrough
	case "a string":
		return "; write it between [ and ]"
	}
	return ""
}

// List returns the items of a list, none if the key is absent or has no value. wanted says what they are: "segments".
func (v Value) List(wanted string) []Value { return v.list(wanted, v.otherSyntax) }

// list is List with what ends the error about something else.
func (v Value) list(wanted string, advice func() string) []Value {
	if v.empty() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode || v.node.Tag != "!!seq" {
		v.Report("want a list of %s, got %s%s", wanted, v.kind(), advice())
		return nil
	}
	items := make([]Value, len(v.node.Content))
	for i, raw := range v.node.Content {
		items[i] = v.d.newValue(v.key+"["+strconv.Itoa(i)+"]", placeOf(raw), raw)
		items[i].hidden = v.hidden
		items[i].inFlow = v.node.Style&yaml.FlowStyle != 0
	}
	return items
}
