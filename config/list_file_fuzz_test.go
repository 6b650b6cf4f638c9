package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzReadList takes any bytes for a file of task ids: what is taken can stand in the path of a request, each id
// once, and an error repeats nothing of the file.
func FuzzReadList(f *testing.F) {
	for _, seed := range []string{"a\nb\n", "\ufeffa\r\n\r\nb", "# a\n", "a,planted\n", "plan/ted", "a\na", "\xffplanted", "\x00", "a\u2028b", "é\n"} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "ids.txt")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		ids, err := readTaskIDs(path)
		if err != nil {
			if ids != nil {
				t.Errorf("%d ids beside an error", len(ids))
			}
			if strings.Contains(err.Error(), "planted") {
				t.Errorf("the file is shown: %v", err)
			}
			return
		}
		slices.Sort(ids)
		if len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Error("an id comes twice")
		}
		for _, id := range ids {
			if id == "" || !utf8.ValidString(id) || strings.ContainsAny(id, ",/") || strings.ContainsFunc(id, unicode.IsSpace) || strings.ContainsFunc(id, unicode.IsControl) {
				t.Errorf("%q is taken for an id", id)
			}
		}
	})
}
