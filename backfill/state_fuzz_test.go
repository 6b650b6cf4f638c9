package backfill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzState takes anything for what an earlier run has left: it is continued or refused, what is not whole is cut off,
// and the next run finds the same.
func FuzzState(f *testing.F) {
	const first = `{"version":3,"begun":"2026-11-20T00:00:00Z","target":"getui/a"}` + "\n"
	const day = `{"day":"2026-11-01","samples":2,"records":[{"family":0,"labels":"{}","first":1,"end":3,"value":1.5}]}` + "\n"
	for _, seed := range []string{
		"", first, first + day, first + day + `{"day":"20`, first + day + day, first + "{}\n" + day, day,
		`{"version":99}` + "\n", "\x00\n{}", first + `{"day":"2026-11-01","records":[{"first":1e99}]}` + "\n",
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, journal []byte) {
		output := filepath.Join(dir, "history.om")
		if err := os.MkdirAll(output+stateSuffix, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(output+stateSuffix, journalFile), journal, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openState(output)
		if err != nil {
			return
		}
		days, length, begun := len(s.days), s.length, s.before != nil
		s.close()
		again, err := openState(output)
		if err != nil {
			t.Fatalf("what was taken is refused the next time: %v", err)
		}
		defer again.close()
		if len(again.days) != days || again.length != length || (again.before != nil) != begun {
			t.Errorf("%d days and %d bytes, the next time %d and %d", days, length, len(again.days), again.length)
		}
		if length < 0 || length > int64(len(journal)) {
			t.Errorf("%d bytes of %d are kept", length, len(journal))
		}
	})
}

// FuzzDate takes any text for a day: what is taken is written as it was given.
func FuzzDate(f *testing.F) {
	for _, seed := range []string{"2026-09-01", "1969-12-31", "2026-02-29", "9999-12-31", "2026-9-1", "", " 2026-09-01", "２０２６-09-01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDate(text)
		if err != nil {
			if !d.IsZero() || len(err.Error()) > 4*len(text)+200 {
				t.Errorf("%q is refused with %v and gives %s", text, err, d)
			}
			return
		}
		if d.String() != text || !d.plus(1).before(d.plus(2)) || dateAt(d.in(time.UTC).Start, time.UTC) != d {
			t.Errorf("%q is %s", text, d)
		}
	})
}

// FuzzLabelText takes any value for a label: what is written of it is one line, and reads as the value again.
func FuzzLabelText(f *testing.F) {
	for _, seed := range []string{"a", `"`, `\`, "\n", `\n`, "é", "\xff", `",x="`, "}", ""} {
		f.Add("job="+seed, seed)
	}
	f.Fuzz(func(t *testing.T, added, value string) {
		label, err := ParseLabel(added)
		if err != nil {
			return
		}
		if label.Name+"="+label.Value != added {
			t.Errorf("%q is %+v", added, label)
		}
		text := string(familyText{pieces: []string{`{a="`, `"}`}, slots: []int{0}}.append(nil, []string{value}))
		body, ok := strings.CutPrefix(text, `{a="`)
		body, end := strings.CutSuffix(body, `"}`)
		if !ok || !end || strings.Contains(text, "\n") {
			t.Fatalf("%q is written %q", value, text)
		}
		var read strings.Builder
		for i := 0; i < len(body); i++ {
			switch {
			case body[i] == '"':
				t.Fatalf("%q is written %q, in which it ends early", value, text)
			case body[i] != '\\':
				read.WriteByte(body[i])
				continue
			}
			i++
			escaped := map[string]string{`\`: `\`, `"`: `"`, `n`: "\n"}
			meant, ok := escaped[body[i:min(i+1, len(body))]]
			if !ok {
				t.Fatalf("%q is written %q, which has a wrong escape", value, text)
			}
			read.WriteString(meant)
		}
		if want := strings.ToValidUTF8(value, "\uFFFD"); read.String() != want {
			t.Errorf("%q is written %q, which reads %q", value, text, read.String())
		}
	})
}
