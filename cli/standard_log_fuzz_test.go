package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-kit/log"
)

// FuzzStandardLog lets a library log any line in which it quotes what a vendor sent, as net/http does: nothing of the
// quotation may be logged, and what is logged is one short line.
func FuzzStandardLog(f *testing.F) {
	f.Add("Unsolicited response received on idle HTTP channel starting with ", `"s3cr3t"; err=<nil>`)
	f.Add("http: TLS handshake error from 127.0.0.1:1: ", "remote error")
	f.Add("a \"quoted\" word", "")
	f.Add("", "\xff\n\x00")
	f.Add(strings.Repeat("é", 300), strings.Repeat("x", 300))
	f.Fuzz(func(t *testing.T, words, sent string) {
		var b bytes.Buffer
		line := words + `"` + sent + `planted-by-vendor"`
		n, err := standardLog{log.NewLogfmtLogger(&b)}.Write([]byte(line))
		if n != len(line) || err != nil {
			t.Errorf("%d of %d bytes are taken: %v", n, len(line), err)
		}
		text, ok := strings.CutSuffix(b.String(), "\n")
		if !ok || strings.Contains(text, "\n") || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			t.Errorf("%q is not one line", b.String())
		}
		if strings.Contains(text, "planted-by-vendor") && !strings.Contains(words, "planted-by-vendor") {
			t.Errorf("the vendor's words are logged: %q", text)
		}
		if len(text) > len("warning=")+6*maxWarning+2 { // a character may be escaped
			t.Errorf("%d bytes are logged", len(text))
		}
	})
}
