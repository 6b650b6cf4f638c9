package transport_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// A configuration may have as many personal values in its filters as it likes: each failure goes through all of them.
func TestManySecrets(t *testing.T) {
	secrets := make([]string, 200_000)
	for i := range secrets {
		secrets[i] = fmt.Sprintf("s3cr3t-%06d", i)
	}
	c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return secrets }})
	began := time.Now()
	e := failure(t, c.Do(t.Context(), get, func(*transport.Response) error {
		return &transport.Error{Kind: transport.Rejected, Message: "not s3cr3t-199999"}
	}), transport.Rejected)
	if e.Message != "not <secret>" {
		t.Errorf("it says %q", e.Message)
	}
	if took := time.Since(began); took > 10*time.Second { // milliseconds, where the work does not grow with their square
		t.Errorf("a failure took %s", took)
	}
}

func TestVendorText(t *testing.T) {
	secrets := func() []string { return []string{"s3cr3t", "s3cr3t-longer", "", "a b/c", `p%2&\"+é`} }
	for _, test := range []struct{ name, text, want string }{
		{"plain", "调用过于频繁", "调用过于频繁"},
		{"secret", "sign of s3cr3t is wrong, s3cr3t", "sign of <secret> is wrong, <secret>"},
		{"secret that holds another", "[s3cr3t-longer]", "[<secret>]"},
		{"secret of the request", "token t0k3n!", "token <secret>!"},
		{"secret as a query shows it", "?k=a+b%2Fc&x", "?k=<secret>&x"},
		{"secret as a path shows it", "/a%20b%2Fc/", "/<secret>/"},
		{"secret in small escapes", "?k=a+b%2fc&x", "?k=<secret>&x"},
		{"secret escaped in part", "a b%2Fc a%20b/c a+b/c", "<secret> <secret> <secret>"},
		{"secret with each byte escaped", "%73%33%63%72%33%74 %61%20b/c", "<secret> <secret>"},
		{"secret escaped twice", "a%2520b%252fc a%252520b/c", "<secret> <secret>"},
		{"secret in JSON", `a b\/c a\u0020b\u002Fc \u00733cr3t a b\\\/c`, "<secret> <secret> <secret> <secret>"},
		{"secret in a page", "a b&#47;c a&#x20;b&sol;c", "<secret> <secret>"},
		{"secret with all that escapes", `p%2&\"+é`, "<secret>"},
		{"secret with all that escapes, escaped", `p%252&amp;\\\"%2Bé p%2&\u005c&quot;&#43;\u00e9 p%252%26%5C%22%2B%C3%A9`, "<secret> <secret> <secret>"},
		{"what is no escape", "a%2 b%zzc &amp;amp a&b; \\u12 %", `a%2 b%zzc &amp;amp a&b; \u12 %`},
		{"control characters", "a\nb\tc\x00d\x1b[31me\x7f", `a\nb\tc\x00d\x1b[31me\x7f`},
		{"what turns text around", "a\u202eb\u2028c\u200bd", `a\u202eb\u2028c\u200bd`},
		{"quotes stay", `it's "so"`, `it's "so"`},
		{"invalid UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"200 characters", strings.Repeat("漢", 200), strings.Repeat("漢", 200)},
		{"201 characters", strings.Repeat("漢", 201), strings.Repeat("漢", 199) + "…"},
		{"5 kB", strings.Repeat("x", 5000), strings.Repeat("x", 199) + "…"},
		{"secret at the cut", strings.Repeat("x", 196) + "s3cr3t", strings.Repeat("x", 196) + "…"},
		{"escape at the cut", strings.Repeat("x", 199) + "\n", strings.Repeat("x", 199) + "…"},
		{"many secrets", strings.Repeat("s3cr3t", 1000), strings.Repeat("<secret>", 24) + "…"},
		{"empty", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get
			r.Secrets = func() []string { return []string{"t0k3n"} }
			c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: secrets})
			said := &transport.Error{
				Kind: transport.Rejected, Code: test.text, Message: test.text, RequestID: test.text, Err: errors.New(test.text),
			}
			e := failure(t, c.Do(t.Context(), r, func(*transport.Response) error { return said }), transport.Rejected)
			for _, got := range []string{e.Code, e.Message, e.RequestID, e.Err.Error()} {
				if got != test.want {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			}
			if said.Message != test.text {
				t.Error("the error that read returned was changed")
			}
		})
	}
}

func TestSecretsOfTheAccountAreLeftAlone(t *testing.T) {
	all := append(make([]string, 0, 10), "one", "two")
	c := client(transport.Options{RoundTripper: answer(500, nil, ""), Secrets: func() []string { return all }})
	r := get
	r.Secrets = func() []string { return []string{"three"} }
	failure(t, c.Do(t.Context(), r, readAll), transport.HTTP)
	if !slices.Equal(all[:cap(all)][:4], []string{"one", "two", "", ""}) {
		t.Errorf("the account's list became %q", all[:cap(all)])
	}
}

