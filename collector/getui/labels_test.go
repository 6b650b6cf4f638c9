package getui

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/engage-exporter/engage_exporter/internal/testkit"
)

// The rules name the channels as the catalogue and the status page do.
func TestRulesNameEveryChannel(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct{ Labels map[string]string }
		}
	}
	if err := yaml.Unmarshal([]byte(testkit.ReadFile(t, "../../rules/getui_names.yml")), &file); err != nil {
		t.Fatal(err)
	}
	var want, got []map[string]string
	for _, value := range labels[0].Values {
		code := " (" + value[0] + ")"
		want = append(want, map[string]string{
			"channel": value[0], "name": channelName(value[0]) + code, "name_zh": chineseChannels[value[0]] + code,
		})
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			got = append(got, rule.Labels)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("channels in the catalogue (-) and in rules/getui_names.yml (+):\n%s", diff)
	}
}

// Every channel and kind of a push quota that the catalogue has, has a name in Chinese.
func TestChineseNames(t *testing.T) {
	for i, names := range []map[string]string{chineseChannels, chineseKinds} {
		var want []string
		for _, value := range labels[i].Values {
			want = append(want, value[0])
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(names))); diff != "" {
			t.Errorf("values of %s in the catalogue (-) and with a name in Chinese (+):\n%s", labels[i].Name, diff)
		}
	}
}
