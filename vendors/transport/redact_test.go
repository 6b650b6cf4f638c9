package transport_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
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
			for _, got := range []string{e.Code, e.Message, e.Err.Error()} {
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

// shownMessage returns what an error shows of a vendor's message.
func shownMessage(t *testing.T, message string, secrets ...string) string {
	t.Helper()
	c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return secrets }})
	return failure(t, c.Do(t.Context(), get, func(*transport.Response) error {
		return &transport.Error{Kind: transport.Rejected, Message: message}
	}), transport.Rejected).Message
}

// encodings are the ways in which a vendor, a proxy or a gateway may write what it was sent.
var encodings = []struct {
	name   string
	encode func(string) string
}{
	{"upper case", strings.ToUpper},
	{"lower case", strings.ToLower},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hex in upper case", func(s string) string { return fmt.Sprintf("%X", s) }},
	{"hex after an odd digit", func(s string) string { return fmt.Sprintf("f%x", s) }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 without padding", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64 after one byte", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(":" + s)) }},
	{"base64 after two bytes", func(s string) string { return base64.URLEncoding.EncodeToString([]byte("u:" + s + "!")) }},
	{"base64 in a query", func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) }},
	{"base64 in a word", func(s string) string { return "key-" + base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"query", url.QueryEscape},
	{"path", url.PathEscape},
	{"query twice", func(s string) string { return url.QueryEscape(url.QueryEscape(s)) }},
	{"JSON", func(s string) string { b, _ := json.Marshal(s); return string(b) }},
	{"JSON twice", func(s string) string { b, _ := json.Marshal(s); b, _ = json.Marshal(string(b)); return string(b) }},
	{"page", html.EscapeString},
	{"a long beginning", func(s string) string { return string([]rune(s)[:12]) }},
	{"a long end", func(s string) string { return string([]rune(s)[len([]rune(s))-12:]) }},
	{"a long part in base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s[3:15])) }},
}

func TestEncodedSecrets(t *testing.T) {
	for _, secret := range []string{"K9x7Qm2ZpL4vR8sT", "p/3+k&w=%<é>'\"9\\a b~Zq", "ключ-к-службе-777", "\xff\xfe\xfd0123456789abc"} {
		for _, e := range encodings {
			t.Run(e.name+" of "+secret, func(t *testing.T) {
				encoded := e.encode(secret)
				got := shownMessage(t, "bad key ["+encoded+"] given", secret, "another-secret-0000")
				if !strings.Contains(got, "<secret>") || !strings.HasPrefix(got, "bad key [") || !strings.HasSuffix(got, "] given") {
					t.Errorf("%q is shown as %q", encoded, got)
				}
				// Around a secret in base64 there may be characters that say nothing of it.
				if left := len(got) - len("bad key [<secret>] given"); left > 6 {
					t.Errorf("%q is shown as %q: %d characters are left", encoded, got, left)
				}
			})
		}
	}
}

// FuzzEncodedSecret writes a secret in one of the encodings into a text.
func FuzzEncodedSecret(f *testing.F) {
	for way := range encodings {
		f.Add("K9x7Qm2ZpL4vR8sT", "bad key: ", " given", way)
	}
	f.Add("ключ-к-службе-777", "{\"sign\":\"", "\"}", 5)
	f.Add("aaaaaaaaaaaaaaaa", "YWFh", "YWFh", 6)
	f.Fuzz(func(t *testing.T, secret, before, after string, way int) {
		lower, back := strings.ToLower(secret), strings.ToLower(strings.ToUpper(secret)) // ß comes back as ss
		if utf8.RuneCountInString(secret) < 16 || len(secret) > 200 || !utf8.ValidString(secret) || len(before) > 500 || way < 0 || way >= len(encodings) ||
			strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`%\&`, r) }) ||
			back != lower {
			return
		}
		encoded := encodings[way].encode(secret)
		got := shownMessage(t, "["+encoded+"] "+before+" ["+encoded+"] "+after, secret)
		if !strings.Contains(got[:min(len(got), 30)], "<secret>") {
			t.Errorf("%q as %q is shown as %q", secret, encoded, got)
		}
		if len(encoded) >= 16 && strings.Contains(strings.ToLower(got), strings.ToLower(encoded)) {
			t.Errorf("%q is shown in %q", encoded, got)
		}
	})
}

