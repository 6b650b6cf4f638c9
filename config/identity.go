package config

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// WriteIdentity writes what an account's samples follow from: all its keys but those that only say how and how often it
// is read, and its secrets. It is for a salted hash: it is not masked.
func WriteIdentity(w io.Writer, a VendorAccount) { writeIdentity(w, reflect.ValueOf(a)) }

// howRead are the keys of every account that say how it is read, and what follows from other keys and the secrets.
var howRead = []string{"Timeout", "MaxConcurrentRequests", "RequestsPerMinute", "HTTPClient", "Endpoints", "Login"}

func writeIdentity(w io.Writer, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[Secret]():
		return
	case reflect.TypeFor[Key]():
		fmt.Fprintf(w, "%q", v.Interface().(Key).Value()) //nolint:errcheck // the case is the check
		return
	case reflect.TypeFor[*time.Location]():
		fmt.Fprintf(w, "%q", v.Interface().(*time.Location).String()) //nolint:errcheck // the case above is the check
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name := field.Name
			if !field.IsExported() || v.Type() == reflect.TypeFor[Account]() && slices.Contains(howRead, name) {
				continue // no key, or one that does not matter
			}
			fmt.Fprintf(w, "%s:", name)
			writeIdentity(w, v.Field(i))
			fmt.Fprint(w, ";")
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			fmt.Fprint(w, "nil")
			return
		}
		writeIdentity(w, v.Elem())
	case reflect.Slice, reflect.Array:
		fmt.Fprintf(w, "%d[", v.Len())
		for i := range v.Len() {
			writeIdentity(w, v.Index(i))
			fmt.Fprint(w, ",")
		}
		fmt.Fprint(w, "]")
	case reflect.Map:
		keys := maps.Collect(func(yield func(string, reflect.Value) bool) {
			for key, value := range v.Seq2() {
				var name strings.Builder
				writeIdentity(&name, key)
				if !yield(name.String(), value) {
					return
				}
			}
		})
		for _, name := range slices.Sorted(maps.Keys(keys)) {
			fmt.Fprintf(w, "%s=", name)
			writeIdentity(w, keys[name])
			fmt.Fprint(w, ",")
		}
	case reflect.String:
		fmt.Fprintf(w, "%q", v.String())
	default: // numbers and flags
		fmt.Fprint(w, v)
	}
}
