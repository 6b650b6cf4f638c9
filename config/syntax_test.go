package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/engage-exporter/engage_exporter/collector"
	"github.com/engage-exporter/engage_exporter/config"
)

// A misleading character and a missing space are reported in their own place, though the parser of YAML sees the
// mistake later.
func TestSyntaxMistakesInTheirPlace(t *testing.T) {
	const (
		dash = ` write a space after "-"`
		key  = ` write a space after ":"`
		wide = " found U+3000 (ideographic space); write spaces"
	)
	for _, tt := range []struct {
		name, line string // the second line, before "    app_id: x"
		want       []string
	}{
		{"ideographic space after the dash", "  -\u3000account: a", []string{"2:4: not valid YAML:" + wide}},
		{"ideographic spaces as the indent", "\u3000\u3000- account: a", []string{"2:1: not valid YAML:" + wide, "2:2: not valid YAML:" + wide}},
		{"ideographic space as two", "\u3000- account: a", []string{"2:1: not valid YAML:" + wide}},
		{"ideographic spaces in no known indent", "\u3000\u3000\u3000- account: a", []string{
			"2:1: not valid YAML:" + wide, "2:2: not valid YAML:" + wide, "2:3: not valid YAML:" + wide,
		}},
		{"ideographic space before a key", "  - account: a\n \u3000app_key: k", []string{"3:2: not valid YAML:" + wide}},
		{"ideographic space before the colon", "  - account\u3000: a", []string{
			"2:12: getui[0]: a key contains U+3000 (ideographic space); write spaces",
		}},
		{"ideographic space after the colon", "  - account:\u3000a", []string{"2:13: not valid YAML:" + wide}},
		{"no-break space after the dash", "  -\u00a0account: a", []string{"2:4: not valid YAML: found U+00A0 (no-break space); write a space"}},
		{"no-break space in the indent", "\u00a0 - account: a", []string{"2:1: not valid YAML: found U+00A0 (no-break space); write a space"}},
		{"hidden character in place of a space", "  -\u200baccount: a", []string{"2:4: not valid YAML: found U+200B (zero width space); remove it"}},
		{"hidden character after the dash", "  -\u200b account: a", []string{"2:4: not valid YAML: found U+200B (zero width space); remove it"}},
		{"hidden character before the dash", "  \u200b- account: a", []string{"2:3: not valid YAML: found U+200B (zero width space); remove it"}},
		{"hidden character in a key", "  - acc\u200bount: a", []string{"2:8: getui[0]: a key contains U+200B (zero width space); remove it"}},
		{"full-width dash without a space", "  －account: a", []string{`2:3: not valid YAML: found － (U+FF0D, full-width hyphen); write "-"`}},
		{"en dash without a space", "  –account: a", []string{`2:3: not valid YAML: found – (U+2013, en dash); write "-"`}},
		{"full-width dash and ideographic space", "  －\u3000account: a", []string{
			`2:3: not valid YAML: found － (U+FF0D, full-width hyphen); write "-"`, "2:4: not valid YAML:" + wide,
		}},
		{"no space after the dash", "  -account: a", []string{"2:3: not valid YAML:" + dash}},
		{"no space after the first colon", "  - account:a", []string{"2:12: not valid YAML:" + key}},
		{"no space after another colon", "  - account: a\n    app_key:planted", []string{"3:12: not valid YAML:" + key}},
		{"no space after the colon of a quoted key", "  - account: a\n    \"app_key\":planted", []string{"3:14: not valid YAML:" + key}},
		{"no space before an address", "  - account: a\n    base_url:http://x", []string{"3:13: not valid YAML:" + key}},
		{"two lines", "  -account: a\n    app_key:planted", []string{"2:3: not valid YAML:" + dash, "3:12: not valid YAML:" + key}},
		{"nothing of the kind in a text before", "  - account: |\n      a:b\n      -c\n   app_key: k", []string{
			"5:4: not valid YAML: did not find expected '-' indicator (while parsing a block collection that begins on line 2)",
		}},
		{"a list of which no item has a space", "  - account: a\n    task_ids:\n      -planted\n      -planted", []string{
			`4:7: getui[0].task_ids: want a list of strings, got a string; write a space after "-" on line 4`,
		}},
		{"a mapping without a space", "  - account: a\n    endpoints:\n      push_quota:\n        enabled:false", []string{
			`5:9: getui[0].endpoints.push_quota: want a mapping of keys, got a string; write a space after ":"`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "engage.yml")
			if err := os.WriteFile(path, []byte("getui:\n"+tt.line+"\n    app_id: x\n    master_secret: s\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := collector.LoadConfig(path, config.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error()+"\n", path+":"+want+"\n") {
					t.Errorf("no %q in\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "planted") {
				t.Errorf("a value is in\n%v", err)
			}
			if got := strings.Count(err.Error(), "not valid YAML"); got > len(tt.want) {
				t.Errorf("%d mistakes, want %d:\n%v", got, len(tt.want), err)
			}
		})
	}
}
