package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kingpin/v2"
)

// flagError is what is wrong with the value of a flag: no restart fixes it.
type flagError struct{ error }

// invalidFlag returns an error about the value of a flag.
func invalidFlag(format string, args ...any) error { return flagError{fmt.Errorf(format, args...)} }

// nameFlags lets the errors of kingpin's own values name the flag and the value.
func nameFlags(app *kingpin.Application) {
	for _, command := range app.Model().Commands {
		for _, flag := range command.Flags {
			_, isBool := flag.Value.(interface{ IsBoolFlag() bool })
			_, isList := flag.Value.(interface{ IsCumulative() bool })
			if !isBool && !isList {
				app.GetCommand(command.Name).GetFlag(flag.Name).SetValue(namedValue{flag.Value, flag.Name})
			}
		}
	}
}

// namedValue is the value of a flag that has one value.
type namedValue struct {
	kingpin.Value
	flag string
}

// Set implements kingpin.Value.
func (v namedValue) Set(text string) error {
	err := v.Value.Set(text)
	if err == nil {
		return nil
	}
	cause := err.Error()
	words, isEnum := strings.CutPrefix(cause, "enum value must be one of ")
	words, _, _ = strings.Cut(words, ", got ")
	switch {
	case isEnum:
		return fmt.Errorf("--%s=%s: want one of %s", v.flag, text, strings.ReplaceAll(words, ",", ", "))
	case strings.HasPrefix(cause, "time:"):
		return fmt.Errorf("--%s=%s: want a duration, such as 30s", v.flag, text)
	case strings.HasPrefix(cause, "strconv."):
		return fmt.Errorf("--%s=%s: want a whole number", v.flag, text)
	}
	return fmt.Errorf("--%s=%s: %w", v.flag, text, err)
}