func TestShortPartsOfSecretsAreShown(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"seven characters", "code K9x7Qm2 of it", "code K9x7Qm2 of it"},
		{"eight", "code K9x7Qm2Z of it", "code <secret> of it"},
		{"two parts that meet", "K9x7Qm2ZK9x7Qm2Z", "<secret><secret>"},
		{"words of which a few letters are the same", "the tag 9x7Q is not there", "the tag 9x7Q is not there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shownMessage(t, tt.text, "K9x7Qm2ZpL4vR8sT"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPersonalDataIsHidden looks for what an error of any vendor shows of a message that quotes a person.
func TestPersonalDataIsHidden(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"mobile number", "no user 13800138000", "no user <hidden>"},
		{"with dashes", "手机号138-0013-8000不存在", "手机号<hidden>不存在"},
		{"with spaces", "no user 138 0013 8000", "no user <hidden>"},
		{"with dots", "no user 138.0013.8000", "no user <hidden>"},
		{"in two groups", "no user 13800 138000", "no user <hidden>"},
		{"with the country", "no user +86 138 0013 8000", "no user <hidden>"},
		{"with the country in brackets", "no user (+86)138-0013-8000", "no user <hidden>"},
		{"of another country", "no user +44 20 7946 0958", "no user <hidden>"},
		{"of an area", "call (010) 6552-9988 now", "call <hidden> now"},
		{"of a card", "card 6222 0212 3456 7890", "card <hidden>"},
		{"with a hyphen of its own", "no user 138\u201100138000", "no user <hidden>"},
		{"digits of another script", "no user １３８-００１３-８０００", "no user <hidden>"},
		{"address", "no user a.b@example.com", "no user <hidden>"},
		{"address in a URL", "GET /u?mail=a.b%40example.com&x=1", "GET /u?mail=<hidden>&x=1"},
		{"address escaped twice", "mail=a.b%2540example.com", "mail=<hidden>"},
		{"address in JSON", `{"mail":"a.b\u0040example.com"}`, `{"mail":"<hidden>"}`},
		{"address in a page", "<b>a.b&#64;example.com</b>", "<b><hidden></b>"},
		{"a machine", "from 192.0.2.7 and 2001:db8::1", "from <hidden> and <hidden>"},
		{"a date and a time stay", "report of 2022-10-26 16:27:03 for 2022/10/27", "report of 2022-10-26 16:27:03 for 2022/10/27"},
		{"two dates stay", "from 2022-10-26 - 2022-11-26", "from 2022-10-26 - 2022-11-26"},
		{"short numbers stay", "used 1200 of 100000, 12 345", "used 1200 of 100000, 12 345"},
		{"a decimal number stays", "quota 123456.789", "quota 123456.789"},
		{"the id that was asked for stays", "task 20221109001 of 20221109002", "task 20221109001 of <hidden>"},
		{"a secret with many digits is hidden whole", "key K1234567890z is wrong", "key <secret> is wrong"},
		{"so is one beside a number", "K1234567890z 13800138000", "<secret> <hidden>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := get
			r.Subjects = []string{"20221109001"}
			c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return []string{"K1234567890z"} }})
			e := failure(t, c.Do(t.Context(), r, func(*transport.Response) error {
				return &transport.Error{Kind: transport.Rejected, Message: tt.text}
			}), transport.Rejected)
			if e.Message != tt.want {
				t.Errorf("got  %q\nwant %q", e.Message, tt.want)
			}
		})
	}
}

