package getui

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
