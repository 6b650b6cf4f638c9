package config

import (
	"errors"
	"strconv"
	"strings"
)

// fileError is what is wrong with a file that the configuration names.
type fileError struct {
	// tried and problem stand before and after the file's path.
	tried, path, problem string
	err                  error // nil where the file could be read
}

// unreadable returns why a file cannot be read; err is the reason only.
func unreadable(tried, path string, err error) error {
	return &fileError{tried: tried, path: path, problem: ": " + err.Error(), err: err}
}

// Error names the file.
func (e *fileError) Error() string { return e.naming(strconv.Quote(e.path)) }

// naming has other words in place of the path, "" for none.
func (e *fileError) naming(shown string) string {
	return strings.TrimSuffix(e.tried+" "+shown, " ") + e.problem
}

// Unwrap lets errors.Is find the reason.
func (e *fileError) Unwrap() error { return e.err }

// reportFile reports what is wrong with the file that the value names. Secrets
// get pasted where their file's path belongs: a text that does not look like a
// path is not shown, nor is what came out of the environment.
func (v Value) reportFile(err error) {
	failure, ok := errors.AsType[*fileError](err)
	if !ok {
		v.Report("%v", err)
		return
	}
	public := failure.naming("")
	switch {
	case !strings.ContainsAny(v.node.Value, `/\.`):
		v.reportPublic(public+"; the path is not shown: it may be the secret itself", public)
	case v.expands():
		v.reportPublic(failure.naming(v.got()), public)
	case v.d.lookupEnv == nil && variableReference.MatchString(v.node.Value):
		advice := "; ${NAME} in a path is replaced by an environment variable only with --config.expand-env"
		if strings.Contains(v.node.Value, "${"+credentialsDirectory+"}") {
			advice += v.d.credentialsHint()
		}
		v.reportPublic(failure.Error()+advice, public+advice)
	default:
		v.reportPublic(failure.Error(), public)
	}
}

// reportPublic reports a mistake; public is what of the message has no path.
func (v Value) reportPublic(message, public string) {
	v.Report("%s", message)
	v.d.errors[len(v.d.errors)-1].Public = public
}