func TestOurOwnTexts(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"numbers and addresses of machines stay", "answer of 192.0.2.7:443 is larger than 67108864 bytes", "answer of 192.0.2.7:443 is larger than 67108864 bytes"},
		{"paths of numbers stay", `read file "/run/13423535/001/gate"`, `read file "/run/13423535/001/gate"`},
		{"a quoted person does not", `field "a.b@example.com" of "138-0013-8000"`, `field "<hidden>" of "<hidden>"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(transport.Options{RoundTripper: answer(200, nil, "")})
			e := failure(t, c.Do(t.Context(), get, func(*transport.Response) error { return errors.New(tt.text) }), transport.Malformed)
			if e.Err.Error() != tt.want {
				t.Errorf("got %q, want %q", e.Err, tt.want)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for _, tt := range []struct{ name, id, want string }{
		{"usual", "request-20221028-1666948293406", "request-20221028-1666948293406"},
		{"UUID", "5f8a1c9e-13a4-4f00-9c1b-138001380001", "5f8a1c9e-13a4-4f00-9c1b-138001380001"},
		{"other characters", "request 9\n张三", "request?9???"},
		{"secret", "request-9 s3cr3t-token", "request-9?<secret>"},
		{"secret in base64", base64.StdEncoding.EncodeToString([]byte("s3cr3t-token")), "<secret>"},
		{"address", "a.b@example.com", "<hidden>"},
		{"address in a URL", "id-a.b%40example.com", "<hidden>"},
		{"telephone", "id-138-0013-8000", "<hidden>"},
		{"telephone with slashes", "id-138/0013/8000", "<hidden>"},
		{"machine", "id:192.0.2.7", "<hidden>"},
		{"long", strings.Repeat("a", 500), strings.Repeat("a", 127) + "…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(transport.Options{RoundTripper: answer(200, nil, ""), Secrets: func() []string { return []string{"s3cr3t-token"} }})
			e := failure(t, c.Do(t.Context(), get, func(*transport.Response) error {
				return &transport.Error{Kind: transport.Rejected, RequestID: tt.id}
			}), transport.Rejected)
			if e.RequestID != tt.want {
				t.Errorf("got %q, want %q", e.RequestID, tt.want)
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
	f.Add("1 kk", "1\u212a")     // in lower case it is shorter than what is hidden
	f.Add("1 ss of", "\u017f1s") // in upper case too
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
			way := ways[i%len(ways)]
			if strings.ContainsAny(secret, `%\&`) {
				way = ways[0] // with the signs of escapes as they are beside others as escapes, nobody could read it
			}
			switch way % 6 {
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
			c := client(transport.Options{RoundTripper: answer(200, nil, ""), RequestsPerMinute: 1 << 30, Secrets: func() []string { return []string{secret, "another-secret-of-the-account"} }})
			for b.Loop() {
				if err := c.Do(b.Context(), get, func(*transport.Response) error { return &transport.Error{Kind: transport.Rejected, Message: text} }); err == nil {
					b.Fatal("no error")
				}
			}
		})
	}
}

// Labels hide whole secrets in all forms, and parts that no name has by chance.
func TestSecretsInLabels(t *testing.T) {
	const long, short = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", "production1"
	c := client(transport.Options{})
	c.UseCredentials(
		transport.Credential{Name: "key", Keys: "key", Read: func() (string, error) { return long, nil }},
		transport.Credential{Name: "word", Keys: "word", Read: func() (string, error) { return short, nil }},
	)
	redact := c.LabelRedactor()
	for _, test := range []struct{ name, value, want string }{
		{"a whole secret", "x " + long + " y", "x <secret> y"},
		{"in upper case", strings.ToUpper(long), "<secret>"},
		{"in base64", base64.StdEncoding.EncodeToString([]byte(long)), "<secret>="},
		{"in hex", hex.EncodeToString([]byte(long)), "<secret>"},
		{"all but its last character", long[:31], "<secret>"},
		{"a part of 16 characters", "x-" + long[4:20], "x-<secret>"},
		{"a part of 15 characters", long[4:19], long[4:19]},
		{"a whole short one", "shop-" + short, "shop-<secret>"},
		{"a word of a short one", "production", "production"},
		{"a name", "Huawei push", "Huawei push"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := redact(test.value); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
