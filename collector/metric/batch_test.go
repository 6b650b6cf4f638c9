package metric

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
	"github.com/engage-exporter/engage_exporter/vendors/wire"
)

func TestBatchAddsOrDropsOrOmitsValues(t *testing.T) {
	const dropped, nothing = "dropped", "nothing"
	number := func(json string) (n wire.Number) {
		if err := wire.Unmarshal([]byte(json), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ratio := func(json string) func(*Batch, *Family) bool {
		return func(b *Batch, f *Family) bool { return b.Ratio(f, number(json)) }
	}
	percent := func(json string) func(*Batch, *Family) bool {
		return func(b *Batch, f *Family) bool { return b.Percent(f, number(json)) }
	}
	seconds := func(json string) func(*Batch, *Family) bool {
		return func(b *Batch, f *Family) bool { return b.UnixSeconds(f, number(json)) }
	}
	instant := func(at time.Time) func(*Batch, *Family) bool {
		return func(b *Batch, f *Family) bool { return b.Time(f, at) }
	}
	for _, tt := range []struct {
		name string
		add  func(*Batch, *Family) bool
		want string
	}{
		{"a ratio", ratio(`0.63`), "0.63"},
		{"a ratio as text", ratio(`"0.5"`), "0.5"},
		{"a ratio of 0", ratio(`0`), "0"},
		{"a ratio above 1 by rounding", ratio(`1.004`), "1"},
		{"a ratio below 0 by rounding", ratio(`-0.004`), "0"},
		{"a percentage for a ratio", ratio(`63`), dropped},
		{"a ratio of 1.7", ratio(`1.7`), dropped},
		{"a negative ratio", ratio(`-0.2`), dropped},
		{"a ratio that is not provided", ratio(`-1`), nothing},
		{"no ratio", ratio(`null`), nothing},
		{"a word for a ratio", ratio(`"high"`), dropped},
		{"a percentage", percent(`63`), "0.63"},
		{"a percentage above 100 by rounding", percent(`100.4`), "1"},
		{"a percentage of 170", percent(`170`), dropped},
		{"a percentage that is not provided", percent(`-1`), nothing},
		{"an object for a percentage", percent(`{}`), dropped},
		{"a time", instant(time.Unix(1421384400, 5e8)), "1421384400.5"},
		{"no time", instant(time.Time{}), nothing},
		{"a time of 1970", instant(time.Unix(0, 0)), dropped},
		{"a time just before 2000", instant(time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)), dropped},
		{"the first time of 2000", instant(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), "946684800"},
		{"a time in 19 years", instant(time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)), "1546300800"},
		{"a time in the year 2609", instant(time.Date(2609, 1, 1, 0, 0, 0, 0, time.UTC)), dropped},
		{"seconds", seconds(`946684800`), "946684800"},
		{"seconds as text", seconds(`"946684801"`), "946684801"},
		{"no seconds", seconds(`null`), nothing},
		{"0 seconds", seconds(`0`), dropped},
		{"seconds that are not provided", seconds(`-1`), nothing},
		{"milliseconds for seconds", seconds(`1893456000000`), dropped},
		{"a date for seconds", seconds(`"2026-11-22"`), dropped},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // in the year 2000
				f := NewFamily("acme_value", "A value.")
				b := NewBatch("shop", 10)
				served := tt.add(b, f)
				got := nothing
				switch {
				case len(b.samples) > 0:
					got = FormatValue(b.samples[0].Value)
				case b.dropped.Total() == 1 && len(b.examples) == 1:
					got = dropped
				}
				if got != tt.want || served != (len(b.samples) > 0) {
					t.Errorf("got %s, %t, want %s", got, served, tt.want)
				}
			})
		})
	}
}

