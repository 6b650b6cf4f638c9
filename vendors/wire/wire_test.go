package wire_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

// value is a Number as a test writes it down.
func value(n wire.Number) any {
	v, ok := n.Float()
	switch {
	case ok != n.Valid():
		return "Float and Valid disagree"
	case ok:
		return v
	case n.Absent() && !n.Invalid():
		return "absent"
	case n.Invalid() && !n.Absent():
		return "invalid"
	}
	return "neither absent nor invalid"
}

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		name string
		json string
		want any
	}{
		{"number", `4`, 4.0},
		{"zero", `0`, 0.0},
		{"negative", `-1`, -1.0},
		{"fraction", `0.25`, 0.25},
		{"exponent", `1e3`, 1000.0},
		{"string", `"10000"`, 10000.0},
		{"negative string", `"-1"`, -1.0},
		{"fraction string", `"0.5"`, 0.5},
		{"exponent string", `"1e3"`, 1000.0},
		{"plus sign", `"+5"`, 5.0},
		{"leading zeros", `"007"`, 7.0},
		{"spaces around", `" 5 "`, 5.0},
		{"escaped digits", `"\u0035"`, 5.0},
		{"tiny rounds to zero", `1e-400`, 0.0},

		{"null", `null`, "absent"},
		{"empty string", `""`, "absent"},
		{"blank string", `" "`, "absent"},

		{"largest exact", `9007199254740992`, 9007199254740992.0},
		{"largest exact, string", `"9007199254740992"`, 9007199254740992.0},
		{"smallest exact", `-9007199254740992`, -9007199254740992.0},
		{"one above the largest exact", `9007199254740993`, "invalid"},
		{"one above, string", `"9007199254740993"`, "invalid"},
		{"one below the smallest exact", `-9007199254740993`, "invalid"},
		{"next float above", `9007199254740994`, "invalid"},
		{"out of range", `1e400`, "invalid"},
		{"out of range, string", `"1e400"`, "invalid"},
		{"many digits", strings.Repeat("9", 400), "invalid"},

		{"word", `"abc"`, "invalid"},
		{"NaN", `"NaN"`, "invalid"},
		{"infinity", `"Inf"`, "invalid"},
		{"hexadecimal", `"0x10"`, "invalid"},
		{"underscore", `"1_000"`, "invalid"},
		{"thousands", `"1,000"`, "invalid"},
		{"two numbers", `"1 2"`, "invalid"},
		{"signs alone", `"+-"`, "invalid"},
		{"other digits", `"٣"`, "invalid"},
		{"invalid UTF-8", "\"5\xff\"", "invalid"},
		{"true", `true`, "invalid"},
		{"false", `false`, "invalid"},
		{"object", `{"a":1}`, "invalid"},
		{"array", `[1]`, "invalid"},
		{"nested", `[{"a":[{}]}]`, "invalid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Between two others: a value that is not read to its end would shift them.
			var got struct{ Before, N, After wire.Number }
			got.N = wire.NumberOf(77) // what stood there before must go
			if err := wire.Unmarshal([]byte(`{"Before":1,"N":`+test.json+`,"After":2}`), &got); err != nil {
				t.Fatal(err)
			}
			if value(got.N) != test.want {
				t.Errorf("got %v, want %v", value(got.N), test.want)
			}
			if value(got.Before) != 1.0 || value(got.After) != 2.0 {
				t.Errorf("neighbours are %v and %v, want 1 and 2", value(got.Before), value(got.After))
			}
		})
	}
}

func TestNumberMissing(t *testing.T) {
	var got struct{ N wire.Number }
	if err := wire.Unmarshal([]byte(`{}`), &got); err != nil {
		t.Fatal(err)
	}
	if value(got.N) != "absent" {
		t.Errorf("got %v, want absent", value(got.N))
	}
}

