package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
		{name: "empty", content: ""},
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