func TestBatchNamesDroppedValues(t *testing.T) {
	const secret = "planted-secret-2"
	client := transport.New(transport.Options{Secrets: func() []string { return []string{secret} }})
	defer client.Close()
	f := NewFamily("acme_quota", "A quota.", "channel", "kind")
	number := func(text string) (n wire.Number) {
		if err := wire.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, tt := range []struct{ name, json, want string }{
		{"thousands", `"1,234"`, `"1,234"`},
		{"a date", `"2026-11-22 10:00:00"`, `"2026-11-22 10:00:00"`},
		{"a percentage", `"12%"`, `"12%"`},
		{"a unit of one letter", `"1.2万"`, `"1.2万"`},
		{"a known word", `"Unlimited"`, `"Unlimited"`},
		{"too large", `9007199254740993`, `"90xxxxxxxxxxxxxx"`},
		{"negative", `-7`, `"-7"`},
		{"an object", `{"name":"somebody"}`, `"{…}"`},
		{"a list", `["somebody"]`, `"[…]"`},
		{"a name", `"somebody"`, `"xxxxxxxx"`},
		{"a Chinese name", `"王小明"`, `"xxx"`},
		{"an e-mail address", `"a.person@acme.cn"`, `"x.xxxxxx@xxxx.xx"`},
		{"a telephone number", `"138-0013-8000"`, `"13x-xxxx-xxxx"`},
		{"a telephone number without hyphens", `"13800138000x"`, `"13xxxxxxxxxx"`},
		{"a telephone number as a number below 0", `-13800138000`, `"-13xxxxxxxxx"`},
		{"a telephone number with the country's", `-8613800138000`, `"-86xxxxxxxxxxx"`},
		{"a telephone number with a fraction", `"-13800138000.0"`, `"-13xxxxxxxxx"`},
		{"a time in seconds", `-1795916190`, `"-1795916190"`},
		{"a time in milliseconds", `-1795916190123`, `"-1795916190123"`},
		{"many digits behind the point", `-0.16699999999999998`, `"-0.16699999999999998"`},
		{"an address", `"192.168.1.17"`, `"19x.xxx.x.xx"`},
		{"control characters", `"1\n2\u001b"`, `"1\n2\x1b"`},
		{"a secret", `"12 ` + secret + `"`, `"12 <xxxxxx>"`},
		{"a secret where the text is cut", `"` + strings.Repeat("-", 55) + secret + `"`, `"` + strings.Repeat("-", 55) + `…"`},
		{"a long text", `"` + strings.Repeat(".", 5000) + `"`, `"` + strings.Repeat(".", 59) + `…"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := NewBatch("shop", 10)
			b.Count(f, number(tt.json), "vv", "app "+secret)
			b.Redact(client.Redactor())
			if len(b.examples) != 1 {
				t.Fatalf("%d dropped", len(b.examples))
			}
			if got, want := b.examples[0].String(), `acme_quota{channel="vv",kind="app <secret>"}: `+tt.want; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	b := NewBatch("shop", 10)
	for i := range 7 {
		b.Drop(f, fmt.Sprint(i, "!"), "vv", "app")
	}
	b.AddDropped(2)
	if len(b.examples) != MaxDroppedExamples || b.dropped.Total() != 9 {
		t.Errorf("%d named of %d", len(b.examples), b.dropped.Total())
	}
}

func TestBatchReportsAFamilyWithoutUsableValues(t *testing.T) {
	quota, used := NewFamily("acme_quota", "A quota.", "channel"), NewFamily("acme_used", "What is used.", "channel")
	unusable := wire.InvalidNumber("1,234")
	for _, tt := range []struct {
		name string
		fill func(b *Batch)
		lost bool
	}{
		{"nothing came", func(*Batch) {}, false},
		{"all are usable", func(b *Batch) { b.Count(quota, wire.NumberOf(1), "a") }, false},
		{"one of two is unusable", func(b *Batch) { b.Count(quota, unusable, "a"); b.Count(quota, wire.NumberOf(1), "b") }, false},
		{"the only one is unusable", func(b *Batch) { b.Count(quota, unusable, "a") }, true},
		{"all of one family are unusable", func(b *Batch) { b.Count(quota, unusable, "a"); b.Count(used, wire.NumberOf(1), "a") }, true},
		{"the usable one is beyond the limit", func(b *Batch) {
			for i := range 3 {
				b.Count(used, wire.NumberOf(1), fmt.Sprint(i))
			}
			b.Count(quota, wire.NumberOf(1), "a")
			b.Count(quota, unusable, "b")
		}, false},
		{"the usable one is left out with the others of its object", func(b *Batch) {
			b.Whole(func() {
				b.Count(quota, wire.NumberOf(1), "a")
				for i := range 3 {
					b.Count(used, wire.NumberOf(1), fmt.Sprint(i))
				}
			})
			b.Count(quota, unusable, "b")
		}, false},
		{"values of no family", func(b *Batch) { b.AddDropped(3); b.DropTextAt("id", "x") }, false},
		{"duplicates", func(b *Batch) { b.Count(quota, wire.NumberOf(1), "a"); b.Count(quota, wire.NumberOf(1), "a") }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := NewBatch("shop", 3)
			tt.fill(b)
			value, lost := b.Lost()
			const want = `acme_quota{channel="a"}: "1,234"`
			if tt.lost != lost || lost && value.String() != want {
				t.Errorf("got %s, lost %t", value, lost)
			}
		})
	}
}

// Secrets in labels are looked for once in each value, and label sets that are the same without them are one.
func TestSecretsInLabels(t *testing.T) {
	f := NewFamily("things", "Things.", "name")
	b := NewBatch("shop", 3)
	made, asked := 0, 0
	b.HideInLabels(func() func(string) string {
		made++
		return func(value string) string {
			asked++
			return strings.ReplaceAll(value, "s3cret", "<secret>")
		}
	})
	for range 3 {
		b.Value(f, 1, "a s3cret b")
		b.Value(f, 1, "a <secret> b")
		b.Value(f, 1, "other")
	}
	var labels []string
	for _, s := range b.Samples() {
		labels = append(labels, s.LabelValues()[0])
	}
	if want := []string{"a <secret> b", "other"}; !slices.Equal(labels, want) {
		t.Errorf("labels %q, want %q", labels, want)
	}
	if got := b.Drops().Duplicates; got != 7 {
		t.Errorf("%d duplicates, want 7", got)
	}
	if made != 1 || asked != 3 {
		t.Errorf("%d redactors looked at %d values, want 1 at 3", made, asked)
	}
}

func BenchmarkSecretsInLabels(b *testing.B) {
	f := NewFamily("things", "Things.", "name")
	client := transport.New(transport.Options{Vendor: "acme"})
	client.UseCredentials(transport.Credential{Name: "key", Keys: "key", Read: func() (string, error) {
		return "0123456789abcdef0123456789abcdef", nil
	}})
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("stream number %d of the shop", i)
	}
	for _, hide := range []bool{false, true} {
		b.Run(fmt.Sprintf("hide=%t", hide), func(b *testing.B) {
			for range b.N {
				batch := NewBatch("shop", 10000)
				if hide {
					batch.HideInLabels(client.LabelRedactor)
				}
				for _, name := range names {
					batch.Value(f, 1, name)
				}
			}
		})
	}
}
