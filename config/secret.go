package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// SecretMask stands for a secret, or for personal data, wherever one would be printed.
const SecretMask = "<secret>"

// Secret is a credential that stands in the configuration or in a file of its
// own. Only Read returns its value: printed or marshalled it is <secret>.
type Secret struct {
	// A pointer, for fmt looks into the unexported fields of a struct around it
	// without asking Format, and stops at a pointer.
	inline *string
	file   string
	files  *Files // that file is one of
}

// Read returns the secret: the one in the configuration, or what its file holds
// now, so that a changed file needs no reload. The file holds the secret on one line, of up to 1 MiB; a byte order mark
// before it and a newline after it are cut. An error names the file and the reason.
func (s Secret) Read() (string, error) {
	if !s.IsFile() {
		if s.inline == nil {
			return "", errors.New("no secret is configured")
		}
		return *s.inline, nil
	}
	text, err := s.files.readAs(secretFile, s.file, maxFileWait)
	if err != nil {
		return "", err
	}
	return secretIn(s.file, text)
}

const secretFile = "secret file"

// secretIn returns the secret that the text of a file is.
func secretIn(path, text string) (string, error) {
	secret := withoutNewline(strings.TrimPrefix(text, "\ufeff"))
	problem := secretRule(secret)
	if problem == "" && variableReference.MatchString(secret) {
		problem = "contains ${NAME}, which is not replaced in a file; write the secret itself"
	}
	if problem != "" {
		return "", &fileError{tried: secretFile, path: path, problem: " " + problem}
	}
	return secret, nil
}

// IsFile reports whether the secret is read from a file.
func (s Secret) IsFile() bool { return s.file != "" }

// File is the file's path, "" for a secret in the configuration.
func (s Secret) File() string { return s.file }

// String returns <secret>.
func (s Secret) String() string { return SecretMask }

// GoString returns <secret>.
func (s Secret) GoString() string { return SecretMask }

// Format prints <secret> for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, SecretMask) }

// MarshalText returns <secret>; JSON uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(SecretMask), nil }

// MarshalJSON returns "<secret>".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + SecretMask + `"`), nil }

// MarshalYAML returns <secret>.
func (s Secret) MarshalYAML() (any, error) { return SecretMask, nil }

// masked returns the values under which an effective configuration shows the
// secret: <secret> inline, or the path of its file.
func (s Secret) masked() (inline, file string) {
	if s.IsFile() {
		return "", s.file
	}
	return SecretMask, ""
}

// Key is the public half of a credential, such as an app key: plain text in the
// configuration, and like a Secret <secret> when printed or marshalled.
type Key struct{ text *string }

// Value returns the key itself.
func (k Key) Value() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// String returns <secret>.
func (k Key) String() string { return SecretMask }

// GoString returns <secret>.
func (k Key) GoString() string { return SecretMask }

// Format prints <secret> for every verb.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, SecretMask) }

// MarshalText returns <secret>.
func (k Key) MarshalText() ([]byte, error) { return []byte(SecretMask), nil }

// MarshalJSON returns "<secret>".
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + SecretMask + `"`), nil }

// MarshalYAML returns <secret>.
func (k Key) MarshalYAML() (any, error) { return SecretMask, nil }

// Key takes a required key whose value is a Key; what says what belongs there.
func (m *Mapping) Key(name, what string) Key {
	v := m.Required(name, what)
	v.hidden = true
	text := v.Text(OneWord)
	if !v.Absent() && text != "" {
		if problem := secretRule(text); problem != "" {
			v.Report("%s", problem)
		}
	}
	return Key{text: &text}
}

// Secret takes the keys name and name_file, of which a file has exactly one.
// A secret file must be readable now.
func (m *Mapping) Secret(name string) Secret {
	inline, file := m.Hidden(name), m.Get(name+"_file")
	switch {
	case inline.Absent() && file.Absent():
		m.ReportMissing(name, name+" or "+name+"_file")
	case !inline.Absent() && !file.Absent():
		file.ReportKey("only one of %s and %s_file is allowed; %s is on line %d", name, name, name, inline.Line())
	case file.Absent():
		text := inline.Text()
		if text == "" {
			return Secret{}
		}
		secret := withoutNewline(text)
		if problem := secretRule(secret); problem != "" {
			inline.Report("%s", problem)
		}
		inline.d.hasSecrets = true
		return Secret{inline: &secret}
	default:
		path := file.path()
		if path == "" {
			return Secret{}
		}
		text, err := file.d.files.readAs(secretFile, path)
		if err == nil {
			_, err = secretIn(path, text)
		}
		if err != nil {
			file.reportFile(err)
		} else if mode := file.d.files.readableByAll(path); mode != "" {
			file.Warn("the secret file %s; chmod 0600, or 0640 with a separate group", mode)
		}
		return Secret{file: path, files: file.d.files.Files}
	}
	return Secret{}
}

// withoutNewline cuts the newline that editors and YAML's block scalars leave.
func withoutNewline(text string) string { return strings.TrimRight(text, "\r\n") }

// withLabel is a text such as master_secret: x, or SECRET_KEY=x.
var withLabel = regexp.MustCompile(`(?i)^[a-z_]*(secret|key|token|password)[a-z_]*"?\s*([:：]\s*\S|=\s*[^=\s]|\s+\S)`)

// secretRule is the Rule for a secret's value, worded to follow a file's name. What it refuses no vendor accepts.
func secretRule(secret string) string {
	const alone = "want only the secret"
	first, _ := utf8.DecodeRuneInString(secret)
	last, _ := utf8.DecodeLastRuneInString(secret)
	quotes := func(r rune) bool {
		return r == '"' || r == '\'' || r == '`' || strings.ContainsAny(misleading[r].yaml, `"'`)
	}
	switch {
	case strings.HasPrefix(secret, "\xff\xfe"), strings.HasPrefix(secret, "\xfe\xff"), strings.ContainsRune(secret, 0):
		return "contains UTF-16 or another binary encoding; save it as UTF-8"
	case !utf8.ValidString(secret):
		return "contains text that is not UTF-8; save it as UTF-8"
	case strings.TrimSpace(secret) == "":
		return "is empty"
	case strings.ContainsAny(secret, "\r\n"):
		return "contains several lines, want only the secret, on one line"
	case secret == SecretMask:
		return "contains the mask " + SecretMask + ", which /config shows instead of a secret; write the secret itself"
	case quotes(first) && quotes(last):
		return "contains quotation marks around the secret; remove them"
	case withLabel.MatchString(secret):
		return "contains a name before the secret, such as master_secret: …; " + alone
	case strings.TrimSpace(secret) != secret:
		return "begins or ends with white space; " + alone
	case strings.ContainsFunc(secret, unicode.IsSpace):
		return "contains white space; " + alone
	}
	if r, found := hiddenCharacter(secret); found {
		return "holds " + characterName(r) + ", which is invisible; remove it"
	}
	if i := strings.IndexFunc(secret, unicode.IsControl); i >= 0 {
		return "contains a control character; " + alone
	}
	return ""
}

// variableReference is a reference to a variable of the environment.
var variableReference = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// unexpanded returns what is wrong with a text that has the name of a variable in place of its value.
func (v Value) unexpanded() string {
	if !v.Absent() && v.node.Kind == yaml.ScalarNode && v.d.lookupEnv == nil && variableReference.MatchString(v.node.Value) {
		return "contains ${NAME}, which is replaced by an environment variable only with --config.expand-env"
	}
	return ""
}
