package metric

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanLabel(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "gt", "gt"},
		{"empty", "", ""},
		{"as long as may be", strings.Repeat("x", 256), strings.Repeat("x", 256)},
		{"one more", strings.Repeat("x", 257), strings.Repeat("x", 253) + "…"},
		{"cut between characters", strings.Repeat("推", 100), strings.Repeat("推", 84) + "…"},
		{"control characters", "a\tb\x7fc", "a\ufffdb\ufffdc"},
		{"text turned around", "a\u202eb\u2066c\u2069d\u200fe", "a\ufffdb\ufffdc\ufffdd\ufffde"},
		{"lines and what does not show", "a\u2028b\u2029c\u200bd\ufeffe", "a\ufffdb\ufffdc\ufffdd\ufffde"},
		{"neighbours of those stay", "a\u200a\u2010\u2027\u202f\u2065\u206a", "a\u200a\u2010\u2027\u202f\u2065\u206a"},
		{"invalid bytes", "a\xff\xfeb", "a\ufffdb"},
		{"nothing but invalid bytes, and many", strings.Repeat("\xff", 5000), "\ufffd…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := CleanLabel(tt.text); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzCleanLabel(f *testing.F) {
	for _, seed := range []string{"", "gt", "\xff", "推送", "a\nb", "a\u202eb\ufeff", strings.Repeat("\xff", 2000),
		strings.Repeat("é", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := CleanLabel(text)
		if len(got) > MaxLabelValue || !utf8.ValidString(got) || strings.ContainsFunc(got, isHiddenControl) {
			t.Errorf("%q became %q", text, got)
		}
		if again := CleanLabel(got); again != got {
			t.Errorf("%q became %q, and that %q", text, got, again)
		}
	})
}
