package config

import (
	"errors"
	"fmt"
	"strings"
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
// now, so that a changed file needs no reload. The file holds the secret on one
// line, of up to 1 MiB; a newline at its end is cut. An error names the file and
// the reason.
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
	secret := withoutNewline(text)
	if problem := secretRule(secret); problem != "" {
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
		file.ReportKey("only one of %s and %s_file may be given; %s stands on line %d", name, name, name, inline.Line())
	case file.Absent():
		text := inline.Text()
		if text == "" {
			return Secret{}
		}
		secret := withoutNewline(text)
		if problem := secretRule(secret); problem != "" {
			inline.Report("%s", problem)
		}
		return Secret{inline: &secret}
	default:
		path := file.path()
		if path == "" {
			return Secret{}
		}
		text, err := file.d.readAs(secretFile, path)
		if err == nil {
			_, err = secretIn(path, text)
		}
		if err != nil {
			file.reportFile(err)
		}
		return Secret{file: path, files: file.d.files}
	}
	return Secret{}
}

// withoutNewline cuts the newline that editors and YAML's block scalars leave.
func withoutNewline(text string) string { return strings.TrimRight(text, "\r\n") }

// secretRule is the rule for a secret's value, worded to follow a file's name.
func secretRule(secret string) string {
	switch {
	case strings.TrimSpace(secret) == "":
		return "is empty"
	case strings.ContainsAny(secret, "\r\n"):
		return "holds several lines, want the secret alone on one line"
	}
	return ""
}