func TestNumberOf(t *testing.T) {
	for _, test := range []struct {
		v    float64
		want any
	}{
		{0, 0.0},
		{-2.5, -2.5},
		{1 << 53, 9007199254740992.0},
		{1<<53 + 2, "invalid"},
		{math.NaN(), "invalid"},
		{math.Inf(1), "invalid"},
		{math.Inf(-1), "invalid"},
	} {
		if got := value(wire.NumberOf(test.v)); got != test.want {
			t.Errorf("NumberOf(%v) = %v, want %v", test.v, got, test.want)
		}
	}
}

func TestBool(t *testing.T) {
	for _, test := range []struct {
		name string
		json string
		want any
	}{
		{"true", `true`, true},
		{"false", `false`, false},
		{"one", `1`, true},
		{"zero", `0`, false},
		{"true as a string", `"true"`, true},
		{"false as a string", `"False"`, false},
		{"one as a string", `"1"`, true},
		{"zero as a string", `" 0 "`, false},
		{"null", `null`, "absent"},
		{"empty string", `""`, "absent"},
		{"another number", `2`, "invalid"},
		{"another word", `"yes"`, "invalid"},
		{"object", `{"limit":true}`, "invalid"},
		{"array", `[true]`, "invalid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := struct{ B, After wire.Bool }{B: wire.BoolOf(true)}
			if err := wire.Unmarshal([]byte(`{"B":`+test.json+`,"After":true}`), &got); err != nil {
				t.Fatal(err)
			}
			var is any
			switch v, ok := got.B.Get(); {
			case ok && got.B.Valid():
				is = v
			case got.B.Absent():
				is = "absent"
			case got.B.Invalid():
				is = "invalid"
			}
			if is != test.want {
				t.Errorf("got %v, want %v", is, test.want)
			}
			if v, ok := got.After.Get(); !v || !ok {
				t.Error("the value after it was not read")
			}
		})
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		name string
		json string
		want string
		ok   bool
	}{
		{"string", `"success"`, "success", true},
		{"Chinese", `"成功"`, "成功", true},
		{"empty", `""`, "", true},
		{"number", `10005`, "10005", true},
		{"number keeps its digits", `1.50`, "1.50", true},
		{"invalid UTF-8", "\"a\xffb\"", "a\ufffdb", true},
		{"null", `null`, "", false},
		{"bool", `true`, "", false},
		{"object", `{}`, "", false},
		{"array", `["x"]`, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := struct{ T, After wire.Text }{T: wire.TextOf("old")}
			if err := wire.Unmarshal([]byte(`{"T":`+test.json+`,"After":"x"}`), &got); err != nil {
				t.Fatal(err)
			}
			s, ok := got.T.Get()
			if s != test.want || ok != test.ok || ok != got.T.Valid() {
				t.Errorf("got %q, %v, want %q, %v", s, ok, test.want, test.ok)
			}
			if null := test.json == "null"; got.T.Absent() != null || got.T.Invalid() == (ok || null) {
				t.Errorf("absent %v, invalid %v", got.T.Absent(), got.T.Invalid())
			}
			if s, _ := got.After.Get(); s != "x" {
				t.Error("the value after it was not read")
			}
		})
	}
}