func TestErrorsStillAnswerIs(t *testing.T) {
	odd := errors.New("odd")
	c := client(transport.Options{RoundTripper: answer(200, nil, "")})
	err := c.Do(t.Context(), get, func(*transport.Response) error { return fmt.Errorf("row 7: %w", odd) })
	if !errors.Is(err, odd) {
		t.Errorf("%v is no longer what read returned", err)
	}
}

func FuzzVendorText(f *testing.F) {
	f.Add("调用过于频繁", "s3cr3t")
	f.Add("s3cr3t", "s3cr3t")
	f.Add("a\xffs3cr3t\n", "s3cr3t\n")
	f.Add(strings.Repeat("ab", 300), "ba")
	f.Fuzz(func(t *testing.T, text, secret string) {
		c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return []string{secret} }})
		err := c.Do(t.Context(), get, func(*transport.Response) error {
			return &transport.Error{Kind: transport.Rejected, Message: text}
		})
		e, _ := errors.AsType[*transport.Error](err)
		switch got := e.Message; {
		case !utf8.ValidString(got):
			t.Errorf("%q is no UTF-8", got)
		case utf8.RuneCountInString(got) > 200:
			t.Errorf("%d characters", utf8.RuneCountInString(got))
		case strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }):
			t.Errorf("%q does not print", got)
		case len(secret) >= 8 && strings.Contains(strings.ReplaceAll(got, "<secret>", ""), secret):
			t.Errorf("%q shows the secret %q", got, secret)
		}
	})
}

// A secret of three characters is none, and would tear words apart wherever they stand.
func TestShortSecretsAreNotHidden(t *testing.T) {
	c := client(transport.Options{
		RoundTripper: vendorFunc(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("lookup api.polyv.net: no such host")
		}),
		Secrets: func() []string { return []string{"y", "api", "host-is-long-enough"} },
	})
	if err := do(t.Context(), c); err == nil || !strings.Contains(err.Error(), "lookup api.polyv.net: no such host") {
		t.Errorf("got %v", err)
	}
}

// FuzzEscapedSecret writes each character of a secret in one of the ways that there are.
func FuzzEscapedSecret(f *testing.F) {
	f.Add("planted/secret+1", []byte{0, 1, 2, 3, 4, 5})
	f.Add("100%25 sure&amp;\\n", []byte{1, 0, 3})
	f.Add("ключ/%/é", []byte{5, 3, 1, 1})
	f.Fuzz(func(t *testing.T, secret string, ways []byte) {
		if len(secret) < 4 || len(secret) > 60 || !utf8.ValidString(secret) || len(ways) == 0 || strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsPrint(r) || r > 0xffff }) {
			return
		}
		var text strings.Builder
		for i, r := range []rune(secret) {
			c := string(r)
			switch ways[i%len(ways)] % 6 {
			case 1:
				c = url.QueryEscape(c)
			case 2:
				if escaped := url.PathEscape(c); escaped != c {
					c = strings.ToLower(escaped)
				}
			case 3:
				c = ""
				for _, b := range []byte(string(r)) {
					c += fmt.Sprintf("%%25%02x", b)
				}
			case 4:
				c = fmt.Sprintf(`\u%04x`, r)
			case 5:
				c = fmt.Sprintf("&#%d;", r)
			}
			text.WriteString(c)
		}
		c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return []string{secret} }})
		err := c.Do(t.Context(), get, func(*transport.Response) error {
			return &transport.Error{Kind: transport.Rejected, Message: "[" + text.String() + "]"}
		})
		e, _ := errors.AsType[*transport.Error](err)
		if !strings.Contains(e.Message, "<secret>") {
			t.Errorf("%q as %q is shown as %q", secret, text.String(), e.Message)
		}
	})
}

// BenchmarkVendorText cleans the longest text that is shown, of what takes longest to look at.
func BenchmarkVendorText(b *testing.B) {
	secret := "%" + strings.Repeat("25", 30)
	for name, text := range map[string]string{"plain": strings.Repeat("the tag is not there ", 10), "escapes": strings.Repeat("%25", 100), "almost the secret": strings.Repeat(secret[:60], 4)} {
		b.Run(name, func(b *testing.B) {
			c := client(transport.Options{RoundTripper: answer(200, nil, ""), RequestsPerMinute: 1 << 40, Secrets: func() []string { return []string{secret, "another-secret-of-the-account"} }})
			for b.Loop() {
				if err := c.Do(b.Context(), get, func(*transport.Response) error { return &transport.Error{Kind: transport.Rejected, Message: text} }); err == nil {
					b.Fatal("no error")
				}
			}
		})
	}
}
