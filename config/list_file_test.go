package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/engage-exporter/engage_exporter/config"
	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// readTaskIDs reads a list as GeTui's account does.
func readTaskIDs(path string) ([]string, error) {
	return config.NewFiles(config.System{}).ReadList(path, "task id", config.OneWord, config.Without(",/", "a request joins ids with commas into its path"))
}

func TestReadList(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		want          []string
		wantErr       string
	}{
		{name: "empty", content: "", wantErr: `task id file "ids.txt" is empty`},
		{name: "blank lines only", content: "\ufeff\n \r\n", wantErr: `task id file "ids.txt" is empty`},
		{name: "comments only", content: "# a\n\n  # b\n"},
		{name: "ids", content: "a\nb\n", want: []string{"a", "b"}},
		{name: "no newline at the end", content: "a\nb", want: []string{"a", "b"}},
		{name: "Windows", content: "\ufeffa\r\n\r\nb\r\n", want: []string{"a", "b"}},
		{name: "white space around", content: "  a\t\n", want: []string{"a"}},
		{
			name: "each mistake", content: "a\nb,planted\n# c\nplan/ted\na\nplan ted\n\xffplanted\n",
			wantErr: `ids.txt:2: a task id must not contain ",": a request joins ids with commas into its path` + "\n" +
				`ids.txt:4: a task id must not contain "/": a request joins ids with commas into its path` + "\n" +
				"ids.txt:5: duplicate of the task id on line 1\n" +
				"ids.txt:6: a task id must not contain white space\n" +
				"ids.txt:7: a task id must be valid UTF-8",
		},
		{name: "too large", content: strings.Repeat("#\n", 1<<19) + "\n", wantErr: `read task id file "ids.txt": is larger than 1048576 bytes`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("ids.txt", []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := readTaskIDs("ids.txt")
			if tc.wantErr == "" && err != nil {
				t.Fatal(err)
			}
			if tc.wantErr != "" && (err == nil || err.Error() != tc.wantErr) {
				t.Fatalf("got:\n%v\nwant:\n%s", err, tc.wantErr)
			}
			testkit.Equal(t, "ids", got, tc.want)
		})
	}
}

func TestReadListAbsent(t *testing.T) {
	_, err := readTaskIDs(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

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
