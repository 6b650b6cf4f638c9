// Package panics turns a panic into an error, where the rest of the program can continue.
package panics

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
)

// Error is a panic. The text of a panic may quote an answer or a secret, so it is shown only if it is the runtime's own.
type Error struct {
	text  string
	stack string
}

// Error returns what the panic was.
func (e *Error) Error() string { return e.text }

// Catch returns the error of do, or an [*Error] if do panics.
func Catch(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			e := &Error{text: fmt.Sprintf("panic of type %T", p), stack: string(debug.Stack())}
			if fault, ok := p.(runtime.Error); ok {
				e.text = "panic: " + fault.Error()
			}
			err = e
		}
	}()
	return do()
}

// Stack returns where the program panicked; false for an error that is no panic.
func Stack(err error) (stack string, ok bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return "", false
	}
	return e.stack, true
}
