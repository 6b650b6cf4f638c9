package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expandEnv replaces each ${NAME} in text; $${ stands for a literal ${. It
// works on one scalar at a time, after the YAML is parsed, so that a variable
// cannot bring keys or lists of its own. The problems name variables but show
// neither their values nor the text around them.
func expandEnv(text string, lookup func(string) (string, bool)) (expanded string, problems []string) {
	var b strings.Builder
	for {
		start := strings.Index(text, "${")
		if start < 0 {
			b.WriteString(text)
			return b.String(), problems
		}
		if start > 0 && text[start-1] == '$' {
			b.WriteString(text[:start-1])
			b.WriteString("${")
			text = text[start+len("${"):]
			continue
		}
		b.WriteString(text[:start])
		name, rest, closed := strings.Cut(text[start+len("${"):], "}")
		if !closed {
			return "", append(problems, "${ without a closing }; write $${ for a literal ${")
		}
		text = rest
		value, problem := variable(name, lookup)
		if problem != "" {
			problems = append(problems, problem)
		}
		b.WriteString(value)
	}
}

// credentialsDirectory is the variable in which systemd names the folder of a unit's credentials.
const (
	credentialsDirectory = "CREDENTIALS_DIRECTORY"
	credentialsUnset     = "environment variable " + credentialsDirectory + " is not set"
	credentialsAdvice    = credentialsDirectory + " is set by systemd for a unit with LoadCredential=. To check the" +
		" configuration as such a unit: systemd-run --pipe --wait -p LoadCredential=secret:/etc/engage_exporter/secrets " +
		"/usr/local/bin/engage_exporter check --config.expand-env --config.file=/etc/engage_exporter/engage.yml"
)

// credentialsHint returns the end of the first error about credentialsDirectory; "" for each further one.
func (d *document) credentialsHint() string {
	if d.credentialsHinted {
		return ""
	}
	d.credentialsHinted = true
	return ". " + credentialsAdvice
}

// variable returns the value of a variable of the environment.
func variable(name string, lookup func(string) (string, bool)) (value, problem string) {
	if !variableName.MatchString(name) {
		return "", "${…} contains no variable name (letters, digits and _); write $${ for a literal ${"
	}
	value, set := lookup(name)
	switch {
	case !set && name == credentialsDirectory:
		return "", credentialsUnset
	case !set:
		return "", fmt.Sprintf("environment variable %s is not set; write $${ for a literal ${", name)
	case !utf8.ValidString(value):
		return "", fmt.Sprintf("environment variable %s is not valid UTF-8", name)
	}
	return value, ""
}