func TestTextIn(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        wire.Text
	}{
		{"nothing", "", wire.Text{}},
		{"text", `"标签"`, wire.TextOf("标签")},
		{"number", `17`, wire.TextOf("17")},
		{"null", `null`, wire.Text{}},
		{"broken", `"cut`, wire.Text{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var value jsontext.Value
			if test.value != "" {
				value = jsontext.Value(test.value)
			}
			if got := wire.TextIn(value); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestFirstText(t *testing.T) {
	for _, test := range []struct {
		name  string
		texts []wire.Text
		want  string
	}{
		{"none", nil, ""},
		{"absent", []wire.Text{{}, {}}, ""},
		{"blank before text", []wire.Text{{}, wire.TextOf(" \n"), wire.TextOf(" no such tag "), wire.TextOf("other")}, "no such tag"},
		{"object before text", []wire.Text{wire.TextIn(jsontext.Value(`{}`)), wire.TextOf("other")}, "other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := wire.FirstText(test.texts...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestObject(t *testing.T) {
	type object = wire.Object[wire.Number]
	one, two := wire.NumberOf(1), wire.NumberOf(2)
	for _, test := range []struct {
		name string
		json string
		want object
	}{
		{"document order", `{"z":1,"a":2}`, object{{"z", one}, {"a", two}}},
		{"duplicates are kept", `{"a":1,"a":2}`, object{{"a", one}, {"a", two}}},
		{"an odd value costs itself", `{"a":{"x":[]},"b":2}`, object{{"a", wire.InvalidNumber("{…}")}, {"b", two}}},
		{"empty name", `{"":1}`, object{{"", one}}},
		{"invalid UTF-8 in a name", "{\"a\xff\":1}", object{{"a\ufffd", one}}},
		{"escaped name", `{"\u0061":1}`, object{{"a", one}}},
		{"empty", `{}`, object{}},
		{"null", `null`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := object{{"old", one}}
			if err := wire.Unmarshal([]byte(test.json), &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestObjectOfAnotherType(t *testing.T) {
	for _, test := range []struct{ name, json, want string }{
		{"array", `[1]`, "want an object, got array"},
		{"string", `"a"`, "want an object, got string"},
		{"number", `1`, "want an object, got number"},
		{"bool", `false`, "want an object, got bool"},
		{"within another", `{"gt":{"app":[]}}`, "/gt/app: want an object, got array"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var err error
			if strings.HasPrefix(test.json, "{") {
				var got wire.Object[wire.Object[wire.Object[wire.Number]]]
				err = wire.Unmarshal([]byte(test.json), &got)
			} else {
				var got wire.Object[wire.Number]
				err = wire.Unmarshal([]byte(test.json), &got)
			}
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestIfObject(t *testing.T) {
	type row struct {
		N wire.Number `json:"n"`
	}
	var got wire.Object[wire.IfObject[row]]
	if err := wire.Unmarshal([]byte(`{"a":{"n":1},"b":[{"n":2}],"c":null,"d":"x","e":{},"f":3}`), &got); err != nil {
		t.Fatal(err)
	}
	var present []string
	for _, m := range got {
		if m.Value.OK {
			present = append(present, m.Name)
		}
	}
	if want := []string{"a", "e"}; !reflect.DeepEqual(present, want) {
		t.Errorf("objects are %v, want %v", present, want)
	}
	if value(got[0].Value.Value.N) != 1.0 {
		t.Errorf("a.n is %v, want 1", value(got[0].Value.Value.N))
	}
}

func TestUnmarshal(t *testing.T) {
	type answer struct {
		Code wire.Text `json:"code"`
	}
	for _, test := range []struct {
		name string
		json string
		want string // of the code; "" = an error is wanted
	}{
		{"unknown names are passed over", `{"x":[{}],"code":1}`, "1"},
		{"the last of two fields counts", `{"code":1,"code":2}`, "2"},
		{"names match exactly", `{"Code":9,"code":1}`, "1"},
		{"space around", " {\"code\":1}\r\n", "1"},
		{"data after the end", `{"code":1}{}`, ""},
		{"garbage after the end", `{"code":1} x`, ""},
		{"cut", `{"code":1`, ""},
		{"empty", ``, ""},
		{"page", `<html>`, ""},
		{"array", `[]`, ""},
		{"comment", `{"code":1 /* */}`, ""},
		{"bare word", `{"code":NaN}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got answer
			err := wire.Unmarshal([]byte(test.json), &got)
			if (err != nil) != (test.want == "") {
				t.Fatalf("error is %v", err)
			}
			if code, _ := got.Code.Get(); err == nil && code != test.want {
				t.Errorf("code is %q, want %q", code, test.want)
			}
		})
	}
	if err := wire.Unmarshal([]byte(`[]`), &answer{}); err == nil || err.Error() != "unexpected array" {
		t.Errorf("got %v, want \"unexpected array\"", err)
	}
}
