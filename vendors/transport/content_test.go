package transport_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/engage-exporter/engage_exporter/vendors/transport"
)

// readJSON reads an answer as the vendors' clients do: its error is the decoder's.
func readJSON(r *transport.Response) error {
	var v any
	d := json.NewDecoder(r.Body)
	if err := d.Decode(&v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("want the end of the answer")
	}
	return nil
}

func TestAnswerThatIsNoJSONIsNamed(t *testing.T) {
	const page = "; check base_url, and whether a proxy or a login page answers instead of the vendor"
	const compressed = "; check what compresses answers between the exporter and the vendor"
	for _, test := range []struct {
		name, contentType, encoding, body, want string
	}{
		{"JSON", "application/json", "", `{"code":0}`, ""},
		{"JSON after a byte order mark", "application/json", "", "\xef\xbb\xbf{}", ""},
		{"JSON after a byte order mark and blanks", "", "", "\xef\xbb\xbf \r\n{}", ""},
		{"a byte order mark alone", "", "", "\xef\xbb\xbf", "want JSON, got an empty answer"},
		{"a part of a byte order mark", "", "", "\xef\xbb{}", "want JSON, got binary data"},
		{"empty", "application/json", "", "", "want JSON, got an empty answer (Content-Type application/json)"},
		{"blank", "", "", " \r\n", "want JSON, got an empty answer"},
		{"a page", "text/html; charset=utf-8", "", "<!DOCTYPE html>\n<html><body>Busy", "want JSON, got an HTML page (Content-Type text/html)" + page},
		{"a page that is said to be JSON", "application/json", "", "\n<HTML>", "want JSON, got an HTML page (Content-Type application/json)" + page},
		{"a page after a byte order mark", "", "", "\xef\xbb\xbf<html>", "want JSON, got an HTML page" + page},
		{"a page without its tags", "text/html", "", "<p>Busy</p>", "want JSON, got an HTML page (Content-Type text/html)" + page},
		{"XML", "text/xml", "", `<?xml version="1.0"?><Error><Code>5</Code></Error>`, "want JSON, got XML (Content-Type text/xml)" + page},
		{"plain text", "text/plain", "", "upstream connect error", "want JSON, got plain text (Content-Type text/plain)"},
		{"a text that begins with a number", "", "", "502 Bad Gateway", "want JSON, got plain text"},
		{"a text that begins as a word of JSON", "", "", "not found", "want JSON, got plain text"},
		{"another text that begins as a word of JSON", "", "", "nullable", "want JSON, got plain text"},
		{"Chinese text", "text/plain;charset=utf-8", "", "系统繁忙", "want JSON, got plain text (Content-Type text/plain)"},
		{"brotli", "application/json", "br", "\x1b\x0e\x00\xf8\xa5", "want JSON, got data in a Content-Encoding that was not requested (Content-Type application/json, Content-Encoding br)" + compressed},
		{"zstd", "", "zstd", "\x28\xb5\x2f\xfd\x04", "want JSON, got data compressed with zstd, which was not requested (Content-Encoding zstd)" + compressed},
		{"gzip that is not said", "", "", "\x1f\x8b\x08\x00", "want JSON, got data compressed with gzip once more, or without a Content-Encoding that says so" + compressed},
		{"UTF-16", "", "", "\xff\xfe{\x00}\x00", "want JSON, got text in UTF-16"},
		{"binary", "application/octet-stream", "", "\x00\x01\x02{}", "want JSON, got binary data (Content-Type application/octet-stream)"},
		{"JSON that breaks off", "application/json", "", `{"code":`, "unexpected EOF"},
		{"JSON with more behind it", "application/json", "", `{}<html>`, "want the end of the answer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := make(http.Header)
			if test.contentType != "" {
				header.Set("Content-Type", test.contentType)
			}
			if test.encoding != "" {
				header.Set("Content-Encoding", test.encoding)
			}
			for way, body := range map[string]io.Reader{
				"whole": strings.NewReader(test.body), "byte by byte": iotest.OneByteReader(strings.NewReader(test.body)),
				"with its end": iotest.DataErrReader(strings.NewReader(test.body)),
			} {
				if way == "byte by byte" && !strings.Contains(test.want, "empty") && test.want != "" {
					continue // of what kind it is shows in the first piece that comes
				}
				c := client(transport.Options{RoundTripper: vendorFunc(func(r *http.Request) (*http.Response, error) {
					return response(r, 200, header, body, -1), nil
				})})
				err := c.Do(t.Context(), get, readJSON)
				if test.want == "" {
					if err != nil {
						t.Errorf("%s: %v", way, err)
					}
					continue
				}
				if e := failure(t, err, transport.Malformed); e.Error() != "acme GET /thing: malformed: answered 200: "+test.want {
					t.Errorf("%s: got %v", way, e)
				}
			}
		})
	}
}

func TestStatusSaysMoreThanTheBody(t *testing.T) {
	c := client(transport.Options{RoundTripper: answer(502, http.Header{"Content-Type": {"text/html"}}, "<html>")})
	if err := c.Do(t.Context(), get, readJSON); err == nil || err.Error() != "acme GET /thing: http: answered 502" {
		t.Errorf("got %v", err)
	}
}
