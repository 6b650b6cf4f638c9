package panics_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/internal/panics"
)

func TestCatch(t *testing.T) {
	var none []int
	for _, test := range []struct {
		name  string
		do    func() error
		want  string // "" = no error
		stack bool
	}{
		{"no error", func() error { return nil }, "", false},
		{"an error", func() error { return errors.New("a failure") }, "a failure", false},
		{"a panic of the runtime", func() error { return fmt.Errorf("%d", none[0]) },
			"panic: runtime error: index out of range [0] with length 0", true},
		{"a text, which may be a secret", func() error { panic("s3cret") }, "panic of type string", true},
		{"an error, which may quote one", func() error { panic(errors.New("s3cret")) }, "panic of type *errors.errorString", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			err := panics.Catch(test.do)
			if err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			stack, ok := panics.Stack(fmt.Errorf("wrapped: %w", err))
			if ok != test.stack || ok != strings.Contains(stack, "panics_test.go") {
				t.Errorf("the stack is %q", stack)
			}
		})
	}
}
