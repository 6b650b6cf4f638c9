package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

var seeds = []string{
	`4`, `"4"`, `-1`, `null`, `""`, `true`, `"false"`, `{}`, `[]`, `{"a":{"b":[1]}}`, `1e400`, `"1e3"`,
	`9007199254740993`, `" 5 "`, `"NaN"`, "\"\xff\"", `{"a":1,"a":2}`, `4 4`, `{`, `"\ud800"`,
}

func FuzzNumber(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var n wire.Number
		if wire.Unmarshal(b, &n) != nil {
			return
		}
		v, ok := n.Float()
		if ok && (math.IsNaN(v) || math.Abs(v) > 1<<53) {
			t.Fatalf("%q gives %v", b, v)
		}
		if states := count(n.Valid(), n.Absent(), n.Invalid()); states != 1 {
			t.Fatalf("%q is in %d states", b, states)
		}
		// The standard library's reading, where it has one.
		var want float64
		if json.Unmarshal(b, &want) == nil && ok && v != want {
			t.Fatalf("%q gives %v, want %v", b, v, want)
		}
	})
}

func FuzzBool(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v wire.Bool
		if wire.Unmarshal(b, &v) == nil && count(v.Valid(), v.Absent(), v.Invalid()) != 1 {
			t.Fatalf("%q is in more or less than one state", b)
		}
		var want bool
		if got, ok := v.Get(); ok && json.Unmarshal(b, &want) == nil && string(b) != "null" && got != want {
			t.Fatalf("%q gives %v", b, got)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v wire.Text
		if wire.Unmarshal(b, &v) != nil {
			return
		}
		s, ok := v.Get()
		if s != strings.ToValidUTF8(s, "") {
			t.Fatalf("%q gives %q, which is no UTF-8", b, s)
		}
		if !ok && s != "" {
			t.Fatalf("%q gives %q without being usable", b, s)
		}
	})
}

func FuzzObject(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var o wire.Object[wire.IfObject[wire.Object[wire.Number]]]
		if wire.Unmarshal(b, &o) != nil {
			return
		}
		members := len(o)
		for _, m := range o {
			members += len(m.Value.Value)
		}
		if members > len(b)/3 { // "":1 and a comma is the shortest
			t.Fatalf("%d bytes give %d members", len(b), members)
		}
	})
}

func count(of ...bool) (n int) {
	for _, v := range of {
		if v {
			n++
		}
	}
	return n
}
